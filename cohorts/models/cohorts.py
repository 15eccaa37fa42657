"""Cohorts, and the enrolment of a city's pair in one."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from guardian.models import GroupObjectPermissionBase

from ..permissions import Role
from .holdings import granted, holdings_of
from .people import is_administrator
from .places import City, Office
from .versions import Versioned


class CohortQuerySet(models.QuerySet):
    def granting(self, codename, person):
        """Cohorts in which a seat of `person` holds `codename`."""
        return self.filter(pk__in=granted(person, Cohort, codename))

    def visible_to(self, person):
        return self.granting("view_cohort", person)

    def facilitated_by(self, person):
        return self.granting("facilitate_cohort", person)

    def known_to(self, person):
        """Cohorts whose name is no secret to `person`: an administrator knows them all, and sees none from inside."""
        return self.all() if is_administrator(person) else self.visible_to(person)

    def staffed_by(self, person):
        """Cohorts whose roles and first principals `person` invites."""
        return self.all() if is_administrator(person) else self.facilitated_by(person)


class Cohort(Versioned):
    class Programme(models.TextChoices):
        INITIATIVE = "initiative", "Mayor-Prosecutor Initiative"
        PILOT = "pilot", "Pilot programme"
        NETWORK = "network", "Network"

    permissions_by_role = {
        Role.PRINCIPAL: ("view_cohort", "discuss_cohort"),
        Role.DELEGATE: ("view_cohort", "discuss_cohort"),
        Role.STAFF: ("view_cohort", "discuss_cohort"),
        Role.ASSISTANT: ("view_cohort",),
        Role.COUNSEL: ("view_cohort",),
        Role.RECORDS_OFFICER: ("view_cohort",),
        Role.FACILITATOR: ("view_cohort", "discuss_cohort", "facilitate_cohort"),
        Role.RESEARCHER: ("view_cohort", "discuss_cohort"),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=120)
    programme = models.CharField(max_length=12, choices=Programme)
    starts_on = models.DateField()
    ends_on = models.DateField()
    is_demo = models.BooleanField(default=False, help_text="A demonstration: every page says so.")
    cities = models.ManyToManyField(City, through="Enrolment", related_name="cohorts")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CohortQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "name"]
        default_permissions = ()
        permissions = [
            ("view_cohort", "Sees the cohort"),
            ("discuss_cohort", "Writes in the cohort's workspace"),
            ("facilitate_cohort", "Runs the cohort"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gte=models.F("starts_on")),
                name="cohort_ends_after_start",
                violation_error_message="A cohort ends on or after the day it starts.",
            )
        ]

    def __str__(self):
        return self.name


class CohortGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Cohort, models.CASCADE, related_name="grants")


class EnrolmentQuerySet(models.QuerySet):
    def current(self):
        return self.filter(ended_at=None)

    def active(self):
        """Those whose work has begun: both offices have signed, or the cohort asked for no agreement."""
        return self.current().filter(activated_at__isnull=False)

    def pending(self):
        """Those whose offices have not both signed the participation agreement yet."""
        return self.current().filter(activated_at=None)

    def granting(self, codename, person):
        """Active enrolments in which a seat of `person` holds `codename`."""
        return self.filter(pk__in=granted(person, Enrolment, codename))

    def visible_to(self, person):
        return self.granting("view_city_work", person)

    @staticmethod
    def keys_pending_for(person):
        """Keys of pending ones that will be visible to `person` once they are active."""
        pending = holdings_of(person).pending
        return {key for key, held in pending.items() if any(word == "view_city_work" for _, word in held)}

    def pending_for(self, person):
        """Those of `keys_pending_for`; no query where there is none."""
        return self.filter(pk__in=self.keys_pending_for(person))

    def known_to(self, person):
        """Those that are no secret to `person`: their agreement is theirs to read, and once it is signed, the work."""
        return self.filter(
            Q(pk__in=granted(person, Enrolment, "view_city_work")) | Q(pk__in=Enrolment.objects.pending_for(person))
        )

    def of_office(self, office):
        return self.filter(Q(mayor_office=office) | Q(prosecutor_office=office))

    def would_hold_both(self, term):
        """Pairs in which the person of `term` would sit in both offices at some time of it."""
        office = term.seat.office
        held = Office.objects.filter(seats__terms__in=term.person.terms.overlapping(term)).values("pk")
        return self.filter(
            Q(mayor_office=office, prosecutor_office__in=held) | Q(prosecutor_office=office, mayor_office__in=held)
        )


class Enrolment(models.Model):
    """A city in a cohort, as a pair: exactly one mayor's and one prosecutor's office. All of the pair's work is in its ring,
    and begins once both have signed the cohort's participation agreement, where it has one."""

    permissions_by_role = {
        Role.PRINCIPAL: ("view_city_work", "read_offices", "discuss", "edit_city_work", "sign"),
        Role.DELEGATE: ("view_city_work", "read_offices", "discuss", "edit_city_work", "sign"),
        Role.STAFF: ("view_city_work", "read_offices", "discuss", "edit_city_work"),
        Role.ASSISTANT: ("view_city_work", "read_offices"),
        Role.COUNSEL: ("view_city_work", "read_offices"),
        Role.RECORDS_OFFICER: ("view_city_work", "read_offices"),
        Role.FACILITATOR: ("view_city_work", "discuss", "facilitate"),
        Role.RESEARCHER: ("view_city_work", "discuss", "research"),
    }

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, help_text="Fixed for good: the address of the city's workspace.")
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="enrolments")
    city = models.ForeignKey(City, models.PROTECT, related_name="enrolments")
    mayor_office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    prosecutor_office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now, editable=False)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = EnrolmentQuerySet.as_manager()

    class Meta:
        ordering = ["city__name"]
        default_permissions = ()
        permissions = [
            ("view_city_work", "Sees what the workspace's ring may see"),
            ("read_offices", "Sees what both offices keep between them"),
            ("discuss", "Writes in the workspace"),
            ("edit_city_work", "Edits the pair's plan for their own office"),
            ("sign", "Signs for their office"),
            ("facilitate", "Facilitates the pair"),
            ("research", "Researches with the pair"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["cohort", "city", "prosecutor_office"],
                name="enrolment_pair_once",
                violation_error_message="This pair is already enrolled in this cohort.",
            )
        ]

    def __str__(self):
        return f"{self.city} in {self.cohort}"

    @property
    def offices(self):
        return [self.mayor_office, self.prosecutor_office]

    def office_of(self, kind):
        return self.mayor_office if kind == Office.Kind.MAYOR else self.prosecutor_office

    def clean(self):
        if self.mayor_office.kind != Office.Kind.MAYOR or self.prosecutor_office.kind != Office.Kind.PROSECUTOR:
            raise ValidationError("A pair is one mayor’s office and one prosecutor’s office.")


class EnrolmentGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Enrolment, models.CASCADE, related_name="grants")
