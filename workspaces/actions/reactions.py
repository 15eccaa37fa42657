"""What people do with reactions to a message."""

from django.core.exceptions import ValidationError
from django.db import transaction

from .. import events
from ..models import Emoji, Message, Reaction


@transaction.atomic
def react(message, standing, emoji):
    """React to a message; twice is once.

    Raises PermissionDenied for who only reads here, ValidationError for another emoji or a removed message."""
    standing.require(standing.may_discuss)
    if emoji not in Emoji.values:
        raise ValidationError({"emoji": "Choose one of those that are offered."})
    message = lock(message)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    _, is_new = message.reactions.get_or_create(person=standing.person, emoji=emoji, defaults={"term": standing.term})
    if is_new:
        events.message_reacted(message, standing)
    return message


@transaction.atomic
def unreact(message, standing, emoji):
    """Take one's own reaction back. Raises PermissionDenied for who only reads here."""
    standing.require(standing.may_discuss)
    message = lock(message)
    taken, _ = Reaction.objects.filter(message=message, person=standing.person, emoji=emoji).delete()
    if taken:
        events.message_reacted(message, standing)
    return message


def lock(message):
    """The stored row, so that a reaction and a removal of the message come one after the other."""
    return Message.objects.select_for_update(no_key=True, of=("self",)).select_related("stream").get(pk=message.pk)
