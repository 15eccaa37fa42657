"""An office that left a cohort by its own signature, and what it said."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from .cohorts import Cohort, Enrolment
from .fields import LimitedTextField
from .holdings import holdings_of
from .people import Person
from .places import Office
from .seats import Term


class DepartureQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Both offices of the pair, whose work it closed, and the cohort's facilitators."""
        held = holdings_of(person).offices
        return self.filter(
            Q(enrolment__mayor_office__in=held)
            | Q(enrolment__prosecutor_office__in=held)
            | Q(enrolment__cohort__in=Cohort.objects.facilitated_by(person))
        )


class Departure(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.OneToOneField(Enrolment, models.PROTECT, related_name="departure")
    office = models.ForeignKey(Office, models.PROTECT, related_name="departures")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    reason = LimitedTextField(blank=True, max_length=2000)
    at = models.DateTimeField(default=timezone.now)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.office} left {self.enrolment.cohort}"
