"""From a waiting row to the mail server.

Whoever claims a row sends it, so two workers never send the same. Where the server is down the row waits on. A worker that is
killed after the server took a mail and before that was noted leaves it claimed: it is sent once more, under the same
Message-ID and up to the same numbers, so that a mail program shows it once. A mail is never lost for the sake of that."""

import datetime as dt
import logging
import re
import smtplib

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.db.models import F
from django.template.loader import render_to_string
from django.utils import timezone

from ..models import Mail, MailAddress, MailedUpTo, Reminder
from .composing import Later, address, compose

log = logging.getLogger(__name__)

AT_ONCE = 200  # mails in one go
AGAIN_AFTER = [1, 5, 15, 60, 180, 360]  # minutes, when the server takes others and not this one
REMINDED_AFTER = dt.timedelta(days=3)
MESSAGE_ID = re.compile(r"<[!-;=?-~]{1,250}>")
STOPS_FOR, REPLIES_FOR = 400, 30  # days that the addresses in a mail work


class Unreachable(Exception):
    """The mail server is down: what waits, waits on."""


def send_due(now=None):
    """Send what is due; returns how many went. Safe to run twice at once."""
    began = now or timezone.now()
    Mail.objects.lapsed(began).update(state=Mail.State.WAITING)
    MailAddress.objects.filter(expires_at__lt=began).delete()
    due = list(Mail.objects.due(began).values_list("pk", flat=True)[:AT_ONCE])
    if not due:
        return 0
    connection = get_connection()
    sent = 0
    try:
        open_connection(connection)
        for pk in due:
            sent += send_one(pk, connection, now or timezone.now())
    except Unreachable:
        log.warning("mail_server_unreachable")
    finally:
        connection.close()
    return sent


def open_connection(connection):
    try:
        connection.open()
    except OSError:  # smtplib's errors are among them
        raise Unreachable


def send_one(pk, connection, now):
    """Whether it went, by this worker."""
    mine = Mail.objects.filter(pk=pk, state=Mail.State.WAITING, due_at__lte=now)
    if not mine.update(state=Mail.State.SENDING, claimed_at=now, attempts=F("attempts") + 1):
        return False
    mail = Mail.objects.get(pk=pk)
    try:
        letter = compose(mail, now)
    except Exception:  # one that cannot be made must not keep the others back
        log.exception("mail_not_made", extra={"mail": str(pk)})
        return put_back(mail, now, "not made")
    if letter is None:
        return close(mail, state=Mail.State.EMPTY)
    if isinstance(letter, Later):
        return close(mail, state=Mail.State.WAITING, due_at=letter.at, attempts=mail.attempts - 1)
    Mail.objects.filter(pk=pk).update(told=mail.told)
    try:
        connection.send_messages([message_of(mail, letter)])
    except Exception as error:
        return not_taken(mail, error, now)
    return note_sent(mail, letter, now)


def claimed(mail):
    return Mail.objects.filter(pk=mail.pk, state=Mail.State.SENDING, claimed_at=mail.claimed_at)


def close(mail, **told):
    claimed(mail).update(**told)
    return False


def put_back(mail, now, problem):
    minutes = AGAIN_AFTER[min(mail.attempts, len(AGAIN_AFTER)) - 1]
    return close(mail, state=Mail.State.WAITING, due_at=now + dt.timedelta(minutes=minutes), problem=problem)


def not_taken(mail, error, now):
    """Refused, or never reached."""
    from anymail.exceptions import AnymailError, AnymailRecipientsRefused  # noqa: PLC0415 (slow to load)

    if isinstance(error, (smtplib.SMTPRecipientsRefused, smtplib.SMTPResponseException, AnymailError)):
        return refused(mail, error, now, isinstance(error, AnymailRecipientsRefused))
    if isinstance(error, OSError):
        close(mail, state=Mail.State.WAITING, problem="unreachable")
        raise Unreachable
    log.error("mail_not_sent", exc_info=error, extra={"mail": str(mail.pk)})  # one that cannot go keeps nobody else back
    return put_back(mail, now, "not sent")


def refused(mail, error, now, is_final):
    """For good where the server does not know the address; else later. What it says may name the person: its code is kept."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        is_final = code >= 500
    else:
        code = getattr(error, "smtp_code", None) or getattr(error, "status_code", None) or 0
    log.warning("mail_refused", extra={"mail": str(mail.pk), "code": code})
    if is_final:
        return close(mail, state=Mail.State.REFUSED, problem=f"refused {code}")
    return put_back(mail, now, f"refused {code}")


@transaction.atomic
def note_sent(mail, letter, now):
    if not claimed(mail).update(state=Mail.State.SENT, sent_at=timezone.now(), problem=""):
        return False
    mail.messages.set(letter.messages)
    if mail.kind == Mail.Kind.REFUSAL:
        return True
    fields = {"unique_fields": ["person", "stream"], "update_fields": ["mentions", "rest"]}
    MailedUpTo.objects.bulk_create(letter.told, update_conflicts=True, **fields)
    Reminder.objects.filter(pk__in=[each.pk for each in letter.reminded]).update(mailed_at=now)
    if mail.kind == Mail.Kind.SIGNATURE:
        told = {"due_at": now + REMINDED_AFTER}
        Mail.objects.wait([Mail.asking(Mail.Kind.REMINDER, mail.sign_off_id, mail.person_id, **told)])
    return True


def message_of(mail, letter):
    if mail.kind == Mail.Kind.REFUSAL:
        return made(mail, letter, mail.detail["to"], answering(mail), {})
    stop = address("mail-stop", MailAddress.objects.issue(mail, MailAddress.Purpose.STOP, days=STOPS_FOR))
    headers = {
        "List-Unsubscribe": f"<{stop}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "Auto-Submitted": "auto-generated",
    }
    reply_to = []
    if letter.answer_in:
        topic = {"topic": letter.answer_in, "days": REPLIES_FOR}
        token = MailAddress.objects.issue(mail, MailAddress.Purpose.REPLY, **topic)
        reply_to = [f"reply+{token}@{settings.MAIL_REPLY_DOMAIN}"]
    return made(mail, letter, mail.person.email, headers, {"stop_url": stop}, reply_to)


def answering(mail):
    """Whoever gets it knows which mail of theirs it is about; no machine answers it (RFC 3834)."""
    answers = mail.detail["answers"]
    about = {"In-Reply-To": answers, "References": answers} if MESSAGE_ID.fullmatch(answers) else {}
    return {"Auto-Submitted": "auto-replied"} | about


def made(mail, letter, to, headers, addresses, reply_to=()):
    context = {"letter": letter, "choices_url": address("mail-choices"), "site_url": settings.SITE_URL} | addresses
    message = EmailMultiAlternatives(
        " ".join(letter.subject.split()),
        render_to_string("workspaces/mails/mail.txt", context),
        settings.DEFAULT_FROM_EMAIL,
        [to],
        headers={"Message-ID": mail.message_id, "X-Auto-Response-Suppress": "All"} | headers,
        reply_to=reply_to,
    )
    message.attach_alternative(render_to_string("workspaces/mails/mail.html", context), "text/html")
    return message
