"""Workspaces: one for each enrolled pair, one for the whole cohort. Who may enter is told by the enrolment or the cohort."""

import uuid

from django.db import models
from django.db.models import Q

from cohorts.models import Cohort, Enrolment, granted


class WorkspaceQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(
            Q(enrolment__in=granted(person, Enrolment, "view_city_work")) | Q(cohort__in=granted(person, Cohort, "view_cohort"))
        )

    def of_offices_held_by(self, person):
        """City workspaces where `person` reads what the two offices keep between them."""
        return self.granting("read_offices", person)

    def writable_by(self, person):
        return self.filter(
            Q(enrolment__in=granted(person, Enrolment, "discuss")) | Q(cohort__in=granted(person, Cohort, "discuss_cohort"))
        )

    def granting(self, codename, person):
        """City workspaces in which a seat of `person` holds `codename`."""
        return self.filter(enrolment__in=granted(person, Enrolment, codename))


class Workspace(models.Model):
    class Kind(models.TextChoices):
        CITY = "city", "City"
        COHORT = "cohort", "Cohort"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=10, choices=Kind)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, blank=True, related_name="workspace")
    cohort = models.OneToOneField(Cohort, models.PROTECT, null=True, blank=True, related_name="workspace")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="city", enrolment__isnull=False, cohort__isnull=True)
                | Q(kind="cohort", enrolment__isnull=True, cohort__isnull=False),
                name="workspace_of_a_pair_or_a_cohort",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def offices(self):
        """The two offices of a city's workspace, mayor's first; none in a cohort's."""
        return self.enrolment.offices if self.enrolment_id else []

    @property
    def home_cohort(self):
        return self.enrolment.cohort if self.enrolment_id else self.cohort
