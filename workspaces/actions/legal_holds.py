"""An office's records officer places legal holds and lifts them."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import holdings_of
from cohorts.permissions import Role

from ..models import LegalHold


def holding(office, person):
    """The term of the office's records officer in which `person` places and lifts holds. Raises PermissionDenied."""
    for term in holdings_of(person).terms:
        if term.seat.office_id == office.pk and term.seat.role == Role.RECORDS_OFFICER:
            return term
    raise PermissionDenied("The office’s records officer places legal holds.")


@transaction.atomic
def place_hold(office, person, *, matter):
    """From now on nothing that the office reads is destroyed. Raises PermissionDenied, ValidationError."""
    hold = LegalHold(office=office, matter=matter.strip(), placed_by=person, term=holding(office, person))
    hold.full_clean(exclude=["lifted_by", "lifted_at"])
    hold.save()
    record_act("hold.placed", office, by=person, term=hold.term, subject=("hold", hold.pk, ""))
    return hold


@transaction.atomic
def lift_hold(hold, person):
    """Raises PermissionDenied. Lifting twice is lifting once."""
    term = holding(hold.office, person)
    hold = LegalHold.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(pk=hold.pk)
    if hold.lifted_at is None:
        hold.lifted_by, hold.lifted_at = person, timezone.now()
        hold.save()
        record_act("hold.lifted", hold.office, by=person, term=term, subject=("hold", hold.pk, ""))
    return hold
