"""What two offices can sign here: a tracker's move to another stage."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.urls import reverse
from django.utils.dateformat import format as in_words

from cohorts.models import Seat
from workspaces.subjects import Subject, register

from .actions.trackers import move_stage
from .models import Decider, Intervention, Stage, Tracker

STAGE_CHANGE = "stage_change"


def lock(pk):
    return (
        Tracker.objects.select_for_update(no_key=True, of=("self",))
        .select_related("workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office", "intervention")
        .get(pk=pk)
    )


def check(tracker, proposal):
    if proposal.get("to_stage") not in Stage.values:
        raise ValidationError({"to_stage": "Choose one of the stages."})
    if proposal["to_stage"] == tracker.stage:
        raise ValidationError({"to_stage": "The tracker is at this stage already."})
    if proposal.get("from_stage", tracker.stage) != tracker.stage:
        raise ValidationError({"from_stage": "The tracker is no longer at this stage."})


def canonical(tracker, proposal, rationale):
    """What is signed: nothing that changes by mere ticking of dates or counters."""
    return {
        "tracker": str(tracker.pk),
        "title": tracker.title,
        "problem_statement": tracker.problem_statement,
        "mayor_owner": tracker.mayor_owner_id and str(tracker.mayor_owner_id),
        "prosecutor_owner": tracker.prosecutor_owner_id and str(tracker.prosecutor_owner_id),
        "intervention": tracker.intervention.slug if tracker.intervention_id else None,
        "decided_by": tracker.decided_by,
        "from_stage": tracker.stage,
        "to_stage": proposal["to_stage"],
        "rationale": rationale,
        "target_on": tracker.target_on and tracker.target_on.isoformat(),
    }


def title(tracker, proposal):
    return heading({"title": tracker.title, "to_stage": proposal["to_stage"]})


def heading(content):
    return f"Move “{content['title']}” to “{Stage(content['to_stage']).label.lower()}”"


def words(content):
    """The content for whom it is asked to sign; a seat or an intervention is named as it is called today."""
    owners = [content[field] for field in ("mayor_owner", "prosecutor_owner") if content[field]]
    seats = {str(seat.pk): seat.name for seat in Seat.objects.filter(pk__in=owners)}
    intervention = Intervention.objects.filter(slug=content["intervention"]).first()
    target_on = content["target_on"] and in_words(dt.date.fromisoformat(content["target_on"]), "F j, Y")
    return [
        ("Tracker", content["title"]),
        ("From", Stage(content["from_stage"]).label),
        ("To", Stage(content["to_stage"]).label),
        ("Why", content["rationale"]),
        ("The problem", content["problem_statement"] or "not set"),
        ("Intervention", intervention.name if intervention else content["intervention"] or "none from the library"),
        ("Who decides", Decider(content["decided_by"]).label),
        ("Answers for the mayor’s office", seats.get(content["mayor_owner"], "not set")),
        ("Answers for the prosecutor’s office", seats.get(content["prosecutor_owner"], "not set")),
        ("Target date", target_on or "not set"),
    ]


def address(tracker):
    return reverse("policies:tracker", args=[tracker.workspace.slug, tracker.pk])


register(
    Subject(
        kind=STAGE_CHANGE,
        lock=lock,
        visible_to=Tracker.objects.visible_to,
        editable_by=Tracker.objects.editable_by,
        workspace=lambda tracker: tracker.workspace,
        deciders=lambda tracker: tracker.deciders,
        check=check,
        canonical=canonical,
        approved=move_stage,
        title=title,
        words=words,
        address=address,
        name="Moves of a tracker to another stage",
        heading=heading,
        tab="trackers",
    )
)
