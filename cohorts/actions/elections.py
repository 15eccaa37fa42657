"""When the voters next choose who leads an office: said by the office itself."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from ..models import Office, holdings_of
from .audit import record_act, rings_of_office


@transaction.atomic
def set_next_election(office, person, on):
    """Say the day of the office's next election, or (None) that none is known.

    Raises PermissionDenied unless `person` is a principal or delegate of the office, ValidationError for a day that is over."""
    term = holdings_of(person).leading(office)
    if term is None:
        raise PermissionDenied("Only a principal or delegate of the office says when its next election is.")
    office = Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    if on and on < office.today:
        raise ValidationError({"next_election_on": "Choose today or a later day."})
    if on == office.next_election_on:
        return office
    office.next_election_on = on
    office.save(update_fields=["next_election_on"])
    subject = ("office", office.pk, office.name)
    act = "election.set" if on else "election.cleared"
    record_act(act, *rings_of_office(office), by=person, term=term, subject=subject, on=on and str(on))
    return office
