"""One hub per process: it alone listens to the channel layer, reads new events once, and writes them to every local socket.

It is one member of one group, whatever number of sockets it serves. Once a second it also looks at the database itself, for
the heads of the streams it serves and for who may still listen, so a lost hint or a job in another process costs a second."""

import asyncio
import contextlib
import logging
import time
import uuid
import weakref
from collections import Counter, defaultdict

from channels.layers import get_channel_layer
from django.contrib.sessions.models import Session
from django.utils import timezone

from cohorts.authentication import may_sign_in
from cohorts.models import ApiToken, Person, holdings_of, remembering

from ..actions.presence import shown_to_of
from ..counts import GAPS_HEALED, RESYNCS
from ..models import Stream
from . import payloads, tickets
from .database import in_database
from .presence import Presence, Somebody, offices_of
from .publish import HUBS
from .wires import Frames

LOOK_EVERY = 1.0  # seconds
REPLAY_PACE = 0.01  # seconds between looks at whether a reader has taken its replay
REPLAY_LIMIT = 1_000  # more missed events than this, and the page loads anew
log = logging.getLogger(__name__)
_hubs = weakref.WeakKeyDictionary()  # event loop → its hub: one a process, as a server has one loop


def current_hub():
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub()
    return _hubs[loop]


class Hub:
    def __init__(self):
        self.listeners = defaultdict(set)  # stream id → sockets that follow it
        self.streams = {}  # stream id → Stream, of those followed
        self.heads = {}  # stream id → number of the last event written to its listeners
        self.locks = defaultdict(asyncio.Lock)  # stream id → its events are read by one task at a time
        self.sockets = set()
        self.count_of = Counter()  # person's key → how many of the sockets are theirs
        self.presence = Presence()
        self.taken = {}  # ticket → when it was taken: each is good once in a process
        self.arriving = {}  # socket → whether it may listen, as soon as that is known
        self.at_the_door, self.looks = asyncio.Lock(), set()
        self._tasks = []

    # --- joining and leaving

    def enter(self, socket):
        """Watch whether `socket` may still listen, also before it says hello."""
        self._start()
        self.sockets.add(socket)
        self.count_of[socket.person.pk] += 1

    def take_ticket(self, ticket):
        """Whether it is the first time in this process. Whoever knocks on and on with one ticket is looked up, and counted."""
        now = time.monotonic()
        if ticket.text in self.taken:
            return False
        while self.taken and now - next(iter(self.taken.values())) > tickets.LASTS:
            del self.taken[next(iter(self.taken))]
        self.taken[ticket.text] = now
        return True

    async def vouch(self, socket):
        """Whether `socket` may still listen. Who asks while others are asked about waits, and is then asked about together with
        all who came meanwhile. Raises what the database raises."""
        answer = self.arriving[socket] = asyncio.get_running_loop().create_future()
        if len(self.arriving) == 1:
            look = asyncio.create_task(self._look_at_arriving())  # of its own: whoever came first may leave meanwhile
            self.looks.add(look)
            look.add_done_callback(self.looks.discard)
        return await answer

    async def _look_at_arriving(self):
        async with self.at_the_door:
            arriving, self.arriving = self.arriving, {}
            try:
                ended = set(await in_database(ended_of)(list(arriving)))
            except Exception as error:
                for answer in arriving.values():
                    answer.done() or answer.set_exception(error)
            else:
                for socket, answer in arriving.items():
                    answer.done() or answer.set_result(socket not in ended)

    async def join(self, socket, after):
        """Let `socket` follow its streams from `after` ({name: number}): welcome, what it missed, then what comes.

        A stream whose number is not given is followed from now."""
        if not await self.vouch(socket):
            return self.send_away([socket])
        heads = {}
        for stream in socket.streams:
            async with self.locks[stream.pk]:
                if not self.listeners[stream.pk]:
                    head = await in_database(head_of)(stream)
                    if socket not in self.sockets:  # sent away meanwhile
                        return
                    self.streams[stream.pk], self.heads[stream.pk] = stream, head
                elif socket not in self.sockets:
                    return
                heads[stream.pk] = self.heads[stream.pk]
                self.listeners[stream.pk].add(socket)  # newer events wait in the socket until its replay is written
        welcome = {
            "type": "welcome",
            "streams": {stream.audience: heads[stream.pk] for stream in socket.streams},
            "presence": self.presence.shown_to(socket),
        }
        if ticket := tickets.issue(socket):
            welcome["ticket"] = ticket
        socket.offer(Frames(payloads.encode(welcome)))
        for stream in socket.streams:
            seen = min(after.get(stream.audience, heads[stream.pk]), heads[stream.pk])
            if heads[stream.pk] - seen > REPLAY_LIMIT:
                RESYNCS.inc()
                socket.offer(Frames(payloads.encode({"type": "reset"})))
                continue
            missed, ended = [], []
            if seen < heads[stream.pk]:
                missed, ended = await in_database(read_news)(stream, seen, [socket])
            if self.send_away(ended):
                return
            if replay := [payloads.encode(told) for told in missed if told["seq"] <= heads[stream.pk]]:
                GAPS_HEALED.inc()
                socket.offer(Frames(*replay))
            while socket in self.sockets and socket.wire.is_behind:
                await asyncio.sleep(REPLAY_PACE)
        if socket in self.sockets:
            socket.go_live()

    def leave(self, socket):
        if socket in self.sockets:
            self.sockets.remove(socket)
            self.count_of[socket.person.pk] -= 1
        for stream in socket.streams:
            self.listeners[stream.pk].discard(socket)
            if not self.listeners[stream.pk]:  # its lock stays: somebody may be waiting for it
                for kept in (self.listeners, self.streams, self.heads):
                    kept.pop(stream.pk, None)
        if not self.sockets:
            self._stop()

    # --- news

    async def advance(self, stream_id):
        """Write every committed event above the head to the stream's listeners: read once, encoded once."""
        stream = self.streams.get(stream_id)
        if stream is None:
            return
        async with self.locks[stream_id]:
            if stream_id not in self.heads:
                return
            listening = list(self.listeners[stream_id])
            news, ended = await in_database(read_news)(stream, self.heads[stream_id], listening)
            self.send_away(ended)
            if stream_id not in self.heads:  # the last listener left meanwhile
                return
            if news:
                frames = Frames(*(payloads.encode(told) for told in news))
                for socket in tuple(self.listeners[stream_id]):
                    socket.offer_live(frames)
                if stream_id in self.heads:  # else the last listener was cut off
                    self.heads[stream_id] = news[-1]["seq"]

    async def look(self):
        """What the hints may have missed, and who may no longer listen."""
        moved, ended = await in_database(look_up)(dict(self.heads), list(self.sockets))
        self.send_away(ended)
        for stream_id in moved:
            await self.advance(stream_id)

    def send_away(self, ended):
        """Close sockets whose access has ended; returns whether there were any."""
        for socket in ended:
            if socket in self.sockets:
                socket.end_access()
        return bool(ended)

    def tell_person(self, person_id, text):
        """An unnumbered frame to every page of one person, such as how far they have read in another tab."""
        frames = Frames(text)
        for socket in tuple(self.sockets):
            if socket.person.pk == person_id and socket.has_said_hello:
                socket.offer_live(frames)

    # --- who is here, and who is typing

    async def tell_typing(self, socket, stream, topic_id):
        told = {"stream": str(stream.pk), "topic": str(topic_id), "who": Somebody.at(socket).as_row()}
        await self.tell_processes({"type": "typing", **told})

    def hear_typing(self, message):
        who = Somebody.told(message["who"])
        frames = Frames(payloads.encode({"type": "typing", "topic": message["topic"], "person": who.as_person()}))
        for socket in tuple(self.listeners.get(uuid.UUID(message["stream"]), ())):
            if who.is_shown_to(socket):
                socket.offer_live(frames)

    async def tell_presence(self):
        if message := self.presence.look(self.sockets):
            await self.tell_processes(message)
        self.write_presence()

    def write_presence(self):
        """To each socket what changed for it: somebody came, went, or is shown to others than before."""
        if not (changes := self.presence.changes()):
            return
        sockets = defaultdict(list)
        for socket in self.sockets:
            sockets[str(socket.workspace)].append(socket)
        for workspace, before, now in changes:
            for socket in sockets[workspace]:
                was, is_here = (bool(each) and each.is_shown_to(socket) for each in (before, now))
                if was != is_here:
                    told = {"type": "presence", "person": (now or before).as_person(), "is_here": is_here}
                    socket.offer_live(Frames(payloads.encode(told)))

    def choose_presence(self, person_id, shown_to):
        for socket in self.sockets:
            if str(socket.person.pk) == person_id:
                socket.shown_to = shown_to

    async def tell_processes(self, message):
        try:
            await get_channel_layer().group_send(HUBS, message)
        except Exception:  # the layer is away: who is here is told when it is back
            log.warning("presence_not_told", exc_info=True)

    # --- the hub's own tasks, alive while it has sockets

    def _start(self):
        if not any(not task.done() for task in self._tasks):
            self._tasks = [asyncio.create_task(self._listen()), asyncio.create_task(self._watch())]

    def _stop(self):
        for task in self._tasks:
            task.cancel()
        self._tasks = []

    async def _listen(self):
        layer = get_channel_layer()
        while True:
            channel = None
            try:
                channel = await layer.new_channel("hub")
                await layer.group_add(HUBS, channel)
                while True:
                    message = await layer.receive(channel)
                    if message["type"] == "stream.moved":
                        await self.advance(uuid.UUID(message["stream"]))
                    elif message["type"] == "access.changed":
                        await self.look()
                    elif message["type"] == "person.told":
                        self.tell_person(uuid.UUID(message["person"]), message["text"])
                    elif message["type"] == "typing":
                        self.hear_typing(message)
                    elif message["type"] == "presence":
                        self.presence.hear(message)
                        self.write_presence()
                    elif message["type"] == "presence.chosen":
                        self.choose_presence(message["person"], message["shown_to"])
            except asyncio.CancelledError:
                if channel:
                    with contextlib.suppress(Exception):  # a layer that is away forgets the channel by itself
                        await layer.group_discard(HUBS, channel)
                raise
            except Exception:  # the layer or the database is away: look() still works, or its own loop says so
                log.warning("hub_cannot_listen", exc_info=True)
                await asyncio.sleep(LOOK_EVERY)

    async def _watch(self):
        while True:
            await asyncio.sleep(LOOK_EVERY)
            try:
                await self.tell_presence()
                await self.look()
            except Exception:  # the database is away: the sockets wait, and what they missed is read when it is back
                log.warning("hub_cannot_look", exc_info=True)


