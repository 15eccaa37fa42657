"""What people do with trackers. Who may is told by `Tracker.editable_by`; what is in a tracker is in `tracker_actions`."""

import datetime as dt

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from workspaces.actions.sign_offs import overtake
from workspaces.actions.topics import open_topic

from .. import events
from ..models import Action, Decider, Health, StageMove, Tracker, TrackerShare
from ..workbooks import tracker_as
from .indicators import add_context_indicators, add_template_indicators

FIELDS = (
    "title",
    "problem_statement",
    "decided_by",
    "health",
    "health_note",
    "mayor_owner",
    "prosecutor_owner",
    "starts_on",
    "target_on",
)
OPENING_FIELDS = tuple(field for field in FIELDS if not field.startswith("health"))
HEALTHIEST_FIRST = [Health.ON_TRACK, Health.AT_RISK, Health.OFF_TRACK]


@transaction.atomic
def open_tracker(standing, *, intervention=None, decided_by=None, **fields):
    """Open a tracker, blank or from the library with the playbook's actions and indicators, and a topic to discuss it in.

    Who decides is the intervention's lead unless said otherwise. Raises PermissionDenied for a matter of the other office,
    ValidationError for a field that is wrong."""
    standing.require(standing.may_edit)
    tracker = Tracker(
        workspace=standing.workspace,
        intervention=intervention,
        decided_by=decided_by or (intervention.lead if intervention else Decider.JOINT),
        opened_by=standing.person,
        term=standing.term,
        **{field: fields[field] for field in fields.keys() & set(OPENING_FIELDS)},
    )
    if intervention and not tracker.title:
        tracker.title = intervention.name
    tracker._history_user = standing.person
    tracker.full_clean()
    tracker.save()
    _check_own(tracker, standing)
    events.tracker_created(tracker, standing)
    open_topic(standing, title=tracker.title, subject_kind="tracker", subject_id=tracker.pk)
    if intervention:
        tracker.adopted_under.set(intervention.outcome_ratings)
        copy_playbook(tracker, standing)
        add_template_indicators(tracker)
    add_context_indicators(tracker)
    return tracker


def copy_playbook(tracker, standing):
    """The playbook's steps as actions. A step without an office is for whoever decides the tracker."""
    for position, step in enumerate(tracker.intervention.playbook.all()):
        action = Action(
            tracker=tracker,
            title=step.title,
            office=step.office or tracker.decided_by,
            due_on=due_on(tracker, step),
            done_when=step.done_when,
            position=position,
            created_by=standing.person,
            term=standing.term,
        )
        action._history_user = standing.person
        action.full_clean(exclude=["tracker", "created_by", "term"])
        action.save()


def due_on(tracker, step):
    """A step's day, where both the tracker's start and the step's distance from it are known."""
    if tracker.starts_on is None or step.offset_days is None:
        return None
    return tracker.starts_on + dt.timedelta(days=step.offset_days)


@transaction.atomic
def edit_tracker(tracker, standing, *, version, **changes):
    """Change what `FIELDS` names; open proposals whose content this changes are overtaken.

    Raises PermissionDenied for a matter of the other office, Conflict when somebody saved since `version`, ValidationError
    when health worsens without a note or when one office would take a joint matter for its own."""
    _check_own(tracker, standing)
    stored = Tracker.objects.select_for_update(no_key=True, of=("self",)).get(pk=tracker.pk)
    for field in changes.keys() & set(FIELDS):
        setattr(tracker, field, changes[field])
    if stored.version == version:
        _check_health(stored, tracker)
        if stored.decided_by == Decider.JOINT != tracker.decided_by:
            raise ValidationError({"decided_by": "A joint matter stays with both offices."})
    tracker.stage = stored.stage
    tracker._history_user = standing.person
    tracker.save_version(version)
    _check_own(tracker, standing)
    events.tracker_updated(tracker, standing)
    overtake("stage_change", tracker.pk, standing)
    return tracker


def _check_own(tracker, standing):
    if not Tracker.objects.editable_by(standing.person).filter(pk=tracker.pk).exists():
        raise PermissionDenied


def _check_health(stored, tracker):
    if tracker.health == stored.health or tracker.health_note.strip():
        return
    is_worse = tracker.health == Health.PAUSED or (
        stored.health != Health.PAUSED
        and tracker.health in HEALTHIEST_FIRST
        and HEALTHIEST_FIRST.index(tracker.health) > HEALTHIEST_FIRST.index(stored.health)
    )
    if is_worse:
        raise ValidationError({"health_note": "Say in a sentence what happened."})


@transaction.atomic
def share_tracker(tracker, standing):
    """Let the whole cohort see the reduced page of a tracker, from now on. Sharing what is shared changes nothing."""
    return _set_shared(tracker, standing, True)


@transaction.atomic
def stop_sharing_tracker(tracker, standing):
    return _set_shared(tracker, standing, False)


def _set_shared(tracker, standing, is_shared):
    standing.require(standing.may_sign)
    _check_own(tracker, standing)
    tracker = (
        Tracker.objects.select_for_update(no_key=True, of=("self",))
        .select_related("workspace__enrolment__cohort")
        .get(pk=tracker.pk)
    )
    cohort = tracker.workspace.enrolment.cohort
    share = tracker.shares.filter(cohort=cohort, ended_at=None).first()
    if is_shared and share is None:
        TrackerShare.objects.create(tracker=tracker, cohort=cohort, shared_by=standing.person, term=standing.term)
    elif share and not is_shared:
        share.ended_at = timezone.now()
        share.save()
    else:
        return tracker
    events.tracker_updated(tracker, standing)
    record_act(
        "tracker.shared" if is_shared else "tracker.unshared",
        tracker.workspace.enrolment,
        by=standing.person,
        term=standing.term,
        subject=("tracker", tracker.pk, tracker.title),
    )
    return tracker


@transaction.atomic
def move_stage(tracker, sign_off):
    """Make an approved stage change so, in the signing transaction."""
    StageMove.objects.create(
        tracker=tracker, from_stage=tracker.stage, to_stage=sign_off.proposal["to_stage"], sign_off=sign_off
    )
    tracker.stage = sign_off.proposal["to_stage"]
    tracker.version += 1
    tracker.save()
    events.tracker_updated(tracker, None)


@transaction.atomic
def download_tracker(tracker, standing, kind):
    """`(content, content type)` of the tracker as the person sees it, told in the trail as an export. Raises KeyError for a
    kind of file that there is not."""
    told = tracker_as(kind, tracker, standing.person)
    subject = ("tracker", tracker.pk, tracker.title)
    enrolment = tracker.workspace.enrolment
    record_act("tracker.downloaded", enrolment, by=standing.person, term=standing.term, subject=subject)
    return told
