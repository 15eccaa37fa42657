"""Mail about what happens here: what each person chose to get, the mails that wait or went, and the addresses in them."""

import datetime as dt
import secrets
import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from cohorts.models import Person, digest

from .sign_offs import SignOff
from .streams import Stream
from .topics import Message, Topic
from .workspaces import Workspace

LAPSE = dt.timedelta(minutes=10)  # longer than any sending takes: whoever claimed a mail before that is dead


class MailChoiceQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(person=person)


class MailChoice(models.Model):
    """What a person wants by mail from one workspace; without a workspace, from all those of which they say nothing."""

    class Mentions(models.TextChoices):
        AT_ONCE = "at_once", "A mail at once"
        DIGEST = "digest", "Together with the rest"
        NEVER = "never", "No mail"

    class Rest(models.TextChoices):
        DAILY = "daily", "Once a day"
        WEEKLY = "weekly", "Once a week, on Monday"
        NEVER = "never", "No mail"

    person = models.ForeignKey(Person, models.CASCADE, related_name="mail_choices")
    workspace = models.ForeignKey(Workspace, models.CASCADE, null=True, blank=True, related_name="+")
    mentions = models.CharField(max_length=8, choices=Mentions, default=Mentions.AT_ONCE)
    rest = models.CharField(max_length=8, choices=Rest, default=Rest.DAILY)
    signatures = models.BooleanField(default=True)
    changed_at = models.DateTimeField(auto_now=True)

    objects = MailChoiceQuerySet.as_manager()

    class Meta:
        constraints = [  # two, because one would let NULLs repeat
            models.UniqueConstraint(
                fields=["person", "workspace"], condition=Q(workspace__isnull=False), name="mail_choice_once_a_workspace"
            ),
            models.UniqueConstraint(fields=["person"], condition=Q(workspace__isnull=True), name="mail_choice_once_everywhere"),
        ]

    @property
    def is_at_once(self):
        return self.mentions == self.Mentions.AT_ONCE


class MailChoices:
    """What one person, or each of several, chose; one query."""

    def __init__(self, people):
        rows = MailChoice.objects.filter(person__in=people)
        self.rows = {(row.person_id, row.workspace_id): row for row in rows}

    def of(self, person, workspace=None):
        """The choice that counts in `workspace` (keys of both)."""
        return self.rows.get((person, workspace)) or self.rows.get((person, None)) or MailChoice(person_id=person)

    def is_own(self, person, workspace):
        return (person, workspace) in self.rows

    def wants_at_once(self, person, workspaces):
        return any(self.of(person, workspace).is_at_once for workspace in workspaces)


class MailQuerySet(models.QuerySet):
    def due(self, at):
        return self.filter(state=Mail.State.WAITING, due_at__lte=at).order_by("due_at")

    def lapsed(self, at):
        """Claimed so long ago that whoever did is dead."""
        return self.filter(state=Mail.State.SENDING, claimed_at__lte=at - LAPSE)

    def wait(self, mails):
        """Keep rows that wait; those that are there already stay as they are."""
        return self.bulk_create(sorted(mails, key=lambda mail: mail.key), ignore_conflicts=True)


class Mail(models.Model):
    """A mail that waits, goes or went. It says for whom and about what; its words are made, and who may read them is asked, as
    it is sent. `key` makes it one, however often it is asked for."""

    class Kind(models.TextChoices):
        NEWS = "news", "What is new"
        SIGNATURE = "signature", "A signature is asked"
        REMINDER = "reminder", "A signature is still asked"
        REFUSAL = "refusal", "An answer by mail was refused"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits"
        SENDING = "sending", "Is being sent"
        SENT = "sent", "Went"
        EMPTY = "empty", "Had nothing to say"
        REFUSED = "refused", "Refused by the mail server"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    key = models.CharField(max_length=120, unique=True)
    kind = models.CharField(max_length=10, choices=Kind)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="mails")
    day = models.DateField(null=True, help_text="Of news, where its person is: one mail a day.")
    sign_off = models.ForeignKey(SignOff, models.CASCADE, null=True, related_name="+")
    detail = models.JSONField(default=dict, help_text="Of a refusal: to whom, why, and what it answers.")
    told = models.JSONField(default=dict, help_text="Up to which number of each stream it tells; fixed when it is first made.")
    state = models.CharField(max_length=8, choices=State, default=State.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    problem = models.CharField(max_length=80, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(default=timezone.now)
    claimed_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    messages = models.ManyToManyField(Message, related_name="mails", help_text="Those whose words it carried.")

    objects = MailQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["state", "due_at"]), models.Index(fields=["person", "day"])]

    @classmethod
    def of_news(cls, person, day):
        return cls(kind=cls.Kind.NEWS, key=f"news {person} {day}", person_id=person, day=day)

    @classmethod
    def asking(cls, kind, sign_off, person, **told):
        return cls(kind=kind, key=f"{kind} {sign_off} {person}", person_id=person, sign_off_id=sign_off, **told)

    @property
    def message_id(self):
        """The same however often it is sent, so that a mail program shows it once."""
        return f"<{self.pk}@{urlsplit(settings.SITE_URL).hostname}>"


class MailedUpTo(models.Model):
    """Up to which number of a stream a person was told by mail: of the calls on them, and of the rest."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    stream = models.ForeignKey(Stream, models.CASCADE, related_name="+")
    mentions = models.PositiveBigIntegerField(default=0)
    rest = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "stream"], name="mailed_up_to_once")]


class MailAddressManager(models.Manager):
    def issue(self, mail, purpose, *, days, topic=None):
        """A new address in `mail`: its token, which nothing stores. Small letters and figures alone: some mail servers fold
        case."""
        token = secrets.token_hex(20)
        self.create(
            digest=digest(token),
            purpose=purpose,
            person_id=mail.person_id,
            mail=mail,
            topic=topic,
            expires_at=timezone.now() + dt.timedelta(days=days),
        )
        return token

    def of_token(self, token, purpose):
        found = self.filter(digest=digest(token), purpose=purpose, expires_at__gt=timezone.now())
        return found.select_related("person", "mail__sign_off", "topic__workspace").first()


class MailAddress(models.Model):
    """A random address in one mail to one person: to get no more of these, or to answer in one topic. Kept hashed."""

    class Purpose(models.TextChoices):
        STOP = "stop", "No more of these"
        REPLY = "reply", "An answer in a topic"

    digest = models.CharField(max_length=64, unique=True, editable=False)
    purpose = models.CharField(max_length=5, choices=Purpose)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    mail = models.ForeignKey(Mail, models.CASCADE, related_name="addresses")
    topic = models.ForeignKey(Topic, models.CASCADE, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(db_index=True)

    objects = MailAddressManager()
