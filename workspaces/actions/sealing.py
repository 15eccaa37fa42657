"""“This should not be here”: any reader takes a thing out for everybody, and a sealed copy waits for the owning office to put
it back, redact it or, absent a legal hold, destroy it."""

import json
from collections.abc import Callable
from dataclasses import dataclass

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import Conflict, Person, Term, holdings_of
from cohorts.models.sealed import seal, seal_bytes, unseal, unseal_bytes

from .. import events
from ..files.kinds import kind_called
from ..models import (
    Attachment,
    Audience,
    Decision,
    Mail,
    Mention,
    Message,
    MessageRevision,
    SealedItem,
    Topic,
    deciders_of,
)
from .attachments import ask_for_pictures, delete_after, index_files
from .guard import ask_back, note_anyway
from .mentions import note_mentions

MESSAGE, FILE, TITLE = SealedItem.Kind
WAITING, RESTORED, REDACTED, DESTROYED = SealedItem.State
TITLE_TAKEN_OUT = "(Title taken out)"
NAMES_SHOWN = 2


@dataclass(frozen=True)
class Deciding:
    """Who decides, for the owner: what `events` asks of a standing, also where the workspace is closed."""

    person: Person
    term: Term


# --- any reader takes it out


@transaction.atomic
def take_out(kind, thing, standing, *, why):
    """Take `thing` (a Message, an Attachment that was sent, a Topic for its title) out of everybody's sight, and return the
    SealedItem; what is out already stays so. Words, former wordings, files, pictures and search entries go at once, and no mail
    that has not left carries them.

    Raises PermissionDenied for who holds no seat here, ValidationError for what its author removed or nobody has sent."""
    standing.require(bool(standing.terms))
    if why not in SealedItem.Why.values:
        raise ValidationError({"why": "Say why it should not be here."})
    of_kind = SEALABLE[kind]
    thing = of_kind.lock(thing)
    if of_kind.is_out(thing):
        return SealedItem.objects.filter(kind=kind, object_id=thing.pk).first()
    return of_kind.take_out(thing, standing, why)


def take_out_message(message, standing, why):
    if message.deleted_at is not None:
        raise ValidationError("Its author has removed this message.")
    item = new_item(MESSAGE, message, standing, why)
    decision = Decision.objects.filter(message=message).first()
    if decision and decision.decided_at is None:
        decision.delete()
        decision = None
    revisions = list(message.revisions.values_list("pk", "body"))
    keep(item, body=message.body, revisions=revisions, decision=decision and decision.text)
    message.revisions.update(body="")
    message.mentions.all().delete()
    if decision:
        Decision.objects.filter(pk=decision.pk).update(text="", updated_at=timezone.now())
    message.body, message.deleted_at, message.sealed_note = "", timezone.now(), note_of(item)
    message.version += 1
    message.save()
    for file in message.attachments.select_for_update(no_key=True, of=("self",)).filter(sealed_note=""):
        seal_file(file, standing, why)
    index_files(message)
    events.message_deleted(message, standing)
    tell_trail("item.taken_out", item, standing)
    return item


def take_out_file(attachment, standing, why):
    message = Message.objects.select_for_update(no_key=True, of=("self",)).for_reading().get(pk=attachment.message_id)
    item = seal_file(attachment, standing, why)
    message.version += 1
    message.save(update_fields=["version", "updated_at"])
    events.message_edited(message, standing)
    tell_trail("item.taken_out", item, standing)
    return item


def seal_file(attachment, standing, why):
    item = new_item(FILE, attachment, standing, why)
    gone = attachment.stored
    with attachment.file.open() as file:
        item.file.save("sealed", ContentFile(seal_bytes(file.read())), save=False)
    removed_at = attachment.removed_at and attachment.removed_at.isoformat()
    keep(item, name=attachment.name, removed_at=removed_at)
    attachment.pages.all().delete()
    attachment.name = attachment.file = attachment.thumbnail = ""
    attachment.preview, attachment.page_count, attachment.found = Attachment.Preview.NONE, 0, []
    attachment.removed_at, attachment.sealed_note = timezone.now(), note_of(item)
    attachment.save()
    delete_after(gone)
    return item


def take_out_title(topic, standing, why):
    item = new_item(TITLE, topic, standing, why)
    keep(item, title=topic.title)
    topic.title, topic.sealed_note = TITLE_TAKEN_OUT, note_of(item)
    topic.version += 1
    topic.save()
    events.topic_updated(topic, standing)
    tell_trail("item.taken_out", item, standing)
    return item


def new_item(kind, thing, standing, why=""):
    """Not stored yet: whose `thing` is, and who takes it out."""
    topic, term = thing if kind == TITLE else thing.topic, thing.term
    return SealedItem(
        kind=kind,
        object_id=thing.pk,
        topic=topic,
        office=term.seat.office if term and term.seat.office_id else None,
        cohort=topic.workspace.home_cohort,
        author=getattr(thing, SEALABLE[kind].author),
        why=why,
        marked_by=standing.person,
        term=standing.term,
    )


def keep(item, **content):
    item.content = seal(json.dumps(content))
    item.save(force_insert=True)


