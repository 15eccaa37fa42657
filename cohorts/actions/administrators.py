"""Who keeps the platform. An administrator appoints and dismisses others, never themselves, and one at least stays."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction

from ..models import Administrator, Person, is_administrator, reason_field
from .audit import record_act, rings_of_account
from .people import renew_access


def require_administrator(by):
    """Raises PermissionDenied: what an administrator does is nobody else's."""
    if not is_administrator(by):
        raise PermissionDenied


def told_reason(reason):
    """`reason` as it is kept. Raises ValidationError when it says too little or too much."""
    try:
        return reason_field().clean(reason.strip(), None)
    except ValidationError as error:
        raise ValidationError({"reason": error.messages}) from None


@transaction.atomic
def appoint(person, by):
    """Make `person` an administrator.

    Raises PermissionDenied, ValidationError for oneself, a closed account, or somebody who holds or is to hold a seat."""
    require_administrator(by)
    person = Person.objects.select_for_update(no_key=True).get(pk=person.pk)
    if not person.is_active:
        raise ValidationError("This account is closed.")
    if hasattr(person, "administrator"):
        raise ValidationError(f"{person.name} is an administrator already.")
    administrator = Administrator(person=person, appointed_by=by)
    administrator.full_clean()
    administrator.save()
    renew_access(person)
    record_appointment("administrator.appointed", person, by)
    return administrator


@transaction.atomic
def appoint_first(person):
    """Make `person` the first administrator, at the server. Raises ValidationError when there is one."""
    if Administrator.objects.serving().exists():
        raise ValidationError("There is an administrator already: they appoint others.")
    administrator = Administrator(person=person)
    administrator.full_clean()
    administrator.save()
    renew_access(person)
    record_appointment("administrator.appointed", person, None)
    return administrator


@transaction.atomic
def dismiss(person, by):
    """`person` is an administrator no longer; what they read or had open as one ends at once.

    Raises PermissionDenied, ValidationError for oneself or for the last one."""
    require_administrator(by)
    if person.pk == by.pk:
        raise ValidationError("Nobody dismisses themselves. Ask another administrator.")
    serving = list(Administrator.objects.select_for_update(no_key=True).order_by("pk"))  # two dismiss each other at once
    if by.pk not in {each.person_id for each in serving}:
        raise PermissionDenied
    for administrator in serving:
        if administrator.person_id == person.pk:
            administrator.delete()
            renew_access(person)
            record_appointment("administrator.dismissed", person, by)
            return
    raise ValidationError(f"{person.name} is not an administrator.")


def record_appointment(action, person, by):
    record_act(action, *rings_of_account(person), by=by, for_whom=person, subject=("person", person.pk, person.name))
