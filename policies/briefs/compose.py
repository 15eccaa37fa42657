"""Read everything once. What comes out is plain JSON, and nothing in it is narrower than the workspace's ring: no unreleased
figure, nothing of the office and offices rings, no value of a check-in's answers."""

from collections import Counter
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Prefetch, prefetch_related_objects
from django.utils import timezone

from cohorts.models import Commitment
from workspaces.models import Signature, SignOff, content_sha256

from ..models import (
    Action,
    Brief,
    CheckIn,
    CheckInAnswer,
    ClearinghouseRating,
    EvidenceReview,
    Frequency,
    Indicator,
    Observation,
    ReviewOutcome,
    Stage,
    StageMove,
    Study,
    Tracker,
)

FORMAT = 1
CHARTS = 4  # two by two on paper
FIGURES = 24  # the latest published ones of each chart
LISTED = 4  # actions of a kind under one tracker; the others are counted
SUMMARY = 420  # characters of a check-in's summary
COMMITMENTS = 4
OWNERS = ("mayor", "prosecutor", "joint", "research")


def compose_brief(brief, today=None):
    """What a brief says, as a dict of JSON values; dates are ISO strings.

    `as_of` is the last day of the period that has come, in the city's time zone. A stage and an action are told as they stood
    on that day, health and titles as they stand now. 15 queries, whatever the city holds."""
    workspace = brief.workspace
    enrolment = workspace.enrolment
    zone = ZoneInfo(enrolment.city.timezone)
    today = today or timezone.now().astimezone(zone).date()
    period = Period(brief.period_start, brief.period_end, min(today, brief.period_end), zone)
    sides = {office.pk: office.kind for office in enrolment.offices}
    trackers = read_trackers(brief, period)
    waiting = read_waiting(brief, trackers)
    read_signatures(trackers, waiting)
    told = [tell_tracker(tracker, period, sides) for tracker in trackers]
    open_sign_offs = tell_waiting(waiting, trackers, sides)
    check_ins = read_check_ins(brief, trackers)
    return {
        "format": FORMAT,
        "scope": brief.scope,
        "number": brief.number,
        "title": f"Progress brief {brief.number}: {place_name(enrolment.city)}",
        "period": {"start": iso(period.start), "end": iso(period.end), "as_of": iso(period.as_of)},
        "city": {"name": enrolment.city.name, "state": enrolment.city.state, "county": enrolment.city.county},
        "cohort": {"name": enrolment.cohort.name, "programme": enrolment.cohort.get_programme_display()},
        "is_demo": enrolment.cohort.is_demo,
        "offices": {office.kind: {"name": office.name, "title": office.title} for office in enrolment.offices},
        "words": {
            "joint": brief.narrative,
            "mayor": brief.mayor_paragraph,
            "prosecutor": brief.prosecutor_paragraph,
        },
        "numbers": count(told, open_sign_offs),
        "trackers": told,
        "charts": read_charts(trackers, period),
        "evidence": read_evidence(trackers),
        "commitments": read_commitments(enrolment, period) if brief.scope == Brief.Scope.CITY else [],
        "check_ins": [tell_check_in(each) for each in check_ins if is_finding(each, period)],
        "asks": ask(told, open_sign_offs, check_ins, sides),
    }


def brief_sha256(content):
    return content_sha256(content)


class Period:
    """From a day to a day, both inclusive; `as_of` is the last of them that has come. Moments are read in the city's `zone`."""

    def __init__(self, start, end, as_of, zone):
        self.start, self.end, self.as_of, self.zone = start, end, as_of, zone

    def day(self, moment):
        return moment.astimezone(self.zone).date()

    def has(self, moment):
        return self.start <= self.day(moment) <= self.as_of

    def is_over(self, moment):
        """Whether `moment` had come by the day that the brief is about."""
        return self.day(moment) <= self.as_of


def place_name(city):
    return f"{city.name}, {city.state}"


def iso(day):
    return day.isoformat() if day else None


# --- trackers: their stage, what moved, what is done, next and late


