"""Who is here, in every process's own memory: each process tells the others who is at its sockets, again and again; what it
stops telling is forgotten. Nothing of it is stored, and it says of nobody where they are."""

import time
import uuid
from dataclasses import dataclass

from cohorts.models import holdings_of

TOLD_EVERY = 10.0  # seconds between two times that a process tells who is at its sockets
FORGOTTEN_AFTER = 25.0  # seconds without a word from a process
GRACE = 5.0  # seconds in which somebody who loads a page anew has not left


def offices_of(person):
    """Keys of the offices in whose ring `person` is, as processes tell each other."""
    return frozenset(map(str, holdings_of(person).offices))


@dataclass(frozen=True)
class Somebody:
    """As processes tell each other: `offices` are the keys of those in whose ring the person is."""

    id: str
    name: str
    offices: frozenset
    shown_to: str

    @classmethod
    def at(cls, socket):
        return cls(str(socket.person.pk), socket.person.name, socket.offices, str(socket.shown_to))

    @classmethod
    def told(cls, row):
        return cls(row["id"], row["name"], frozenset(row["offices"]), row["shown_to"])

    def as_row(self):
        return {"id": self.id, "name": self.name, "offices": sorted(self.offices), "shown_to": self.shown_to}

    def is_shown_to(self, socket):
        """Their own office, unless they chose otherwise; to themselves they need not be shown."""
        if self.id == str(socket.person.pk):
            return False
        if self.shown_to == "office":
            return not self.offices.isdisjoint(socket.offices)
        return self.shown_to == "everyone"

    def as_person(self):
        return {"id": self.id, "name": self.name}


class Presence:
    """`own` is told to the other processes; `here` is what all of them told: {workspace: {person: Somebody}}."""

    def __init__(self):
        self.process = uuid.uuid4().hex
        self.seen = {}  # (workspace, person) → (when last, Somebody), at this process's sockets
        self.told = {}  # process → (when last, {(workspace, person): Somebody})
        self.said, self.said_at = None, 0.0
        self.here = {}

    def look(self, sockets):
        """What to tell the other processes now, or None when there is nothing new and it is not time."""
        now = time.monotonic()
        for socket in sockets:
            if socket.is_live:
                self.seen[str(socket.workspace), str(socket.person.pk)] = now, Somebody.at(socket)
        self.seen = {key: kept for key, kept in self.seen.items() if now - kept[0] < GRACE}
        own = {key: somebody for key, (_, somebody) in self.seen.items()}
        if own == self.said and now - self.said_at < TOLD_EVERY:
            return None
        self.said, self.said_at = own, now
        people = [{"workspace": workspace, **somebody.as_row()} for (workspace, _), somebody in own.items()]
        return {"type": "presence", "process": self.process, "people": people}

    def hear(self, message):
        rows = {(row["workspace"], row["id"]): Somebody.told(row) for row in message["people"]}
        self.told[message["process"]] = time.monotonic(), rows

    def changes(self):
        """`[(workspace, before or None, now or None)]`: who came, went, or is shown to others than before."""
        now = time.monotonic()
        self.told = {process: kept for process, kept in self.told.items() if now - kept[0] < FORGOTTEN_AFTER}
        here = {key: somebody for _, rows in self.told.values() for key, somebody in rows.items()}
        changed = [
            (key[0], self.here.get(key), here.get(key))
            for key in self.here.keys() | here.keys()
            if self.here.get(key) != here.get(key)
        ]
        self.here = here
        return changed

    def shown_to(self, socket):
        """Who is here, as far as the one at `socket` sees it, by name."""
        place = str(socket.workspace)
        people = [each for (workspace, _), each in self.here.items() if workspace == place and each.is_shown_to(socket)]
        return [each.as_person() for each in sorted(people, key=lambda each: each.name)]
