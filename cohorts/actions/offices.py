"""What an administrator keeps of an office: the facts about it, and the way back for one that has nobody left. `by` acts:
whoever is no administrator raises PermissionDenied, and what makes no sense raises ValidationError."""

from django.core.exceptions import ValidationError
from django.db import transaction

from .. import letters
from ..models import Administrator, Enrolment, Office, Term
from .administrators import require_administrator, told_reason
from .audit import PLATFORM, record_act, rings_of_office
from .cohorts import check_contact, in_words
from .invitations import check_nobody_leads, prepare
from .people import renew_access


@transaction.atomic
def change_office(office, by, *, version, name, contact_email, timezone):
    """Put right what is known of an office. Raises Conflict when somebody saved first."""
    require_administrator(by)
    office = Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    told = {"name": name.strip(), "contact_email": contact_email.strip().lower(), "timezone": timezone}
    before = {field: getattr(office, field) for field in told}
    if told["contact_email"] != before["contact_email"]:
        check_is_nobodys(told["contact_email"], office)
    for field, value in told.items():
        setattr(office, field, value)
    office.save_version(version)
    if before["timezone"] != timezone:
        reckon_terms(office)
    facts = in_words({field: (before[field], told[field]) for field in ("name", "timezone")})
    if facts:
        record_office("office.changed", office, by, changes=facts)
    if told["contact_email"] != before["contact_email"]:
        letters.send([(each, None) for each in letters.contact_letters(office, before["contact_email"], by)])
        addresses = {"before": before["contact_email"] or "nothing", "after": office.contact_email or "nothing"}
        record_office("office.contact", office, by, **addresses)
    return office


@transaction.atomic
def start_hand_over(office, by, *, email, reason, title="", term_days=None):
    """Invite somebody to lead an office that was led before and has nobody left who signs for it. They take the principal's
    seat once the office's published contact confirms, or after the delay in which everyone concerned is told."""
    require_administrator(by)
    reason = told_reason(reason)
    office = Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    check_nobody_leads(office)
    pair = Enrolment.objects.current().of_office(office).select_related("cohort").order_by("started_at").last()
    if pair is None:
        raise ValidationError("This office is in no cohort at present, so there is nothing here to hand over.")
    invitation, token = prepare(
        by, email=email, office=office, cohort=pair.cohort, title=title, term_days=term_days, reason=reason
    )
    letters.send([(letters.invitation_letter(invitation, token), invitation)])
    record_office("hand_over.started", office, by, office, reason=reason)
    return invitation


def check_is_nobodys(contact, office):
    """The published contact is the office's own: nobody's who keeps the platform or runs a cohort that the office is in."""
    keepers = {email.lower() for email in Administrator.objects.values_list("person__email", flat=True)}
    for pair in Enrolment.objects.current().of_office(office).select_related("cohort"):
        check_contact(contact, pair.cohort, "contact_email", keepers)
    if contact in keepers:
        raise ValidationError({"contact_email": "Give the address that the office itself publishes, not an administrator’s."})


def reckon_terms(office):
    """Terms begin and end by the day it is in the office. What has begun stays begun; what is to come is told anew."""
    for term in Term.objects.lasting().filter(seat__office=office).select_related("person", "seat__office"):
        began = term.begins_at if term.is_current else None
        term.save()
        if began:
            Term.objects.filter(pk=term.pk).update(begins_at=began)
        renew_access(term.person)


def record_office(action, office, by, *rings, **detail):
    """Read by the pairs it is in, or by the office alone where it is in none, and by the administrators."""
    subject = ("office", office.pk, office.name)
    record_act(action, *rings_of_office(office), *rings, PLATFORM, by=by, subject=subject, **detail)
