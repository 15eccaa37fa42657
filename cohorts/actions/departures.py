"""An office leaves a cohort by its principal's own signature; the other office and the facilitators are told by mail."""

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.mail import EmailMessage, get_connection
from django.db import transaction

from ..models import Departure, Enrolment, Person, Term, holdings_of
from ..permissions import Role
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
    transaction.on_commit(lambda: tell(departure, addresses), robust=True)  # a mail that is not sent takes nothing back
    return departure


def concerned(enrolment):
    """Who holds a seat in either office now, or facilitates the cohort."""
    here = Term.objects.current().filter(seat__group__enrolmentgrant__content_object=enrolment)
    return Person.objects.filter(terms__in=here, is_active=True).distinct()


def tell(departure, addresses):
    enrolment = departure.enrolment
    subject = f"{enrolment.city} has left {enrolment.cohort}"
    body = (
        f"{departure.name}, {departure.title}, has signed the {departure.office} out of {enrolment.cohort}.\n\n"
        f"The shared work of the two offices of {enrolment.city} there is closed to everyone from now on. "
        "Nothing is deleted: each office’s records officer can ask for the record.\n\n"
        f"{settings.SITE_URL}/\n"
    )
    messages = [EmailMessage(subject, body, to=[address]) for address in addresses]
    get_connection().send_messages(messages)
