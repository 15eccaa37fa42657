"""What people do with topics and messages."""

import uuid
from functools import partial

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from cohorts.models import Conflict, holdings_of

from .. import events
from ..counts import ACKNOWLEDGED
from ..models import Decision, Mention, Message, MessageRevision, ReadPosition, Topic
from ..together import commit_together
from .attachments import claimed, findings_in, index_files, send_along
from .drafts import forget_draft
from .guard import ask_back, note_anyway
from .mentions import note_mentions

TOPIC_FIELDS = ("title", "is_closed")


@transaction.atomic
def open_topic(standing, *, title, audience="workspace", office=None, subject_kind="", subject_id=None, anyway=False):
    """Open a titled topic for an audience; `office` (their own, when none is given) counts for the office's ring alone.

    Raises PermissionDenied for a ring the person does not speak in, ValidationError for one the workspace has not,
    CaseInformation unless `anyway`."""
    standing.require(standing.may_discuss)
    if audience in ("offices", "office") and standing.workspace.offices:
        office = office or standing.office
        standing.require(standing.office is not None and (audience == "offices" or office == standing.office))
    topic = Topic(
        workspace=standing.workspace,
        audience=audience,
        office=office if audience == "office" else None,
        title=title,
        subject_kind=subject_kind,
        subject_id=subject_id,
        opened_by=standing.person,
        term=standing.term,
    )
    topic.full_clean()
    found = ask_back(title, anyway=anyway)
    topic.save()
    events.topic_created(topic, standing)
    note_anyway(found, standing, topic)
    return topic


@transaction.atomic
def edit_topic(topic, standing, *, version, anyway=False, **changes):
    """Change title or open state. Raises PermissionDenied for who only reads here, Conflict when somebody saved since
    `version`, CaseInformation unless `anyway`."""
    standing.require(standing.may_discuss)
    found = ask_back(changes.get("title", ""), anyway=anyway, former=topic.title)
    for field in changes.keys() & set(TOPIC_FIELDS):
        setattr(topic, field, changes[field])
    topic.save_version(version)
    events.topic_updated(topic, standing)
    note_anyway(found, standing, topic)
    return topic


def post_message(topic, standing, *, body="", client_id=None, anyway=False, attachments=()):
    """Store a message and answer only after the commit: `(message, is_new)`. `attachments`: keys of files that its author
    uploaded to the topic before; with one, `body` may be empty.

    The same `client_id` of the same author is the same message, however often and wherever it arrives; in another topic it is
    a Conflict. Raises PermissionDenied for who only reads here, ValidationError for no or too long a body, a closed topic, too
    many files or one that is not there, CaseInformation unless `anyway`."""
    standing.require(standing.may_discuss)
    client_id = client_id or uuid.uuid4()
    known = Message.objects.for_reading().filter(author=standing.person, client_id=client_id)
    if already := known.first():
        return _same(already, topic), False
    try:
        return commit_together(topic.pk, partial(_post, topic, standing, body, client_id, anyway, attachments)), True
    except IntegrityError:  # the same message came in twice at once, and the other one was first
        already = known.first()
        if already is None:
            raise
        return _same(already, topic), False


def _same(message, topic):
    if message.topic_id != topic.pk:
        raise Conflict(message)
    return message


