"""Workspaces: one for each enrolled pair, one for the whole cohort, one for each convening. Who may enter is told by the
enrolment, the cohort or the convening."""

import uuid

from django.db import models
from django.db.models import Q

from cohorts.models import Cohort, Convening, Enrolment, granted


class WorkspaceQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(
            Q(enrolment__in=granted(person, Enrolment, "view_city_work"))
            | of_cohorts(granted(person, Cohort, "view_cohort"))
            | Q(convening__in=granted(person, Convening, "view_convening"))
        )

    def pending_for(self, person):
        """Those that will be visible to `person` once both offices have signed the participation agreement."""
        return self.filter(enrolment__in=Enrolment.objects.pending_for(person))

    def known_to(self, person):
        """Those that are no secret to `person`. What is in them is told by `visible_to`: start from this one only to say that
        a workspace is not open yet."""
        return self.visible_to(person) | self.pending_for(person)

    def of_offices_held_by(self, person):
        """City workspaces where `person` reads what the two offices keep between them."""
        return self.granting("read_offices", person)

    def writable_by(self, person):
        return self.filter(
            Q(enrolment__in=granted(person, Enrolment, "discuss"))
            | of_cohorts(granted(person, Cohort, "discuss_cohort"))
            | Q(convening__in=granted(person, Convening, "view_convening"))  # a guest is there to take part
        )

    def granting(self, codename, person):
        """City workspaces in which a seat of `person` holds `codename`."""
        return self.filter(enrolment__in=granted(person, Enrolment, codename))


def of_cohorts(cohorts):
    """A cohort's own workspace, and those of its convenings."""
    return Q(cohort__in=cohorts) | Q(convening__cohort__in=cohorts)


class Workspace(models.Model):
    class Kind(models.TextChoices):
        CITY = "city", "City"
        COHORT = "cohort", "Cohort"
        CONVENING = "convening", "Convening"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(max_length=140, unique=True)
    name = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, null=True, blank=True, related_name="workspace")
    cohort = models.OneToOneField(Cohort, models.PROTECT, null=True, blank=True, related_name="workspace")
    convening = models.OneToOneField(Convening, models.PROTECT, null=True, blank=True, related_name="workspace")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="city", enrolment__isnull=False, cohort=None, convening=None)
                | Q(kind="cohort", enrolment=None, cohort__isnull=False, convening=None)
                | Q(kind="convening", enrolment=None, cohort=None, convening__isnull=False),
                name="workspace_of_a_pair_a_cohort_or_a_convening",
            )
        ]

    def __str__(self):
        return self.name

    @property
    def offices(self):
        """The two offices of a city's workspace, mayor's first; none in a cohort's or a convening's."""
        return self.enrolment.offices if self.enrolment_id else []

    @property
    def is_open(self):
        """False until both offices have signed the cohort's participation agreement."""
        return not self.enrolment_id or self.enrolment.activated_at is not None

    @property
    def home_cohort(self):
        return self.cohort or (self.enrolment or self.convening).cohort
