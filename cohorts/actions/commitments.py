"""What people do with commitments. `standing` tells who acts in the pair's ring: person, term, office, and what they may do."""

from django.core.exceptions import ValidationError
from django.db import transaction

from ..models import Acceptance, Commitment, Conflict
from ..signals import commitment_changed


@transaction.atomic
def write_commitment(standing, convening, enrolment, *, text):
    """Write down what a pair commits to. By a principal or delegate it carries their own office's yes.

    Raises PermissionDenied unless the person works for the pair or facilitates it, ValidationError for words that are missing
    or too long, or a convening of another cohort."""
    standing.require(standing.may_edit or standing.may_facilitate)
    if convening.cohort_id != enrolment.cohort_id:
        raise ValidationError({"convening": "Choose a convening of this city’s cohort."})
    commitment = Commitment(
        convening=convening,
        enrolment=enrolment,
        text=text.strip(),
        written_by=standing.person,
        term=standing.term,
    )
    commitment.full_clean()
    commitment.save()
    say_yes(commitment, standing)
    tell(commitment, standing, is_new=True)
    return commitment


@transaction.atomic
def propose_commitments(standings, convening, *, text):
    """The same words for several cities, one commitment each; `standings` are the facilitator's in those workspaces, with
    their enrolments: [(standing, enrolment)]."""
    return [write_commitment(standing, convening, enrolment, text=text) for standing, enrolment in standings]


@transaction.atomic
def reword_commitment(commitment, standing, *, version, text):
    """Change the words while the commitment is proposed. A yes to the former words falls; a principal's or delegate's own
    comes with the new ones.

    Raises PermissionDenied, Conflict when somebody changed the words since `version`, ValidationError once it is accepted."""
    standing.require(standing.may_edit or standing.may_facilitate)
    lock(commitment)
    commitment.refresh_from_db(fields=["status"])
    if commitment.status != Commitment.Status.PROPOSED:
        raise ValidationError("Both offices have accepted these words. Write a new commitment to change them.")
    commitment.text = text.strip()
    commitment.save_version(version)
    commitment.acceptances.all().delete()
    say_yes(commitment, standing)
    tell(commitment, standing)
    return commitment


@transaction.atomic
def accept_commitment(commitment, standing, *, version=None):
    """Say yes for one's office; with both offices' yes the commitment is accepted. Saying it twice changes nothing.

    Raises PermissionDenied unless the person signs for an office of the pair, Conflict when `version` is given and the words
    have changed since."""
    standing.require(standing.may_sign)
    commitment = lock(commitment)
    if version is not None and commitment.version != version:
        raise Conflict(commitment)
    if standing.office.pk in commitment.accepting_offices:
        return commitment
    if commitment.status != Commitment.Status.PROPOSED:
        raise ValidationError("This commitment is no longer open.")
    say_yes(commitment, standing)
    tell(commitment, standing)
    return commitment


def lock(commitment):
    """The row, and with it the order in which both offices may say yes. Returned as it stands now."""
    return (
        Commitment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("convening__cohort", "enrolment__city", "enrolment__mayor_office", "enrolment__prosecutor_office")
        .get(pk=commitment.pk)
    )


def say_yes(commitment, standing):
    """Record the yes of the person's own office, if they may speak for it."""
    if not standing.may_sign:
        return
    Acceptance.objects.create(commitment=commitment, office=standing.office, person=standing.person, term=standing.signing_term)
    pair = {commitment.enrolment.mayor_office_id, commitment.enrolment.prosecutor_office_id}
    if set(commitment.acceptances.values_list("office", flat=True)) >= pair:
        commitment.status = Commitment.Status.ACCEPTED
        commitment.save(update_fields=["status", "updated_at"])


def tell(commitment, standing, *, is_new=False):
    commitment_changed.send(Commitment, commitment=commitment, by=standing.person, term=standing.term, is_new=is_new)
