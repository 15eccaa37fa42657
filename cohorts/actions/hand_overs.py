"""Handing over a seat of one's own office: who may, what it needs, and what happens at once."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from ..models import Conflict, HandOver, Person, Seat, holdings_of
from ..permissions import Role
from ..signals import seat_handed_over
from .people import renew_access
from .seats import end_term, fill_seat


def mark_of(now, coming):
    """What a hand-over's page was made from: who holds the seat and who comes. Another mark is another state."""
    return " ".join(f"{term.pk} {term.ends_on}" if term else "vacant" for term in (now, coming))


def who_hands_over(person, seat, holder):
    """The term in which `person` may hand over `seat`, which `holder` (a term or None) holds. Raises PermissionDenied."""
    term = holdings_of(person).leading(seat.office) if seat.office_id else None
    if term is None:
        raise PermissionDenied("Only a principal or delegate of the office hands over its seats.")
    if seat.role == Role.PRINCIPAL and holder and term.seat.role != Role.PRINCIPAL:
        raise PermissionDenied(
            "Handing over the principal’s seat cannot be delegated. "
            f"{holder.person.name}, {holder.title}, hands it over in person."
        )
    return term


def successor_at(email):
    """Whoever signs in with exactly this address. Raises ValidationError when nobody does."""
    person = Person.objects.filter(email__iexact=email.strip(), is_active=True).first()
    if person is None:
        raise ValidationError({"email": "Nobody signs in with this address yet. Invite them first, or leave the seat vacant."})
    return person


@transaction.atomic
def hand_over(seat, person, *, seen, on, successor=None, title="", ends_on=None, note=""):
    """`person` hands `seat` to `successor`, or leaves it vacant, on the day `on`: today from this instant, a later day by the
    days of the terms alone. A hand-over whose day has not come is replaced.

    Raises PermissionDenied, Conflict when the seat no longer stands as `seen` (`mark_of`), ValidationError when the day is
    past, when somebody would appoint themselves, or when the successor may not hold the seat."""
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=seat.pk)
    outgoing, coming = seat.now_and_next()
    term = who_hands_over(person, seat, outgoing)
    if seen != mark_of(outgoing, coming):
        raise Conflict(seat)
    check(seat, person, outgoing, on, successor)
    now, today = timezone.now(), seat.office.today
    call_off(seat, outgoing, coming, now)
    before = outgoing.ends_on if outgoing else None
    if outgoing and on == today:
        end_term(outgoing, now)
    elif outgoing:
        shorten(outgoing, on - dt.timedelta(days=1))
    incoming = successor and fill_seat(
        seat, successor, title=title or seat.name, starts_on=on, ends_on=ends_on, begun_at=now if on == today else None
    )
    passed = HandOver(
        seat=seat,
        outgoing=outgoing,
        incoming=incoming,
        on=on,
        note=note.strip(),
        by=person,
        term=term,
        at=now,
        ends_on_before=before,
    )
    passed.full_clean()
    passed.save()
    seat_handed_over.send(HandOver, hand_over=passed)
    return passed


def check(seat, person, outgoing, on, successor):
    if on < seat.office.today:
        raise ValidationError({"on": "Choose today or a later day."})
    if successor is None and outgoing is None:
        raise ValidationError({"email": "Nobody holds this seat. Say who takes it."})
    if successor and successor.pk == person.pk:
        raise ValidationError({"email": "Nobody appoints themselves. Somebody else of the office can hand you this seat."})
    if successor and outgoing and successor.pk == outgoing.person_id:
        raise ValidationError({"email": f"{successor.name} holds this seat already."})


def call_off(seat, outgoing, coming, now):
    """Take back a hand-over whose day has not come: who was to come does not, and the outgoing term has its own end again."""
    if coming:
        end_term(coming, coming.begins_at)
    for earlier in seat.hand_overs.standing().filter(on__gt=seat.office.today):
        if outgoing and earlier.outgoing_id == outgoing.pk:
            outgoing.ends_on = earlier.ends_on_before
        earlier.replaced_at = now
        earlier.save()


def shorten(term, last_day):
    """Let a term end on `last_day`, where its own end is not earlier. Open pages learn until when they may listen."""
    term.ends_on = min(last_day, term.ends_on) if term.ends_on else last_day
    term.full_clean()
    term.save()
    renew_access(term.person)


def rehearse(seat, person, **told):
    """Whatever `hand_over` would raise, without doing it."""
    with transaction.atomic():
        hand_over(seat, person, **told)
        transaction.set_rollback(True)
