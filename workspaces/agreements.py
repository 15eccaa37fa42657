"""What two offices sign here: their cohort's participation agreement. Until both have, their workspace is closed."""

from django.core.exceptions import ValidationError

from cohorts.actions.cohorts import activate_enrolment
from cohorts.models import Cohort, Enrolment

from .models import AGREEMENT, Signature, SignOff
from .subjects import Subject, register


def enrolments():
    return Enrolment.objects.select_related("cohort", "city", "mayor_office", "prosecutor_office", "workspace")


def lock(pk):
    return enrolments().select_for_update(no_key=True, of=("self",)).get(pk=pk)


def visible_to(person):
    return enrolments().known_to(person)


def editable_by(person):
    """Whoever invites first principals asks both offices to sign."""
    return enrolments().current().filter(cohort__in=Cohort.objects.staffed_by(person))


def check(enrolment, proposal):
    if enrolment.activated_at:
        raise ValidationError("Both offices have signed the participation agreement already.")
    if not enrolment.cohort.agreements.exists():
        raise ValidationError("This cohort has no participation agreement.")


def canonical(enrolment, proposal, rationale):
    newest = enrolment.cohort.agreements.first()
    return {
        "enrolment": str(enrolment.pk),
        "cohort": enrolment.cohort.name,
        "city": f"{enrolment.city.name}, {enrolment.city.state}",
        "mayor_office": enrolment.mayor_office.name,
        "prosecutor_office": enrolment.prosecutor_office.name,
        "edition": newest.edition,
        "text": newest.text,
    }


def title(enrolment, proposal):
    return f"Participation agreement, {enrolment.cohort.name}"


def heading(content):
    return f"Participation agreement, {content['cohort']}, edition {content['edition']}"


def words(content):
    return [
        ("City", content["city"]),
        ("Between", f"{content['mayor_office']} and {content['prosecutor_office']}"),
        ("Edition", str(content["edition"])),
    ]


def approved(enrolment, sign_off):
    activate_enrolment(enrolment)


register(
    Subject(
        kind=AGREEMENT,
        lock=lock,
        visible_to=visible_to,
        editable_by=editable_by,
        workspace=lambda enrolment: enrolment.workspace,
        deciders=lambda enrolment: enrolment.offices,
        check=check,
        canonical=canonical,
        approved=approved,
        title=title,
        words=words,
        address=lambda enrolment: "",
        name="The participation agreement",
        heading=heading,
        text=lambda content: content["text"],
    )
)


def newest_proposals(workspaces):
    """`{workspace's key: the newest sign-off of its agreement}`, each with `missing`: the offices that have not signed it.
    Three queries at most."""
    proposals = {}
    asked = SignOff.objects.filter(workspace__in=workspaces, subject_kind=AGREEMENT).prefetch_related("deciders", "signatures")
    for sign_off in asked.order_by("created_at"):
        signed = {each.office_id for each in sign_off.signatures.all() if each.decision == Signature.Decision.SIGNED}
        sign_off.missing = [office for office in sign_off.deciders.all() if office.pk not in signed]
        proposals[sign_off.workspace_id] = sign_off
    return proposals


def missing_signatures(workspaces):
    """`{workspace's key: [names of the offices whose signature is missing]}` of those `workspaces` that are not open; no query
    where all are."""
    closed = [workspace.pk for workspace in workspaces if not workspace.is_open]
    proposals = newest_proposals(closed) if closed else {}
    return {key: [office.name for office in sign_off.missing] for key, sign_off in proposals.items()}
