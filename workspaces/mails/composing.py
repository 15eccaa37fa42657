"""What a mail says, made when it is sent: for who may read it at that moment, and as their offices' rules allow.

A title or words are in a mail only if everybody of the workspace reads them, the offices of the reader and of the writer let
text travel, and the reader could come in and read it here. Else it says that there is something, and where."""

import datetime as dt
from dataclasses import dataclass, field

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from cohorts.authentication import lacks_factor, may_sign_in
from cohorts.models import OfficeRules, Person, SignOnLink, rules_of
from cohorts.models.holdings import remembering

from ..gist import attachments_on, files_in_words
from ..markdown import excerpt, to_html, to_text
from ..models import (
    Audience,
    Mail,
    MailChoice,
    MailChoices,
    MailedUpTo,
    Mention,
    Message,
    Reminder,
    SignOff,
    Standing,
    Stream,
    Topic,
)
from ..reading import names_in
from ..subjects import subject_of
from .planning import EVENING, MORNING, moment, today
from .refusals import REASONS

NEWS_FOR = dt.timedelta(days=14)  # what is older is no news, even to who was told nothing
ASKED_FOR = dt.timedelta(days=14)
REFUSED_FOR = dt.timedelta(days=2)
MESSAGES_READ, TOPICS_SHOWN, MESSAGES_SHOWN = 500, 8, 3
SHOWN_WHOLE = 2000  # characters of the message in which one was called
REMINDED = ("message__topic__workspace", "message__topic__term__seat", "message__term__seat")
ONCE, DIGEST = MailChoice.Mentions.AT_ONCE, MailChoice.Mentions.DIGEST
DAILY, WEEKLY, NEVER = MailChoice.Rest.DAILY, MailChoice.Rest.WEEKLY, MailChoice.Rest.NEVER


@dataclass
class Line:
    """`words` in one line, or `html` with `plain` of several; `url` where it is."""

    words: str = ""
    plain: str = ""
    html: str = ""
    url: str = ""


@dataclass
class Part:
    heading: str
    url: str
    link: str
    lines: list[Line] = field(default_factory=list)


@dataclass
class Letter:
    """`why` it came; `stop` is what its address for it stops; `answer_in` the topic in which an answer is posted; `messages`
    whose words it holds; `told` is kept once it went: rows of MailedUpTo; `reminded` are noted then."""

    subject: str
    lead: str
    parts: list[Part]
    why: str
    stop: str
    button: tuple[str, str] = ()
    answer_in: Topic | None = None
    messages: list[Message] = field(default_factory=list)
    told: list[MailedUpTo] = field(default_factory=list)
    reminded: list[Reminder] = field(default_factory=list)


@dataclass
class Later:
    """Not yet: it is due `at`."""

    at: dt.datetime


def address(name, *args):
    return f"{settings.SITE_URL}{reverse(f'workspaces:{name}', args=args)}"


def at_message(topic, message):
    return address("topic", topic.workspace.slug, topic.pk) + f"?at={message.position}#message-{message.pk}"


def may_be_mailed(person):
    """Demonstration accounts have no mailbox but the demonstration's own."""
    return may_sign_in(person) and (not person.is_demo or bool(settings.DEMO_MAILBOX))


def lacks_proof(person):
    """Whether `person`, as read with `with_factor()`, has yet to set up what lets them read and write here: a second step of
    their own, or an account at their office's sign-on."""
    return lacks_factor(person, {}) and not SignOnLink.objects.valid().filter(person=person).exists()


@remembering()
def compose(mail, now=None):
    """A Letter, Later, or None when there is nothing to say any more."""
    now = now or timezone.now()
    if mail.kind == Mail.Kind.REFUSAL:
        return compose_refusal(mail, now)
    person = Person.objects.with_factor().filter(pk=mail.person_id).first()
    if person is None or not may_be_mailed(person):
        return None
    if mail.kind == Mail.Kind.NEWS:
        return compose_news(mail, person, now)
    return compose_request(mail, person, now)


