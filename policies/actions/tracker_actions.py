"""What people do with the actions of a tracker: changed by whom they belong to, suggested by anyone in the workspace."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from .. import events
from ..models import Action, Tracker

FIELDS = ("title", "office", "owner", "due_on", "done_when", "status")


@transaction.atomic
def add_action(tracker, standing, *, depends_on=(), status=Action.Status.TODO, **fields):
    """Add an action at the end of the tracker's list; with status `suggested` it waits for whom it is meant for to accept.

    Raises PermissionDenied when the action would be the other office's, ValidationError for a field that is wrong."""
    is_suggestion = status == Action.Status.SUGGESTED
    standing.require(standing.may_discuss if is_suggestion else standing.may_edit)
    tracker = lock(tracker)
    last = tracker.actions.aggregate(last=Max("position"))["last"]
    action = Action(
        tracker=tracker,
        status=status,
        position=0 if last is None else last + 1,
        created_by=standing.person,
        term=standing.term,
        **{field: fields[field] for field in fields.keys() & set(FIELDS)},
    )
    action._history_user = standing.person
    _set_done(action)
    action.full_clean()
    action.save()
    if not is_suggestion:
        _check_own(action, standing)
        if not Tracker.objects.editable_by(standing.person).filter(pk=tracker.pk).exists():
            raise PermissionDenied
    _set_dependencies(action, depends_on)
    events.action_told("action.created", action, standing)
    return action


@transaction.atomic
def edit_action(action, standing, *, version, depends_on=None, **changes):
    """Change what `FIELDS` names and, unless None, what the action waits for.

    Raises PermissionDenied when the action is the other office's, or would become so; Conflict when somebody saved since
    `version`; ValidationError for a wrong field or when actions would wait for each other in a circle."""
    _check_own(action, standing)
    action.tracker = lock(action.tracker)
    stored = Action.objects.get(pk=action.pk)
    for field in changes.keys() & set(FIELDS):
        setattr(action, field, changes[field])
    if action.status == Action.Status.SUGGESTED != stored.status:
        raise ValidationError({"status": "This action was accepted already."})
    action._history_user = standing.person
    _set_done(action)
    action.position = stored.position
    action.save_version(version)
    _check_own(action, standing)
    if depends_on is not None:
        _set_dependencies(action, depends_on)
    events.action_told("action.updated", action, standing)
    return action


def answer_suggestion(action, standing, *, version, is_accepted):
    """Take on a suggested action, or drop it."""
    if action.status != Action.Status.SUGGESTED:
        raise ValidationError("This suggestion was answered already.")
    status = Action.Status.TODO if is_accepted else Action.Status.DROPPED
    return edit_action(action, standing, version=version, status=status)


@transaction.atomic
def move_action(action, standing, *, places):
    """Move an action `places` up (negative) or down in its tracker's list. Beyond the ends nothing changes.

    The order says nothing of who does what, so it needs no version: the last one to move wins."""
    _check_own(action, standing)
    tracker = lock(action.tracker)
    order = list(tracker.actions.kept().exclude(status=Action.Status.SUGGESTED))
    if action not in order:
        return
    old = order.index(action)
    new = min(max(old + places, 0), len(order) - 1)
    if new == old:
        return
    order.insert(new, order.pop(old))
    for position, each in enumerate(order):
        if each.position != position:
            Action.objects.filter(pk=each.pk).update(position=position)
    events.action_told("action.updated", order[new], standing)


@transaction.atomic
def remove_action(action, standing):
    """Take an action off its tracker. The row and its history stay. What came from a commitment is dropped, not removed."""
    _check_own(action, standing)
    action.tracker = lock(action.tracker)
    action = Action.objects.select_related("tracker__workspace").get(pk=action.pk)
    if action.commitment_id:
        raise ValidationError("This action came from a commitment. Mark it as dropped, so that it can be read back.")
    action.removed_at = timezone.now()
    action.version += 1
    action._history_user = standing.person
    action.save()
    action.followed_by.clear()
    events.action_told("action.deleted", action, standing)


def lock(tracker):
    """The tracker's row, so that two people cannot close a circle of dependencies from both ends."""
    return (
        Tracker.objects.select_for_update(no_key=True, of=("self",))
        .select_related("workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office")
        .get(pk=tracker.pk)
    )


def _check_own(action, standing):
    if not Action.objects.editable_by(standing.person).filter(pk=action.pk).exists():
        raise PermissionDenied


def _set_done(action):
    is_done = action.status == Action.Status.DONE
    action.done_at = (action.done_at or timezone.now()) if is_done else None


def _set_dependencies(action, depends_on):
    wanted = {each.pk for each in depends_on}
    if wanted == set(action.depends_on.values_list("pk", flat=True)):
        return
    titles = dict(action.tracker.actions.kept().values_list("pk", "title"))
    if not wanted <= titles.keys():
        raise ValidationError({"depends_on": "Choose actions of the same tracker."})
    if loop := loop_through(action, wanted):
        told = ", which waits for ".join(f"“{titles[pk]}”" for pk in loop[1:])
        raise ValidationError({"depends_on": f"That is a circle: “{titles[loop[0]]}” would wait for {told}."})
    action.depends_on.set(wanted)


def loop_through(action, wanted):
    """The primary keys of a circle from `action` over one of `wanted` back to `action`, or None."""
    edges = {}
    pairs = Action.depends_on.through.objects.filter(from_action__tracker=action.tracker).exclude(from_action=action)
    for waits, waited_for in pairs.values_list("from_action", "to_action"):
        edges.setdefault(waits, []).append(waited_for)
    paths, seen = [[action.pk, each] for each in wanted], set()
    while paths:
        path = paths.pop()
        if path[-1] == action.pk:
            return path
        if path[-1] not in seen:
            seen.add(path[-1])
            paths.extend([*path, each] for each in edges.get(path[-1], ()))
    return None
