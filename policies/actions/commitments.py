"""A commitment of a pair becomes an action on one of its trackers."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Max

from cohorts.actions.commitments import lock
from cohorts.models import Commitment

from .. import events
from ..models import Action, Decider


@transaction.atomic
def make_action(commitment, standing, tracker):
    """The joint action that `commitment` became: made now on `tracker`, or the one that it already is.

    Raises PermissionDenied unless the person edits the pair's plan, ValidationError before both offices have accepted or for
    a tracker of another city."""
    standing.require(standing.may_edit)
    commitment = lock(commitment)
    if already := Action.objects.filter(commitment=commitment).select_related("tracker__workspace").first():
        return already
    if commitment.status != Commitment.Status.ACCEPTED:
        raise ValidationError("Both offices accept a commitment before it becomes an action.")
    if tracker.workspace_id != standing.workspace.pk or standing.workspace.enrolment_id != commitment.enrolment_id:
        raise ValidationError({"tracker": "Choose a tracker of the city that made this commitment."})
    last = tracker.actions.aggregate(last=Max("position"))["last"]
    action = Action(
        tracker=tracker,
        title=title_of(commitment.text),
        office=Decider.JOINT,
        commitment=commitment,
        position=0 if last is None else last + 1,
        created_by=standing.person,
        term=standing.term,
    )
    action.full_clean()
    action.save()
    events.action_told("action.created", action, standing)
    return action


def title_of(text):
    """The commitment's words, cut at a word where an action's title is shorter."""
    limit = Action._meta.get_field("title").max_length
    return text if len(text) <= limit else text[: limit - 1].rsplit(" ", 1)[0] + "…"
