"""Both offices of a pair are asked to sign their cohort's participation agreement."""

from ..models import AGREEMENT, Standing
from .sign_offs import propose


def ask_both_offices(enrolment, by):
    """Propose the newest edition to both offices, for `by`, who runs the cohort; an open proposal of an older one is overtaken.

    Raises PermissionDenied, or ValidationError when they are asked already or both have signed."""
    standing = Standing.at_the_door(by, enrolment.workspace)
    return propose(standing, AGREEMENT, enrolment.pk, rationale=f"{enrolment.city} takes part in {enrolment.cohort}.")
