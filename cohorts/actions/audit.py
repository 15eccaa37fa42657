"""The one verb that adds to the audit trail. Verbs call it last, after what they tell: chains are locked after all else."""

import datetime as dt
from collections.abc import Callable
from contextlib import contextmanager
from contextvars import ContextVar
from ipaddress import ip_address

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from ..acts import act_of
from ..models import AuditChain, AuditEntry, Cohort, Enrolment, EnrolmentGrant, Office, holdings_of

PLATFORM = None  # the ring of administrators' acts, and of people of no office
WORDS = AuditEntry._meta.get_field("subject_words").max_length
_seen = set()  # keys of chains that this process has found: none is ever removed

_request: ContextVar = ContextVar("request", default=None)
_clock: ContextVar[Callable[[], dt.datetime]] = ContextVar("clock", default=timezone.now)


@contextmanager
def acting_in(request):
    """Around a request: what is done in it was done by its person, from its address."""
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def dated(at):
    """What is done inside happened at `at`: the demonstration's past."""
    token = _clock.set(lambda: at)
    try:
        yield
    finally:
        _clock.reset(token)


@transaction.atomic(savepoint=False)
def record_act(action, *rings, by=None, term=None, for_whom=None, subject=("", None, ""), **detail):
    """Add that `by` (else who makes the request) did `action` to the chain of each ring: an Enrolment for what both offices of
    a pair read, an Office, a Cohort, or PLATFORM. `subject` is its kind, id and words; `detail` holds no content.

    The network address goes where only the person's own office reads it. Raises KeyError for an act that nobody registered."""
    act_of(action)
    rings = list(dict.fromkeys(rings))
    request = _request.get()
    address = address_of(request)
    if by is None and request is not None and request.user.is_authenticated:
        by = request.user
    offices, term = stands_in(by, term, rings) if by is not None else (set(), None)
    home = term.seat.office if term and term.seat.office_id else PLATFORM
    is_apart = address is not None and not all(keeps_address(ring, by, offices) for ring in rings)
    chains = lock_chains([*rings, *([home] if is_apart else [])])
    kind, pk, words = subject
    entries = []
    for ring in rings:
        is_kept_here = keeps_address(ring, by, offices)
        entry = AuditEntry(
            at=_clock.get()(),
            actor=by,
            term=term,
            for_whom=for_whom,
            action=action,
            subject_kind=kind,
            subject_id=pk,
            subject_words=words[:WORDS],
            detail=detail,
            address=address if is_kept_here else None,
        )
        entries.append(append(chains[key_of(ring)], entry))
        if address is not None and not is_kept_here:
            beside = AuditEntry(at=entry.at, actor=by, term=term, action=action, address=address, of=entry)
            entries.append(append(chains[key_of(home)], beside))
    AuditEntry.objects.bulk_create(entries)
    for chain in chains.values():
        chain.save(update_fields=["last_number", "last_hash"])


def append(chain, entry):
    entry.chain, entry.number, entry.previous_hash = chain, chain.last_number + 1, chain.last_hash
    entry.hash = entry.digest()
    chain.last_number, chain.last_hash = entry.number, entry.hash
    return entry


def rings_of_person(person):
    """The chains of what a person does at the door: of each office they hold a seat of, else the platform's."""
    return offices_of(holdings_of(person).terms) or [PLATFORM]


def rings_of_account(person):
    """Who reads what an administrator did to the account of `person`: their offices, and the administrators."""
    return [*rings_of_person(person), PLATFORM]


def rings_of_office(office):
    """Who reads what is known of an office: the pairs it is in, else the office alone."""
    return list(Enrolment.objects.current().of_office(office)) or [office]


def rings_of_seat(seat):
    """Who reads that a seat changes hands: the pairs it opens, its cohort, and the office where it opens no pair; of a cohort's
    staff the administrators too."""
    opened = EnrolmentGrant.objects.filter(group=seat.group_id)
    rings = list(Enrolment.objects.current().filter(pk__in=opened.values("content_object")))
    if seat.office_id:
        return rings or [seat.office]
    if seat.convening_id:
        return [*rings, seat.convening.cohort]
    return [*rings, seat.cohort, PLATFORM]


def stands_in(person, term, rings):
    """Keys of the offices of `person`, and the term they act in: as told, else one of an office that is asked, else any."""
    terms = holdings_of(person).terms
    asked = {ring.pk for ring in rings if isinstance(ring, Office)}
    term = term or min(terms, key=lambda each: each.seat.office_id not in asked, default=None)
    return {each.seat.office_id for each in terms if each.seat.office_id}, term


def offices_of(terms):
    return list({term.seat.office_id: term.seat.office for term in terms if term.seat.office_id}.values())


def keeps_address(ring, by, offices):
    """Whether all who read the ring may know from where `by` acted; a stranger at the door is for whom the door is."""
    return ring is PLATFORM or isinstance(ring, Office) and (by is None or ring.pk in offices)


def address_of(request):
    """The caller's address as uvicorn tells it, behind proxies too; None where there is none."""
    text = request.META.get("REMOTE_ADDR", "") if request is not None else ""
    try:
        return str(ip_address(text.partition("%")[0]))
    except ValueError:
        return None


def place_of(ring):
    """Field values of a ring's chain."""
    place = {"enrolment_id": None, "office_id": None, "cohort_id": None, "is_platform": ring is PLATFORM}
    if ring is not PLATFORM:
        place[{Enrolment: "enrolment_id", Office: "office_id", Cohort: "cohort_id"}[type(ring)]] = ring.pk
    return place


def key_of(ring):
    return tuple(place_of(ring).values())


def lock_chains(rings):
    """`{key: chain}`, locked in one order to the transaction's end, so that numbers follow the order of commits."""
    places = {key_of(ring): place_of(ring) for ring in rings}
    begin_chains(places)
    wanted = Q()
    for place in places.values():
        wanted |= Q(**place)
    found = AuditChain.objects.select_for_update(no_key=True).filter(wanted).order_by("pk")
    chains = {(chain.enrolment_id, chain.office_id, chain.cohort_id, chain.is_platform): chain for chain in found}
    for key in sorted(places.keys() - chains.keys(), key=str):  # begun in a transaction that was rolled back
        AuditChain.objects.get_or_create(**places[key])
        chains[key] = AuditChain.objects.select_for_update(no_key=True).get(**places[key])
    return chains


def begin_chains(places):
    """Make those that are not there yet, before any is locked: whoever makes one while holding others locks out of order, and
    two who do wait for each other."""
    unseen = places.keys() - _seen
    for key in sorted(unseen, key=str):
        AuditChain.objects.get_or_create(**places[key])
    _seen.update(unseen)
