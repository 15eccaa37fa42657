"""What people do with pins."""

from django.core.exceptions import ValidationError
from django.db import transaction

from .. import events
from ..models import Message, Pin


@transaction.atomic
def pin(message, standing):
    """Put a message at the head of its topic; who pinned it first stays named.

    Raises PermissionDenied for who only reads here, ValidationError for a removed message."""
    standing.require(standing.may_discuss)
    message = Message.objects.select_for_update(no_key=True, of=("self",)).select_related("stream").get(pk=message.pk)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    _, is_new = Pin.objects.get_or_create(message=message, defaults={"by": standing.person, "term": standing.term})
    if is_new:
        events.message_pinned(message, standing)


@transaction.atomic
def unpin(message, standing):
    """Raises PermissionDenied for who only reads here."""
    standing.require(standing.may_discuss)
    taken, _ = Pin.objects.filter(message=message).delete()
    if taken:
        events.message_pinned(message, standing)
