"""What a person holds: current term → seat → its group → guardian's grants on a container. Everything that asks who may see or
do something asks here; Django's own `user.groups` plays no part, so the end of a term is the end of access.

An administrator holds no seat. While they read a workspace for a written reason they hold what it takes to see its ring."""

import datetime as dt
import pickle
from collections import defaultdict
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field, replace

from django.db import connection
from django.db.models import Min, Model, Q, Value
from django.utils import timezone
from guardian.utils import get_group_obj_perms_model

from ..permissions import AUDIT_ROLES, OFFICE_RING_ROLES, SIGNING_ROLES
from .holdings_mark import HoldingsMark

MANY = 100  # keys: a facilitator of hundreds of cities is not told to the database city by city in every query
OPEN = {"enrolment": Q(ended_at=None, activated_at__isnull=False)}

CHANGED = "changed"  # beside what is remembered
AT_MOST = 10_000  # people whose holdings one process keeps

_kept: dict[object, "Kept"] = {}
_remembered: ContextVar[dict | None] = ContextVar("holdings", default=None)


@dataclass(frozen=True)
class Holdings:
    """`terms`: the current ones, each with its seat and where the seat belongs.

    `grants`: {container: {its key: {(key of the seat's group, codename)}}} for Cohort, Convening and active enrolments: a city
    that left is closed to all, and so is one whose offices have not both signed. `pending` holds, in the same way, what will be
    granted in those that have yet to sign. `readings`: an administrator's, each in `grants` without a group. `granted`: the
    grants again, as {container: {codename: keys}}."""

    terms: tuple
    grants: dict[type[Model], dict[object, set]]
    pending: dict[object, set]
    readings: tuple
    granted: dict[type[Model], dict[str, set]]

    @classmethod
    def read(cls, person):
        """Two queries, whatever the person holds."""
        from . import AdministrativeReading, Cohort, Convening, Enrolment, Term  # noqa: PLC0415 (their querysets ask here)

        terms = tuple(
            Term.objects.current()
            .filter(person=person.pk, person__is_active=True)
            .select_related("seat__office", "seat__cohort", "seat__convening__cohort")
        )
        grants = {Enrolment: defaultdict(set), Cohort: defaultdict(set), Convening: defaultdict(set)}
        pending = defaultdict(set)
        current = Q(content_object__ended_at=None)
        signed = Q(content_object__activated_at__isnull=False)
        asked = [
            ("active", grants[Enrolment], Enrolment, current & signed),
            ("pending", pending, Enrolment, current & ~signed),
            ("cohort", grants[Cohort], Cohort, Q()),
            ("convening", grants[Convening], Convening, Q()),
        ]
        rows = (
            get_group_obj_perms_model(container)
            .objects.filter(which, group__in=[term.seat.group_id for term in terms])
            .values_list(Value(name), "content_object", "group", "permission__codename")
            for name, _, container, which in asked
        )
        of_name = {name: held for name, held, *_ in asked}
        for name, key, group, codename in next(rows).union(*rows, all=True):
            of_name[name][key].add((group, codename))
        opened = AdministrativeReading.objects.open().filter(person=person.pk, enrolment__activated_at__isnull=False)
        readings = () if terms else tuple(opened)
        for reading in readings:
            grants[Enrolment][reading.enrolment_id].add((None, "view_city_work"))
        return cls(terms, grants, pending, readings, {container: by_codename(held) for container, held in grants.items()})

    @property
    def offices(self):
        """Keys of the offices whose own ring the person reads."""
        return {term.seat.office_id for term in self.terms if term.seat.role in OFFICE_RING_ROLES}

    def trails(self):
        """`(enrolments, offices)`: keys of the pairs and of the offices whose audit trail the person reads. An office's is read
        where the person holds it in a pair: a city that left is closed."""
        from . import Enrolment  # noqa: PLC0415 (its queryset asks here)

        reading = {term.seat.group_id: term.seat.office_id for term in self.terms if term.seat.role in AUDIT_ROLES}
        held = [(key, group) for key, grants in self.grants[Enrolment].items() for group, _ in grants if group in reading]
        return {key for key, _ in held}, {reading[group] for _, group in held}

    @property
    def until(self):
        """The instant at which the first of the terms or readings ends; None while no end is set."""
        ends = [at for term in self.terms for at in (term.ended_at, term.expires_at) if at]
        return min([*ends, *(reading.ends_at for reading in self.readings)], default=None)

    def changes_at(self, person, now):
        """The first instant after `now` at which one of these ends, or a term of `person` begins; None while no such is set."""
        from . import Term  # noqa: PLC0415 (its queryset asks here)

        begins_at = Term.objects.filter(person=person.pk, begins_at__gt=now).aggregate(first=Min("begins_at"))["first"]
        return min((at for at in (self.until, begins_at) if at), default=None)

    def leading(self, office):
        """The term of a principal or delegate of `office`, a principal's first, or None."""
        led = [term for term in self.terms if term.seat.office_id == office.pk and term.seat.role in SIGNING_ROLES]
        return min(led, key=lambda term: SIGNING_ROLES.index(term.seat.role), default=None)

    def granting(self, container, codenames):
        """Keys of the rows of `container` on which a seat holds any of `codenames`; where they are many, the query of them."""
        keys = set().union(*(self.granted[container].get(codename, ()) for codename in codenames))
        if len(keys) <= MANY:
            return keys
        grants = get_group_obj_perms_model(container).objects.filter(
            group__in=[term.seat.group_id for term in self.terms],
            permission__codename__in=codenames,
            content_object__in=container._base_manager.filter(OPEN.get(container._meta.model_name, Q())),
        )
        return grants.values_list("content_object", flat=True)


