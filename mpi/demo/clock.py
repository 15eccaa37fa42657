"""The demonstration's past: what people did days ago is done now, by the same verbs, and then dated back."""

import datetime as dt
from contextlib import contextmanager
from zoneinfo import ZoneInfo

from django.utils import timezone

from cohorts.actions.audit import dated
from cohorts.models import Acceptance, Agreement, Commitment, Enrolment, Rsvp
from policies.models import Action, Brief, CheckIn, CheckInAnswer, StageMove, Tracker
from workspaces.models import Event, Message, ReadPosition, Signature, SignOff, Topic

EASTERN = ZoneInfo("America/New_York")  # where the demonstration's people read their dates: "today" and "days ago" are theirs

STAMPS = {
    Acceptance: ["accepted_at"],
    Agreement: ["at"],
    Action: ["created_at", "done_at"],
    Action.history.model: ["history_date"],
    Brief: ["created_at"],
    CheckIn: ["created_at", "completed_at"],
    CheckInAnswer: ["created_at", "submitted_at"],
    Commitment: ["created_at"],
    Enrolment: ["started_at", "activated_at"],
    Event: ["at"],
    Message: ["created_at"],
    ReadPosition: ["updated_at"],
    Rsvp: ["answered_at"],
    Signature: ["signed_at"],
    SignOff: ["created_at", "closed_at"],
    StageMove: ["moved_at"],
    Topic: ["created_at", "last_message_at"],
    Tracker: ["created_at"],
    Tracker.history.model: ["history_date"],
}


@contextmanager
def days_ago(days, hour=11):
    """Whatever the block does happened `days` ago, at `hour` o'clock Eastern time or a little later."""
    began = timezone.localtime(timezone=EASTERN)
    then = (began - dt.timedelta(days=days)).replace(hour=hour, minute=10 + days % 40, second=0, microsecond=0)
    if then >= began:
        then = began - dt.timedelta(hours=1)
    with dated(then):  # the audit trail is never changed afterwards, not even by this
        yield
    for model, fields in STAMPS.items():
        for field in fields:
            model.objects.filter(**{f"{field}__gte": began}).update(**{field: then})
