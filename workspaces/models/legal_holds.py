"""Legal holds: while one is open, nothing that its office reads is destroyed."""

import uuid

from django.db import models
from django.utils import timezone

from cohorts.models import LimitedTextField, Office, Person, Term, held_in
from cohorts.permissions import Role


class LegalHoldQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(office__in=held_in(person, [Role.RECORDS_OFFICER]))

    def open(self):
        return self.filter(lifted_at=None)


class LegalHold(models.Model):
    """While it is open, nothing that the office reads is destroyed, also what comes later."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    office = models.ForeignKey(Office, models.PROTECT, related_name="legal_holds")
    matter = LimitedTextField("What is it for?", max_length=500)
    placed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(default=timezone.now, editable=False)
    lifted_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(null=True)

    objects = LegalHoldQuerySet.as_manager()

    class Meta:
        ordering = ["-placed_at"]

    def __str__(self):
        return self.matter[:60]
