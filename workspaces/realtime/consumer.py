"""The one socket of a workspace's pages. In: hello, read positions, ping. Out: what the hub writes."""

import asyncio
import json
import random
import time
import uuid
from urllib.parse import parse_qs, urlsplit

from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from cohorts.authentication import is_half_signed_in
from cohorts.limits import CONNECTING, KNOCKING, Limited, network, spend
from cohorts.models import ApiToken, holdings_of, remembering
from cohorts.outages import AWAY

from ..actions.presence import shown_to_of
from ..actions.topics import read_up_to
from ..counts import SLOW_READERS_CUT, SOCKETS_OPENED, count_close
from ..models import Stream, Topic, Workspace
from . import payloads, tickets
from .authentication import has_bearer, who_opens
from .database import in_database
from .hub import current_hub
from .presence import offices_of
from .wires import Frames, wire_of

FRAME_LIMIT = 64 * 1024  # bytes a frame in
SOCKETS_A_PERSON = 40
FRAMES_A_SECOND = 50
REVIEW_EVERY = 10.0  # seconds between looks at whether a term ended by its date


class WorkspaceConsumer(AsyncWebsocketConsumer):
    channel_layer_alias = "none"  # only the hub listens to the layer

    async def connect(self):
        self.streams = []
        self.wire = self.ended_with = self.token = None
        self.slug = self.scope["url_route"]["kwargs"]["slug"]
        self.session_key = None if has_bearer(self.scope) else self.scope["session"].session_key
        self.hub = current_hub()
        await self.accept()  # a refusal before accepting would be a bare 403; the contract has codes
        refused_with = None if await self.come_back() else await self.come_in()
        if not refused_with and self.hub.count_of[self.person.pk] >= SOCKETS_A_PERSON:
            refused_with = 4429
        if refused_with:
            self.streams = []
            return await self.close(refused_with)
        self.workspace = self.streams[0].workspace_id
        self.waiting = []  # live frames, until the replay is written
        self.is_live = self.has_said_hello = False
        self.budget, self.budget_at = FRAMES_A_SECOND, time.monotonic()
        self.wire = wire_of(self)
        self.hub.enter(self)
        SOCKETS_OPENED.inc()

    async def come_back(self):
        """Whether a ticket lets the socket in. Where it does not, who opens it is looked up, with what that costs them."""
        text = parse_qs(self.scope["query_string"].decode("latin-1")).get(tickets.NAME, [""])[0]
        ticket = text and is_same_site(self.scope) and tickets.read(text, self.session_key, self.slug)
        if not ticket or not self.hub.take_ticket(ticket):
            return False
        self.person, self.streams, self.offices, self.until = ticket.person, ticket.streams, ticket.offices, ticket.until
        # who comes at once is not reviewed at once, and not yet
        self.reviewed_at = time.monotonic() - random.uniform(0, REVIEW_EVERY / 2)
        try:
            return await self.hub.vouch(self)
        except AWAY:  # who opens it cannot be looked up either, and that says so
            return False

    async def come_in(self):
        """The code with which the socket is refused, or None."""
        self.person, self.token = await who_opens(self.scope)
        is_known = self.person.is_authenticated and (self.token or is_same_site(self.scope))
        if not await in_database(self.may_connect)(is_known):
            return 4429
        if not is_known:
            return 4401
        is_half_in, self.streams, self.until = await in_database(self.look_in)()
        self.reviewed_at = time.monotonic()
        return 4401 if is_half_in else None if self.streams else 4404

    async def close(self, code=None, reason=None):
        self.ended_with = code
        await super().close(code, reason)

    async def disconnect(self, code):
        count_close(self.ended_with or code)
        if self.wire:
            self.hub.leave(self)
            self.wire.stop()

    def may_connect(self, is_known):
        try:
            if is_known:
                spend(CONNECTING, self.person.pk)
            else:
                spend(KNOCKING, network((self.scope.get("client") or [""])[0]))
        except Limited:
            return False
        return True

    @remembering()
    def look_in(self):
        """Whether the person has yet to show a second factor or their office's sign-on; else their streams of the workspace,
        and when a term ends."""
        if self.session_key and is_half_signed_in(self.person, self.scope["session"]):
            return True, [], None
        self.offices, self.shown_to = offices_of(self.person), shown_to_of(self.person)
        return False, *streams_of(self.person, self.slug)

    # --- in

    async def receive(self, text_data=None, bytes_data=None):
        if self.wire is None:
            return
        if len(bytes_data or (text_data or "").encode()) > FRAME_LIMIT:
            return self.complain("too_large", "A frame holds at most 64 KiB.")
        if not self.within_rate():
            return self.complain("rate_limited", "Too many frames; slow down.")
        try:
            told = json.loads(text_data or "")
            kind = told["type"]
        except (ValueError, TypeError, KeyError, RecursionError):
            return self.complain("invalid", "A frame is a JSON object with a type, as text.")
        handlers = {"hello": self.hello, "read": self.read, "typing": self.typing, "ping": self.ping}
        handler = handlers.get(kind if isinstance(kind, str) else None)
        if handler is None:
            return self.complain("unknown_type", f"Known types: {', '.join(handlers)}.")
        await handler(told)

    async def hello(self, told):
        after = told.get("after", {})
        if not isinstance(after, dict) or not all(type(number) is int and number >= 0 for number in after.values()):
            return self.complain("invalid", "“after” maps a stream's name to the last number seen.")
        if self.has_said_hello:
            return self.complain("invalid", "Hello was said already.")
        self.has_said_hello = True
        await self.hub.join(self, after)

    async def read(self, told):
        if self.token and self.token.scope == ApiToken.Scope.READ:
            return self.complain("forbidden", "A read token only reads.")
        topic_id, position = topic_in(told), told.get("position")
        if topic_id is None or type(position) is not int or position < 0:
            return self.complain("invalid", "“read” needs a topic's id and a position.")
        try:
            await in_database(self._read)(topic_id, position)
        except (Topic.DoesNotExist, ValidationError):
            self.complain("invalid", "There is no such topic.")
        except PermissionDenied:
            self.complain("forbidden", "Who holds no seat here leaves no mark.")

    async def typing(self, told):
        """Told to those who see the topic, as far as the person shows it; kept nowhere."""
        topic_id = topic_in(told)
        stream = topic_id and await in_database(self._stream_of)(topic_id)
        if not stream:
            return self.complain("invalid", "“typing” needs the id of a topic in which you write.")
        await self.hub.tell_typing(self, stream, topic_id)

    @remembering()
    def _stream_of(self, topic_id):
        """Of this workspace, and only where the person writes."""
        topic = Topic.objects.writable_by(self.person).filter(pk=topic_id, workspace=self.workspace).first()
        ring = topic and (topic.audience, topic.office_id)
        return next((each for each in self.streams if (each.audience, each.office_id) == ring), None)

    @remembering()
    def _read(self, topic_id, position):
        read_up_to(Topic.objects.visible_to(self.person).get(pk=topic_id), self.person, position)

    async def ping(self, told):
        ticket = tickets.issue(self)
        self.offer(Frames(payloads.encode({"type": "pong"} | ({"ticket": ticket} if ticket else {}))))

    def complain(self, code, detail):
        self.offer(Frames(payloads.encode({"type": "error", "code": code, "detail": detail})))

    def within_rate(self):
        now = time.monotonic()
        self.budget = min(FRAMES_A_SECOND, self.budget + (now - self.budget_at) * FRAMES_A_SECOND)
        self.budget_at = now
        if self.budget < 1:
            return False
        self.budget -= 1
        return True

    # --- out, by the hub

    def offer(self, frames):
        if self.wire.is_full:
            SLOW_READERS_CUT.inc()
            self.end(1013)
        else:
            self.wire.write(frames)

    def offer_live(self, frames):
        if self.is_live:
            self.offer(frames)
        else:
            self.waiting.append(frames)

    def go_live(self):
        for frames in self.waiting:
            self.offer(frames)
        self.waiting, self.is_live = [], True

    def end_access(self):
        self.end(4403)

    def end(self, code):
        self.hub.leave(self)
        self.streams = []
        self.wire.stop()
        self.goodbye = asyncio.create_task(self.wire.end(self.close, code))

    # --- asked by the hub's look, in its database thread

    def is_due_for_review(self):
        now = time.monotonic()
        if now - self.reviewed_at < REVIEW_EVERY and not (self.until and self.until <= timezone.now()):
            return False
        self.reviewed_at = now
        return True

    def is_still_signed_in(self, person):
        """False once the password behind this session changed, or something more is demanded of whoever is in it."""
        held = self.scope["session"].get("_auth_user_hash", "")
        is_same = constant_time_compare(held, person.get_session_auth_hash())
        return is_same and not is_half_signed_in(person, self.scope["session"])


def topic_in(told):
    try:
        return uuid.UUID(told.get("topic"))
    except (ValueError, TypeError, AttributeError):
        return None


def streams_of(person, slug):
    """The streams of a workspace that are the person's, none when the workspace is not theirs to know of; and the instant at
    which a term of theirs ends, if any."""
    streams = Stream.objects.visible_to(person).filter(workspace__in=Workspace.objects.filter(slug=slug)).order_by("audience")
    return list(streams), holdings_of(person).until


def is_same_site(scope):
    """A cookie counts only from a page of ours; a bearer token is no cookie."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    return urlsplit(origin).netloc == host or origin in settings.CSRF_TRUSTED_ORIGINS
