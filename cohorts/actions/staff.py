"""A cohort's own people: who invites them ends their terms, and says which cities a researcher works with."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from ..models import Cohort, Enrolment, Term
from ..permissions import Role
from .seats import assign_researcher, end_term, release_researcher


def staffed(cohort, by):
    """The cohort's row, locked. Raises PermissionDenied unless `by` facilitates it or is an administrator."""
    if not Cohort.objects.staffed_by(by).filter(pk=cohort.pk).exists():
        raise PermissionDenied
    return Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)


@transaction.atomic
def end_service(term, by):
    """End the term of a facilitator or a researcher, one's own too. The last facilitator stays until there is another.

    Raises PermissionDenied, ValidationError."""
    cohort = staffed(term.seat.cohort, by)
    term = Term.objects.select_related("person", "seat").get(pk=term.pk)
    if not term.is_current:
        raise ValidationError("This term is over already.")
    if term.seat.role == Role.FACILITATOR and not others_of(term, cohort).exists():
        raise ValidationError(
            f"{term.person.name} is the last facilitator of {cohort}. Invite another first: a cohort is never without one."
        )
    return end_term(term)


def others_of(term, cohort):
    """Terms of the cohort's other facilitators who can sign in."""
    facilitating = Term.objects.current().filter(seat__cohort=cohort, seat__role=Role.FACILITATOR, person__is_active=True)
    return facilitating.exclude(person=term.person_id)


@transaction.atomic
def assign_cities(seat, by, enrolments):
    """Let a researcher see and work with exactly these cities of the cohort. Returns `(assigned, released)`.

    Raises PermissionDenied, ValidationError for a seat or a city of another cohort."""
    staffed(seat.cohort, by)
    wanted, now = set(enrolments), set(cities_of(seat))
    for enrolment in sorted(wanted - now, key=str):
        assign_researcher(seat, enrolment)
    for enrolment in sorted(now - wanted, key=str):
        release_researcher(seat, enrolment)
    return wanted - now, now - wanted


def cities_of(seat):
    """The pairs that a researcher's seat opens."""
    held = Enrolment.objects.current().filter(grants__group=seat.group_id, grants__permission__codename="research")
    return held.select_related("city", "cohort")


def staff_of(cohort):
    """The cohort's facilitators and researchers in current terms, with their seats."""
    roles = (Role.FACILITATOR, Role.RESEARCHER)
    terms = Term.objects.current().filter(seat__cohort=cohort, seat__role__in=roles)
    return terms.select_related("person", "seat").order_by("seat__role", "person__name")
