"""Who opens a socket: the bearer of a token, else the holder of the session."""

from channels.auth import get_user
from channels.db import database_sync_to_async
from django.contrib.auth.models import AnonymousUser

from cohorts.authentication import may_sign_in
from cohorts.models import ApiToken, digest


class PersonMiddleware:
    def __init__(self, app):
        self.app = app

    async def __call__(self, scope, receive, send):
        token = await database_sync_to_async(token_of)(scope)
        scope = scope | {"token": token}
        if token:
            scope["user"] = token.person
        elif has_bearer(scope):
            scope["user"] = AnonymousUser()
        else:
            scope["user"] = await get_user(scope)
        return await self.app(scope, receive, send)


def has_bearer(scope):
    return dict(scope["headers"]).get(b"authorization", b"").lower().startswith(b"bearer ")


def token_of(scope):
    if not has_bearer(scope):
        return None
    secret = dict(scope["headers"])[b"authorization"][7:].decode("latin-1").strip()
    token = ApiToken.objects.valid().select_related("person").filter(digest=digest(secret)).first()
    return token if token and may_sign_in(token.person) else None
