"""What trackers, indicators, check-ins and briefs tell open pages. Each page then reads again as its own person."""

from django.db.models import Q

from cohorts.models import Commitment, Convening
from workspaces.models import Audience
from workspaces.realtime.payloads import register_payload
from workspaces.realtime.publish import record, stream_for

from .models import Action, Brief, CheckIn, Indicator, Observation, RatingChange, Tracker


def tell(kind, subject_kind, subject, workspace, standing, *, audience=Audience.WORKSPACE, office=None):
    """Record that `kind` happened to `subject` on the stream of its ring; `standing` is None when a job did it."""
    record(
        stream_for(workspace, audience, office),
        kind,
        subject_kind,
        subject.pk,
        actor=standing.person if standing else None,
        term=standing.term if standing else None,
    )


def tracker_created(tracker, standing):
    tell("tracker.created", "tracker", tracker, tracker.workspace, standing)


def tracker_updated(tracker, standing):
    tell("tracker.updated", "tracker", tracker, tracker.workspace, standing)


def action_told(kind, action, standing):
    """`kind`: action.created, action.updated or action.deleted."""
    tell(kind, "action", action, action.tracker.workspace, standing)


def indicator_updated(indicator, standing):
    tell("indicator.updated", "indicator", indicator, indicator.tracker.workspace, standing)


def observation_changed(observation, standing):
    """Told in the ring of the figure: within its office until it is released."""
    workspace = observation.indicator.tracker.workspace
    if observation.is_released:
        tell("observation.changed", "observation", observation, workspace, standing)
    else:
        tell(
            "observation.changed",
            "observation",
            observation,
            workspace,
            standing,
            audience=Audience.OFFICE,
            office=observation.office,
        )


def check_in_told(kind, check_in, standing):
    """`kind`: check_in.opened, check_in.answered or check_in.completed. That an office answered is known to the workspace."""
    tell(kind, "check_in", check_in, check_in.workspace, standing)


def brief_updated(brief, standing):
    tell("brief.updated", "brief", brief, brief.workspace, standing)


def rating_changed(change):
    """Told to a city whose work rests on it; a job or a researcher of anywhere did it, so nobody is named."""
    tell("rating.changed", "rating_change", change, change.workspace, None)


def convening_updated(convening, by, term):
    """Told to the whole cohort, and to the convening's guests."""
    for workspace in (convening.cohort.workspace, convening.workspace):
        record(stream_for(workspace), "convening.updated", "convening", convening.pk, actor=by, term=term)


def commitment_told(kind, commitment, by, term):
    """`kind`: commitment.created or commitment.updated. Told in the ring of the pair it binds, never to the convening."""
    stream = stream_for(commitment.enrolment.workspace)
    record(stream, kind, "commitment", commitment.pk, actor=by, term=term)


# --- how it reads


def reader(model, workspace_path, data):
    """A payload loader: rows of `model` whose `workspace_path` is the stream's workspace, each told by `data(row)`."""

    def read(ids, stream):
        rows = model.objects.filter(pk__in=ids, **{workspace_path: stream.workspace_id})
        return {row.pk: (data(row), None) for row in rows}

    return read


def read_observations(ids, stream):
    rows = Observation.objects.filter(pk__in=ids, indicator__tracker__workspace=stream.workspace_id).select_related("indicator")
    rows = rows.filter(office=stream.office_id) if stream.office_id else rows.filter(is_released=True)
    return {row.pk: ({"id": row.pk, "indicator": row.indicator_id, "tracker": row.indicator.tracker_id}, None) for row in rows}


def read_convenings(ids, stream):
    """In the cohort's workspace and in the convening's own."""
    here = Q(cohort__workspace=stream.workspace_id) | Q(workspace=stream.workspace_id)
    rows = Convening.objects.filter(here, pk__in=ids)
    return {row.pk: ({"id": row.pk, "title": row.title, "version": row.version}, None) for row in rows}


register_payload(
    "tracker",
    reader(Tracker, "workspace", lambda row: {"id": row.pk, "stage": row.stage, "health": row.health}),
)
register_payload("action", reader(Action, "tracker__workspace", lambda row: {"id": row.pk, "tracker": row.tracker_id}))
register_payload(
    "indicator",
    reader(Indicator, "tracker__workspace", lambda row: {"id": row.pk, "tracker": row.tracker_id}),
)
register_payload("check_in", reader(CheckIn, "workspace", lambda row: {"id": row.pk, "status": row.status}))
register_payload("brief", reader(Brief, "workspace", lambda row: {"id": row.pk, "status": row.status}))
register_payload(
    "rating_change",
    reader(RatingChange, "workspace", lambda row: {"id": row.pk, "review": row.review_id}),
)
register_payload("observation", read_observations)
register_payload("convening", read_convenings)
register_payload(
    "commitment",
    reader(
        Commitment,
        "enrolment__workspace",
        lambda row: {"id": row.pk, "convening": row.convening_id, "status": row.status},
    ),
)
