"""A topic goes to another audience or another workspace, with its messages and files; old links find it there."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import get_text_list

from cohorts.actions.audit import record_act
from cohorts.models import Person

from .. import events
from ..models import Audience, Decision, Event, Message, Stream, Topic, audience_in_words, terms_reading
from ..reading import at_words, clock_of
from ..realtime.publish import stream_for

WIDTH = [Audience.OFFICE, Audience.OFFICES, Audience.WORKSPACE]
AT_ONCE = 500
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
    standing.require(standing.may_discuss and (topic.opened_by_id == standing.person.pk or may_order(standing)))
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


def check_holds_no_agreement(topic):
    if Decision.objects.filter(message__topic=topic).exists():
        raise ValidationError("It holds an agreement of both offices, and stays with them.")


def check_writers_see(topic, place):
    """Nobody's words are taken away from them: whoever wrote here and sees it now has to see it there."""
    wrote = set(Message.objects.filter(topic=topic, deleted_at=None).values_list("author", flat=True))
    lose = wrote & {term.person_id for term in terms_reading(topic)} - {term.person_id for term in terms_reading(place)}
    if lose:
        names = list(Person.objects.filter(pk__in=lose).order_by("name").values_list("name", flat=True))
        shown = names[:NAMES_SHOWN] + ([f"{len(names) - NAMES_SHOWN} more"] if len(names) > NAMES_SHOWN else [])
        raise ValidationError(f"{get_text_list(shown, 'and')} wrote in it and would no longer see it.")


def note_on(topic, standing):
    """Who moved it, when and from where, as the topic shows it. The name of a place that its new readers are not in says no
    more than the place's own."""
    term, workspace = standing.term, standing.workspace
    office = f", {term.seat.office.name}" if term and term.seat.office_id else ""
    who = f"{standing.person.name}{f', {term.title}{office}' if term else ''}"
    seen_by = audience_in_words(topic.audience, topic.workspace, topic.office)
    on = at_words(timezone.now(), clock_of(workspace))
    return f"Moved here by {who}, {on}, from {workspace.name}. Until then: {seen_by} could see it."[:400]


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
