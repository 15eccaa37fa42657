"""What topics, messages and sign-offs tell open pages, and how it reads."""

from django.template.loader import render_to_string

from cohorts.models import AdministrativeReading, Term

from .models import Message, SignOff, Topic
from .reading import acknowledgement_of, attachments_of, is_decision, mentions_of, pinned, reactions_of, read_message
from .realtime.payloads import acting, register_payload
from .realtime.publish import record, stream_for, tell_person


def topic_created(topic, standing):
    _of_topic("topic.created", topic, standing)


def topic_updated(topic, standing):
    _of_topic("topic.updated", topic, standing)


def topic_moved(stream, topic, standing):
    """Told where it was, and where it is."""
    record(stream, "topic.moved", "topic", topic.pk, actor=standing.person, term=standing.term)


def _of_topic(kind, topic, standing):
    stream = stream_for(topic.workspace, topic.audience, topic.office)
    record(stream, kind, "topic", topic.pk, actor=standing.person, term=standing.term)


def message_posted(message, topic, standing):
    """Returns the event: it has the message's stream, and its number there."""
    stream = stream_for(topic.workspace, topic.audience, topic.office)
    return record(stream, "message.created", "message", message.pk, actor=standing.person, term=standing.term)


def message_edited(message, standing):
    record(message.stream, "message.edited", "message", message.pk, actor=standing.person, term=standing.term)


def message_deleted(message, standing):
    record(message.stream, "message.deleted", "message", message.pk, actor=standing.person, term=standing.term)


def message_reacted(message, standing):
    record(message.stream, "message.reacted", "message", message.pk, actor=standing.person, term=standing.term)


def message_pinned(message, standing):
    """Pinned, or no longer: the message says which."""
    record(message.stream, "message.pinned", "message", message.pk, actor=standing.person, term=standing.term)


def message_acknowledged(message, standing):
    """Its author asks for it, or somebody gave it: the message says which."""
    record(message.stream, "message.acknowledged", "message", message.pk, actor=standing.person, term=standing.term)


def message_previewed(message):
    """The pictures of its files are there."""
    record(message.stream, "message.previewed", "message", message.pk)


def decision_made(message, standing):
    record(message.stream, "decision.made", "message", message.pk, actor=standing.person, term=standing.term)


def read_told(topic, person):
    """A person's other pages hear how far they have read. It is theirs alone, so it has no number."""
    counts = Topic.objects.filter(pk=topic.pk).counts_for(person)[str(topic.pk)]
    told = {"type": "read", "workspace": topic.workspace.slug, "topic": topic.pk, "position": counts["read"]}
    tell_person(person, told | {name: counts[name] for name in ("turn", "last", "unread")})


def sign_off_told(kind, sign_off, standing):
    stream = stream_for(sign_off.workspace)
    record(stream, kind, "sign_off", sign_off.pk, actor=standing.person, term=standing.term)


# --- how it reads, for the ring of its stream


def read_topics(ids, stream):
    topics = Topic.objects.filter(pk__in=ids, workspace=stream.workspace_id, audience=stream.audience, office=stream.office_id)
    return {
        topic.pk: (
            {"id": topic.pk, "title": topic.title, "is_closed": topic.is_closed, "version": topic.version},
            None,
        )
        for topic in topics
    }


def read_messages(ids, stream):
    messages = Message.objects.filter(pk__in=ids, stream=stream).for_reading()
    return {message.pk: (message_data(message), message_html(message)) for message in messages}


def message_data(message):
    return {
        "id": message.pk,
        "topic": message.topic_id,
        "position": message.position,
        "client_id": message.client_id,
        "author": acting(message.author, message.term),
        "body": message.body,
        "edited_at": message.edited_at,
        "deleted_at": message.deleted_at,
        "version": message.version,
        "attachments": attachments_of(message),
        "acknowledgement": acknowledgement_of(message),
        "reactions": reactions_of(message),
        "mentions": mentions_of(message),
        "pinned": pinned(message),
        "is_decision": is_decision(message),
    }


def message_html(message):
    return render_to_string("workspaces/messages/_message.html", {"message": read_message(message)})


def read_sign_offs(ids, stream):
    sign_offs = SignOff.objects.filter(pk__in=ids, workspace=stream.workspace_id)
    return {
        each.pk: (
            {
                "id": each.pk,
                "status": each.status,
                "subject": {"kind": each.subject_kind, "id": each.subject_id},
            },
            None,
        )
        for each in sign_offs
    }


def read_terms(ids, stream):
    terms = Term.objects.filter(pk__in=ids).select_related("person", "seat__office")
    return {term.pk: ({"person": acting(term.person, term)}, None) for term in terms}


def read_readings(ids, stream):
    readings = AdministrativeReading.objects.filter(pk__in=ids).select_related("person")
    return {
        each.pk: (
            {"id": each.pk, "name": each.person.name, "reason": each.reason, "ends_at": each.ended_at or each.ends_at},
            None,
        )
        for each in readings
    }


register_payload("topic", read_topics)
register_payload("message", read_messages)
register_payload("sign_off", read_sign_offs)
register_payload("term", read_terms)
register_payload("reading", read_readings)
