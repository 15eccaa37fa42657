"""Working agreements of the two offices, and the decisions they become once both have confirmed them."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Prefetch
from django.utils import timezone

from cohorts.models import LimitedTextField, Office, Person, Term

from .topics import MESSAGE_LENGTH, Message


class DecisionQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(message__in=Message.objects.visible_to(person))

    def made(self):
        return self.exclude(decided_at=None)

    def awaiting(self, offices):
        """Agreements in workspaces of `offices` that none of them has confirmed."""
        enrolments = "message__topic__workspace__enrolment"
        of_offices = models.Q(**{f"{enrolments}__mayor_office__in": offices}) | models.Q(
            **{f"{enrolments}__prosecutor_office__in": offices}
        )
        return self.filter(of_offices, decided_at=None).exclude(confirmations__office__in=offices)

    def with_confirmations(self):
        return self.prefetch_related(Prefetch("confirmations", Confirmation.objects.select_related("office", "person", "term")))

    def release(self, message):
        """The words of `message` are about to change: an agreement that is not made yet falls with them.

        Raises ValidationError when it is a decision, which stays as it was made."""
        if self.made().filter(message=message).exists():
            raise ValidationError("This is a decision of both offices, and stays as it was made. Write a new message instead.")
        self.filter(message=message).delete()


class Decision(models.Model):
    """A message that both offices are asked to agree to. `text` is what they agree to; it is dated once both have."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.OneToOneField(Message, models.PROTECT, related_name="decision")
    text = LimitedTextField(max_length=MESSAGE_LENGTH)
    is_made_elsewhere = models.BooleanField(default=False, help_text="By phone or in a meeting, and entered by one office.")
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    decided_on = models.DateField("day", null=True, blank=True)
    decided_at = models.DateTimeField(null=True, editable=False)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        ordering = [F("decided_on").desc(nulls_first=True), "-created_at"]

    def __str__(self):
        return self.text[:60]


class Confirmation(models.Model):
    """One office's yes to a working agreement."""

    decision = models.ForeignKey(Decision, models.CASCADE, related_name="confirmations")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        ordering = ["at"]
        constraints = [models.UniqueConstraint(fields=["decision", "office"], name="confirmation_once_an_office")]
