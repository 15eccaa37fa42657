"""An administrator opens a city's workspace to read it, and closes it again. The city's people see it while it lasts, both
offices keep it in their trail, and their principals are told by mail."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from .. import letters
from ..models import AdministrativeReading, Enrolment, Person
from ..models.administrative_readings import LASTS
from ..signals import reading_changed
from .administrators import require_administrator, told_reason
from .audit import PLATFORM, record_act
from .people import renew_access


@transaction.atomic
def begin_reading(enrolment, by, *, reason):
    """Let `by` read the workspace's ring for an hour. The hour is not lengthened, and each time needs a reason of its own.

    Raises PermissionDenied unless `by` is an administrator; ValidationError for a city that left, a reason that says too little
    or was given before, and while the hour lasts."""
    require_administrator(by)
    by = Person.objects.select_for_update(no_key=True).get(pk=by.pk)  # asked twice at once, it begins once
    enrolment = Enrolment.objects.select_related("cohort", "city", "mayor_office", "prosecutor_office").get(pk=enrolment.pk)
    if enrolment.ended_at:
        raise ValidationError("This city has left its cohort. Its work there is closed to everyone.")
    reason = told_reason(reason)
    before = AdministrativeReading.objects.filter(person=by, enrolment=enrolment)
    if before.open().exists():
        raise ValidationError("You are reading this workspace already.")
    if in_essence(reason) in {in_essence(told) for told in before.values_list("reason", flat=True)}:
        raise ValidationError({"reason": "You gave this reason before. Say what you need to see this time."})
    begins_at = timezone.now()
    reading = AdministrativeReading(
        person=by, enrolment=enrolment, reason=reason, begins_at=begins_at, ends_at=begins_at + LASTS
    )
    reading.full_clean()
    reading.save()
    letters.send([(each, None) for each in letters.reading_letters(reading)])
    reading_changed.send(AdministrativeReading, reading=reading)
    until = letters.moment(reading.ends_at, enrolment.city.timezone)
    record_act("administrator.read", enrolment, PLATFORM, by=by, subject=subject_of(reading), until=until, reason=reason)
    return reading


@transaction.atomic
def end_reading(reading, by):
    """Close the workspace again before the hour is over; open pages close within a second or two. Twice changes nothing."""
    reading = (
        AdministrativeReading.objects.select_for_update(no_key=True, of=("self",))
        .select_related("enrolment")
        .get(pk=reading.pk, person=by)
    )
    if reading.ended_at is None and reading.ends_at > timezone.now():
        reading.ended_at = timezone.now()
        reading.save(update_fields=["ended_at"])
        renew_access(by)
        reading_changed.send(AdministrativeReading, reading=reading)
        record_act("administrator.left", reading.enrolment, PLATFORM, by=by, subject=subject_of(reading))
    return reading


def subject_of(reading):
    return "reading", reading.pk, str(reading.enrolment)


def in_essence(reason):
    """The same words are the same reason, however they are spaced, pointed or written large."""
    return "".join(letter for letter in reason.casefold() if letter.isalnum())
