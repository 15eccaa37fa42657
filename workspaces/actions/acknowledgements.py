"""An author asks everybody who sees a message to acknowledge it, and sees who is missing."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from .. import events
from ..calling import terms_called
from .reactions import lock


@transaction.atomic
def ask_to_acknowledge(message, standing):
    """Ask everybody who sees one's own message to acknowledge it; twice is once.

    Raises PermissionDenied for another's message, ValidationError for a removed one."""
    standing.require(standing.may_discuss and message.author_id == standing.person.pk)
    message = lock(message)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    if message.acknowledgement_asked_at is None:
        message.acknowledgement_asked_at = timezone.now()
        message.save(update_fields=["acknowledgement_asked_at", "updated_at"])
        events.message_acknowledged(message, standing)
    return message


@transaction.atomic
def acknowledge(message, standing):
    """Say that one has read a message whose author asks for it; twice is once.

    Raises PermissionDenied for its author and for who holds no seat here, ValidationError where nobody asks, or it was
    removed."""
    standing.require(bool(standing.terms) and message.author_id != standing.person.pk)
    message = lock(message)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    if message.acknowledgement_asked_at is None:
        raise ValidationError("Its author does not ask for an acknowledgement.")
    _, is_new = message.acknowledgements.get_or_create(person=standing.person, defaults={"term": standing.term})
    if is_new:
        events.message_acknowledged(message, standing)
    return message


def missing(message):
    """The terms of those who see `message` and have not acknowledged it, by name, each person once. At a convening, of those
    who have written there."""
    given = {each.person_id for each in message.acknowledgements.all()} | {message.author_id}
    waiting = {term.person_id: term for term in terms_called(message.topic) if term.person_id not in given}
    return list(waiting.values())
