"""What the platform mails about people and their access: a few plain sentences and a link. A letter holds nothing secret but
its link's token.

A letter leaves after the commit. The mail server may fail; then the row says that nothing was mailed, and it is sent again."""

import logging

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from .calendars import when
from .models import Enrolment, Invitation, Person, Term
from .permissions import Role

log = logging.getLogger(__name__)
SIGNED = "Mayor-Prosecutor Initiative"


def send(letters):
    """Mail `(letter, invitation or None)`s once the transaction is committed, over one connection."""
    transaction.on_commit(lambda: deliver(letters))


def deliver(letters):
    connection = get_connection()
    try:
        connection.open()
        for letter, invitation in letters:
            letter.connection = connection
            letter.send()
            if invitation:
                Invitation.objects.filter(pk=invitation.pk).update(mailed_at=timezone.now())
    except OSError:  # smtplib's errors are among them
        log.warning("mail was not sent")
    finally:
        connection.close()


def letter(to, subject, *paragraphs):
    body = "\n\n".join([*paragraphs, SIGNED]) + "\n"
    return EmailMessage(" ".join(subject.split()), body, settings.DEFAULT_FROM_EMAIL, [to])


def address(name, token):
    return f"{settings.SITE_URL}{reverse(name, args=[token])}"


def invitation_letter(invitation, token):
    until = f"{timezone.localtime(invitation.expires_at):%B %-d, %Y}"
    return letter(
        invitation.email,
        f"You are invited to {invitation.home}",
        f"{invitation.invited_by.name} invites you to {invitation.home}, as {invitation.title}.",
        *(guest_words(invitation) if invitation.is_for_guest else ()),
        "Open this link to accept. It works once, for this address alone, "
        f"until {until}:\n{address('cohorts:invitation', token)}",
        "If you did not expect this, do nothing.",
    )


def guest_words(invitation):
    yield (
        f"It is {when(invitation.convening)}. You see its page and take part in its discussion until "
        f"{invitation.ends_on:%B %-d, %Y}."
    )
    yield "What you say and write there may become a public record."


def confirmation_letter(invitation, token):
    return letter(
        invitation.office.contact_email,
        f"Please confirm who leads {invitation.office}",
        f"{invitation.accepted_by.name} ({invitation.email}) accepted the invitation to {invitation.office}, "
        f"as {invitation.title}. You receive this because your office publishes this address.",
        *why_handed_over(invitation),
        f"Say here whether that is right:\n{address('cohorts:confirmation', token)}",
        f"Without an answer it takes effect on {moment(invitation.takes_effect_at, invitation.office.timezone)}.",
    )


def notice_letters(invitation):
    """To everyone who holds a seat in the office's pairs or facilitates the cohort: who is about to lead the office."""
    when = moment(invitation.takes_effect_at, invitation.office.timezone)
    for person in concerned(invitation):
        yield letter(
            person.email,
            f"{'Somebody new to lead' if invitation.is_hand_over else 'A first principal for'} {invitation.office}",
            f"{invitation.accepted_by.name} ({invitation.email}), invited by {invitation.invited_by.name}, accepted the "
            f"invitation to {invitation.office}, as {invitation.title}.",
            *why_handed_over(invitation),
            f"It takes effect on {when}, or sooner when the office’s published contact confirms it.",
            "If you think this is wrong, tell your cohort’s facilitators before then: they can stop it.",
        )


def why_handed_over(invitation):
    if invitation.is_hand_over:
        yield (
            f"Nobody is left in {invitation.office} who could hand over its seats. {invitation.invited_by.name}, an "
            f"administrator, started the hand-over. The reason given: “{invitation.reason}”"
        )


def seated_letter(invitation):
    return letter(
        invitation.accepted_by.email,
        f"The seat is yours: {invitation.title}, {invitation.office}",
        f"You hold the seat of {invitation.title} in {invitation.office} from now on.",
        f"Come in here. From now on only you and your delegates add your office’s people:\n{settings.SITE_URL}"
        f"{reverse('cohorts:welcome-here')}",
    )


def refusal_letter(invitation):
    return letter(
        invitation.invited_by.email,
        f"Not confirmed: {invitation.title}, {invitation.office}",
        f"The published contact of {invitation.office} says that {invitation.email} is not its {invitation.title}. "
        "The invitation is revoked, and nobody took the seat.",
    )


