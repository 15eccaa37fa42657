"""Actions of a tracker: added or suggested, changed, answered, moved in the list, removed."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Exists, OuterRef
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from cohorts.models import Conflict
from workspaces.views.doors import around, enter

from ..actions.tracker_actions import (
    add_action,
    answer_suggestion,
    edit_action,
    move_action,
    remove_action,
)
from ..forms.actions import ActionEditForm, ActionForm
from ..models import Action, Tracker

NEXT_STEP = {
    Action.Status.TODO: (Action.Status.DOING, "Start"),
    Action.Status.DOING: (Action.Status.DONE, "Mark as done"),
    Action.Status.BLOCKED: (Action.Status.DOING, "Resume"),
}


def action_rows(tracker, person):
    """Rows of `_action.html`, in order: {action, is_own, days_late, waits_for, step}; two queries whatever their number."""
    actions = (
        Action.objects.visible_to(person)
        .filter(tracker=tracker)
        .annotate(is_own=Exists(Action.objects.editable_by(person).filter(pk=OuterRef("pk"))))
        .select_related("owner__office", "created_by")
        .prefetch_related("depends_on")
    )
    today = timezone.localdate()
    rows = []
    for action in actions:
        action.tracker = tracker
        unfinished = [each for each in action.depends_on.all() if each.removed_at is None and each.status not in CLOSED]
        rows.append(
            {
                "action": action,
                "is_own": action.is_own,
                "days_late": action.days_late(today),
                "waits_for": [] if action.status in CLOSED else unfinished,
                "waits_for_late": any(each.days_late(today) for each in unfinished),
                "step": NEXT_STEP.get(action.status),
            }
        )
    return rows


CLOSED = (Action.Status.DONE, Action.Status.DROPPED)


def action_of(standing, pk):
    actions = Action.objects.visible_to(standing.person).filter(tracker__workspace=standing.workspace)
    action = get_object_or_404(
        actions.select_related("tracker", "owner__office", "created_by", "term__seat__office", "commitment__convening"), pk=pk
    )
    action.tracker.workspace = standing.workspace
    return action


def is_own(standing, action):
    return Action.objects.editable_by(standing.person).filter(pk=action.pk).exists()


@login_required
def create(request, slug, pk):
    """Add an action; one that would be the other office's, or that is not the person's to add, becomes a suggestion."""
    standing = enter(request, slug)
    context = around(standing, "trackers")
    trackers = Tracker.objects.visible_to(request.user).filter(workspace=standing.workspace)
    tracker = get_object_or_404(trackers, pk=pk)
    tracker.workspace = standing.workspace
    standing.require(standing.may_discuss)
    form = ActionForm(request.POST or None, tracker=tracker)
    if request.method == "POST" and form.is_valid():
        try:
            action = add_or_suggest(tracker, standing, form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            is_suggested = action.status == Action.Status.SUGGESTED
            messages.success(request, "Suggested. It counts once it is accepted." if is_suggested else "Added.")
            return redirect("policies:tracker", slug, pk)
    status = 422 if form.errors else 200
    return render(request, "policies/actions/form.html", context | {"form": form, "tracker": tracker}, status=status)


def add_or_suggest(tracker, standing, fields):
    try:
        return add_action(tracker, standing, **fields)
    except PermissionDenied:
        return add_action(tracker, standing, status=Action.Status.SUGGESTED, **fields)


@login_required
def detail(request, slug, pk):
    """One action: to change for whom it belongs to, to read for everyone else."""
    standing = enter(request, slug)
    context = around(standing, "trackers")
    action = action_of(standing, pk)
    context |= {"action": action, "tracker": action.tracker}
    if not is_own(standing, action):
        standing.require(request.method != "POST")
        waits_for = action.depends_on.filter(removed_at=None)
        late = action.days_late(timezone.localdate())
        return render(request, "policies/actions/detail.html", context | {"waits_for": waits_for, "days_late": late})
    form = ActionEditForm(request.POST or None, instance=action, tracker=action.tracker, standing=standing)
    if request.method == "POST" and form.is_valid():
        try:
            edit_action(action, standing, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            return conflicting(request, context, form, conflict.current)
        else:
            messages.success(request, "Saved.")
            return redirect("policies:tracker", slug, action.tracker_id)
    status = 422 if form.errors else 200
    context |= {"action": action_of(standing, pk), "form": form}
    return render(request, "policies/actions/form.html", context, status=status)


def conflicting(request, context, form, current):
    context |= {"action": current, "form": form, "differences": form.differences(current), "is_conflict": True}
    return render(request, "policies/actions/form.html", context, status=409)


@login_required
@require_POST
def step(request, slug, pk):
    """Change an action's status by the one button in the list."""
    standing = enter(request, slug)
    action = action_of(standing, pk)
    status, version = request.POST.get("status"), request.POST.get("version", "")
    if status not in (to for to, _ in NEXT_STEP.values()) or not version.isdigit():
        messages.error(request, "That was not understood. Nothing was changed.")
        return redirect("policies:action", slug, pk)
    try:
        edit_action(action, standing, version=int(version), status=status)
    except Conflict as conflict:
        now = conflict.current.get_status_display().lower()
        messages.warning(request, f"Somebody changed “{conflict.current}” just before you. It is “{now}” now.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect("policies:tracker", slug, action.tracker_id)


@login_required
@require_POST
def answer(request, slug, pk):
    """Accept a suggestion, or decline it."""
    standing = enter(request, slug)
    action = action_of(standing, pk)
    is_accepted = "accept" in request.POST
    try:
        answer_suggestion(action, standing, version=action.version, is_accepted=is_accepted)
        messages.success(request, "Accepted: it is on the list now." if is_accepted else "Declined.")
    except ValidationError as error:
        messages.warning(request, " ".join(error.messages))
    return redirect("policies:tracker", slug, action.tracker_id)


@login_required
@require_POST
def order(request, slug, pk):
    """Move an action one place up or down."""
    standing = enter(request, slug)
    action = action_of(standing, pk)
    move_action(action, standing, places=-1 if "up" in request.POST else 1)
    return redirect("policies:action", slug, pk)


@login_required
@require_POST
def remove(request, slug, pk):
    standing = enter(request, slug)
    action = action_of(standing, pk)
    try:
        remove_action(action, standing)
        messages.success(request, f"Removed “{action}”. It stays in the history.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("policies:action", slug, pk)
    return redirect("policies:tracker", slug, action.tracker_id)
