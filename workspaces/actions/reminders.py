"""“Remind me of this”: on a day that one chooses, on the home page and in the mail of that day."""

import datetime as dt

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from ..mails.planning import today
from ..models import Reminder
from .reactions import lock
from .topics import require_seat

FURTHEST = dt.timedelta(days=730)


@transaction.atomic
def remind(message, person, *, on):
    """Remind `person` of `message` on the day `on`, where they are; a later word replaces the former.

    Raises PermissionDenied for who holds no seat, ValidationError for a removed message and a day that is not to come."""
    require_seat(person)
    message = lock(message)
    if message.deleted_at is not None:
        raise ValidationError("This message was removed.")
    day = today(person)
    if not day < on <= day + FURTHEST:
        raise ValidationError({"on": "Choose a day to come, within two years."})
    told = {"on": on, "created_at": timezone.now(), "mailed_at": None, "done_at": None}
    return Reminder.objects.update_or_create(message=message, person=person, defaults=told)[0]


def forget_reminder(message, person):
    """It is done, or no longer wanted."""
    Reminder.objects.filter(message=message, person=person, done_at=None).update(done_at=timezone.now())
