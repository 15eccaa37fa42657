"""A cohort's facilitators write its participation agreement, edition by edition."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from ..models import Agreement, Cohort, Conflict, holdings_of
from ..signals import agreement_written
from .audit import record_act


@transaction.atomic
def write_agreement(cohort, person, *, text, edition):
    """Write `edition` of the cohort's participation agreement: the number after the newest, which is how the writer says that
    they know it. The pairs that have not both signed are asked to sign this one; who has signed keeps what they signed.

    Raises PermissionDenied unless `person` facilitates the cohort, Conflict when somebody wrote that edition first,
    ValidationError when the text is empty, too long, or the newest edition's own."""
    if not Cohort.objects.facilitated_by(person).contains(cohort):
        raise PermissionDenied
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)
    newest = cohort.agreements.first()
    following = newest.edition + 1 if newest else 1
    if edition != following:
        raise Conflict(newest)
    agreement = Agreement(cohort=cohort, edition=edition, text=text.strip(), written_by=person, term=term_in(cohort, person))
    agreement.full_clean()
    if newest and newest.text == agreement.text:
        raise ValidationError({"text": "This is the newest edition’s own text. Change it, or leave it as it is."})
    agreement.save()
    agreement_written.send(Agreement, agreement=agreement)
    record_act("agreement.written", cohort, by=person, term=agreement.term, subject=("agreement", agreement.pk, str(agreement)))
    return agreement


def term_in(cohort, person):
    return next((term for term in holdings_of(person).terms if term.seat.cohort_id == cohort.pk), None)