def read_trackers(brief, period):
    trackers = Tracker.objects.filter(workspace=brief.workspace)
    trackers = trackers.filter(pk=brief.tracker_id) if brief.scope == Brief.Scope.TRACKER else trackers
    moves = StageMove.objects.select_related("sign_off")
    actions = Action.objects.filter(removed_at=None).exclude(status=Action.Status.DROPPED)
    rows = trackers.select_related("intervention", "mayor_owner", "prosecutor_owner").prefetch_related(
        Prefetch("stage_moves", queryset=moves), Prefetch("actions", queryset=actions)
    )
    return [
        tracker
        for tracker in rows
        if period.is_over(tracker.created_at)
        and (stage_on(tracker, period) != Stage.ENDED or any(period.has(move.moved_at) for move in tracker.stage_moves.all()))
    ]


def stage_on(tracker, period):
    """The stage on the day that the brief is about."""
    later = [move for move in tracker.stage_moves.all() if not period.is_over(move.moved_at)]
    return later[0].from_stage if later else tracker.stage


def tell_tracker(tracker, period, sides):
    actions = [action for action in tracker.actions.all() if action.status != Action.Status.SUGGESTED]
    done = [action for action in actions if is_done(action, period)]
    recent = [tell_done(action, period) for action in done if action.done_at is None or period.has(action.done_at)]
    unfinished = [tell_unfinished(action, period) for action in actions if not is_done(action, period)]
    unfinished.sort(key=lambda each: each["due_on"] or "9999")
    late = [each for each in unfinished if each["days_late"]]
    blocked = [each for each in unfinished if each["is_blocked"] and not each["days_late"]]
    coming = [each for each in unfinished if not each["days_late"] and not each["is_blocked"]]
    recent.sort(key=lambda each: each["on"] or "", reverse=True)
    return {
        "id": str(tracker.pk),
        "title": tracker.title,
        "problem": tracker.problem_statement,
        "decided_by": tracker.decided_by,
        "owners": {
            side: seat.name for side, seat in (("mayor", tracker.mayor_owner), ("prosecutor", tracker.prosecutor_owner)) if seat
        },
        "intervention": tracker.intervention.name if tracker.intervention_id else None,
        "stage": stage_on(tracker, period),
        "health": tracker.health,
        "health_note": tracker.health_note,
        "target_on": iso(tracker.target_on),
        "moves": [tell_move(move, period, sides) for move in tracker.stage_moves.all() if period.has(move.moved_at)],
        "counts": {"all": len(actions), "done": len(done), "late": len(late)},
        "done": shorten(recent),
        "late": shorten(late + blocked),
        "next": shorten(coming),
    }


def is_done(action, period):
    return action.status == Action.Status.DONE and (action.done_at is None or period.is_over(action.done_at))


def tell_done(action, period):
    on = period.day(action.done_at) if action.done_at else None
    return {"title": action.title, "office": action.office, "on": iso(on)}


def tell_unfinished(action, period):
    return {
        "title": action.title,
        "office": action.office,
        "due_on": iso(action.due_on),
        "days_late": max(0, (period.as_of - action.due_on).days) if action.due_on else 0,
        "is_blocked": action.status == Action.Status.BLOCKED,
        "is_under_way": action.status == Action.Status.DOING,
    }


def shorten(rows):
    """The first few of `rows`, and how many there are besides."""
    return {"listed": rows[:LISTED], "others": max(0, len(rows) - LISTED)}


def tell_move(move, period, sides):
    return {
        "from": move.from_stage,
        "to": move.to_stage,
        "on": iso(period.day(move.moved_at)),
        "signatures": [
            {
                "office": sides.get(signature.office_id),
                "name": signature.name,
                "title": signature.title,
                "on_behalf_of": signature.on_behalf_of,
                "reservation": signature.reservation,
                "on": iso(period.day(signature.signed_at)),
            }
            for signature in move.sign_off.signatures.all()
            if signature.decision == Signature.Decision.SIGNED
        ],
    }


