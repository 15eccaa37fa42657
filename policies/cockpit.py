"""A cohort at a glance: one row a city, read in four queries however many cities there are.

A row's reasons follow the rule in `RULE`, in words and without blame: “no activity here for 24 days”, for much work happens by
telephone. Last activity counts what an office did in the workspace's ring; what stays within an office or between the two is
not counted, so the row tells nothing of it."""

import datetime as dt
from dataclasses import dataclass, field

from django.db.models import Count, Exists, F, Min, OuterRef, Subquery
from django.utils import timezone

from cohorts.models import Enrolment, Office
from workspaces.models import AGREEMENT, Audience, Event, SignOff
from workspaces.subjects import subject_of

from .models import Action, CheckIn, CheckInAnswer, Health, Stage, Tracker

QUIET_DAYS = 21
WAITING_DAYS = 7
RULE = [
    "Both offices have not signed the participation agreement yet, so the workspace is closed.",
    f"An office has done nothing in the workspace for {QUIET_DAYS} days or more.",
    f"A proposal has waited {WAITING_DAYS} days or more for a signature.",
    "The day of a check-in has passed and an office has not answered it.",
    "An action is past its due date.",
    "A tracker is off track.",
]
OFFICE = {"mayor": "mayor’s office", "prosecutor": "prosecutor’s office"}


@dataclass
class Proposal:
    """An open sign-off: what it says, since when, and the kinds of office whose signature is missing."""

    pk: object
    kind: str
    title: str
    opened_at: dt.datetime
    missing: list[str]

    @property
    def missing_words(self):
        return " and ".join(OFFICE[kind] for kind in self.missing)


@dataclass
class Row:
    enrolment: Enrolment
    trackers: list[Tracker] = field(default_factory=list)
    proposals: list[Proposal] = field(default_factory=list)
    check_ins: list[CheckIn] = field(default_factory=list)
    next_on: dt.date | None = None
    next_what: str = ""
    reasons: list[str] = field(default_factory=list)
    urgency: int = 0  # days of the longest wait, to order the list of calls

    @property
    def city(self):
        return self.enrolment.city

    @property
    def workspace(self):
        return self.enrolment.workspace

    @property
    def is_pending(self):
        """Whether the workspace waits for the participation agreement."""
        return self.enrolment.activated_at is None

    @property
    def late_actions(self):
        return self.enrolment.late_actions or 0

    @property
    def last_activity(self):
        return {"mayor": self.enrolment.mayor_last_at, "prosecutor": self.enrolment.prosecutor_last_at}

    @property
    def sides(self):
        """For the page: [{label, words, is_quiet}], the mayor’s office first."""
        today = timezone.localdate()
        return [
            {
                "label": OFFICE[kind].capitalize(),
                "words": ago(last_at, today),
                "is_quiet": self.quiet_days(kind, today) >= QUIET_DAYS,
            }
            for kind, last_at in self.last_activity.items()
        ]

    def quiet_days(self, kind, today):
        return (today - timezone.localdate(self.last_activity[kind] or self.enrolment.started_at)).days


def ago(moment, today):
    if moment is None:
        return "not yet"
    days = (today - timezone.localdate(moment)).days
    return {0: "today", 1: "yesterday"}.get(days, f"{days} days ago")


def read_cockpit(cohort, next_convening=None) -> list[Row]:
    """The rows of `cohort`'s current cities, by name. `next_convening`, if any, counts as a date of every city."""
    today = timezone.localdate()
    rows = {each.workspace.pk: Row(each) for each in enrolments(cohort, today)}
    trackers = {
        tracker.pk: tracker
        for tracker in Tracker.objects.filter(workspace__in=rows.keys()).select_related("intervention").order_by("created_at")
    }
    for tracker in trackers.values():
        rows[tracker.workspace_id].trackers.append(tracker)
    for workspace, proposal in open_proposals(rows):
        rows[workspace].proposals.append(proposal)
    for check_in in waiting_check_ins(rows):
        rows[check_in.workspace_id].check_ins.append(check_in)
    for row in rows.values():
        row.next_on, row.next_what = next_date(row, next_convening, today)
        explain(row, today)
    return list(rows.values())


def enrolments(cohort, today):
    actions = Action.objects.filter(tracker__workspace__enrolment=OuterRef("pk"), removed_at=None).exclude(
        tracker__stage=Stage.ENDED
    )
    late = actions.overdue(today).order_by().values("tracker__workspace__enrolment")
    coming = actions.unfinished().filter(due_on__gte=today).order_by().values("tracker__workspace__enrolment")
    return (
        Enrolment.objects.current()
        .filter(cohort=cohort)
        .select_related("city", "workspace")
        .annotate(
            mayor_last_at=last_act_of("mayor_office"),
            prosecutor_last_at=last_act_of("prosecutor_office"),
            late_actions=Subquery(late.annotate(count=Count("pk")).values("count")),
            late_since=Subquery(late.annotate(first=Min("due_on")).values("first")),
            action_on=Subquery(coming.annotate(first=Min("due_on")).values("first")),
        )
        .order_by("city__name")
    )


