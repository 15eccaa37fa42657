"""A topic goes to another audience or another workspace, and messages to another topic, with all that hangs on them; old links
find them there."""

import uuid

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list

from cohorts.actions.audit import record_act
from cohorts.models import Person

from .. import events
from ..models import (
    Acknowledgement,
    Attachment,
    Audience,
    Decision,
    Event,
    Mention,
    Message,
    MessageRevision,
    Pin,
    Reaction,
    Reminder,
    Stream,
    Topic,
    audience_in_words,
    terms_reading,
)
from ..reading import at_words, clock_of
from ..realtime.publish import stream_for
from .attachments import index_files

WIDTH = [Audience.OFFICE, Audience.OFFICES, Audience.WORKSPACE]
AT_ONCE = 500
MOST = 200  # messages that are moved to another topic at once
NAMES_SHOWN = 3


class Wider(ValidationError):
    """People who do not see it now would see it. To be asked back, not refused: the same again with `is_confirmed` goes."""

    def __init__(self, topic, place):
        now = audience_in_words(topic.audience, topic.workspace, topic.office)
        seers = audience_in_words(place.audience, place.workspace, place.office)
        where = "" if place.workspace == topic.workspace else f" in {place.workspace.name}"
        super().__init__(
            f"{now} can see it now. {seers}{where} will see it: every message in it, every file, and who wrote them. "
            "That cannot be taken back from who has read it.",
            code="wider",
        )


@transaction.atomic
def move_topic(topic, standing, there, *, audience, office=None, is_confirmed=False):
    """Move `topic` from where `standing` is to the ring `audience` (of `office`) where the standing `there` is.

    Whoever opened it may, and whoever edits or facilitates here; out of a city, only who signs for one of its offices. Raises
    PermissionDenied, Wider unless `is_confirmed`, and ValidationError where it is already, where somebody who wrote in it would
    no longer see it, and between workspaces for what belongs to its city: a tracker's topic, an agreement of both offices."""
    require_mover(topic, standing)
    there.require(there.may_discuss)
    topic = Topic.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace", "office").get(pk=topic.pk)
    place = Topic(workspace=there.workspace, audience=audience, office=ring_office(there, audience, office))
    crosses = place.workspace != topic.workspace
    if (place.workspace, place.audience, place.office) == (topic.workspace, topic.audience, topic.office):
        raise ValidationError("It is there already.")
    if crosses:
        standing.require(not standing.workspace.enrolment_id or standing.signing_term is not None)
        check_is_free(topic)
    if crosses or place.audience == Audience.OFFICE:
        check_holds_no_agreement(topic)
    check_writers_see(topic, place)
    if not is_confirmed and (crosses or WIDTH.index(place.audience) > WIDTH.index(topic.audience)):
        raise Wider(topic, place)
    before = [rings_of_trail(topic), stream_for(topic.workspace, topic.audience, topic.office)]
    events.topic_moved(before[1], topic, standing)
    topic.move_note = note_on(topic, standing)
    topic.workspace, topic.audience, topic.office = place.workspace, place.audience, place.office
    topic.version += 1
    topic.full_clean()
    topic.save()
    to = stream_for(topic.workspace, topic.audience, topic.office)
    renumber(topic, to, there)
    events.topic_moved(to, topic, there)
    for ring in dict.fromkeys([before[0], rings_of_trail(topic)]):
        record_act("topic.moved", ring, by=standing.person, term=standing.term, subject=("topic", topic.pk, f"“{topic.title}”"))
    return topic


@transaction.atomic
def move_messages(message, standing, target, there, *, with_later=False, is_confirmed=False):
    """Move `message`, and `with_later` all that follow it in its topic, to the end of the topic `target`, where the standing
    `there` is. Their words, former wordings, files and all that was said of them go along; a line stays where each was, and its
    link leads on. Returns the first of the moved ones.

    An author moves their own message, whoever edits or facilitates here any. Raises as `move_topic`, and ValidationError for a
    removed message, a resolved topic, and more than MOST at once."""
    topic = message.topic
    standing.require(
        standing.may_discuss and (may_order(standing) or (message.author_id == standing.person.pk and not with_later))
    )
    there.require(there.may_discuss)
    both = Topic.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace", "office").order_by("pk")
    locked = {each.pk: each for each in both.filter(pk__in=[topic.pk, target.pk])}
    topic, target = locked[topic.pk], locked[target.pk]
    if topic.pk == target.pk:
        raise ValidationError("It is there already.")
    if target.is_closed:
        raise ValidationError("That topic is resolved. Reopen it first.")
    going = Message.objects.filter(topic=topic, deleted_at=None).order_by("position")
    going = going.filter(position__gte=message.position) if with_later else going.filter(pk=message.pk)
    going = list(going.select_related("author", "term__seat__office", "stream")[: MOST + 1])
    if not going:
        raise ValidationError("This message was removed.")
    if len(going) > MOST:
        raise ValidationError(f"At most {MOST} messages go at once. Move the whole topic, or fewer.")
    crosses = target.workspace != topic.workspace
    if crosses:
        standing.require(not standing.workspace.enrolment_id or standing.signing_term is not None)
    if crosses or target.audience == Audience.OFFICE:
        check_holds_no_agreement(messages=going)
    check_writers_see(topic, target, {each.author_id for each in going})
    if not is_confirmed and (crosses or WIDTH.index(target.audience) > WIDTH.index(topic.audience)):
        raise Wider(topic, target)
    moved = [move_one(each, topic, target, standing, there) for each in going]
    Topic.objects.filter(pk=target.pk).update(message_count=target.message_count, last_message_at=timezone.now())
    for ring in dict.fromkeys([rings_of_trail(topic), rings_of_trail(target)]):
        what = f"{len(moved)} message{'s' if len(moved) > 1 else ''}"
        record_act("message.moved", ring, by=standing.person, term=standing.term, subject=("topic", target.pk, what))
    return moved[0]


