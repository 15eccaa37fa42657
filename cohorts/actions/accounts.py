"""What an administrator does with somebody's account. Whoever it is about hears of it, and their office reads it in its trail.

`by` is who acts: whoever is no administrator raises PermissionDenied, and what makes no sense raises ValidationError."""

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse

from .. import letters
from ..models import ApiToken, Person
from .administrators import require_administrator, told_reason
from .audit import record_act, rings_of_account
from .people import deactivate, end_sessions, reactivate
from .tokens import revoke_token


def account_of(person, by):
    """The row as it stands, locked. Somebody's own account is kept on their settings' pages."""
    require_administrator(by)
    if person.pk == by.pk:
        raise ValidationError("This is your own account: keep it under Settings, or ask another administrator.")
    return Person.objects.select_for_update(no_key=True).get(pk=person.pk)


@transaction.atomic
def close_account(person, by):
    """No sign-in from now on; sessions and tokens end for good. Seats stay until they are handed over."""
    person = account_of(person, by)
    if hasattr(person, "administrator"):
        raise ValidationError(f"{person.name} is an administrator. Dismiss them first.")
    if not person.is_active:
        raise ValidationError("This account is closed already.")
    end_sessions(person, UserSession.objects.all())
    revoke_all(person)
    deactivate(person)


@transaction.atomic
def reopen_account(person, by):
    person = account_of(person, by)
    if person.is_active:
        raise ValidationError("This account is open already.")
    reactivate(person)


@transaction.atomic
def remove_factors(person, by, *, reason):
    """For somebody who lost their phone or key: every passkey, app and recovery code goes. They sign in with their password
    or a code by mail, and are asked for a new second step before anything else. Wherever they are signed in, it ends."""
    person = account_of(person, by)
    reason = told_reason(reason)
    factors = Authenticator.objects.filter(user=person)
    if not factors.exists():
        raise ValidationError(f"{person.name} has no passkey or second step to remove.")
    factors.delete()
    end_sessions(person, UserSession.objects.all())
    letters.send([(letters.factor_letter(person, by, reason), None)])
    record_account("factor.lost", person, by, reason=reason)


@transaction.atomic
def sign_out(person, by):
    person = account_of(person, by)
    end_sessions(person, UserSession.objects.all())
    record_account("sessions.ended", person, by)


@transaction.atomic
def revoke_tokens(person, by):
    """Returns how many worked until now."""
    return revoke_all(account_of(person, by))


@transaction.atomic
def send_password_link(person, by):
    """A link by mail, good once and for a few days, to set a password; the present one works until then."""
    person = account_of(person, by)
    if not person.is_active:
        raise ValidationError("This account is closed. Open it first.")
    letters.send([(letters.password_letter(person, by, password_address(person)), None)])
    record_account("password.link", person, by)


def password_address(person):
    key = {"uidb36": user_pk_to_url_str(person), "key": default_token_generator.make_token(person)}
    return f"{settings.SITE_URL}{reverse('account_reset_password_from_key', kwargs=key)}"


def revoke_all(person):
    working = list(ApiToken.objects.filter(person=person, revoked_at=None))
    for token in working:
        revoke_token(token)
    return len(working)


def record_account(action, person, by, **detail):
    subject = ("person", person.pk, person.name)
    record_act(action, *rings_of_account(person), by=by, for_whom=person, subject=subject, **detail)
