"""Working agreements and decisions. Locks are taken in one order: message, decision, stream."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act

from .. import events
from ..models import Audience, Confirmation, Decision, Message
from ..reading import clock_of
from .topics import post_message


@transaction.atomic
def mark_agreement(message, standing):
    """Ask both offices to confirm what a message says. Asking is not confirming.

    Raises PermissionDenied for who does not work for one of the offices, ValidationError where the other office cannot read it
    or it was removed."""
    standing.require(standing.may_edit)
    message = lock(message)
    check_agreeable(message)
    decision, is_new = Decision.objects.get_or_create(
        message=message, defaults={"text": message.body, "proposed_by": standing.person, "term": standing.term}
    )
    if is_new:
        events.message_edited(message, standing)
    return decision


@transaction.atomic
def take_mark_back(decision, standing):
    """Raises PermissionDenied for who does not work for one of the offices, ValidationError once it is a decision."""
    standing.require(standing.may_edit)
    message = lock(decision.message)
    Decision.objects.release(message)
    events.message_edited(message, standing)


@transaction.atomic
def enter_decision(topic, standing, *, text, on):
    """Write down what was decided by phone or in a meeting on day `on`: it is this office's word, for the other to confirm.

    Raises PermissionDenied unless the person is a principal or delegate, ValidationError for a day to come, or where the other
    office does not read."""
    standing.require(standing.signing_term is not None)
    if on > timezone.localdate(timezone=clock_of(standing.workspace)):
        raise ValidationError({"on": "Choose today or an earlier day."})
    message, _ = post_message(topic, standing, body=text)
    check_agreeable(message)
    decision = Decision.objects.create(
        message=message,
        text=message.body,
        is_made_elsewhere=True,
        proposed_by=standing.person,
        term=standing.term,
        decided_on=on,
    )
    return confirm(decision, standing)


@transaction.atomic
def confirm(decision, standing):
    """Say yes for one's office; with both offices' yes it is a decision, once. A second yes of an office changes nothing.

    Raises PermissionDenied unless the person is a principal or delegate of one of the two offices."""
    term = standing.signing_term
    standing.require(term is not None)
    message = lock(decision.message)
    decision = Decision.objects.select_for_update(no_key=True).get(pk=decision.pk)
    yes = {"person": standing.person, "term": term}
    _, is_new = Confirmation.objects.get_or_create(decision=decision, office=term.seat.office, defaults=yes)
    if not is_new:
        return decision
    workspace = standing.workspace
    if decision.confirmations.filter(office__in=workspace.offices).count() < len(workspace.offices):
        events.message_edited(message, standing)
    else:
        decision.decided_at = timezone.now()
        decision.decided_on = decision.decided_on or timezone.localdate(timezone=clock_of(workspace))
        decision.save()
        events.decision_made(message, standing)
    told = {"subject": ("decision", decision.pk, f"a working agreement in “{message.topic.title}”")}
    record_act("decision.confirmed", workspace.enrolment, by=standing.person, term=term, office=term.seat.office.name, **told)
    return decision


def check_agreeable(message):
    topic = message.topic
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    if not topic.workspace.enrolment_id or topic.audience == Audience.OFFICE:
        raise ValidationError("Both offices agree to what both can read. Write it where the other office reads it too.")


def lock(message):
    kept = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("stream", "topic__workspace")
    return kept.get(pk=message.pk)