def move_one(message, topic, target, standing, there):
    """The row that stays is a stub; a new one has all that hung on it."""
    target.message_count += 1
    new = Message(
        topic=target,
        seq=0,
        position=target.message_count,
        author=message.author,
        term=message.term,
        body=message.body,
        client_id=uuid.uuid4(),
        created_at=message.created_at,
        edited_at=message.edited_at,
        acknowledgement_asked_at=message.acknowledgement_asked_at,
        move_note=f"Moved here by {mover(standing)}, {when(there)}.",
    )
    event = events.message_posted(new, target, there)
    new.stream, new.seq = event.stream, event.seq
    new.save(force_insert=True)
    for each in (MessageRevision, Reaction, Mention, Pin, Decision, Acknowledgement, Reminder):
        each.objects.filter(message=message).update(message=new)
    Attachment.objects.filter(message=message).update(message=new, topic=target)
    new.mails.set(message.mails.all())
    index_files(new)
    message.body, message.deleted_at, message.moved_to = "", timezone.now(), new
    message.move_note = f"Moved to another topic by {mover(standing)}, {when(standing)}."
    message.version += 1
    message.save()
    events.message_deleted(message, standing)
    return new


def mover(standing):
    return f"{standing.person.name}, {standing.term.full_title}" if standing.term else standing.person.name


def when(standing):
    return at_words(timezone.now(), clock_of(standing.workspace))


def require_mover(topic, standing):
    """Raises PermissionDenied for who may move `topic` nowhere."""
    standing.require(standing.may_discuss and (topic.opened_by_id == standing.person.pk or may_order(standing)))


def may_order(standing):
    return standing.may_edit or standing.may_facilitate


def ring_office(there, audience, office):
    """As one opens a topic: in an office's ring or in both offices', only for one's own."""
    if audience in (Audience.OFFICE, Audience.OFFICES):
        office = office or there.office
        there.require(there.office is not None and (audience == Audience.OFFICES or office == there.office))
    return office if audience == Audience.OFFICE else None


def check_is_free(topic):
    if topic.subject_kind:
        raise ValidationError("This topic belongs to something of its workspace, and stays there.")


def check_holds_no_agreement(topic=None, messages=()):
    held = Decision.objects.filter(message__topic=topic) if topic else Decision.objects.filter(message__in=messages)
    if held.exists():
        raise ValidationError("It holds an agreement of both offices, and stays with them.")


def check_writers_see(topic, place, wrote=None):
    """Nobody's words are taken away from them: whoever `wrote` (all who did, else) and sees it now has to see it there."""
    if wrote is None:
        wrote = set(Message.objects.filter(topic=topic, deleted_at=None).values_list("author", flat=True))
    lose = wrote & {term.person_id for term in terms_reading(topic)} - {term.person_id for term in terms_reading(place)}
    if lose:
        names = list(Person.objects.filter(pk__in=lose).order_by("name").values_list("name", flat=True))
        shown = names[:NAMES_SHOWN] + ([f"{len(names) - NAMES_SHOWN} more"] if len(names) > NAMES_SHOWN else [])
        raise ValidationError(f"{get_text_list(shown, 'and')} wrote in it and would no longer see it.")


def note_on(topic, standing):
    """Who moved it, when and from where, as the topic shows it. The name of a place that its new readers are not in says no
    more than the place's own."""
    seen_by = audience_in_words(topic.audience, topic.workspace, topic.office)
    moved = f"Moved here by {mover(standing)}, {when(standing)}, from {standing.workspace.name}."
    return f"{moved} Until then: {seen_by} could see it."[:400]


def rings_of_trail(topic):
    if topic.audience == Audience.OFFICE:
        return topic.office
    return topic.workspace.enrolment or topic.workspace.home_cohort


def renumber(topic, to, standing):
    """The messages of `topic` get numbers in the stream `to`, in their order, each with its event: who listens there has them
    all, and nobody who was there before finds a gap."""
    stream = to.select_for_update(no_key=True).get()
    keys = list(Message.objects.filter(topic=topic).order_by("position").values_list("pk", flat=True))
    told = {"kind": "message.edited", "subject_kind": "message", "actor": standing.person, "term": standing.term}
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        numbers = {key: stream.last_seq + number for number, key in enumerate(part, 1)}
        Event.objects.bulk_create(Event(stream=stream, seq=seq, subject_id=key, **told) for key, seq in numbers.items())
        rows = [Message(pk=key, stream=stream, seq=seq) for key, seq in numbers.items()]
        Message.objects.bulk_update(rows, ["stream", "seq"])
        stream.last_seq += len(part)
    Stream.objects.filter(pk=stream.pk).update(last_seq=stream.last_seq)