def _post(topic, standing, body, client_id, anyway, attachments):
    # first of all the topic, then what else it takes: several of these are one transaction
    topic = Topic.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace", "office").get(pk=topic.pk)
    if topic.is_closed:
        raise ValidationError("This topic is resolved. Reopen it to write in it.")
    files = claimed(topic, standing.person, attachments)
    found = ask_back(body, anyway=anyway, in_files=findings_in(files))
    message = Message(
        topic=topic,
        seq=0,
        position=topic.message_count + 1,
        author=standing.person,
        term=standing.term,
        body=body.strip(),
        client_id=client_id,
    )
    unasked = ["topic", "stream", "author", "term"]
    message.clean_fields(exclude=[*unasked, "body"] if files and not message.body else unasked)
    event = events.message_posted(message, topic, standing)
    message.stream, message.seq = event.stream, event.seq
    message.save(force_insert=True)
    send_along(files, message)
    forget_draft(topic, standing.person)
    note_mentions(message, topic)
    topic.message_count = message.position
    topic.last_message_at = message.created_at
    topic.save(update_fields=["message_count", "last_message_at"])
    _raise_position(topic, standing.person, message.position)  # who writes has read; their pages know it by the message
    note_anyway(found, standing, topic)
    transaction.on_commit(ACKNOWLEDGED.inc)
    return message


@transaction.atomic
def edit_message(message, standing, *, version, body, anyway=False):
    """Replace the words of one's own message; the former ones are kept.

    Raises PermissionDenied for another's message, Conflict when it changed since `version`, ValidationError for no message,
    CaseInformation for what the former words did not have, unless `anyway`."""
    standing.require(standing.may_discuss and message.author_id == standing.person.pk)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    found = ask_back(body, anyway=anyway, former=message.body)
    former = message.body
    if body.strip() != former:
        Decision.objects.release(message)
    message.body = body.strip()
    message.edited_at = timezone.now()
    message.save_version(version)
    MessageRevision.objects.create(message=message, body=former, replaced_by=standing.person)
    Mention.objects.filter(message=message).delete()
    topic = Topic.objects.select_related("workspace", "office").get(pk=message.topic_id)
    note_mentions(message, topic)
    events.message_edited(message, standing)
    note_anyway(found, standing, topic)
    return message


@transaction.atomic
def remove_message(message, standing):
    """Take one's own message away; “removed by” stays in its place, and the words are kept for the record.

    Raises PermissionDenied for another's message, ValidationError for a decision of both offices."""
    standing.require(standing.may_discuss and message.author_id == standing.person.pk)
    message = Message.objects.select_for_update(no_key=True, of=("self",)).for_reading().get(pk=message.pk)
    if message.deleted_at is None:
        Decision.objects.release(message)
        MessageRevision.objects.create(message=message, body=message.body, replaced_by=standing.person)
        message.body = ""
        message.deleted_at = timezone.now()
        message.version += 1
        message.save()
        index_files(message)
        events.message_deleted(message, standing)
    return message


@transaction.atomic
def read_up_to(topic, person, position):
    """Raise how far `person` has read; a lower position changes nothing. Raises ValidationError beyond the last message,
    PermissionDenied for who holds no seat."""
    require_seat(person)
    if not 0 <= position <= topic.message_count:
        raise ValidationError({"position": "There is no such message yet."})
    if _raise_position(topic, person, position):
        events.read_told(topic, person)


@transaction.atomic
def mark_read(topic, person, position):
    """Set how far `person` has read, up or down: “unread from here”."""
    require_seat(person)
    if not 0 <= position <= topic.message_count:
        raise ValidationError({"position": "There is no such message yet."})
    read, _ = ReadPosition.objects.get_or_create(topic=topic, person=person)
    ReadPosition.objects.filter(pk=read.pk).update(position=position, turn=F("turn") + 1, updated_at=timezone.now())
    events.read_told(topic, person)


def require_seat(person):
    """An administrator who reads for a reason leaves nothing behind, not even how far."""
    if not holdings_of(person).terms:
        raise PermissionDenied


def _raise_position(topic, person, position):
    """Whether the position is higher than it was."""
    raised = {"position": position, "turn": F("turn") + 1, "updated_at": timezone.now()}
    mine = ReadPosition.objects.filter(topic=topic, person=person)
    if mine.filter(position__lt=position).update(**raised):
        return True
    ReadPosition.objects.get_or_create(topic=topic, person=person)
    return mine.filter(position__lt=position).update(**raised) == 1
