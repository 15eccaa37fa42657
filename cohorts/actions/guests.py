"""Guests of a convening: asked in by a facilitator, each until a day, and out again at once when need be."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from .. import letters
from ..models import Convening, Invitation, Term
from ..permissions import Role
from .invitations import check_not_asked_already, keep, require_inviter
from .seats import end_term

STAYS = dt.timedelta(days=30)  # after the convening, unless another day is said
STAYS_AT_MOST = dt.timedelta(days=366)


def last_day_of_guests(convening):
    """The last day that is offered for a guest: some weeks after the convening, and never a day that is over."""
    zone = ZoneInfo(convening.timezone)
    return max(convening.ends_at.astimezone(zone).date(), timezone.localdate(timezone=zone)) + STAYS


@transaction.atomic
def invite_guest(convening, by, *, email, ends_on, name="", title=""):
    """Ask `email` in as a guest until `ends_on`, to the page of `convening` and its discussion alone. `title` is the label
    shown beside the name; the guest may put both right.

    Raises PermissionDenied unless `by` facilitates the cohort, ValidationError for one who is there already or a day that makes
    no sense."""
    require_inviter(by, None, None, convening)
    email = email.strip().lower()
    check_last_day(convening, ends_on)
    check_not_asked_already(email, None, None, convening)
    if (
        Term.objects.current()
        .filter(person__email__iexact=email, seat__group__cohortgrant__content_object=convening.cohort)
        .exists()
    ):
        raise ValidationError({"email": f"{email} is in the cohort, and sees its convenings without an invitation."})
    title = title.strip() or Role.GUEST.label
    invitation = Invitation(
        email=email,
        convening=convening,
        role=Role.GUEST,
        seat_name=title,
        name=name.strip(),
        title=title,
        ends_on=ends_on,
        invited_by=by,
    )
    token = keep(invitation)
    letters.send([(letters.invitation_letter(invitation, token), invitation)])
    return invitation


def check_last_day(convening, ends_on):
    zone = ZoneInfo(convening.timezone)
    if ends_on < timezone.localdate(timezone=zone):
        raise ValidationError({"ends_on": "Choose today or a later day."})
    if ends_on > convening.ends_at.astimezone(zone).date() + STAYS_AT_MOST:
        raise ValidationError({"ends_on": "A guest stays a year after the convening at most."})


def end_stay(term, by):
    """End a guest's access at once: their pages, their socket, and what they could write. What they wrote stays.

    Raises PermissionDenied unless `by` facilitates the cohort."""
    if not Convening.objects.editable_by(by).filter(pk=term.seat.convening_id).exists():
        raise PermissionDenied
    return end_term(term)
