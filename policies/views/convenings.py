"""Pages of convenings: agenda, invitation, what is talked about, who comes, what the cities commit to."""

from contextlib import nullcontext
from zoneinfo import ZoneInfo, available_timezones

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from cohorts.actions.convenings import answer_invitation, call_convening, edit_convening
from cohorts.calendars import agenda, when, zone_in_words
from cohorts.forms.commitments import CommitmentForm
from cohorts.forms.convenings import AnswerForm, ConveningForm, SessionForms, sessions_as_initial
from cohorts.models import Cohort, Commitment, Conflict, Convening, Enrolment, Rsvp, granted, holdings_of
from workspaces.models import Standing
from workspaces.tabs import tabs_of
from workspaces.views.doors import live_of
from workspaces.views.topics import row, topics_of

from ..models import Tracker

TOPICS_SHOWN = 3


@login_required
def detail(request, cohort, slug):
    return render(request, "policies/convenings/detail.html", page_of(request, cohort, slug))


def visible(person):
    return (
        Convening.objects.visible_to(person)
        .select_related("cohort", "workspace")
        .prefetch_related("sessions__speakers")
        .with_answers(person)
        .annotate(
            may_answer=Exists(Convening.objects.answerable_by(person).filter(pk=OuterRef("pk"))),
            may_edit=Q(cohort__in=granted(person, Cohort, "facilitate_cohort")),
            is_of_cohort=Q(cohort__in=granted(person, Cohort, "view_cohort")),
        )
    )


def page_of(request, cohort, slug, form=None):
    """The context of a convening's page; `form` is what somebody tried to commit to."""
    person = request.user
    convening = get_object_or_404(visible(person), cohort__slug=cohort, slug=slug)
    pairs = pairs_of(convening.cohort, person)
    live = live_of(person, pairs[0].workspace if len(pairs) == 1 else convening.workspace)
    standing = Standing.of(person, convening.workspace)
    writing = [pair for pair in pairs if pair.may_edit or pair.may_facilitate]
    if form is None and writing:
        form = CommitmentForm(pairs=writing)
    return {
        "convening": convening,
        "standing": standing,
        "tabs": tabs_of(standing, "convening"),
        "topics": [row(topic, standing) for topic in topics_of(standing)[:TOPICS_SHOWN]],
        "when": when(convening),
        "zone": zone_in_words(convening),
        "days": agenda(convening),
        "is_over": convening.ends_at < timezone.now(),
        "is_full": convening.capacity is not None and convening.going_count >= convening.capacity,
        "coming": coming(convening) if convening.may_edit else None,
        "cards": cards(convening, pairs, person),
        "pairs": pairs,
        "form": form,
        "live": live,
    }


def pairs_of(cohort, person):
    """The pairs of `cohort` whose ring `person` is in, each with what they may do there; one query."""
    return list(
        Enrolment.objects.visible_to(person)
        .filter(cohort=cohort)
        .annotate(
            may_edit=Q(pk__in=granted(person, Enrolment, "edit_city_work")),
            may_sign=Q(pk__in=granted(person, Enrolment, "sign")),
            may_facilitate=Q(pk__in=granted(person, Enrolment, "facilitate")),
        )
        .select_related("city", "mayor_office", "prosecutor_office", "workspace")
        .order_by("city__name")
    )


def cards(convening, pairs, person):
    """What each pair in `pairs` commits to, as its page's reader may act on it: [{pair, commitments: [{…}]}]."""
    if not pairs:
        return []
    mine = holdings_of(person).offices
    trackers = {}
    if any(pair.may_edit for pair in pairs):
        for tracker in Tracker.objects.active().filter(workspace__enrolment__in=[pair.pk for pair in pairs if pair.may_edit]):
            trackers.setdefault(tracker.workspace_id, []).append(tracker)
    rows = {}
    for commitment in (
        Commitment.objects.filter(convening=convening, enrolment__in=pairs)
        .select_related("written_by", "term", "action__tracker__workspace")
        .prefetch_related("acceptances__person", "acceptances__term")
    ):
        rows.setdefault(commitment.enrolment_id, []).append(commitment)
    return [
        {
            "pair": pair,
            "commitments": [card(each, pair, mine, trackers.get(pair.workspace.pk, [])) for each in rows.get(pair.pk, [])],
        }
        for pair in pairs
    ]


