"""Trackers of a city's workspace: the list, one tracker, its history, its move to another stage."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, Max, OuterRef, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from cohorts.models import Cohort, Conflict, Term
from cohorts.views.asking import asked_before_export
from cohorts.views.files import as_file
from workspaces.actions.sign_offs import propose
from workspaces.models import SignOff, Topic, Workspace
from workspaces.views.doors import around, enter

from ..actions.trackers import download_tracker, edit_tracker, open_tracker, share_tracker, stop_sharing_tracker
from ..forms.trackers import StageMoveForm, TrackerEditForm, TrackerForm
from ..models import Action, Decider, Intervention, RatingChange, Stage, Study, Tracker, changes_of
from . import indicators
from .histories import history_of
from .tracker_actions import action_rows


def enter_city(request, slug):
    """The door of the pages that only a city's workspace has."""
    standing = enter(request, slug)
    if standing.workspace.kind != Workspace.Kind.CITY:
        raise Http404
    return standing


def tracker_of(standing, pk):
    """The tracker with `is_own`: whether the person may change it."""
    trackers = (
        Tracker.objects.visible_to(standing.person)
        .filter(workspace=standing.workspace)
        .annotate(is_own=Exists(Tracker.objects.editable_by(standing.person).filter(pk=OuterRef("pk"))))
        .select_related("intervention", "mayor_owner__office", "prosecutor_owner__office")
    )
    tracker = get_object_or_404(trackers, pk=pk)
    tracker.workspace = standing.workspace  # with the enrolment and the offices that the door has read
    return tracker


@login_required
def index(request, slug):
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    today = timezone.localdate()
    kept = Q(actions__removed_at=None)
    unfinished = kept & Q(actions__status__in=["todo", "doing", "blocked"])
    trackers = (
        Tracker.objects.visible_to(standing.person)
        .filter(workspace=standing.workspace)
        .select_related("intervention")
        .annotate(
            done=Count("actions", filter=kept & Q(actions__status=Action.Status.DONE)),
            planned=Count("actions", filter=kept & ~Q(actions__status__in=["suggested", "dropped"])),
            late=Count("actions", filter=unfinished & Q(actions__due_on__lt=today)),
        )
        .order_by("created_at")
    )
    waiting = SignOff.objects.open().filter(workspace=standing.workspace).values_list("subject_id", flat=True)
    return render(request, "policies/trackers/index.html", context | {"trackers": trackers, "waiting": set(waiting)})


