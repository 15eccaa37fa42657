"""Who opens a socket: the bearer of a token, else the holder of the session."""

from channels.auth import get_user
from django.contrib.auth.models import AnonymousUser

from cohorts.authentication import may_sign_in
from cohorts.models import ApiToken, digest

from .database import in_database


async def who_opens(scope):
    """`(person, token)`: a bearer's own, or the session's and None. A wrong token is nobody, whatever the session."""
    if not has_bearer(scope):
        return await get_user(scope), None
    token = await in_database(token_of)(scope)
    return token.person if token else AnonymousUser(), token


def has_bearer(scope):
    return dict(scope["headers"]).get(b"authorization", b"").lower().startswith(b"bearer ")


def token_of(scope):
    secret = dict(scope["headers"])[b"authorization"][7:].decode("latin-1").strip()
    token = ApiToken.objects.valid().select_related("person").filter(digest=digest(secret)).first()
    return token if token and may_sign_in(token.person) else None
