"""What changed on a tracker, in sentences, from the history that is kept of it and of its actions."""

from itertools import groupby

from django.utils import timezone

from ..models import Action, Decider, Health, Stage, Tracker

LIMIT = 300  # rows of history that one page reads
QUIET = {"version", "updated_at", "position", "done_at", "opened_by", "created_by", "term", "removed_at"}
CHOICES = {
    "stage": Stage,
    "health": Health,
    "decided_by": Decider,
    "office": Decider,
    "status": Action.Status,
}


def history_of(tracker):
    """[(day, [{at, who, text, added, removed}])], newest first; a constant number of queries."""
    told = []
    of_tracker = Tracker.history.filter(id=tracker.pk).select_related("history_user")[:LIMIT]
    of_actions = Action.history.filter(tracker_id=tracker.pk).select_related("history_user")[:LIMIT]
    for records, noun in ((of_tracker, "this tracker"), (of_actions, None)):
        former = {}
        for record in sorted(records, key=lambda each: (each.history_date, each.history_id)):
            told += sentences(record, former.get(record.id), noun or f"“{record.title}”")
            former[record.id] = record
    told.sort(key=lambda line: line["at"], reverse=True)
    return [(day, list(lines)) for day, lines in groupby(told, lambda line: timezone.localtime(line["at"]).date())]


def sentences(record, former, thing):
    """What `record` changed since `former`, the record before it of the same row."""
    who = record.history_user.name if record.history_user else None
    line = {"at": record.history_date, "who": who or "Both offices’ signatures"}
    if record.history_type == "+":
        suggested = getattr(record, "status", None) == Action.Status.SUGGESTED
        return [line | {"text": f"suggested {thing}" if suggested else f"added {thing}"}]
    if former is None:  # it is older than the history this page reads
        return []
    if getattr(record, "removed_at", None) and not former.removed_at:
        return [line | {"text": f"removed {thing}"}]
    changes = [each for each in record.diff_against(former).changes if each.field not in QUIET]
    return [line | of_change(each, thing, record) for each in changes]


def of_change(change, thing, record):
    label = record.instance_type._meta.get_field(change.field).verbose_name
    if change.field == "stage":
        return {"who": "The offices that decide", "text": f"moved {thing} to “{Stage(change.new).label.lower()}”"}
    if change.field in CHOICES:
        words = CHOICES[change.field]
        return {"text": f"changed {label} of {thing} from “{words(change.old).label}” to “{words(change.new).label}”"}
    if change.field in ("mayor_owner", "prosecutor_owner", "owner"):
        return {"text": f"changed who answers for {thing}" if change.new else f"left open who answers for {thing}"}
    return {"text": f"changed {label} of {thing}", "removed": change.old, "added": change.new}
