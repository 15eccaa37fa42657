"""A draft follows its writer from device to device; nobody else sees it."""

from django.db import transaction

from ..models import Draft, Message


@transaction.atomic
def keep_draft(topic, standing, *, body, client_id=None):
    """Keep what `standing.person` has written so far; "" forgets it. What arrives after its message was sent (the one of this
    `client_id`) changes nothing.

    Raises PermissionDenied for who only reads here, ValidationError for too long a text."""
    standing.require(standing.may_discuss)
    if not body.strip():
        forget_draft(topic, standing.person)
        return
    if client_id and Message.objects.filter(author=standing.person, client_id=client_id).exists():
        return
    draft = Draft(topic=topic, person=standing.person, body=body)
    draft.clean_fields(exclude=["topic", "person"])
    Draft.objects.update_or_create(topic=topic, person=standing.person, defaults={"body": body})


def forget_draft(topic, person):
    Draft.objects.filter(topic=topic, person=person).delete()
