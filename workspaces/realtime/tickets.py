"""Tickets to come back by: what a socket was found to be let into, signed and told to its page, so that a thousand pages that
come back at once are not looked up one by one.

A ticket opens nothing by itself. It is bound to the session, whose key stays in the cookie, and to how the person's access
stood. Whether both still hold is asked of the database as the socket comes back: one look for all that wait, `Hub.vouch`."""

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.utils import timezone
from django.utils.crypto import constant_time_compare, salted_hmac

from cohorts.models import Person

from ..models import Stream

SALT = "workspaces.realtime.tickets"
LASTS = 60  # seconds
NAME = "ticket"  # in the address of the socket


@dataclass(frozen=True)
class Ticket:
    """`streams` and `person` hold what a socket needs of them and nothing else; `until` is when a term ends, if any does."""

    text: str
    person: Person
    streams: list
    offices: frozenset
    until: datetime | None


def issue(socket):
    """A ticket for the page behind `socket`; None for the bearer of a token, who keeps no session."""
    if not socket.session_key:
        return None
    told = {
        "person": [str(socket.person.pk), socket.person.name, socket.person.access_epoch],
        "page": secrets.token_hex(4),  # those of one session's pages are told apart: each is good once
        "session": session_mark(socket.session_key),
        "slug": socket.slug,
        "workspace": str(socket.workspace),
        "streams": [[str(each.pk), each.audience, each.office_id and str(each.office_id)] for each in socket.streams],
        "offices": sorted(socket.offices),
        "until": socket.until and socket.until.isoformat(),
    }
    return signing.dumps(told, salt=SALT)


def read(text, session_key, slug):
    """The Ticket that `text` is, or None: for a forged or an old one, another session's, another workspace's."""
    try:
        told = signing.loads(text, salt=SALT, max_age=LASTS)
    except signing.BadSignature:
        return None
    if not session_key or told["slug"] != slug or not constant_time_compare(told["session"], session_mark(session_key)):
        return None
    until = told["until"] and datetime.fromisoformat(told["until"])
    if until and until <= timezone.now():
        return None
    pk, name, epoch = told["person"]
    return Ticket(
        text,
        known(Person, id=pk, name=name, access_epoch=epoch),
        [
            known(Stream, id=stream, workspace_id=told["workspace"], audience=audience, office_id=office)
            for stream, audience, office in told["streams"]
        ],
        frozenset(told["offices"]),
        until,
    )


def session_mark(session_key):
    return salted_hmac(SALT, session_key, algorithm="sha256").hexdigest()


def known(model, **values):
    """A row as it was told, with each value as the database gives it."""
    return model(**{name: model._meta.get_field(name).to_python(value) for name, value in values.items()})
