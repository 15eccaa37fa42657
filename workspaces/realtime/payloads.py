"""What an event tells: read when it is told, for the ring of its stream, many at once. Each app registers its subjects."""

import json
from collections.abc import Callable

from django.core.serializers.json import DjangoJSONEncoder

from ..models import Event

# kind of subject → (ids, stream) → {id: (data, html or None)}; a subject that has left the stream is left out
Loader = Callable[[set, object], dict]
_loaders: dict[str, Loader] = {}


def register_payload(subject_kind, loader):
    _loaders[subject_kind] = loader


def after(stream, seq, limit):
    """Up to `limit` events of `stream` above `seq`, in order, as contract frames. One query, one more a kind of subject."""
    events = list(
        Event.objects.filter(stream=stream, seq__gt=seq).select_related("actor", "term__seat__office").order_by("seq")[:limit]
    )
    loaded = {}
    for kind in {event.subject_kind for event in events}:
        ids = {event.subject_id for event in events if event.subject_kind == kind}
        loaded[kind] = _loaders[kind](ids, stream)
    return [frame(event, stream, loaded[event.subject_kind].get(event.subject_id)) for event in events]


def frame(event, stream, payload):
    data, html = payload or ({"gone": True}, None)
    told = {
        "type": "event",
        "stream": stream.audience,
        "seq": event.seq,
        "kind": event.kind,
        "at": event.at,
        "actor": acting(event.actor, event.term),
        "data": data,
    }
    return told | ({"html": html} if html is not None else {})


def acting(person, term):
    """Who did it, under the title of that day: {id, name, title, office} or None."""
    if person is None:
        return None
    office = term.seat.office if term else None
    return {
        "id": person.pk,
        "name": person.name,
        "title": term.title if term else "",
        "office": office.kind if office else None,
    }


def encode(told):
    return json.dumps(told, cls=DjangoJSONEncoder, ensure_ascii=False, separators=(",", ":"))
