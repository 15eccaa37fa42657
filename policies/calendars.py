"""A person's own calendar, read anew for each fetch: what may travel to a calendar elsewhere, and nothing that an office keeps.

Convenings come as they are called. Of what is due, an entry says that something is, and where; its title stays here."""

import datetime as dt

from django.conf import settings
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from icalendar import Event

from cohorts.calendars import event_of, file_of
from cohorts.models import Convening, Rsvp, holdings_of
from workspaces.models import Workspace

from .models import Action, CheckIn

LOOKS_BACK = dt.timedelta(days=90)
ANSWERS = {
    Rsvp.Status.GOING: "You are coming.",
    Rsvp.Status.NOT_GOING: "You are not coming.",
    None: "You have not said yet whether you come.",
}


def feed_of(person) -> bytes:
    """The file's bytes; the same as long as nothing in it changes."""
    since = timezone.localdate() - LOOKS_BACK
    parts = (convenings, check_ins, actions, own_terms, elections)
    events = [event for part in parts for event in part(person, since)]
    return file_of(events, name="Mayor-Prosecutor Initiative")


def convenings(person, since):
    answerable = Convening.objects.answerable_by(person).filter(pk=OuterRef("pk"))
    rows = Convening.objects.visible_to(person).with_answers(person).annotate(may_answer=Exists(answerable))
    for convening in rows.filter(ends_at__date__gte=since).select_related("cohort").prefetch_related("sessions"):
        address = page("policies:convening", convening.cohort.slug, convening.slug)
        is_asked = convening.may_answer and convening.ends_at >= timezone.now()
        event = event_of(convening, address, before=ANSWERS[convening.my_answer] if is_asked else "")
        if convening.my_answer == Rsvp.Status.NOT_GOING:
            event.add("transp", "TRANSPARENT")  # it does not block the day
        yield event


def check_ins(person, since):
    """The calls of the cities in which the person takes part."""
    ahead = CheckIn.objects.visible_to(person).filter(
        workspace__in=Workspace.objects.writable_by(person),
        status__in=[CheckIn.Status.SCHEDULED, CheckIn.Status.OPEN, CheckIn.Status.ANSWERED],
        scheduled_for__gte=since,
    )
    for check_in in ahead.select_related("workspace"):
        address = page("policies:check-in", check_in.workspace.slug, check_in.pk)
        yield whole_day(check_in, check_in.scheduled_for, f"Check-in call, {check_in.workspace.name}", address)


def actions(person, since):
    """What the person's office has to do, alone or with the other."""
    ahead = Action.objects.editable_by(person).unfinished().filter(due_on__gte=since)
    for action in ahead.select_related("tracker__workspace"):
        workspace = action.tracker.workspace
        address = page("policies:action", workspace.slug, action.pk)
        yield whole_day(action, action.due_on, f"Something is due in {workspace.name}", address)


def own_terms(person, since):
    for term in holdings_of(person).terms:
        if term.ends_on and term.ends_on >= since:
            home = term.seat.office or term.seat.cohort or term.seat.convening
            yield whole_day(term, term.ends_on, f"Last day of your term: {term.title}, {home}", page("home"), term.begins_at)


def elections(person, since):
    """Those of the person's own offices."""
    for term in holdings_of(person).terms:
        office = term.seat.office
        if office and office.next_election_on and office.next_election_on >= since:
            address = page("workspaces:office", office.pk)
            yield whole_day(office, office.next_election_on, f"Election: {office.name}", address, term.begins_at)


def whole_day(thing, on, words, address, changed_at=None):
    event = Event()
    event.add("uid", f"{thing.pk}@days.mpi")
    event.add("dtstamp", changed_at or thing.updated_at)
    event.add("dtstart", on)
    event.add("dtend", on + dt.timedelta(days=1))
    event.add("summary", words)
    event.add("description", f"Open it here: {address}")
    event.add("url", address)
    event.add("transp", "TRANSPARENT")
    return event


def page(name, *args):
    return f"{settings.SITE_URL}{reverse(name, args=args)}"
