"""Who calls the API: the bearer of a personal token, else the holder of the session."""

import datetime as dt

from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework import authentication, exceptions, permissions

from ..authentication import lacks_factor, may_sign_in, missing_sign_ons
from ..models import ApiToken, digest

LAST_USE_TO_WITHIN = dt.timedelta(minutes=1)  # a read should not cost a write each time


class SessionAuthentication(authentication.SessionAuthentication):
    def authenticate(self, request):
        found = super().authenticate(request)
        if found and lacks_factor(found[0], request.session):
            detail = "Add a passkey or an authenticator app to your account first."
            raise exceptions.PermissionDenied(detail, "second_factor_required")
        if found and missing_sign_ons(found[0], request.session):
            raise exceptions.PermissionDenied("Sign in by your office’s sign-on first.", "sign_on_required")
        return found

    def authenticate_header(self, request):
        return "Bearer"  # so that a caller who is not signed in gets a 401


class TokenAuthentication(authentication.BaseAuthentication):
    def authenticate(self, request):
        scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = ApiToken.objects.valid().select_related("person").filter(digest=digest(secret.strip())).first()
        if token is None or not may_sign_in(token.person):
            raise exceptions.AuthenticationFailed("This token is not valid, or no longer.")
        now = timezone.now()
        if token.last_used_at is None or now - token.last_used_at > LAST_USE_TO_WITHIN:
            ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
        return token.person, token

    def authenticate_header(self, request):
        return "Bearer"


class SignedIn(permissions.IsAuthenticated):
    """Signed in; a read token only reads."""

    def has_permission(self, request, view):
        if not super().has_permission(request, view):
            return False
        is_read_token = isinstance(request.auth, ApiToken) and request.auth.scope == ApiToken.Scope.READ
        return request.method in permissions.SAFE_METHODS or not is_read_token


class BySessionOnly(permissions.BasePermission):
    """For signatures: a token never signs."""

    message = "Sign in the browser; a token cannot sign."

    def has_permission(self, request, view):
        return not isinstance(request.auth, ApiToken)


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema):
        return {"type": "http", "scheme": "bearer"}


class SessionScheme(OpenApiAuthenticationExtension):
    target_class = SessionAuthentication
    name = "session"

    def get_security_definition(self, auto_schema):
        return {"type": "apiKey", "in": "cookie", "name": "session"}
