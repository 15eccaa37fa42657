"""An answer by mail, whatever way it arrives: it is posted in its topic as the person whose address it was, or refused with a
plain reason. The address in a mail is a secret of its reader; it must also come from the reader's own mail address, and where
our mail server says what it found out about that (`MAIL_AUTHSERV_ID`), it must have found it true."""

import datetime as dt
import email
import email.policy
import hashlib
import re
import uuid
from email.utils import getaddresses

import authres
from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db.models import Q
from django.utils import timezone

from cohorts.authentication import may_sign_in
from cohorts.models import Person, Term, digest, rules_of
from cohorts.models.holdings import remembering

from ..actions.attachments import MOST_A_MESSAGE, StorageFull, attach, discard
from ..actions.guard import CaseInformation
from ..actions.mails import refuse_by_mail
from ..actions.topics import post_message
from ..files.kinds import clean_name
from ..models import MESSAGE_LENGTH, Audience, Mail, MailAddress, Message, Standing, Topic
from .composing import lacks_proof
from .cutting import attachments_of, words_of

LARGEST = 30 * 1024 * 1024  # bytes of a mail
NOTE = 100  # characters for what is said of attachments
REFUSALS_A_DAY = 5  # to one address: what pretends to be somebody must not flood them
ADDRESS = re.compile(r"^reply\+([0-9a-f]{40})@(.+)$", re.IGNORECASE)
TO_US = ("To", "Cc", "Delivered-To", "X-Original-To", "Envelope-To")
BY_MACHINES = {"bulk", "junk", "list", "auto_reply"}


class Refused(Exception):
    """For one of the REASONS."""


def is_ours(recipient):
    """Whether a mail to `recipient` is an answer, by its form alone."""
    found = ADDRESS.match(recipient.strip())
    return bool(found and settings.MAIL_REPLY_DOMAIN and found[2].lower() == settings.MAIL_REPLY_DOMAIN)


@remembering()
def receive_reply(raw, recipients=()):
    """Post or refuse the mail `raw` (bytes); `recipients` as its envelope names them, where that is known.

    Returns "posted", "ignored", or why it was refused. The same mail again changes nothing."""
    try:
        mail = email.message_from_bytes(raw, policy=email.policy.default)
    except RecursionError:  # nested deeper than any mail is
        return "ignored"
    token = token_in(recipients or addresses_in(mail, *TO_US))
    sender = sender_of(mail)
    if token is None or sender is None or is_by_machine(mail):
        return "ignored"
    try:
        post(mail, raw, token, sender)
    except Refused as refused:
        reason = str(refused)
        refuse(mail, raw, sender, reason)
        return reason
    return "posted"


def post(mail, raw, token, sender):
    address = MailAddress.objects.filter(digest=digest(token), purpose=MailAddress.Purpose.REPLY).first()
    if address is None:
        raise Refused("unknown")
    person = Person.objects.with_factor().get(pk=address.person_id)
    if sender != person.email.lower():
        raise Refused("foreign")
    if not is_proven(mail, sender):
        raise Refused("unproven")
    if address.expires_at <= timezone.now():
        raise Refused("expired")
    topic = topic_of(address, person)
    standing, client_id = Standing.of(person, topic.workspace), client_id_of(mail, raw)
    if Message.objects.filter(author=person, client_id=client_id).exists():
        return
    words, parts = words_of(mail), attachments_of(mail)
    if not (words or parts):
        raise Refused("empty")
    if len(words) > MESSAGE_LENGTH - (NOTE if parts else 0):
        raise Refused("long")
    files = kept(parts, topic, standing)
    try:
        words += note_on(len(parts) - len(files))
        post_message(topic, standing, body=words, client_id=client_id, attachments=[file.pk for file in files])
    except CaseInformation:
        raise Refused("guard")
    except (PermissionDenied, ValidationError):  # it was resolved, or they lost their seat, in this very moment
        raise Refused("closed")
    finally:
        for file in files:
            discard(file, person)  # of those that were sent nothing is taken back


