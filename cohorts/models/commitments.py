"""What a city's pair commits to at a convening."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .cohorts import Enrolment
from .convenings import Convening
from .people import Person
from .places import Office
from .versions import Versioned


class CommitmentQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(enrolment__in=Enrolment.objects.visible_to(person))

    def awaiting(self, offices):
        """Proposed to a pair of which one of `offices` has not said yes."""
        pairs = Q(enrolment__mayor_office__in=offices) | Q(enrolment__prosecutor_office__in=offices)
        accepted = Acceptance.objects.filter(commitment=OuterRef("pk"), office__in=offices)
        return self.filter(pairs, ~Exists(accepted), status=Commitment.Status.PROPOSED)

    def for_reading(self):
        return self.select_related(
            "convening__cohort",
            "enrolment__city",
            "enrolment__mayor_office",
            "enrolment__prosecutor_office",
            "written_by",
            "term",
        ).prefetch_related("acceptances__office", "acceptances__person", "acceptances__term")

    def open(self):
        return self.filter(status__in=[Commitment.Status.PROPOSED, Commitment.Status.ACCEPTED])


class Commitment(Versioned):
    """Written by an office of the pair or proposed by a facilitator; accepted when both offices have said so.

    `version` counts the words: an acceptance says yes to one version of them and does not raise it."""

    class Status(models.TextChoices):
        PROPOSED = "proposed", "Proposed"
        ACCEPTED = "accepted", "Accepted"
        KEPT = "kept", "Kept"
        DROPPED = "dropped", "Dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    convening = models.ForeignKey(Convening, models.PROTECT, related_name="commitments")
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="commitments")
    text = models.CharField(max_length=500)
    status = models.CharField(max_length=10, choices=Status, default=Status.PROPOSED)
    written_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey("cohorts.Term", models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]

    def __str__(self):
        return self.text

    @property
    def accepting_offices(self):
        return {acceptance.office_id for acceptance in self.acceptances.all()}


class Acceptance(models.Model):
    """One office's yes to a commitment."""

    commitment = models.ForeignKey(Commitment, models.CASCADE, related_name="acceptances")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey("cohorts.Term", models.PROTECT, related_name="+")
    accepted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["commitment", "office"], name="acceptance_once_an_office")]
