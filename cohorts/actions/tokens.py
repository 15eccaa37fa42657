"""Personal API tokens: made and taken back, and so told in the trail."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from ..models import ApiToken, holdings_of, is_administrator, require_rule
from .audit import record_act, rings_of_person
from .people import renew_access


@transaction.atomic
def issue_token(person, *, scope, days, name=""):
    """A new token: the row, and its secret to be shown this once.

    Raises PermissionDenied for who holds neither seat nor role, and where their office allows no tokens."""
    if not holdings_of(person).terms and not is_administrator(person):
        raise PermissionDenied("A token belongs to a seat.")
    require_rule(person, "allows_tokens")
    token, secret = ApiToken.objects.issue(person, scope, days, name=name)
    record_token("token.issued", token, ends_on=str(token.expires_at.date()))
    return token, secret


@transaction.atomic
def revoke_token(token):
    """From now on it opens nothing; what it has open closes. Revoking it again changes nothing."""
    token = ApiToken.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=token.pk)
    if token.revoked_at is None:
        token.revoked_at = timezone.now()
        token.save(update_fields=["revoked_at"])
        renew_access(token.person)
        record_token("token.revoked", token)
    return token


def record_token(action, token, **detail):
    record_act(
        action,
        *rings_of_person(token.person),
        for_whom=token.person,
        subject=("token", token.pk, token.get_scope_display()),
        scope=token.scope,
        **detail,
    )