class Travelling:
    """Which words may be in a mail to `person`."""

    def __init__(self, person):
        self.rules = rules_of(person)
        self.may = self.rules.allows_mail_text and not lacks_proof(person)
        self.silent = set(OfficeRules.objects.filter(allows_mail_text=False).values_list("office", flat=True))

    def by(self, term):
        return self.may and (term is None or term.seat.office_id not in self.silent)

    def title(self, topic):
        return topic.audience == Audience.WORKSPACE and self.by(topic.term)

    def words(self, message):
        return self.title(message.topic) and self.by(message.term)


# --- what is new


def compose_news(mail, person, now):
    if mail.day != today(person, now) and not mail.told:
        return None  # the mail of a newer day tells it; one that was begun, and perhaps went, goes on as it was
    if not mail.told:
        heads = Stream.objects.visible_to(person).values_list("pk", "last_seq")
        mail.told = {str(stream): seq for stream, seq in heads}  # before what they number
    news = News(mail, person, now)
    if not news.has_called_at_once and now < moment(mail.day, news.due, person):
        mail.told = {}
        return Later(moment(mail.day, news.due, person))
    return news.letter()


class News:
    """What `person` was not told yet and has not read: `called` (messages that call them) and `rest`, oldest first."""

    def __init__(self, mail, person, now):
        self.mail, self.person = mail, person
        self.choices = MailChoices([person])
        self.travelling = Travelling(person)
        rows = MailedUpTo.objects.filter(person=person, stream__in=mail.told)
        self.before = {row.stream_id: row for row in rows}
        self.called, self.rest, self.has_called_at_once = [], [], False
        self.workspaces = set()
        calling = set(Mention.objects.unread_by(person).values_list("message", flat=True))
        for message in self.unread(now):
            self.sort(message, message.pk in calling)
        self.reminded = self.reminders()
        spaces = set(Stream.objects.filter(pk__in=mail.told).values_list("workspace", flat=True))
        self.due = EVENING if self.choices.wants_at_once(person.pk, spaces) else MORNING

    def unread(self, now):
        messages = (
            Message.objects.visible_to(self.person)
            .unread_by(self.person)
            .filter(created_at__gte=now - NEWS_FOR)
            .select_related("topic__workspace", "topic__term__seat", "author", "term__seat")
            .prefetch_related("mentions", "attachments")
            .order_by("-created_at")[:MESSAGES_READ]
        )
        return [message for message in reversed(messages) if message.seq <= self.mail.told.get(str(message.stream_id), 0)]

    def reminders(self):
        """Those of the mail's day and before that no mail has told."""
        due = Reminder.objects.visible_to(self.person).due(self.mail.day).filter(mailed_at=None)
        return list(due.select_related(*REMINDED).prefetch_related("message__attachments"))

    def sort(self, message, calls):
        choice, before = self.choice_in(message.topic.workspace_id), self.before.get(message.stream_id)
        told_call, told_rest = (before.mentions, before.rest) if before else (0, 0)
        if calls and choice.mentions != MailChoice.Mentions.NEVER:
            if self.tells_calls(choice) and message.seq > told_call:
                self.called.append(message)
                self.has_called_at_once |= choice.is_at_once
        elif self.tells_rest(choice) and message.seq > told_rest:
            self.rest.append(message)

    def choice_in(self, workspace):
        return self.choices.of(self.person.pk, workspace)

    def tells_rest(self, choice):
        return choice.rest == DAILY or (choice.rest == WEEKLY and self.mail.day.weekday() == 0)

    def tells_calls(self, choice):
        return choice.mentions == ONCE or (choice.mentions == DIGEST and (choice.rest == NEVER or self.tells_rest(choice)))

    def told(self):
        """Rows of MailedUpTo, once it has gone."""
        rows = []
        for stream in Stream.objects.filter(pk__in=self.mail.told):
            choice, before = self.choice_in(stream.workspace_id), self.before.get(stream.pk)
            head = self.mail.told[str(stream.pk)]
            row = MailedUpTo(person=self.person, stream=stream)
            row.mentions = head if self.tells_calls(choice) else before.mentions if before else 0
            row.rest = head if self.tells_rest(choice) else before.rest if before else 0
            rows.append(row)
        return rows

    def letter(self):
        shown = self.called + self.rest
        if not (shown or self.reminded):
            return None
        by_workspace = {}
        for message in shown:
            by_workspace.setdefault(message.topic.workspace, []).append(message)
        told = []
        parts = [self.reminding(told)] if self.reminded else []
        parts += [self.part(workspace, messages, told) for workspace, messages in by_workspace.items()]
        topics = {message.topic_id: message.topic for message in self.called or shown}
        topic = next(iter(topics.values())) if len(topics) == 1 else None
        return Letter(
            subject=self.subject(by_workspace, topic),
            lead="",
            parts=parts,
            why=self.why(),
            stop="mails about what is new",
            answer_in=topic if topic and self.may_answer(topic, told) else None,
            messages=told,
            told=self.told(),
            reminded=self.reminded,
        )

    def may_answer(self, topic, told):
        """Only to words that the mail holds: what was not read in a mail is not answered in one."""
        is_told = any(message.topic_id == topic.pk for message in told)
        allowed = settings.MAIL_REPLY_DOMAIN and self.travelling.rules.allows_mail_replies and not topic.is_closed
        return bool(is_told and allowed) and Topic.objects.writable_by(self.person).contains(topic)

    def reminding(self, told):
        part = Part("You asked to be reminded", f"{settings.SITE_URL}{reverse('home')}", "Open your home page")
        for message in [reminder.message for reminder in self.reminded]:
            workspace = message.topic.workspace
            url = address("message-reminder", workspace.slug, message.pk)
            if self.travelling.words(message):
                told.append(message)
                part.lines += [
                    Line(f"A message in “{message.topic.title}”", url=url),
                    Line(plain=excerpt(to_text(message.body))),
                ]
            else:
                part.lines.append(Line(f"Something in {workspace.name}", url=url))
        return part

    def subject(self, by_workspace, topic):
        if not by_workspace:
            return "You asked to be reminded"
        names = [workspace.name for workspace in by_workspace]
        if self.called and topic and self.travelling.title(topic) and self.travelling.words(self.called[0]):
            others = f" and {len(self.called) - 1} more" if len(self.called) > 1 else ""
            return f"{self.called[0].author.name} called you in “{topic.title}”{others}"
        if len(names) == 1:
            visible = any(self.travelling.title(message.topic) for message in by_workspace[next(iter(by_workspace))])
            return f"New in {names[0]}" if visible else f"Something for you in {names[0]}"
        return f"New in {names[0]} and {len(names) - 1} more"

    def part(self, workspace, messages, told):
        part = Part(workspace.name, address("detail", workspace.slug), f"Open {workspace.name}")
        is_something_hidden = False
        calling = {message.pk for message in self.called}
        topics = {}
        for message in messages:
            if not self.travelling.title(message.topic):
                is_something_hidden = True
            elif message.pk in calling:
                part.lines += self.call(message, told)
            else:
                topics.setdefault(message.topic, []).append(message)
        for topic, new in list(topics.items())[:TOPICS_SHOWN]:
            part.lines += self.topic(topic, new, told)
        if len(topics) > TOPICS_SHOWN:
            part.lines.append(Line(f"And {len(topics) - TOPICS_SHOWN} more topics.", url=part.url))
        if is_something_hidden:
            words = f"Something{' more' if part.lines else ''} for you in {workspace.name}."
            part.lines.append(Line(words, url=part.url))
        return part

    def call(self, message, told):
        topic, url = message.topic, at_message(message.topic, message)
        mention = next(each for each in message.mentions.all() if each.person_id == self.person.pk)
        whom = "you" if mention.office_id is None else "your office"
        if not self.travelling.words(message):
            return [Line(f"Somebody called {whom} in “{topic.title}”.", url=url)]
        told.append(message)
        body = message.body if len(message.body) <= SHOWN_WHOLE else f"{message.body[:SHOWN_WHOLE].rstrip()} …"
        html = SafeString(to_html(body, names_in(message)).replace('href="/', f'href="{settings.SITE_URL}/'))
        return [
            Line(f"{message.author.name} called {whom} in “{topic.title}”:", url=url),
            Line(plain=body, html=html),
            *([Line(plain=files_in_words(message))] if attachments_on(message) else []),
        ]

    def topic(self, topic, messages, told):
        yield Line(f"{len(messages)} new in “{topic.title}”", url=at_message(topic, messages[0]))
        for message in messages[:MESSAGES_SHOWN]:
            if self.travelling.words(message):
                told.append(message)
                yield Line(plain=f"{message.author.name}: {excerpt(to_text(message.body)) or files_in_words(message)}")

    def why(self):
        if not (self.called or self.rest):
            return "You get this because you asked to be reminded. It is your one mail of the day."
        if self.has_called_at_once:
            return "You get this because somebody called you by name. It is your one mail of the day."
        return "You get this because it is new to you. It is your one mail of the day."


