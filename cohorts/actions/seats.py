from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..models import Enrolment, Seat, Term
from ..permissions import grant, revoke
from ..signals import term_ended, term_started
from .audit import PLATFORM, record_act, rings_of_seat
from .people import renew_access


def containers_of(seat):
    """What a seat's role may open, by where the seat belongs. A researcher's cities are assigned one by one."""
    if seat.convening_id:
        yield seat.convening
    elif seat.cohort_id:
        yield seat.cohort
        if seat.role == seat.Role.FACILITATOR:
            yield from seat.cohort.enrolments.current()
    else:
        for enrolment in Enrolment.objects.current().of_office(seat.office).select_related("cohort"):
            yield enrolment
            yield enrolment.cohort


@transaction.atomic
def create_seat(role, name, *, office=None, cohort=None, convening=None):
    seat = Seat(role=role, name=name, office=office, cohort=cohort, convening=convening)
    seat.full_clean(exclude=["group"])
    seat.group = Group.objects.create(name=f"seat {seat.pk}")
    seat.save()
    for container in containers_of(seat):
        grant(seat, container)
    return seat


@transaction.atomic
def fill_seat(seat, person, *, title, starts_on, ends_on=None, begun_at=None):
    """Start a term of `person` in `seat`; `begun_at`, if any, is the instant within the first day. Raises ValidationError when
    the seat is taken then, when the person is an administrator, or when they would speak for both offices of a pair."""
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=seat.pk)
    term = Term(seat=seat, person=person, title=title, starts_on=starts_on, ends_on=ends_on, begun_at=begun_at)
    term.full_clean(exclude=["begins_at"])
    term.save()
    others = seat.terms.exclude(pk=term.pk).overlapping(term)
    if others.exists():
        raise ValidationError(f"{seat} is held by somebody else in that time.")
    if hasattr(person, "administrator"):
        raise ValidationError("An administrator holds no seat.")
    if seat.office_id and Enrolment.objects.current().would_hold_both(term).exists():
        raise ValidationError("Nobody holds seats in both offices of a pair.")
    renew_access(person)
    term_started.send(Term, term=term)
    record_term("term.started", term, role=seat.role, starts_on=str(starts_on), ends_on=ends_on and str(ends_on))
    return term


@transaction.atomic
def end_term(term, at=None):
    """End a term before its day, at once or at `at`. The seat, and what it owns, stays."""
    term = Term.objects.select_for_update(no_key=True).get(pk=term.pk)
    if not term.ended_at:
        term.ended_at = at or timezone.now()
        term.save()
        renew_access(term.person)
        term_ended.send(Term, term=term)
        record_term("term.ended", term, role=term.seat.role, ended_at=term.ended_at.isoformat())
    return term


@transaction.atomic
def assign_researcher(seat, enrolment):
    """Let a researcher of the cohort see and work with one city's pair."""
    if seat.role != seat.Role.RESEARCHER or seat.cohort_id != enrolment.cohort_id:
        raise ValidationError("Only a researcher of the city’s own cohort can be assigned to it.")
    grant(seat, enrolment)
    record_researcher("researcher.assigned", seat, enrolment)


@transaction.atomic
def release_researcher(seat, enrolment):
    revoke(seat, enrolment)
    for term in seat.terms.current().select_related("person"):
        renew_access(term.person)
    record_researcher("researcher.released", seat, enrolment)


def record_term(action, term, **detail):
    seat = term.seat
    home = seat.office or seat.cohort or seat.convening
    record_act(
        action,
        *rings_of_seat(seat),
        for_whom=term.person,
        subject=("term", term.pk, f"{term.title}, {home}"),
        **detail,
    )


def record_researcher(action, seat, enrolment):
    holder = seat.terms.current().select_related("person").first()
    words = f"{holder.person}, {holder.title}" if holder else seat.name
    told = {"for_whom": holder and holder.person, "subject": ("seat", seat.pk, words), "city": enrolment.city.name}
    record_act(action, enrolment, PLATFORM, **told)