@login_required
def create(request, slug):
    """Open a tracker: from the library with `?intervention=SLUG`, else blank."""
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    standing.require(standing.may_edit)
    intervention = None
    if wanted := request.GET.get("intervention"):
        intervention = get_object_or_404(Intervention.objects.visible_to(request.user), slug=wanted)
    form = TrackerForm(request.POST or None, standing=standing, initial=opening_words(intervention, standing))
    if request.method == "POST" and form.is_valid():
        try:
            tracker = open_tracker(standing, intervention=intervention, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The tracker is open, and both offices can see it.")
            return redirect("policies:tracker", slug, tracker.pk)
    status = 422 if form.errors else 200
    return render(request, "policies/trackers/form.html", context | {"form": form, "intervention": intervention}, status=status)


def opening_words(intervention, standing):
    """What the form starts with. The lead decides, where that is not the other office alone."""
    if intervention is None:
        return {"decided_by": Decider.JOINT}
    is_theirs = intervention.lead in (Decider.JOINT, standing.office_kind)
    return {"title": intervention.name, "decided_by": intervention.lead if is_theirs else Decider.JOINT}


@login_required
def detail(request, slug, pk):
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    tracker = tracker_of(standing, pk)
    rows = action_rows(tracker, standing.person)
    sign_offs = list(
        SignOff.objects.filter(subject_kind="stage_change", subject_id=tracker.pk)
        .select_related("proposed_by")
        .prefetch_related("deciders", "signatures__office")
    )
    proposal = next((each for each in sign_offs if each.status == SignOff.Status.OPEN), None)
    context |= {
        "tracker": tracker,
        "is_own": tracker.is_own,
        "rows": [row for row in rows if row["action"].status != Action.Status.SUGGESTED],
        "suggestions": [row for row in rows if row["action"].status == Action.Status.SUGGESTED],
        "counts": counts(rows),
        "holders": holders(tracker),
        "proposal": proposal,
        "asks_me": bool(
            proposal and is_waiting_for(proposal, standing.office) and standing.term_to_sign(proposal.subject_kind)
        ),
        "sign_offs": [with_stages(each) for each in sign_offs],
        "share": tracker.shares.filter(ended_at=None).select_related("shared_by").first(),
        "topics": Topic.objects.visible_to(request.user).filter(subject_kind="tracker", subject_id=tracker.pk),
        "evidence": evidence(tracker),
        "rating_change": latest_change(tracker),
        "indicators": indicators.section(tracker, request.user, may_edit=tracker.is_own),
    }
    return render(request, "policies/trackers/detail.html", context)


@require_safe
@login_required
@asked_before_export
def download(request, slug, pk, kind):
    """The tracker as a file: what the person who asks may see of it."""
    standing = enter_city(request, slug)
    tracker = tracker_of(standing, pk)
    try:
        content, content_type = download_tracker(tracker, standing, kind)
    except KeyError:
        raise Http404
    return as_file(content, f"{slug}-{slugify(tracker.title)[:60] or 'tracker'}.{kind}", content_type)


def counts(rows):
    planned = [row for row in rows if row["action"].status not in (Action.Status.SUGGESTED, Action.Status.DROPPED)]
    return {
        "done": sum(row["action"].status == Action.Status.DONE for row in planned),
        "planned": len(planned),
        "late": sum(bool(row["days_late"]) for row in planned),
    }


def holders(tracker):
    """Who holds the two owning seats today, by seat: [(office's name, seat, [names])]."""
    enrolment = tracker.workspace.enrolment
    seats = [(enrolment.mayor_office, tracker.mayor_owner), (enrolment.prosecutor_office, tracker.prosecutor_owner)]
    terms = list(Term.objects.current().filter(seat__in=[seat for _, seat in seats if seat]).select_related("person"))
    return [(office, seat, [term.person.name for term in terms if seat and term.seat_id == seat.pk]) for office, seat in seats]


def is_waiting_for(sign_off, office):
    return office in sign_off.deciders.all() and office.pk not in {each.office_id for each in sign_off.signatures.all()}


def with_stages(sign_off):
    moved = {name: Stage(sign_off.content[f"{name}_stage"]).label.lower() for name in ("from", "to")}
    return {"sign_off": sign_off} | moved


def latest_change(tracker):
    """`{change, rows}` of the latest notice to this city about the tracker's intervention, or None."""
    changes = RatingChange.objects.filter(workspace=tracker.workspace_id, review__intervention=tracker.intervention_id)
    change = changes.select_related("review__supersedes").first() if tracker.intervention_id else None
    return change and {"change": change, "rows": changes_of(change.review)}


def evidence(tracker):
    """What stands beside the work: the intervention's studies and printed ratings, or None without an intervention."""
    if tracker.intervention is None:
        return None
    studies = list(Study.objects.in_library().filter(intervention=tracker.intervention).select_related("retraction"))
    return {
        "studies": studies,
        "is_doubted": any(study.retraction_id for study in studies),
        "ours": tracker.intervention.outcome_ratings,
        "adopted": list(tracker.adopted_under.select_related("review").order_by("position", "pk")),
        "ratings": list(tracker.intervention.clearinghouse_ratings.all()),
    }


@login_required
def update(request, slug, pk):
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    tracker = tracker_of(standing, pk)
    standing.require(tracker.is_own)
    form = TrackerEditForm(request.POST or None, instance=tracker, standing=standing)
    differences, status = [], 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_tracker(tracker, standing, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            differences, status = form.differences(conflict.current), 409
        else:
            messages.success(request, "Saved.")
            return redirect("policies:tracker", slug, pk)
    status = 422 if form.errors else status
    context |= {"form": form, "tracker": tracker_of(standing, pk), "differences": differences, "is_conflict": status == 409}
    return render(request, "policies/trackers/form.html", context, status=status)


@login_required
def history(request, slug, pk):
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    tracker = tracker_of(standing, pk)
    return render(request, "policies/trackers/history.html", context | {"tracker": tracker, "days": history_of(tracker)})


@login_required
def move(request, slug, pk):
    """Propose another stage."""
    standing = enter_city(request, slug)
    context = around(standing, "trackers")
    tracker = tracker_of(standing, pk)
    standing.require(tracker.is_own)
    form = StageMoveForm(request.POST or None, tracker=tracker)
    if request.method == "POST" and form.is_valid():
        try:
            sign_off = propose(standing, "stage_change", tracker.pk, from_stage=tracker.stage, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "Proposed. It takes effect when every office that decides has signed.")
            return redirect("workspaces:sign-off", slug, sign_off.pk)
    status = 422 if form.errors else 200
    return render(request, "policies/trackers/move.html", context | {"form": form, "tracker": tracker}, status=status)


@login_required
@require_POST
def share(request, slug, pk):
    """Share with the cohort, or, with `stop`, no longer."""
    standing = enter_city(request, slug)
    tracker = tracker_of(standing, pk)
    if "stop" in request.POST:
        stop_sharing_tracker(tracker, standing)
        messages.success(request, "The cohort no longer sees this tracker.")
    else:
        share_tracker(tracker, standing)
        messages.success(request, "Everyone in the cohort can now see a short page of this tracker.")
    return redirect("policies:tracker", slug, pk)


@login_required
def shared(request, slug, pk):
    """The reduced page for the cohort. The city's own addresses stay closed to it."""
    cohort = get_object_or_404(Cohort.objects.visible_to(request.user), slug=slug)
    trackers = (
        Tracker.objects.shared_with(request.user)
        .filter(shares__cohort=cohort, shares__ended_at=None)
        .select_related("workspace__enrolment__city", "intervention")
        .annotate(
            shared_at=Max("shares__shared_at", filter=Q(shares__cohort=cohort, shares__ended_at=None)),
        )
    )
    tracker = get_object_or_404(trackers, pk=pk)
    return render(
        request,
        "policies/trackers/shared.html",
        {"tracker": tracker, "cohort": cohort, "moves": tracker.stage_moves.all(), "evidence": evidence(tracker)},
    )