def note_of(item):
    """Who decides and whom to ask, for everybody who reads the place."""
    contact = contact_of(item)
    return f"The {item.owner} decides what becomes of it." + (f" Ask {contact}." if contact else "")


def contact_of(item):
    people = [f"{term.person.name}, {term.title}" for term in deciders_of(item.office, item.cohort)[:NAMES_SHOWN]]
    return " or ".join(people) or (item.office.contact_email if item.office else "")


def tell_trail(action, item, standing, **detail):
    """In the ring of the place, without a word of what it said."""
    topic = item.topic
    shared = topic.workspace.enrolment or item.cohort
    ring = topic.office if topic.audience == Audience.OFFICE else shared
    subject = (f"sealed_{item.kind}", item.pk, item.get_kind_display().lower())
    record_act(action, ring, by=standing.person, term=standing.term, subject=subject, **detail)


# --- the owner decides


def deciding(item, person, *, seconds=False):
    """The term in which `person` decides on `item`, or with `seconds` says the second yes. Raises PermissionDenied."""
    terms = [term for term in deciders_of(item.office, item.cohort) if term.person_id == person.pk]
    term = next(iter(terms), None)
    if term is None and seconds and item.office:
        term = holdings_of(person).leading(item.office)
    if term is None:
        raise PermissionDenied("The office’s records officer and counsel decide on this.")
    return Deciding(person, term)


def content_of(item):
    """What was taken out: {body, revisions, decision}, {name, removed_at} or {title}; {} once it is destroyed.

    Raises Unreadable where the platform's key was changed since."""
    return json.loads(unseal(item.content)) if item.content else {}


@transaction.atomic
def read_sealed(item, person):
    """What was taken out, for who decides; that they read it stands in the trail."""
    who = deciding(item, person, seconds=item.destruction_asked_by_id is not None)
    content = content_of(item)
    tell_trail("item.read", item, who)
    return content


@transaction.atomic
def restore(item, person):
    """Put it back as it was. Raises PermissionDenied, Conflict when somebody decided meanwhile."""
    who = deciding(item, person)
    item = locked(item)
    if item.state != WAITING:
        raise Conflict(item)
    content = content_of(item)
    decide(item, who, RESTORED)
    put_back(item, who, content)
    forget(item)
    tell_trail("item.restored", item, who)
    return item


@transaction.atomic
def redact(item, person, *, words, anyway=False):
    """Put it back with other words; the former ones stay sealed. A file cannot be redacted: its author sends another.

    Raises PermissionDenied, ValidationError, Conflict when somebody decided meanwhile, CaseInformation unless `anyway`."""
    who = deciding(item, person)
    if item.kind == FILE:
        raise ValidationError("A file cannot be redacted here. Put it back, or have it destroyed and a mended one sent.")
    if not words.strip():
        raise ValidationError({"words": "Write what is to stand there."})
    found = ask_back(words, anyway=anyway)
    item = locked(item)
    if item.state != WAITING:
        raise Conflict(item)
    content = content_of(item)
    kept = {"title": words.strip()} if item.kind == TITLE else {"body": words.strip(), "revisions": [], "is_redacted": True}
    if content.get("decision"):
        kept["decision"] = words.strip()
    decide(item, who, REDACTED)
    put_back(item, who, kept)
    tell_trail("item.redacted", item, who)
    note_anyway(found, who, item.topic, ring=item.office or item.cohort)
    return item


@transaction.atomic
def destroy(item, person):
    """Ask for its destruction, or say the second yes: then nothing of it is left. Whether it is destroyed.

    Raises PermissionDenied, ValidationError under a legal hold and for the same person twice, Conflict when it was decided."""
    who = deciding(item, person, seconds=True)
    item = locked(item)
    if not item.is_open:
        raise Conflict(item)
    if hold := item.holds().select_related("office").first():
        raise ValidationError(f"A legal hold of the {hold.office.name} keeps this from being destroyed until it is lifted.")
    if item.destruction_asked_by_id is None:
        deciding(item, person)
        item.destruction_asked_by, item.destruction_asked_at = person, timezone.now()
        item.save()
        tell_trail("item.destruction_asked", item, who)
        return False
    if item.destruction_asked_by_id == person.pk:
        raise ValidationError("A second person has to say yes: another decider, the principal or a delegate.")
    was_out = item.state == WAITING
    decide(item, who, DESTROYED)
    forget(item)
    if was_out:
        thing = SEALABLE[item.kind].lock(item)
        thing.sealed_note = f"It was destroyed by decision of the {item.owner}."
        thing.save(update_fields=["sealed_note", "updated_at"])
        tell_pages(item, thing, who)
    tell_trail("item.destroyed", item, who)
    return True


@transaction.atomic
def keep_it(item, person):
    """Take back that it should be destroyed. Raises PermissionDenied."""
    who = deciding(item, person, seconds=True)
    item = locked(item)
    if item.is_open and item.destruction_asked_by_id:
        item.destruction_asked_by = item.destruction_asked_at = None
        item.save()
        tell_trail("item.kept", item, who)
    return item


