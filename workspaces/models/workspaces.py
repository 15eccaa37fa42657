"""Workspaces: one for each enrolled pair, one for the whole cohort, one for each convening. Who may enter is told by the
enrolment, the cohort or the convening."""

import uuid

from django.db import models
from django.db.models import Q

from cohorts.models import Cohort, Convening, Enrolment, granted

from .rooms import keys_held

VISIBLE = {Enrolment: "view_city_work", Cohort: "view_cohort", Convening: "view_convening"}
WRITABLE = {Enrolment: "discuss", Cohort: "discuss_cohort", Convening: "view_convening"}  # a guest is there to take part


class WorkspaceQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.held_by(person, VISIBLE)

    def pending_for(self, person):
        """Those that will be visible to `person` once both offices have signed the participation agreement."""
        return self.filter(enrolment__in=Enrolment.objects.keys_pending_for(person))

    def known_to(self, person):
        """Those that are no secret to `person`. What is in them is told by `visible_to`: start from this one only to say that
        a workspace is not open yet."""
        visible = self.visible_to(person)
        return visible | self.pending_for(person) if Enrolment.objects.keys_pending_for(person) else visible

    def writable_by(self, person):
        return self.held_by(person, WRITABLE)

    def granting(self, codename, person):
        """City workspaces in which a seat of `person` holds `codename`."""
        return self.held_by(person, {Enrolment: codename})

    def held_by(self, person, codenames):
        """Those where a seat of `person` holds what `codenames` says on the enrolment, the cohort or the convening. A cohort's
        are its own and its convenings'."""
        keys = keys_held(person, codenames)
        if keys is not None:
            return self.filter(pk__in=keys)
        held = {container: granted(person, container, codename) for container, codename in codenames.items()}
        cohorts = held.get(Cohort, ())
        return self.filter(
            Q(enrolment__in=held.get(Enrolment, ()))
            | Q(cohort__in=cohorts)
            | Q(convening__cohort__in=cohorts)
            | Q(convening__in=held.get(Convening, ()))
        )


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

    @classmethod
    def rooms(cls, person, codenames=VISIBLE):
        """What `held_by` tells, for the `workspace__in` of another query: keys where they are known, which costs it least."""
        keys = keys_held(person, codenames)
        return cls.objects.held_by(person, codenames) if keys is None else keys

    @classmethod
    def rooms_granting(cls, codename, person):
        return cls.rooms(person, {Enrolment: codename})

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