def concerned(invitation):
    """Holders of seats in the two offices of each pair that the office is in, and the facilitators of its cohorts; not the one
    it is about."""
    pairs = Enrolment.objects.current().of_office(invitation.office).select_related("mayor_office", "prosecutor_office")
    offices = [office for pair in pairs for office in pair.offices]
    terms = Term.objects.current()
    held = terms.filter(seat__office__in=offices) | terms.filter(
        seat__cohort__in=[pair.cohort_id for pair in pairs], seat__role=Role.FACILITATOR
    )
    people = Person.objects.filter(is_active=True, pk__in=held.values("person")).exclude(pk=invitation.accepted_by_id)
    return people.order_by("email")


def contact_letters(office, before, by):
    """To the former published contact and to everyone who holds a seat in the office: it is another one now."""
    held = Person.objects.filter(is_active=True, terms__in=Term.objects.current().filter(seat__office=office))
    addresses = {before, *held.values_list("email", flat=True)} - {"", office.contact_email}
    for each in sorted(addresses):
        yield letter(
            each,
            f"The published contact of {office} was changed",
            f"{by.name}, an administrator of the platform, changed the published contact of {office} from "
            f"{before or 'none'} to {office.contact_email or 'none'}. It is asked whether all is right when somebody is to "
            "lead the office for the first time.",
            "If you think this is wrong, tell your cohort’s facilitators.",
        )


def factor_letter(person, by, reason):
    return letter(
        person.email,
        "Your passkeys and second steps were removed",
        f"{by.name}, an administrator, removed every passkey, authenticator app and recovery code of your account, and signed "
        f"you out everywhere. The reason given: “{reason}”",
        "Sign in with your password or with a code by mail. You are then asked to add a new passkey or app.\n"
        f"{settings.SITE_URL}{reverse('account_login')}",
        "If you did not ask for this, tell your office’s principal at once.",
    )


def linked_letter(sign_on, person):
    return letter(
        person.email,
        f"{sign_on} signs you in from now on",
        f"Your account of {sign_on}, {sign_on.home}, was linked to your account of the Mayor-Prosecutor Initiative. Whoever "
        "signs in with it there comes in here, after the second step that your office asks.",
        "If you did not do this, unlink it under Settings, and tell your office’s IT contact at once.\n"
        f"{settings.SITE_URL}{reverse('cohorts:sign-ons')}",
    )


def unlinked_letter(sign_on, person, by):
    return letter(
        person.email,
        f"{sign_on} signs you in no longer",
        f"{'You' if by == person else by.name} unlinked your account of {sign_on}, {sign_on.home}.",
        "You can link it again under Settings. If you did not expect this, tell your office’s IT contact.\n"
        f"{settings.SITE_URL}{reverse('cohorts:sign-ons')}",
    )


def password_letter(person, by, link):
    return letter(
        person.email,
        "Set your password",
        f"{by.name}, an administrator, sends you this link. It works once, and sets a new password:\n{link}",
        "Until you use it, your present password works. If you did not ask for this, do nothing.",
    )


def reading_letters(reading):
    """To the principals of both offices: an administrator reads their shared workspace, and why."""
    offices = reading.enrolment.offices
    leading = Term.objects.current().filter(seat__office__in=offices, seat__role=Role.PRINCIPAL)
    city = reading.enrolment.city
    until = moment(reading.ends_at, city.timezone)
    for person in Person.objects.filter(is_active=True, pk__in=leading.values("person")).order_by("email"):
        yield letter(
            person.email,
            f"An administrator is reading the workspace of {city}",
            f"{reading.person.name}, an administrator of the platform, opened the workspace of {city} in "
            f"{reading.enrolment.cohort} to read it, until {until}. The reason given: “{reading.reason}”",
            "They see what the whole workspace sees, and can write nothing. What your two offices keep between them, and what "
            "your own office keeps to itself, stays closed to them. It is in the audit trail of both offices:\n"
            f"{settings.SITE_URL}/workspaces/{reading.enrolment.slug}/audit/",
        )


def moment(at, zone):
    with timezone.override(zone):
        return f"{timezone.localtime(at):%B %-d, %Y at %-I:%M %p %Z}"


def guessing_letter(person):
    return letter(
        person.email,
        "Somebody else may know your password",
        f"{person.name}, somebody gave your password, or a code from your mail, and then guessed at your second step too "
        "often. They did not get in.",
        f"If that was not you, change your password now:\n{settings.SITE_URL}{reverse('account_change_password')}",
        "If it was you, do nothing: wait a little, or sign in with your passkey or in a browser that you used before.",
    )