def locked(item):
    rows = SealedItem.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("topic__workspace", "topic__office", "office", "cohort", "author").get(pk=item.pk)


def decide(item, who, state):
    item.state, item.decided_by, item.decided_at = state, who.person, timezone.now()
    item.destruction_asked_by = item.destruction_asked_at = None
    item.save()


def forget(item):
    """The sealed copy goes: what it held is back, or destroyed."""
    delete_after([item.file])
    item.content = item.file = ""
    item.save()


def put_back(item, who, content):
    of_kind = SEALABLE[item.kind]
    of_kind.put_back(of_kind.lock(item), item, who, content)


def put_back_message(message, item, who, content):
    message.body, message.deleted_at, message.sealed_note = content["body"], None, ""
    if content.get("is_redacted"):
        message.edited_at, message.sealed_note = timezone.now(), f"Redacted by decision of the {item.owner}."
        MessageRevision.objects.create(message=message, body="", replaced_by=who.person)
    message.version += 1
    for pk, body in content["revisions"]:
        MessageRevision.objects.filter(pk=pk, message=message).update(body=body)
    if content.get("decision"):
        Decision.objects.filter(message=message).update(text=content["decision"], updated_at=timezone.now())
    message.save()
    index_files(message)
    Mention.objects.filter(message=message).delete()
    note_mentions(message, message.topic)
    events.message_edited(message, who)


def put_back_file(attachment, item, who, content):
    kind = kind_called(attachment.content_type)
    with item.file.open() as sealed:
        attachment.file.save(content["name"], ContentFile(unseal_bytes(sealed.read())), save=False)
    attachment.name, attachment.sealed_note, attachment.removed_at = content["name"], "", content["removed_at"]
    if kind.has_pictures:
        attachment.preview = Attachment.Preview.WAITING
        transaction.on_commit(lambda: ask_for_pictures(attachment.pk))
    attachment.save()
    tell_pages(item, attachment, who)


def put_back_title(topic, item, who, content):
    topic.title, topic.sealed_note = content["title"], ""
    topic.version += 1
    topic.save()
    events.topic_updated(topic, who)


def tell_pages(item, thing, who):
    """Open pages show the place as it is now."""
    if item.kind == TITLE:
        events.topic_updated(thing, who)
        return
    message = thing if item.kind == MESSAGE else Message.objects.select_related("stream").get(pk=thing.message_id)
    events.message_edited(message, who)


def locked_message(thing):
    rows = Message.objects.select_for_update(no_key=True, of=("self",)).select_related(
        "topic__workspace", "topic__office", "stream", "author", "term__seat__office"
    )
    return rows.get(pk=key_of(thing))


def locked_file(thing):
    rows = Attachment.objects.select_for_update(no_key=True, of=("self",)).filter(message__isnull=False)
    rows = rows.select_related("topic__workspace", "topic__office", "uploaded_by", "term__seat__office")
    if found := rows.filter(pk=key_of(thing)).first():
        return found
    raise ValidationError("This file was not sent: remove it.")


def locked_title(thing):
    rows = Topic.objects.select_for_update(no_key=True, of=("self",))
    return rows.select_related("workspace", "office", "opened_by", "term__seat__office").get(pk=key_of(thing))


def key_of(thing):
    return thing.object_id if isinstance(thing, SealedItem) else thing.pk


@dataclass(frozen=True)
class Sealable:
    """What can be taken out: `author` is the field of its author, `lock(thing)` reads its row anew and locks it."""

    author: str
    lock: Callable
    is_out: Callable
    take_out: Callable
    put_back: Callable


SEALABLE = {
    MESSAGE: Sealable(
        author="author",
        lock=locked_message,
        is_out=lambda message: bool(message.sealed_note) and message.deleted_at is not None,
        take_out=take_out_message,
        put_back=put_back_message,
    ),
    FILE: Sealable(
        author="uploaded_by",
        lock=locked_file,
        is_out=lambda file: bool(file.sealed_note),
        take_out=take_out_file,
        put_back=put_back_file,
    ),
    TITLE: Sealable(
        author="opened_by",
        lock=locked_title,
        is_out=lambda topic: topic.title == TITLE_TAKEN_OUT,
        take_out=take_out_title,
        put_back=put_back_title,
    ),
}


# --- what is left elsewhere


def mailed(item):
    """Mails that went with its words: for each, who got it and when."""
    message = item.object_id
    if item.kind == FILE:
        message = Attachment.objects.values_list("message", flat=True).get(pk=item.object_id)
    went = Mail.objects.filter(state=Mail.State.SENT).select_related("person").order_by("sent_at")
    if item.kind == TITLE:
        return list(went.filter(messages__topic=item.object_id).distinct())
    return list(went.filter(messages=message).distinct())


def quoted_in(item, person):
    """Messages of the same place, as far as `person` sees them, that link to it, as a quote does: what they took along stands
    in them still."""
    if item.kind != MESSAGE:
        return []
    return list(
        Message.objects.visible_to(person)
        .filter(topic__workspace=item.topic.workspace_id, deleted_at=None, body__contains=str(item.object_id))
        .select_related("topic__workspace", "author")
        .order_by("created_at")[:20]
    )
