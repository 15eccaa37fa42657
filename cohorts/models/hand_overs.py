"""Hand-overs: a seat passes from one person to the next, or falls vacant, with what the office should know."""

import uuid

from django.db import models
from django.utils import timezone

from .fields import LimitedTextField
from .holdings import holdings_of
from .people import Person
from .seats import Seat, Term


class HandOverQuerySet(models.QuerySet):
    def visible_to(self, person):
        """The note is for the office: its own ring reads it."""
        return self.filter(seat__office__in=holdings_of(person).offices)

    def standing(self):
        """Those that hold: not replaced by another before their day."""
        return self.filter(replaced_at=None)


class HandOver(models.Model):
    """`outgoing` ends and `incoming` begins on the day `on`; either is None where the seat was, or becomes, vacant.

    On the day it is made it counts from that instant. Before its day it can be replaced by another; `ends_on_before` is the
    last day that the outgoing term had, to be put back then."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="hand_overs")
    outgoing = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    incoming = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    on = models.DateField()
    note = LimitedTextField(blank=True, max_length=6000)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    ends_on_before = models.DateField(null=True, blank=True)
    replaced_at = models.DateTimeField(null=True, blank=True)

    objects = HandOverQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.seat}, {self.on}"
