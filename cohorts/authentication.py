"""Who may sign in, by page, socket or token: active people; demonstration accounts only while the demonstration is on. Whoever
holds a seat or a role shows a passkey or a second factor, too, and whoever's office demands its sign-on comes in by that.

By what somebody came in stands in the session, where allauth keeps it, bound to the person."""

import time
from types import SimpleNamespace

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.auth_backends import AuthenticationBackend
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import get_reauthentication_flows
from allauth.core import context
from allauth.core.exceptions import ReauthenticationRequired
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.stages import AuthenticateStage
from django.conf import settings
from django.contrib import messages
from django.shortcuts import redirect
from django.urls import reverse

from .actions.audit import record_act, rings_of_person
from .models import Person, SignOn, SignOnLink, holdings_of, is_administrator

BY_SIGN_ON = "sign_on"  # the method of its records in the session

# What asks for the same person again, the surest first.
WAYS_TO_CONFIRM = {
    "mfa_reauthenticate:webauthn": "Use your passkey",
    "mfa_reauthenticate": "Use your authenticator app",
    "reauthenticate": "Use your password",
}


def may_sign_in(person):
    return person.is_active and (settings.MPI_DEMO or not person.is_demo)


def lacks_factor(person, session):
    """Whether `person`, as read with `with_factor()`, must set up a passkey or an authenticator app before anything else."""
    if person.has_factor or person.is_demo:
        return False
    if not holdings_of(person).terms:
        return is_administrator(person)
    return not is_proved(person, session)


# --- by an office's sign-on


def shown_sign_ons(person, session):
    """`[{sign_on, edition, is_proved}]`: what `person` came in by in this session, the last one last."""
    records = get_authentication_records(SimpleNamespace(session=session), person)
    return [record for record in records if record.get("method") == BY_SIGN_ON]


def is_proved(person, session):
    """Whether a provider said that it asked for more than a password. An office's word counts for its own people alone, so
    every seat of `person` must be of an office whose provider said so."""
    proved = {record["sign_on"] for record in shown_sign_ons(person, session) if record["is_proved"]}
    homes = {str(term.seat.office_id or term.seat.cohort_id) for term in holdings_of(person).terms}
    return bool(homes) and homes <= proved


def has_shown(sign_on, person, session):
    """Whether `person` came in by `sign_on`, as it is set now, in this session."""
    shown = shown_sign_ons(person, session)
    return any((record["sign_on"], record["edition"]) == (str(sign_on.pk), sign_on.edition) for record in shown)


def missing_sign_ons(person, session):
    """Demanded of `person`, as read with `with_demand()`, and not shown in this session; no query where none is demanded."""
    if not person.is_sign_on_demanded:
        return []
    return [each for each in SignOn.objects.demanded_of(person) if not has_shown(each, person, session)]


def is_half_signed_in(person, session):
    """Whether something is still missing before anything of `person` is shown: a second step, or their office's sign-on."""
    return lacks_factor(person, session) or bool(missing_sign_ons(person, session))


def refusing_sign_on(person, session):
    """The sign-on by which alone `person` comes in and has not, or None. Whoever has yet to link their account there gets as
    far as the page that links it."""
    demanded = SignOn.objects.demanded_of(person)
    if any(has_shown(each, person, session) for each in demanded):
        return None
    return demanded.filter(pk__in=SignOnLink.objects.valid().filter(person=person).values("sign_on")).first()


class SecondStep(AuthenticateStage):
    """The second step after a password, a code, or a sign-on that proves no second factor of its own."""

    def _should_handle(self, request):
        return super()._should_handle(request) and not is_proved(self.login.user, request.session)


class PersonBackend(AuthenticationBackend):
    def user_can_authenticate(self, user):
        return may_sign_in(user)

    def get_user(self, user_id):
        person = Person.objects.with_factor().with_demand().filter(pk=user_id).first()
        return person if person and may_sign_in(person) else None


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request):
        return False

    def pre_login(self, request, user, **kwargs):
        """Signing in by passkey or by a code in a mail asks no backend."""
        if not may_sign_in(user):
            return self.respond_user_inactive(request, user)
        if sign_on := refusing_sign_on(user, request.session):
            record_act("sign_in.failed", *rings_of_person(user), for_whom=user, because="the office demands its sign-on")
            messages.warning(request, f"{sign_on.home} lets its people in by {sign_on} alone. Go on with that.")
            return redirect("cohorts:sign-on", sign_on.pk)
        return super().pre_login(request, user, **kwargs)

    def get_login_stages(self):
        ours = {"allauth.mfa.stages.AuthenticateStage": "cohorts.authentication.SecondStep"}
        return [ours.get(stage, stage) for stage in super().get_login_stages()]

    def is_reauthentication_required(self, *, app, **kwargs):
        """Of whoever has neither a password nor a second step allauth would ask nothing; they are asked by their sign-on."""
        is_required = super().is_reauthentication_required(app=app, **kwargs)
        request = context.request
        if is_required and not get_reauthentication_flows(request.user) and self.sign_ons_to_ask(request.user):
            asked = [each for each in shown_sign_ons(request.user, request.session) if each.get("reauthenticated")]
            if not asked or time.time() - asked[-1]["at"] > settings.ACCOUNT_REAUTHENTICATION_TIMEOUT:
                raise ReauthenticationRequired
        return is_required

    def sign_ons_to_ask(self, person):
        linked = SignOnLink.objects.valid().filter(person=person).values("sign_on")
        return list(SignOn.objects.offered_to(person).filter(pk__in=linked))

    def get_reauthentication_methods(self, user):
        ways = {way["id"]: way for way in super().get_reauthentication_methods(user)}
        if not ways and not user.is_authenticated:
            return []
        if user.is_sign_on_demanded:
            ways.pop("reauthenticate", None)
        told = [ways[name] | {"description": words} for name, words in WAYS_TO_CONFIRM.items() if name in ways]
        by_sign_on = [
            {"id": BY_SIGN_ON, "description": f"Use {each}", "url": reverse("cohorts:sign-on-again", args=[each.pk])}
            for each in self.sign_ons_to_ask(user)
        ]
        at = next((place for place, way in enumerate(told) if way["id"] == "reauthenticate"), len(told))
        return [*told[:at], *by_sign_on, *told[at:]]


class FactorAdapter(DefaultMFAAdapter):
    error_messages = DefaultMFAAdapter.error_messages | {"incorrect_code": "That did not match. Try again."}

    def generate_authenticator_name(self, user, type):
        return "This device"
