"""What this app does when cohorts and their people change."""

from anymail.signals import inbound
from django.dispatch import receiver

from cohorts.models import Enrolment
from cohorts.signals import (
    access_changed,
    agreement_written,
    city_enrolled,
    cohort_changed,
    cohort_opened,
    convening_changed,
    convening_opened,
    reading_changed,
    term_ended,
    term_started,
)

from .actions.agreements import ask_both_offices
from .mails.replies import receive_reply
from .models import Audience, Stream, Workspace
from .realtime.publish import hint, record, stream_for


@receiver(city_enrolled)
def open_city_workspace(sender, enrolment, by, **kwargs):
    workspace = Workspace.objects.create(
        slug=enrolment.slug, name=enrolment.city.name, kind=Workspace.Kind.CITY, enrolment=enrolment
    )
    Stream.objects.create(workspace=workspace, audience=Audience.WORKSPACE)
    Stream.objects.create(workspace=workspace, audience=Audience.OFFICES)
    for office in enrolment.offices:
        Stream.objects.create(workspace=workspace, audience=Audience.OFFICE, office=office)
    newest = enrolment.cohort.agreements.first()
    if newest:
        ask_both_offices(enrolment, by or newest.written_by)


@receiver(agreement_written)
def ask_those_who_have_not_signed(sender, agreement, **kwargs):
    """Locked first: a pair whose last signature comes at the same instant keeps what it signed."""
    pairs = agreement.cohort.enrolments.pending().select_for_update(no_key=True).order_by("pk")
    for enrolment in list(pairs):
        ask_both_offices(enrolment, agreement.written_by)


@receiver(cohort_opened)
def open_cohort_workspace(sender, cohort, **kwargs):
    workspace = Workspace.objects.create(slug=cohort.slug, name=cohort.name, kind=Workspace.Kind.COHORT, cohort=cohort)
    Stream.objects.create(workspace=workspace, audience=Audience.WORKSPACE)


@receiver(convening_opened)
def open_convening_workspace(sender, convening, **kwargs):
    workspace = Workspace.objects.create(
        slug=convening.address, name=convening.title, kind=Workspace.Kind.CONVENING, convening=convening
    )
    Stream.objects.create(workspace=workspace, audience=Audience.WORKSPACE)


@receiver(convening_changed)
def rename_convening_workspace(sender, convening, **kwargs):
    Workspace.objects.filter(convening=convening).update(name=convening.title)


@receiver(cohort_changed)
def rename_cohort_workspace(sender, cohort, **kwargs):
    Workspace.objects.filter(cohort=cohort).update(name=cohort.name)


@receiver(reading_changed)
def tell_of_reading(sender, reading, **kwargs):
    workspace = Workspace.objects.get(enrolment=reading.enrolment_id)
    kind = "reading.ended" if reading.ended_at else "reading.begun"
    record(stream_for(workspace), kind, "reading", reading.pk, actor=reading.person)


@receiver(access_changed)
def review_sockets(sender, person, **kwargs):
    hint({"type": "access.changed"})


@receiver(term_started)
def tell_who_joined(sender, term, **kwargs):
    tell_member("member.joined", term)


@receiver(term_ended)
def tell_who_left(sender, term, **kwargs):
    tell_member("member.left", term)


def tell_member(kind, term):
    if term.seat.office_id:
        pairs = Enrolment.objects.active().of_office(term.seat.office)  # before, a workspace tells of its agreement alone
        for workspace in Workspace.objects.filter(enrolment__in=pairs):
            record(stream_for(workspace), kind, "term", term.pk, actor=term.person, term=term)


@receiver(inbound)
def receive_mail(sender, event, **kwargs):
    """An answer by mail, through the service that takes mail for us."""
    if not event.message.spam_detected:
        receive_reply(event.message.as_bytes(), [event.message.envelope_recipient] if event.message.envelope_recipient else [])