def card(commitment, pair, mine, trackers):
    said = {acceptance.office_id: acceptance for acceptance in commitment.acceptances.all()}
    is_open = commitment.status == Commitment.Status.PROPOSED
    action = getattr(commitment, "action", None)
    return {
        "commitment": commitment,
        "offices": [{"office": office, "acceptance": said.get(office.pk)} for office in pair.offices],
        "may_accept": is_open and pair.may_sign and any(office.pk in mine - said.keys() for office in pair.offices),
        "may_reword": is_open and (pair.may_edit or pair.may_facilitate),
        "action": action,
        "trackers": trackers if commitment.status == Commitment.Status.ACCEPTED and not action and pair.may_edit else [],
        "needs_tracker": commitment.status == Commitment.Status.ACCEPTED and not action and pair.may_edit and not trackers,
    }


def coming(convening):
    """Who comes, for those who run the convening: each city's two offices, then everyone else. Two queries."""
    rsvps = list(convening.rsvps.select_related("person", "term__seat").order_by("person__name"))
    pairs = (
        Enrolment.objects.current()
        .filter(cohort=convening.cohort_id)
        .select_related("city", "mayor_office", "prosecutor_office")
        .order_by("city__name")
    )
    by_office = {}
    for rsvp in rsvps:
        by_office.setdefault(rsvp.term.seat.office_id if rsvp.term else None, []).append(rsvp)
    rows = [{"city": pair.city, "sides": [side(by_office.get(office.pk, [])) for office in pair.offices]} for pair in pairs]
    return {
        "rows": rows,
        "both": sum(all(each["going"] for each in row["sides"]) for row in rows),
        "others": side(by_office.get(None, []))["going"],
    }


def side(rsvps):
    going = [rsvp for rsvp in rsvps if rsvp.status == Rsvp.Status.GOING]
    return {"going": going, "has_declined": bool(rsvps) and not going}


@login_required
@require_POST
def answer(request, cohort, slug):
    convening = get_object_or_404(Convening.objects.visible_to(request.user), cohort__slug=cohort, slug=slug)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Say whether you come or not.")
        return render(request, "policies/convenings/detail.html", page_of(request, cohort, slug), status=422)
    try:
        rsvp = answer_invitation(convening, request.user, form.cleaned_data["status"])
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return render(request, "policies/convenings/detail.html", page_of(request, cohort, slug), status=422)
    is_going = rsvp.status == Rsvp.Status.GOING
    messages.success(request, "You are coming." if is_going else "You are not coming. Thank you for saying so.")
    return redirect("policies:convening", cohort, slug)


@login_required
def create(request, cohort):
    cohort = get_object_or_404(Cohort.objects.visible_to(request.user), slug=cohort)
    if not Cohort.objects.facilitated_by(request.user).contains(cohort):
        raise PermissionDenied
    return edit(request, Convening(cohort=cohort, timezone=request.user.timezone))


@login_required
def update(request, cohort, slug):
    convening = get_object_or_404(visible(request.user), cohort__slug=cohort, slug=slug)
    if not convening.may_edit:
        raise PermissionDenied
    return edit(request, convening)


def edit(request, convening):
    is_new = convening._state.adding
    current, status = None, 200
    with in_zone(request.POST.get("timezone") or convening.timezone):
        data = request.POST or None
        form = ConveningForm(data, instance=convening)
        sessions = SessionForms(data, initial=[] if is_new else sessions_as_initial(convening), prefix="sessions")
        if data is not None and form.is_valid() & sessions.is_valid():
            told = form.told() | {"sessions": sessions.told()}
            try:
                if is_new:
                    convening = call_convening(convening.cohort, request.user, **told)
                else:
                    convening = edit_convening(convening, request.user, version=form.cleaned_data["version"] or 0, **told)
            except ValidationError as error:
                form.add_error(None, error.messages)
            except Conflict as conflict:
                current, status = conflict.current, 409
                form.data = form.data | {"version": current.version}
            else:
                messages.success(request, "Saved.")
                return redirect("policies:convening", convening.cohort.slug, convening.slug)
        if data is not None and status == 200:
            status = 422
        context = {"form": form, "sessions": sessions, "cohort": convening.cohort, "is_new": is_new, "current": current}
        if not is_new:
            context["convening"] = Convening.objects.get(pk=convening.pk)
        return render(request, "policies/convenings/form.html", context, status=status)


def in_zone(name):
    return timezone.override(ZoneInfo(name)) if name in available_timezones() else nullcontext()
