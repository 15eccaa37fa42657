"""A cohort's page: for its members their own city, the convenings and what was shared; for its facilitators the cockpit."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Q, Subquery
from django.shortcuts import get_object_or_404, render
from django.utils import timezone

from cohorts.calendars import when
from cohorts.models import Agreement, Cohort, Convening, Departure, Enrolment, Office, Term, granted
from cohorts.permissions import Role
from workspaces.models import SealedItem
from workspaces.views.doors import live_of

from ..cockpit import RULE, read_cockpit, to_call
from ..models import Tracker
from .convenings import pairs_of

ENDING_DAYS = 90


@login_required
def detail(request, slug):
    person = request.user
    cohort = get_object_or_404(
        Cohort.objects.visible_to(person)
        .annotate(
            is_mine_to_run=Q(pk__in=granted(person, Cohort, "facilitate_cohort")),
            has_endings=has_endings(),
            has_agreement=Exists(Agreement.objects.filter(cohort=OuterRef("pk"))),
            has_sealed=Exists(SealedItem.objects.visible_to(person).waiting().filter(cohort=OuterRef("pk"))),
            has_departures=Exists(Departure.objects.filter(enrolment__cohort=OuterRef("pk"))),
        )
        .select_related("workspace"),
        slug=slug,
    )
    context = {"cohort": cohort, "live": live_of(person, cohort.workspace)} | convenings_of(cohort, person)
    if cohort.is_mine_to_run:
        rows = read_cockpit(cohort, next(iter(context["upcoming"]), {}).get("convening"))
        context |= {"rows": rows, "calls": to_call(rows), "rule": RULE}
        context |= endings([row.enrolment for row in rows]) if cohort.has_endings else {}
        context["left"] = departures_from(cohort, person) if cohort.has_departures else []
        return render(request, "policies/cohorts/cockpit.html", context)
    pairs = pairs_of(cohort, person)
    context |= endings(pairs) if cohort.has_endings else {}
    trackers = {}
    for tracker in Tracker.objects.active().filter(workspace__enrolment__in=pairs):
        trackers.setdefault(tracker.workspace_id, []).append(tracker)
    pending = Enrolment.objects.pending_for(person).filter(cohort=cohort)
    context["pending"] = pending.select_related("city", "workspace", "mayor_office", "prosecutor_office")
    context["cards"] = [{"pair": pair, "trackers": trackers.get(pair.workspace.pk, [])} for pair in pairs]
    context["shared"] = (
        Tracker.objects.shared_with(person)
        .filter(shares__cohort=cohort)
        .select_related("workspace", "intervention")
        .order_by("workspace__name", "created_at")
    )
    context["staff"] = (
        Term.objects.current()
        .filter(seat__cohort=cohort, seat__role__in=[Role.FACILITATOR, Role.RESEARCHER])
        .select_related("person", "seat")
        .order_by("seat__role", "person__name")
    )
    return render(request, "policies/cohorts/detail.html", context)


def has_endings():
    """Whether a cohort has terms that end soon or elections near; told with the cohort, so that most pages ask no more."""
    ending = Term.objects.ending_by(last_day()).filter(seat__office=OuterRef("pk"))
    near = Office.objects.filter(Exists(ending) | Q(pk__in=Office.objects.electing_by(last_day()).order_by().values("pk")))
    pairs = Enrolment.objects.current().filter(cohort=OuterRef("pk"))
    return Q(Exists(pairs.filter(mayor_office__in=near))) | Q(Exists(pairs.filter(prosecutor_office__in=near)))


def last_day():
    return timezone.localdate() + dt.timedelta(days=ENDING_DAYS)


def endings(pairs):
    """What ends or is decided soon in the offices of `pairs`, the first first. Two queries.

    `ending`: terms whose last day is near: [{term, city, days, election_on}], each term with `next_name` and `next_on` of who
    comes by a day already set. `elections`: [{office, city, days}] of the other offices whose voters choose soon."""
    today = timezone.localdate()
    cities = {}
    for pair in pairs:
        for office in (pair.mayor_office_id, pair.prosecutor_office_id):
            cities.setdefault(office, []).append(pair.city.name)
    following = Term.objects.lasting().filter(seat=OuterRef("seat"), begins_at__gt=timezone.now()).order_by("begins_at")
    ending = (
        Term.objects.ending_by(last_day())
        .filter(seat__office__in=cities.keys())
        .select_related("person", "seat__office")
        .annotate(
            next_name=Subquery(following.values("person__name")[:1]),
            next_on=Subquery(following.values("starts_on")[:1]),
        )
    )
    terms = [
        {
            "term": term,
            "city": ", ".join(cities[term.seat.office_id]),
            "days": (term.ends_on - today).days,
            "election_on": ahead(term.seat.office.next_election_on, today),
        }
        for term in ending
    ]
    told = {row["term"].seat.office_id for row in terms}
    elections = [
        {"office": office, "city": ", ".join(cities[office.pk]), "days": (office.next_election_on - today).days}
        for office in Office.objects.electing_by(last_day()).filter(pk__in=cities.keys() - told)
    ]
    return {"ending": terms, "elections": elections}


def ahead(day, today):
    return day if day and day >= today else None


def departures_from(cohort, person):
    """Cities that left `cohort`, the last first; one query."""
    departures = Departure.objects.visible_to(person).filter(enrolment__cohort=cohort)
    return departures.select_related("enrolment__city", "office")


def convenings_of(cohort, person):
    """`upcoming`, nearest first, and `past`, latest first: [{convening, when}]. One query."""
    rows = [
        {"convening": convening, "when": when(convening)}
        for convening in Convening.objects.visible_to(person).filter(cohort=cohort).with_answers(person).order_by("starts_at")
    ]
    now = timezone.now()
    return {
        "upcoming": [row for row in rows if row["convening"].ends_at >= now],
        "past": [row for row in reversed(rows) if row["convening"].ends_at < now],
    }
