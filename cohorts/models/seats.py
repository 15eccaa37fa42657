"""Seats outlive people: an office, a cohort or a convening has seats, and a person holds one for a term."""

import datetime as dt
import uuid
from zoneinfo import ZoneInfo

from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..permissions import OFFICE_ROLES, Role
from .cohorts import Cohort
from .convenings import Convening
from .people import Person
from .places import Office


class Seat(models.Model):
    """A chair with a role. Its Django group holds guardian permissions on containers; whoever holds the seat holds them."""

    Role = Role

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    role = models.CharField(max_length=16, choices=Role)
    name = models.CharField(max_length=120, help_text="As printed: “Chief of staff”.")
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="seats")
    cohort = models.ForeignKey(Cohort, models.PROTECT, null=True, blank=True, related_name="seats")
    convening = models.ForeignKey(Convening, models.PROTECT, null=True, blank=True, related_name="seats")
    group = models.OneToOneField(Group, models.PROTECT, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(office__isnull=False, cohort__isnull=True, convening__isnull=True)
                | Q(office__isnull=True, cohort__isnull=False, convening__isnull=True)
                | Q(office__isnull=True, cohort__isnull=True, convening__isnull=False),
                name="seat_belongs_to_one",
                violation_error_message="A seat belongs to one office, one cohort or one convening.",
            )
        ]

    def __str__(self):
        return self.name

    def clean(self):
        home = self.office_id if self.role in OFFICE_ROLES else self.convening_id if self.role == Role.GUEST else self.cohort_id
        if not home:
            raise ValidationError("This role does not belong there.")

    def now_and_next(self):
        """`(term, term)`: who holds the seat, and who comes next by a day already set; None for nobody. One query."""
        terms = list(self.terms.lasting().select_related("person").order_by("begins_at"))
        return (
            next((term for term in terms if term.is_current), None),
            next((term for term in terms if not term.is_current), None),
        )


class TermQuerySet(models.QuerySet):
    def current(self, at=None):
        at = at or timezone.now()
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at),
            Q(expires_at=None) | Q(expires_at__gt=at),
            begins_at__lte=at,
        )

    def lasting(self, at=None):
        """Terms that are not over: the current ones, and those to come."""
        at = at or timezone.now()
        return self.filter(
            Q(ended_at=None) | Q(ended_at__gt=at),
            Q(expires_at=None) | Q(expires_at__gt=at),
        ).exclude(ended_at__lte=models.F("begins_at"))

    def ending_by(self, day):
        """Current terms whose last day is `day` or earlier, the first to end first."""
        return self.current().filter(ends_on__lte=day).order_by("ends_on")

    def overlapping(self, term):
        """Terms that share an instant with `term`."""
        last = min((at for at in (term.ended_at, term.expires_at) if at), default=None)
        begun = self.filter(begins_at__lt=last) if last else self
        return begun.filter(
            Q(ended_at=None) | Q(ended_at__gt=term.begins_at),
            Q(expires_at=None) | Q(expires_at__gt=term.begins_at),
        ).exclude(ended_at__lte=models.F("begins_at"))  # called off before it began


class Term(models.Model):
    """A person in a seat, from a day to a day, both inclusive in the time zone of the seat's office.

    `begins_at` and `expires_at` are those days as instants, so that one comparison tells who holds what now;
    `ended_at` is the instant of an earlier hand-over, and `begun_at` that of one within the first day."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="terms")
    person = models.ForeignKey(Person, models.PROTECT, related_name="terms")
    title = models.CharField(max_length=120, help_text="Printed beside the name on everything done in this term.")
    starts_on = models.DateField()
    ends_on = models.DateField(null=True, blank=True)
    begun_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    begins_at = models.DateTimeField(editable=False, db_index=True)
    expires_at = models.DateTimeField(null=True, editable=False)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on=None) | Q(ends_on__gte=models.F("starts_on")),
                name="term_ends_after_start",
                violation_error_message="A term ends on or after the day it starts.",
            )
        ]

    def __str__(self):
        return f"{self.person}, {self.title}"

    @property
    def last_day(self):
        """The last day of the term as it stands: that of an earlier hand-over, else the day set; None where none is."""
        ended_on = self.ended_at and timezone.localdate(self.ended_at, self.zone)
        return min((day for day in (ended_on, self.ends_on) if day), default=None)

    @property
    def full_title(self):
        """As it stands beside a name: “Mayor, Rochester mayor’s office”. Wants the seat and its office at hand."""
        return f"{self.title}, {self.seat.office.name}" if self.seat.office_id else self.title

    @property
    def zone(self):
        return ZoneInfo(self.seat.office.timezone if self.seat.office_id else self.person.timezone)

    @property
    def is_current(self):
        now = timezone.now()
        last = min((at for at in (self.ended_at, self.expires_at) if at), default=None)
        return self.begins_at <= now and (last is None or now < last)

    def save(self, *args, **kwargs):
        first = dt.datetime.combine(self.starts_on, dt.time.min, self.zone)
        self.begins_at = max(first, self.begun_at) if self.begun_at else first
        day_after = self.ends_on and self.ends_on + dt.timedelta(days=1)
        self.expires_at = dt.datetime.combine(day_after, dt.time.min, self.zone) if day_after else None
        super().save(*args, **kwargs)
