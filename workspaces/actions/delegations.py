"""A principal says which seats of the office sign for it, and takes it back."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import Seat, holdings_of
from cohorts.permissions import Role

from ..models import NOT_DELEGABLE, Delegation
from ..subjects import subject_kinds


def who_delegates(person, office):
    """The principal's term in which `person` may say who signs for `office`. Raises PermissionDenied."""
    term = holdings_of(person).leading(office)
    if term is None or term.seat.role != Role.PRINCIPAL:
        raise PermissionDenied(NOT_DELEGABLE["delegation"] if term else "Only the office’s principal says who signs for it.")
    return term


@transaction.atomic
def delegate(seat, person, *, kinds, until=None):
    """Let `seat` sign the `kinds` of sign-off for its office, until the day `until`. It replaces what was said of it before.

    Raises PermissionDenied unless `person` is the office's principal, ValidationError for a kind that cannot be delegated, a
    seat that does not sign, or a day that has passed."""
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=seat.pk)
    if not seat.office_id:
        raise PermissionDenied
    term = who_delegates(person, seat.office)
    for kind in kinds:
        if kind in NOT_DELEGABLE:
            raise ValidationError({"kinds": NOT_DELEGABLE[kind]})
    if not kinds or set(kinds) - set(subject_kinds()):
        raise ValidationError({"kinds": "Choose what the seat may sign."})
    word = Delegation(seat=seat, kinds=sorted(set(kinds)), until=until, by=person, term=term)
    word.full_clean()
    word.save()
    record_act("delegation.given", seat.office, by=person, term=term, subject=("seat", seat.pk, str(seat)))
    return word


@transaction.atomic
def end_delegation(seat, person):
    """Let `seat` sign nothing for its office from now on, a delegate's seat too."""
    seat = Seat.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=seat.pk)
    if not seat.office_id:
        raise PermissionDenied
    term = who_delegates(person, seat.office)
    word = Delegation(seat=seat, kinds=[], by=person, term=term, withdrawn_at=timezone.now())
    word.clean_fields(exclude=["kinds"])
    word.save()
    record_act("delegation.ended", seat.office, by=person, term=term, subject=("seat", seat.pk, str(seat)))
    return word