def count(told, open_sign_offs):
    return {
        "trackers": len(told),
        "moves": sum(len(tracker["moves"]) for tracker in told),
        "done": sum(len(tracker["done"]["listed"]) + tracker["done"]["others"] for tracker in told),
        "late": sum(tracker["counts"]["late"] for tracker in told),
        "to_sign": len(open_sign_offs),
    }


# --- figures


def read_charts(trackers, period):
    """Up to four indicators that have released figures: the trackers' own first, then the city's published series, each once.

    `figures` are the latest 24; `is_in_period` says whether one of them lies in the brief's period."""
    has_figures = Observation.objects.filter(indicator=OuterRef("pk"), is_released=True, value__isnull=False)
    rows = Indicator.objects.filter(Exists(has_figures), tracker__in=[tracker.pk for tracker in trackers])
    chosen, seen = [], set()
    order = {tracker.pk: place for place, tracker in enumerate(trackers)}
    rows = rows.exclude(is_context=True, frequency=Frequency.YEARLY)
    for row in sorted(rows, key=lambda row: (row.is_context, order[row.tracker_id] if not row.is_context else 0, row.position)):
        key = row.series_id or row.pk
        if key not in seen and len(chosen) < CHARTS:
            seen.add(key)
            chosen.append(row)
    released = Observation.objects.filter(indicator__in=chosen, is_released=True, period_start__lte=period.as_of)
    figures = {row.pk: [] for row in chosen}
    for figure in released.order_by("period_start").prefetch_related("revisions"):
        figures[figure.indicator_id].append(figure)
    titles = {tracker.pk: tracker.title for tracker in trackers}
    return [
        tell_indicator(row, figures[row.pk][-FIGURES:], titles[row.tracker_id], period) for row in chosen if figures[row.pk]
    ]


def tell_indicator(indicator, figures, tracker, period):
    return {
        "name": indicator.name,
        "tracker": None if indicator.is_context else tracker,
        "unit": indicator.unit,
        "direction": indicator.direction,
        "frequency": indicator.frequency,
        "is_context": indicator.is_context,
        "is_published_source": indicator.is_published_source,
        "baseline_value": number(indicator.baseline_value),
        "baseline_on": iso(indicator.baseline_on),
        "target_value": number(indicator.target_value),
        "target_on": iso(indicator.target_on),
        "source": indicator.source,
        "is_in_period": any(f.period_start <= period.end and f.period_end >= period.start for f in figures),
        "figures": [tell_figure(figure) for figure in figures],
    }


def tell_figure(figure):
    return {
        "start": iso(figure.period_start),
        "end": iso(figure.period_end),
        "value": number(figure.value),
        "missing_reason": figure.missing_reason,
        "is_provisional": figure.is_provisional,
        "revised_from": [number(revision.value) for revision in figure.revisions.all()],
    }


def number(value):
    """A decimal as the shortest plain string that is the same number: 12.0000 is “12” on both databases."""
    return None if value is None else f"{value.normalize():f}"


# --- evidence


def read_evidence(trackers):
    """One row an intervention: our own ratings as of today, how a clearinghouse printed its own, and what the studies
    found, counted."""
    names = {tracker.intervention_id: tracker.intervention.name for tracker in trackers if tracker.intervention_id}
    ratings = {pk: [] for pk in names}
    for rating in ClearinghouseRating.objects.filter(intervention__in=names):
        ratings[rating.intervention_id].append(
            {
                "clearinghouse": rating.clearinghouse,
                "scope": rating.scope,
                "rating": rating.rating,
                "profile_date": rating.profile_date,
                "address": rating.address,
            }
        )
    ours = {pk: [] for pk in names}
    in_force = ReviewOutcome.objects.filter(review__intervention__in=names, review__status=EvidenceReview.Status.PUBLISHED)
    for rated in in_force.select_related("review").order_by("-review__published_at", "position", "pk"):
        ours[rated.review.intervention_id].append(
            {
                "outcome": rated.outcome,
                "rating": rated.rating,
                "certainty": rated.certainty,
                "edition": rated.review.edition,
                "as_of": rated.review.published_at.date().isoformat(),
                "is_second_read": rated.review.is_second_read,
            }
        )
    studies = Study.objects.in_library().filter(intervention__in=names)
    found = Counter(studies.values_list("intervention", "direction"))
    return [
        {
            "intervention": name,
            "ours": ours[pk],
            "ratings": ratings[pk],
            "studies": {direction: found[pk, direction] for direction in Study.Direction.values},
        }
        for pk, name in names.items()
    ]


