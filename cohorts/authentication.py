"""Who may sign in, by page, socket or token: active people; demonstration accounts only while the demonstration is on. Whoever
holds a seat or a role shows a passkey or a second factor, too."""

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.mfa.adapter import DefaultMFAAdapter
from django.conf import settings

from .models import Person, holdings_of, is_administrator

# What asks for the same person again, the surest first.
WAYS_TO_CONFIRM = {
    "mfa_reauthenticate:webauthn": "Use your passkey",
    "mfa_reauthenticate": "Use your authenticator app",
    "reauthenticate": "Use your password",
}


def may_sign_in(person):
    return person.is_active and (settings.MPI_DEMO or not person.is_demo)


def lacks_factor(person):
    """Whether `person`, as read with `with_factor()`, must set up a passkey or an authenticator app before anything else."""
    if person.has_factor or person.is_demo:
        return False
    return bool(holdings_of(person).terms) or is_administrator(person)


class PersonBackend(AuthenticationBackend):
    def user_can_authenticate(self, user):
        return may_sign_in(user)

    def get_user(self, user_id):
        person = Person.objects.with_factor().filter(pk=user_id).first()
        return person if person and may_sign_in(person) else None


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def pre_login(self, request, user, **kwargs):
        """Signing in by passkey or by a code in a mail asks no backend."""
        if not may_sign_in(user):
            return self.respond_user_inactive(request, user)
        return super().pre_login(request, user, **kwargs)

    def get_reauthentication_methods(self, user):
        ways = {way["id"]: way for way in super().get_reauthentication_methods(user)}
        return [ways[name] | {"description": words} for name, words in WAYS_TO_CONFIRM.items() if name in ways]

    def _get_login_attempts_cache_key(self, request, **credentials):
        """Wrong passwords count against an address from where they come: a stranger's tries lock nobody else out."""
        return f"{self.get_client_ip(request)}:{super()._get_login_attempts_cache_key(request, **credentials)}"


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": "That did not match. Try again."}

    def generate_authenticator_name(self, user, type):
        return "This device"
