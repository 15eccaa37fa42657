"""An administrator reads a city's workspace: for a written reason, for an hour, in sight of the city's people."""

import datetime as dt
import math
import uuid

from django.core.validators import MinLengthValidator
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .cohorts import Enrolment
from .fields import LimitedTextField
from .people import Person

LASTS = dt.timedelta(hours=1)
LEAST_REASON = 20  # characters: “support request” tells nobody anything


def reason_field(**options):
    """Why an administrator did what is not theirs to do lightly, in words that the people concerned will read."""
    return LimitedTextField(
        max_length=1000,
        validators=[MinLengthValidator(LEAST_REASON, f"Say why in a sentence, of {LEAST_REASON} characters at least.")],
        **options,
    )


class AdministrativeReadingQuerySet(models.QuerySet):
    def open(self):
        """Those that open a workspace now: within the hour, not ended, by somebody who is an administrator still."""
        now = timezone.now()
        return self.filter(
            begins_at__lte=now,
            ends_at__gt=now,
            ended_at=None,
            enrolment__ended_at=None,
            person__is_active=True,
            person__administrator__isnull=False,
        )

    def visible_to(self, person):
        """Whoever sees the workspace knows who read it and why; so does the one who read."""
        return self.filter(Q(person=person.pk) | Q(enrolment__in=Enrolment.objects.visible_to(person)))


class AdministrativeReading(models.Model):
    """It opens the workspace's ring, to read: neither what the two offices keep between them nor what one keeps to itself."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.PROTECT, related_name="administrative_readings")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="administrative_readings")
    reason = reason_field()
    begins_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    objects = AdministrativeReadingQuerySet.as_manager()

    class Meta:
        ordering = ["-begins_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("begins_at")), name="administrative_reading_ends_after_beginning")
        ]
        indexes = [models.Index(fields=["enrolment", "ends_at"])]

    @property
    def goes_in(self):
        """Whole seconds until the hour is over."""
        return max(0, math.ceil((self.ends_at - timezone.now()).total_seconds()))

    def __str__(self):
        return f"{self.person} reads {self.enrolment}"