def head_of(stream):
    return Stream.objects.values_list("last_seq", flat=True).get(pk=stream.pk)


def read_news(stream, seq, sockets):
    """Events above `seq`, and which of `sockets` may no longer hear them. Asked in this order, so nobody hears of what was
    committed after their access had ended."""
    news = payloads.after(stream, seq, REPLAY_LIMIT)
    return news, ended_since_read(sockets) if news else []


def ended_since_read(sockets):
    """Those of `sockets` whose access has ended; one query while nobody's access was renewed."""
    there = {socket.person.pk for socket in sockets}
    epochs = dict(Person.objects.filter(pk__in=there).values_list("pk", "access_epoch"))
    renewed = [socket for socket in sockets if epochs.get(socket.person.pk) != socket.person.access_epoch]
    return ended_of(renewed) if renewed else []


def look_up(heads, sockets):
    """Streams that moved past `heads`, and sockets whose access has ended: three queries whatever the number of sockets, one
    more where some are of tokens."""
    moved = [pk for pk, last_seq in Stream.objects.filter(pk__in=heads).values_list("pk", "last_seq") if last_seq > heads[pk]]
    return moved, ended_of(sockets)


@remembering()
def ended_of(sockets):
    """Those of `sockets` whose access has ended; the others know then what their holders hold and show."""
    asked = Person.objects.with_factor().with_demand().select_related("presence_choice")
    people = asked.in_bulk({socket.person.pk for socket in sockets})
    keys = {socket.session_key for socket in sockets if socket.session_key}
    sessions = set(Session.objects.filter(pk__in=keys, expire_date__gt=timezone.now()).values_list("pk", flat=True))
    keys = {socket.token.pk for socket in sockets if socket.token}
    tokens = set(ApiToken.objects.valid().filter(pk__in=keys).values_list("pk", flat=True))
    allowed = {}
    ended = []
    for socket in sockets:
        person = people.get(socket.person.pk)
        is_let_in = socket.token.pk in tokens if socket.token else socket.session_key in sessions
        if not is_let_in or person is None or not may_sign_in(person):
            ended.append(socket)
            continue
        socket.shown_to = shown_to_of(person)
        if person.access_epoch != socket.person.access_epoch or socket.is_due_for_review():
            if person.pk not in allowed:
                allowed[person.pk] = set(Stream.objects.visible_to(person).values_list("pk", flat=True))
            is_still_in = socket.token or socket.is_still_signed_in(person)
            if not is_still_in or {stream.pk for stream in socket.streams} - allowed[person.pk]:
                ended.append(socket)
            else:
                socket.person, socket.until = person, holdings_of(person).until
                socket.offices = offices_of(person)
    return ended
