"""The one sender: numbers an event in its stream, in the caller's transaction, and once that is committed gives every process a
hint. The row is the truth; the hint may be lost, and the hubs look for themselves once a second."""

import logging

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

from ..counts import HINTS_LOST, PUBLISHED
from ..models import Event, Stream
from .payloads import encode

HUBS = "hubs"  # the group of which each process's hub is one member
log = logging.getLogger(__name__)


def stream_for(workspace, audience="workspace", office=None):
    """The one stream of that audience, unread: `record` reads it once, with its lock."""
    return Stream.objects.filter(workspace=workspace, audience=audience, office=office)


def record(stream, kind, subject_kind, subject_id, *, actor=None, term=None):
    """Append one event to `stream`, a Stream or what `stream_for` gives, and return it. Needs an open transaction: the
    stream's row stays locked to its end, so numbers are given in the order of commits."""
    streams = Stream.objects.filter(pk=stream.pk) if isinstance(stream, Stream) else stream
    stream = streams.select_for_update(no_key=True).get()
    stream.last_seq += 1
    stream.save(update_fields=["last_seq"])
    event = Event.objects.create(
        stream=stream,
        seq=stream.last_seq,
        kind=kind,
        subject_kind=subject_kind,
        subject_id=subject_id,
        actor=actor,
        term=term,
    )
    hint({"type": "stream.moved", "stream": str(stream.pk)})
    transaction.on_commit(PUBLISHED.inc)
    return event


def tell_person(person, frame):
    """An unnumbered frame to all open pages of one person, after the commit."""
    hint({"type": "person.told", "person": str(person.pk), "text": encode(frame)})


def hint(message):
    """Tell every process's hub, after the commit."""
    transaction.on_commit(lambda: _send(message))


def _send(message):
    try:
        async_to_sync(get_channel_layer().group_send)(HUBS, message)
    except Exception:  # whatever the layer raises: the rows are committed, and the hubs' own look finds them
        HINTS_LOST.inc()
        log.warning("hint_lost", exc_info=True)