def last_act_of(office):
    """When somebody of the pair's `office` last did something that the whole workspace could see. Who joined or left is not
    work."""
    events = (
        Event.objects.filter(
            stream__workspace__enrolment=OuterRef("pk"),
            stream__audience=Audience.WORKSPACE,
            term__seat__office=OuterRef(office),
        )
        .exclude(kind__startswith="member.")
        .order_by("-at")
    )
    return Subquery(events.values("at")[:1])


def open_proposals(rows):
    """Pairs of workspace id and Proposal, oldest first."""
    deciders = SignOff.deciders.through
    signed = Exists(SignOff.objects.filter(pk=OuterRef("signoff"), signatures__office=OuterRef("office")))
    found = {}
    for each in (
        deciders.objects.filter(signoff__status=SignOff.Status.OPEN, signoff__workspace__in=rows.keys())
        .annotate(is_signed=signed, kind=F("office__kind"))
        .select_related("signoff")
        .order_by("signoff__created_at", "kind")
    ):
        sign_off = each.signoff
        if sign_off.pk not in found:
            kind, heading = sign_off.subject_kind, subject_of(sign_off.subject_kind).heading
            title = heading(sign_off.content) if heading else "A proposal"
            found[sign_off.pk] = (sign_off.workspace_id, Proposal(sign_off.pk, kind, title, sign_off.created_at, []))
        if not each.is_signed:
            found[sign_off.pk][1].missing.append(each.kind)
    return found.values()


def waiting_check_ins(rows):
    """Check-ins that an office has still to answer; that an office answered is known to the workspace, what it said is not
    read here."""

    def answered(kind):
        office = OuterRef(f"workspace__enrolment__{kind}_office")
        return Exists(CheckInAnswer.objects.filter(check_in=OuterRef("pk"), office=office, submitted_at__isnull=False))

    return (
        CheckIn.objects.open()
        .filter(workspace__in=rows.keys())
        .annotate(**{f"{kind}_answered": answered(kind) for kind in Office.Kind.values})
        .order_by("scheduled_for")
    )


def next_date(row, convening, today):
    dates = [(each.scheduled_for, "check-in") for each in row.check_ins if each.scheduled_for >= today]
    if row.enrolment.action_on:
        dates.append((row.enrolment.action_on, "action due"))
    if convening:
        dates.append((timezone.localdate(convening.starts_at), "convening"))
    return min(dates, default=(None, ""))


def explain(row, today):
    """Fill in why somebody should call, by `RULE`."""
    waits = []

    def because(days, words):
        waits.append(days)
        row.reasons.append(words)

    if row.is_pending:
        asked = next((each for each in row.proposals if each.kind == AGREEMENT), None)
        days = (today - timezone.localdate(asked.opened_at if asked else row.enrolment.started_at)).days
        waits_for = f"waits for the {asked.missing_words}" if asked else "nobody is asked to sign it at present"
        because(days, f"Participation agreement: {waits_for}")
        row.urgency = days
        return
    for kind, last_at in row.last_activity.items():
        days = row.quiet_days(kind, today)
        if days >= QUIET_DAYS:
            since = f"for {days} days" if last_at else f"yet, {days} days after enrolment"
            because(days, f"No activity by the {OFFICE[kind]} here {since}")
    for proposal in row.proposals:
        days = (today - timezone.localdate(proposal.opened_at)).days
        if days >= WAITING_DAYS and proposal.missing:
            because(days, f"{proposal.title}: waits {days} days for the {proposal.missing_words}")
    for check_in in row.check_ins:
        days = (today - check_in.scheduled_for).days
        silent = [kind for kind in OFFICE if not getattr(check_in, f"{kind}_answered")]
        if days > 0 and silent:
            because(days, f"{check_in} not answered by the " + " or the ".join(OFFICE[kind] for kind in silent))
    if row.late_actions:
        days = (today - row.enrolment.late_since).days
        actions = "1 action is" if row.late_actions == 1 else f"{row.late_actions} actions are"
        because(days, f"{actions} late, by {days} day{'' if days == 1 else 's'}" + (" at most" if row.late_actions > 1 else ""))
    for tracker in row.trackers:
        if tracker.health == Health.OFF_TRACK and tracker.stage != Stage.ENDED:
            because(0, f"{tracker} is off track" + (f": {tracker.health_note}" if tracker.health_note else ""))
    row.urgency = max(waits, default=0)


def to_call(rows):
    """Cities with a reason, most reasons first, then the longest wait."""
    return sorted((row for row in rows if row.reasons), key=lambda row: (-len(row.reasons), -row.urgency, row.city.name))
