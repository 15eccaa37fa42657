"""The text that both offices of every pair sign before their work in a cohort begins."""

import uuid

from django.db import models
from django.utils import timezone

from .audit import AppendOnly
from .cohorts import Cohort
from .fields import LimitedTextField
from .people import Person
from .seats import Term

AGREEMENT_LENGTH = 20_000


class AgreementQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(cohort__in=Cohort.objects.visible_to(person))


class Agreement(models.Model):
    """One edition of a cohort's participation agreement. Editions are added and never changed: who signed one keeps it."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="agreements")
    edition = models.PositiveSmallIntegerField()
    text = LimitedTextField(max_length=AGREEMENT_LENGTH, help_text="Markdown.")
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        ordering = ["-edition"]
        constraints = [models.UniqueConstraint(fields=["cohort", "edition"], name="agreement_edition_once")]

    def __str__(self):
        return f"Participation agreement, {self.cohort}, edition {self.edition}"

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnly("An edition is never changed; write another.")
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly("An edition is never removed; write another.")
