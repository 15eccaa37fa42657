"""What this app does when Django tells it something."""

from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.signals import (
    authentication_step_completed,
    login_code_rejected,
    password_changed,
    password_reset,
    password_set,
)
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed, authenticator_added, authenticator_removed
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver

from .actions.audit import record_act, rings_of_person
from .actions.people import end_other_sessions, renew_access
from .authentication import BY_SIGN_ON, lacks_factor
from .devices import become_known
from .limiting import was_right
from .models import AdministrativeReading, Administrator, CohortGrant, ConveningGrant, Enrolment, EnrolmentGrant, Person, Term
from .models.holdings import forget

FACTORS = {
    Authenticator.Type.WEBAUTHN: "a passkey",
    Authenticator.Type.TOTP: "an authenticator app",
    Authenticator.Type.RECOVERY_CODES: "a recovery code",
}


@receiver([password_changed, password_reset, password_set])
def close_pages(sender, user, **kwargs):
    renew_access(user)


@receiver(user_logged_out)
def close_pages_of_session(sender, request, user, **kwargs):
    """Django ends the session only after it has told; whoever looks at the pages by then must find it gone already."""
    if user is not None:
        request.session.delete()
        renew_access(user)


@receiver(user_logged_in)
def start_session(sender, request, **kwargs):
    request.session.start()


@receiver(user_logged_in)
def record_sign_in(sender, request, user, **kwargs):
    way = ", then ".join(ways_in(request, user))
    record_act("sign_in.done", *rings_of_person(user), by=user, **({"way": way} if way else {}))


def ways_in(request, person):
    """What somebody showed to come in, in words and in its order."""
    words = {"password": "a password", "code": "a code by mail"}
    for record in get_authentication_records(request, person):
        if record["method"] == BY_SIGN_ON:
            yield record["name"]
        elif record["method"] == "mfa":
            yield FACTORS.get(record.get("type"), "a second step")
        elif record["method"] in words:
            yield words[record["method"]]


@receiver(user_login_failed)
def record_failed_sign_in(sender, credentials, request=None, **kwargs):
    person = Person.objects.filter(email__iexact=credentials.get("email") or "").first()
    if person is not None:
        is_in = request is not None and request.user == person
        action = "sign_in.unconfirmed" if is_in else "sign_in.failed"
        record_act(action, *rings_of_person(person), for_whom=person, way="a password")


@receiver(login_code_rejected)
def record_wrong_code(sender, user, **kwargs):
    record_act("sign_in.failed", *rings_of_person(user), for_whom=user, way="a code by mail")


@receiver(authentication_failed)
def record_failed_second_step(sender, user, reauthentication, **kwargs):
    record_act("sign_in.unconfirmed" if reauthentication else "sign_in.halfway", *rings_of_person(user), for_whom=user)


@receiver([authentication_step_completed, password_changed])
def count_no_more(sender, request, **kwargs):
    was_right(request)


@receiver(user_logged_in)
def know_browser(sender, request, user, **kwargs):
    """Whoever has yet to set up a second factor has shown only half."""
    person = Person.objects.with_factor().filter(pk=user.pk).first()
    if person and not lacks_factor(person, request.session):
        become_known(request, person)


@receiver(authenticator_added)
def know_browser_of_first_factor(sender, request, user, **kwargs):
    become_known(request, user)


@receiver(user_logged_out)
def record_sign_out(sender, user, **kwargs):
    if user is not None:
        record_act("sign_out.done", *rings_of_person(user), by=user)


@receiver([password_changed, password_reset, password_set])
def record_password(sender, user, **kwargs):
    record_act("password.changed", *rings_of_person(user), by=user, for_whom=user)


@receiver(authenticator_added)
def end_sessions_of_less(sender, request, user, **kwargs):
    """Sessions begun before there was a factor have not shown it."""
    if Authenticator.objects.filter(user=user).exclude(type=Authenticator.Type.RECOVERY_CODES).count() == 1:
        end_other_sessions(user, request.session.session_key)


@receiver(authenticator_removed)
def let_in_anew(sender, user, **kwargs):
    renew_access(user)


@receiver(authenticator_added)
def record_factor_added(sender, user, authenticator, **kwargs):
    record_factor("factor.added", user, authenticator)


@receiver(authenticator_removed)
def record_factor_removed(sender, user, authenticator, **kwargs):
    record_factor("factor.removed", user, authenticator)


def record_factor(action, person, authenticator):
    what = ("factor", None, authenticator.get_type_display())
    record_act(action, *rings_of_person(person), by=person, for_whom=person, subject=what)


def read_holdings_anew(**kwargs):
    forget()


for model in (Term, Enrolment, CohortGrant, ConveningGrant, EnrolmentGrant, Administrator, AdministrativeReading):
    for change in (post_save, post_delete):
        change.connect(read_holdings_anew, sender=model, dispatch_uid=f"holdings {model.__name__}")