# --- commitments, check-ins, and what is asked of whom


def read_commitments(enrolment, period):
    rows = enrolment.commitments.exclude(status=Commitment.Status.DROPPED).select_related("convening", "action")
    rows = [row for row in rows.order_by("-created_at") if period.is_over(row.created_at)]
    return [
        {
            "text": row.text,
            "status": row.status,
            "convening": row.convening.title,
            "on": iso(period.day(row.convening.starts_at)),
            "is_action": hasattr(row, "action"),
        }
        for row in rows[:COMMITMENTS]
    ]


def read_check_ins(brief, trackers):
    rows = CheckIn.objects.filter(workspace=brief.workspace)
    if brief.scope == Brief.Scope.TRACKER:
        rows = rows.filter(trackers=brief.tracker_id)
    answers = CheckInAnswer.objects.defer("values")
    return list(rows.prefetch_related(Prefetch("answers", queryset=answers)).order_by("scheduled_for"))


def is_finding(check_in, period):
    return check_in.status == CheckIn.Status.COMPLETED and period.start <= check_in.scheduled_for <= period.as_of


def tell_check_in(check_in):
    summary = check_in.summary.strip()
    if len(summary) > SUMMARY:
        summary = summary[:SUMMARY].rsplit(" ", 1)[0] + " …"
    return {
        "on": iso(check_in.scheduled_for),
        "summary": summary,
        "fidelity": check_in.fidelity,
        "confidence": check_in.confidence,
    }


def read_waiting(brief, trackers):
    """Proposals about these trackers that are open, the oldest first."""
    rows = SignOff.objects.open().filter(workspace=brief.workspace, subject_id__in=[tracker.pk for tracker in trackers])
    return list(rows.prefetch_related("deciders").order_by("created_at"))


def read_signatures(trackers, waiting):
    """Of the moves and of the open proposals, at once."""
    moved = [move.sign_off for tracker in trackers for move in tracker.stage_moves.all()]
    prefetch_related_objects([*moved, *waiting], "signatures")


def tell_waiting(waiting, trackers, sides):
    """[{title, to, missing: [side]}]."""
    titles = {tracker.pk: tracker.title for tracker in trackers}
    told = []
    for row in waiting:
        answered = {signature.office_id for signature in row.signatures.all()}
        missing = [sides[office.pk] for office in row.deciders.all() if office.pk in sides and office.pk not in answered]
        told.append({"title": titles[row.subject_id], "to": row.proposal.get("to_stage"), "missing": missing})
    return told


def ask(told, open_sign_offs, check_ins, sides):
    """What waits for whom: {mayor, prosecutor, joint, research: [{kind: sign|late|blocked|answer|summarise, …}]}."""
    asks = {owner: [] for owner in OWNERS}
    for sign_off in open_sign_offs:
        for side in sign_off["missing"]:
            asks[side].append({"kind": "sign", "title": sign_off["title"], "to": sign_off["to"]})
    for tracker in told:
        for action in tracker["late"]["listed"]:
            kind = "late" if action["days_late"] else "blocked"
            asks[action["office"]].append({"kind": kind, "title": action["title"], "days": action["days_late"]})
    for check_in in check_ins:
        answered = {sides.get(answer.office_id) for answer in check_in.answers.all() if answer.submitted_at}
        if check_in.status == CheckIn.Status.OPEN:
            for side in sorted(set(sides.values()) - answered):
                asks[side].append({"kind": "answer", "on": iso(check_in.scheduled_for)})
        elif check_in.status == CheckIn.Status.ANSWERED:
            asks["research"].append({"kind": "summarise", "on": iso(check_in.scheduled_for)})
    return asks
