"""An office leaves a cohort by its principal's own signature, or an administrator ends a city's enrolment for a written reason.
Whoever it concerns is told by mail."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from ..models import Departure, Enrolment, Person, Term, holdings_of
from ..permissions import Role
from .administrators import require_administrator, told_reason
from .audit import PLATFORM
from .cohorts import end_enrolment


def who_leaves(person, office):
    """The principal's term in which `person` may sign `office` out of a cohort. Raises PermissionDenied."""
    term = holdings_of(person).leading(office)
    if term is None:
        raise PermissionDenied("Only the office’s own principal signs it out of a cohort.")
    if term.seat.role != Role.PRINCIPAL:
        raise PermissionDenied("Leaving the cohort cannot be delegated: only the principal signs the office out.")
    return term


@transaction.atomic
def leave_cohort(enrolment, office, person, *, reason=""):
    """Sign `office` out of the cohort of `enrolment`: the pair's work there is closed to everyone at once, and its rows stay.

    Raises PermissionDenied unless `person` is the office's principal, ValidationError when the pair has left already."""
    enrolment = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",))
        .select_related("cohort", "city", "mayor_office", "prosecutor_office")
        .get(pk=enrolment.pk)
    )
    if office not in enrolment.offices:
        raise PermissionDenied
    term = who_leaves(person, office)
    if enrolment.ended_at:
        raise ValidationError("The city has left this cohort already.")
    departure = Departure(
        enrolment=enrolment, office=office, by=person, term=term, name=person.name, title=term.title, reason=reason.strip()
    )
    departure.full_clean()
    departure.save()
    told = concerned(enrolment).exclude(pk=person.pk)
    addresses = sorted(told.values_list("email", flat=True))
    end_enrolment(enrolment)
    because = f"{departure.name}, {departure.title}, has signed the {office} out of {enrolment.cohort}."
    transaction.on_commit(lambda: tell(enrolment, because, addresses), robust=True)  # a mail not sent takes nothing back
    return departure


@transaction.atomic
def close_enrolment(enrolment, by, *, reason):
    """An administrator ends a city's enrolment: the pair's work there is closed to everyone at once, and its rows stay.

    Raises PermissionDenied, ValidationError for a reason that says too little or a city that has left already."""
    require_administrator(by)
    reason = told_reason(reason)
    enrolment = (
        Enrolment.objects.select_for_update(no_key=True, of=("self",)).select_related("cohort", "city").get(pk=enrolment.pk)
    )
    if enrolment.ended_at:
        raise ValidationError("The city has left this cohort already.")
    addresses = sorted(concerned(enrolment).values_list("email", flat=True))
    end_enrolment(enrolment, "city.closed", PLATFORM, reason=reason)
    because = f"{by.name}, an administrator, has ended the enrolment of {enrolment.city} in {enrolment.cohort}: “{reason}”"
    transaction.on_commit(lambda: tell(enrolment, because, addresses), robust=True)
    return enrolment


def concerned(enrolment):
    """Who holds a seat in either office now, or facilitates the cohort."""
    here = Term.objects.current().filter(seat__group__enrolmentgrant__content_object=enrolment)
    return Person.objects.filter(terms__in=here, is_active=True).distinct()


def tell(enrolment, because, addresses):
    subject = f"{enrolment.city} has left {enrolment.cohort}"
    body = (
        f"{because}\n\n"
        f"The shared work of the two offices of {enrolment.city} there is closed to everyone from now on. "
        "Nothing is deleted: each office’s records officer can ask for the record.\n\n"
        f"{settings.SITE_URL}/\n"
    )
    messages = [EmailMessage(subject, body, to=[address]) for address in addresses]
    get_connection().send_messages(messages)