def by_codename(held):
    granted = defaultdict(set)
    for key, grants in held.items():
        for _, codename in grants:
            granted[codename].add(key)
    return granted


def holdings_of(person):
    """What `person` holds now; inside `remembering()` looked up once, and again after seats or grants changed there."""
    kept = kept_of(person)
    return kept.holdings if kept else Holdings.read(person)


def derived(person, name, derive):
    """`derive(holdings)`, kept under `name` as long as the holdings of `person` are; None outside of `remembering()`. Whatever
    it reads besides must be among the tables that the mark watches."""
    kept = kept_of(person)
    if kept is None:
        return None
    if name not in kept.derived:
        kept.derived[name] = derive(kept.holdings)
    return kept.derived[name]


@dataclass(frozen=True)
class Kept:
    """What was read under `mark`; it lasts `until` the next instant at which a date alone changes it. `rows`: its terms and
    readings, pickled, so that no two requests share a row that one may change."""

    mark: str | None
    read_at: dt.datetime
    until: dt.datetime | None
    rows: bytes
    holdings: Holdings
    derived: dict[str, object] = field(default_factory=dict)

    @classmethod
    def read(cls, person, mark, now):
        held = Holdings.read(person)
        return cls(mark, now, held.changes_at(person, now), pickle.dumps((held.terms, held.readings)), held)

    def lasts(self, mark, now):
        return mark and self.mark == mark and self.read_at <= now and (self.until is None or now < self.until)

    def again(self):
        terms, readings = pickle.loads(self.rows)
        return replace(self, holdings=replace(self.holdings, terms=terms, readings=readings))


def kept_of(person):
    """Kept; None outside of `remembering()`."""
    remembered = _remembered.get()
    if remembered is None or person.pk in remembered:
        return remembered and remembered[person.pk]
    kept = look_up(person)
    if not (CHANGED in remembered and connection.in_atomic_block):  # what was changed may yet be rolled back
        remembered[person.pk] = kept
    return kept


def look_up(person):
    """As this process read it before, while nothing that anybody holds has changed since: one query then."""
    mark, now = HoldingsMark.now(), timezone.now()
    kept = _kept.get(person.pk)
    if kept and kept.lasts(mark, now):
        return kept.again()
    if len(_kept) >= AT_MOST:
        _kept.clear()
    _kept[person.pk] = kept = Kept.read(person, mark, now)
    return kept.again()


def held_in(person, roles, home="office_id"):
    """Keys of the homes (offices, or what else `home` of a seat names) in which `person` holds a seat of one of `roles`."""
    return {getattr(term.seat, home) for term in holdings_of(person).terms if term.seat.role in roles}


def granted(person, container, *codenames):
    """Keys of the rows of `container` (Cohort, Enrolment, Convening) on which `person` holds any of `codenames` now, or the
    query of them. An enrolment counts once it is active."""
    return holdings_of(person).granting(container, codenames)


@contextmanager
def remembering():
    """Around one request, one frame or one look: who holds what is asked once. Also a decorator."""
    token = _remembered.set({})
    try:
        yield
    finally:
        _remembered.reset(token)


def forget():
    """Somebody's holdings changed here."""
    remembered = _remembered.get()
    if remembered is not None:
        remembered.clear()
        remembered[CHANGED] = True