def topic_of(address, person):
    """Where it is posted: asked anew, for the seat in which the mail was got must not have ended since."""
    held = Term.objects.current().filter(person=person, begins_at__lte=address.created_at)
    topics = Topic.objects.writable_by(person).filter(pk=address.topic_id, audience=Audience.WORKSPACE)
    topic = topics.select_related("workspace__enrolment__city", "workspace__convening", "office").first()
    if not may_sign_in(person) or lacks_proof(person) or not held.exists() or topic is None:
        raise Refused("closed")
    rules = rules_of(person)
    if not (rules.allows_mail_replies and rules.allows_mail_text):
        raise Refused("rule")
    if topic.is_closed:
        raise Refused("resolved")
    return topic


def kept(parts, topic, standing):
    """The files among `parts` of a mail that can be taken, uploaded for the message."""
    files = []
    if not rules_of(standing.person).allows_uploads:
        return files
    for part in parts[:MOST_A_MESSAGE]:
        file = ContentFile(part.get_payload(decode=True) or b"", name=clean_name(part.get_filename() or ""))
        try:
            files.append(attach(topic, standing, file=file))
        except (ValidationError, StorageFull):
            continue
    return files


def note_on(many):
    if not many:
        return ""
    return f"\n\n*Sent by mail; {many} attachment{'s were' if many > 1 else ' was'} not kept.*"


def addresses_in(mail, *names):
    return [address for _, address in getaddresses([str(value) for name in names for value in mail.get_all(name, [])])]


def token_in(recipients):
    return next((ADDRESS.match(each.strip())[1].lower() for each in recipients if is_ours(each)), None)


def sender_of(mail):
    """The one address it says it is from; None where it names none or several."""
    senders = addresses_in(mail, "From")
    return senders[0].lower() if len(senders) == 1 and "@" in senders[0] else None


def is_by_machine(mail):
    """An automatic answer, a list's or a bounce: answered by nothing, so that no two machines talk to each other."""
    automatic = (mail["Auto-Submitted"] or "no").partition(";")[0].strip().lower() != "no"
    in_bulk = (mail["Precedence"] or "").strip().lower() in BY_MACHINES
    bounced = (mail["Return-Path"] or "").strip() == "<>" or mail.get_content_type() == "multipart/report"
    return automatic or in_bulk or bounced or "List-Id" in mail or "X-Autoreply" in mail or "X-Autorespond" in mail


def is_proven(mail, sender):
    """What our own mail server found: DMARC passed, or DKIM or SPF did for the sender's domain. Its finding is the topmost of
    its name; others in the mail may be anybody's."""
    if not settings.MAIL_AUTHSERV_ID:
        return True
    domain = sender.rpartition("@")[2]
    for value in mail.get_all("Authentication-Results", []):
        try:
            found = authres.AuthenticationResultsHeader.parse(f"Authentication-Results: {' '.join(str(value).split())}")
        except authres.AuthResError:
            continue
        if found.authserv_id.lower() == settings.MAIL_AUTHSERV_ID:
            return any(proves(result, domain) for result in found.results)
    return False


def proves(result, domain):
    if result.result.lower() != "pass":
        return False
    if result.method == "dmarc":
        return True
    wanted = {"dkim": ("header", "d"), "spf": ("smtp", "mailfrom")}.get(result.method)
    told = [each.value.rpartition("@")[2].lower() for each in result.properties if (each.type, each.name) == wanted]
    return domain in told


def mark_of(mail, raw):
    """What makes two deliveries the same mail."""
    return (mail["Message-ID"] or "").strip() or hashlib.sha256(raw).hexdigest()


def client_id_of(mail, raw):
    return uuid.uuid5(uuid.NAMESPACE_URL, f"mid:{mark_of(mail, raw)}")


def refuse(mail, raw, sender, reason):
    """Say why, to who says to have written it: once a mail, and a few times a day at most."""
    since = timezone.now() - dt.timedelta(days=1)
    lately = Mail.objects.filter(Q(detail__to=sender), kind=Mail.Kind.REFUSAL, created_at__gte=since)
    if lately.count() < REFUSALS_A_DAY:
        answers = (mail["Message-ID"] or "").strip()
        refuse_by_mail(hashlib.sha256(mark_of(mail, raw).encode()).hexdigest(), to=sender, reason=reason, answers=answers)