# --- a signature is asked


def compose_request(mail, person, now):
    sign_off = SignOff.objects.select_related(
        "workspace__enrolment__cohort", "workspace__enrolment__city", "term__seat", "proposed_by"
    ).get(pk=mail.sign_off_id)
    workspace = sign_off.workspace
    if mail.created_at < now - ASKED_FOR or not MailChoices([person]).of(person.pk, workspace.pk).signatures:
        return None
    term = Standing.at_the_door(person, workspace).term_to_sign(sign_off.subject_kind)
    waiting = SignOff.objects.visible_to(person).filter(pk=sign_off.pk)
    if term is None or not waiting.awaiting(term.seat.office).exists():
        return None
    subject = subject_of(sign_off.subject_kind)
    thing = subject.visible_to(person).filter(pk=sign_off.subject_id).first()
    if thing is None:
        return None
    travelling, office = Travelling(person), term.seat.office
    title = subject.title(thing, sign_off.proposal) if travelling.by(sign_off.term) else ""
    is_again = mail.kind == Mail.Kind.REMINDER
    by = f"{sign_off.proposed_by.name} proposed it" if title else "It was proposed"
    days = (now - sign_off.created_at).days
    lines = [Line(title)] if title else []
    lines.append(Line(f"{by} {'today' if days == 0 else 'yesterday' if days == 1 else f'{days} days ago'}."))
    still = "still " if is_again else ""
    return Letter(
        subject=f"Your signature is {still}asked: {title or workspace.name}",
        lead=f"Your signature for the {office.name} is {still}asked in {workspace.name}.",
        parts=[Part(workspace.name, "", "", lines)],
        button=("Read it, then sign or say no", address("sign-off", workspace.slug, sign_off.pk)),
        why=f"You get this because you may sign for the {office.name}."
        + (" It is the only reminder." if is_again else " One reminder follows if nobody of your office has answered by then."),
        stop=f"mails that ask for your signature in {workspace.name}",
    )


# --- an answer by mail was refused


def compose_refusal(mail, now):
    if mail.created_at < now - REFUSED_FOR:
        return None
    return Letter(
        subject="Your answer was not posted",
        lead=REASONS[mail.detail["reason"]],
        parts=[],
        button=("Open the platform", settings.SITE_URL),
        why="You get this because a mail from this address came here as an answer. If it was not yours, do nothing.",
        stop="",
    )
