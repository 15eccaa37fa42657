"""Mail when things break: a server that is down, one that refuses, a worker that is killed, two workers at once."""

import datetime as dt
import threading

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from cohorts.models import Person
from tests.mail_server import MailServer, free_port, send_to, text_of
from tests.workspaces.test_mails import deliver
from workspaces.actions.topics import open_topic, post_message
from workspaces.mails import sending
from workspaces.mails.sending import send_due
from workspaces.models import Mail, MailedUpTo
from workspaces.models.mails import LAPSE


@pytest.fixture(autouse=True)
def noon(cast):
    """Where the cast is it is near noon, whenever the tests run: a mail of a day ends with its day."""
    hours = 12 - timezone.now().hour
    Person.objects.update(timezone=f"Etc/GMT{-hours:+}")


@pytest.fixture
def called(cast):
    """`called("One")`: Ada calls Ben."""
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    return lambda words: post_message(topic, cast.standing("ada"), body=f"@Ben, {words}")[0]


def states():
    return list(Mail.objects.order_by("created_at").values_list("state", flat=True))


def test_while_the_server_is_down_a_mail_waits_and_then_goes_once(cast, called, settings):
    port = free_port()
    send_to(settings, port)
    called("the 14th?")
    for _ in range(3):
        assert send_due() == 0
    assert states() == ["waiting"]
    with MailServer(port) as server:
        assert [send_due(), send_due()] == [1, 0]
        assert [mail["To"] for mail in server.mails] == [cast.ben.email]
    assert states() == ["sent"]


def test_a_server_that_hangs_up_in_the_middle(cast, called, settings):
    """It took the first of two mails and then went away: the second alone goes once it is back."""
    called("the 14th?")
    post_message(open_topic(cast.standing("ada"), title="Budget"), cast.standing("ada"), body="@Bea, how much?")
    port = free_port()
    send_to(settings, port)
    with MailServer(port, hangs_up_after=1) as server:
        assert send_due() == 1
        assert len(server.mails) == 1
    assert sorted(states()) == ["sent", "waiting"]
    with MailServer(port) as back:
        assert [send_due(), send_due()] == [1, 0]
    assert {server.mails[0]["To"], back.mails[0]["To"]} == {cast.ben.email, cast.bea.email}


def test_an_address_the_server_does_not_know_keeps_nobody_else_back(cast, called, server, caplog):
    server.answers[cast.ben.email] = "550 No such user here, ben@example.org"
    server.answers[cast.bea.email] = "451 Try again later"
    called("and @Bea and @Finn, the 14th?")
    deliver()
    assert [mail["To"] for mail in server.mails] == [cast.finn.email]
    kept = {mail.person_id: (mail.state, mail.problem) for mail in Mail.objects.all()}
    assert kept[cast.ben.pk] == ("refused", "refused 550")
    assert kept[cast.bea.pk] == ("waiting", "refused 451")
    assert "ben@example.org" not in caplog.text
    server.answers.clear()
    send_due(timezone.now() + dt.timedelta(seconds=50))
    assert len(server.mails) == 1
    send_due(timezone.now() + dt.timedelta(minutes=2))
    assert [mail["To"] for mail in server.mails] == [cast.finn.email, cast.bea.email]


class Killed(BaseException):
    pass


def killed(*args, **kwargs):
    raise Killed


def test_a_worker_killed_before_it_was_noted_sends_the_same_mail_again(cast, called, server, monkeypatch):
    """The server took it, and nobody knows: it goes once more, as the same mail. A mail program shows one."""
    called("the first")
    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(sending, "note_sent", killed)
        send_due()
    assert states() == ["sending"]
    called("the second")
    assert send_due() == 0  # whoever claimed it may still be at it
    assert send_due(timezone.now() + LAPSE) == 1
    first, again = server.mails
    assert first["Message-ID"] == again["Message-ID"]
    assert "the first" in text_of(again) and "the second" not in text_of(again)
    assert states() == ["sent"]


def test_a_worker_killed_before_midnight_is_made_good_after_it(cast, called, server, monkeypatch):
    called("the first")
    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(sending, "message_of", killed)
        send_due()
    tomorrow = timezone.now() + dt.timedelta(days=1)
    assert send_due(tomorrow) == 1
    (mail,) = server.mails
    assert "the first" in text_of(mail)
    deliver(tomorrow)
    assert len(server.to(cast.ben)) == 1  # the mail of the new day has nothing to add


def test_a_worker_killed_before_it_sent_loses_nothing(cast, called, server, monkeypatch):
    called("the first")
    with monkeypatch.context() as broken, pytest.raises(Killed):
        broken.setattr(sending, "message_of", killed)
        send_due()
    assert server.mails == []
    assert send_due(timezone.now() + LAPSE) == 1
    assert len(server.mails) == 1


def test_one_that_cannot_be_made_keeps_nobody_else_back(cast, called, server, monkeypatch):
    called("and @Finn, the 14th?")
    compose = sending.compose

    def broken(mail, now):
        if mail.person_id == cast.ben.pk:
            raise ValueError
        return compose(mail, now)

    with monkeypatch.context() as patched:
        patched.setattr(sending, "compose", broken)
        assert send_due() == 1
    assert send_due(timezone.now() + dt.timedelta(minutes=2)) == 1
    assert sorted(mail["To"] for mail in server.mails) == [cast.ben.email, cast.finn.email]


SAYS = [
    (AnymailAPIError("no", status_code=401), "waiting", "refused 401"),
    (AnymailRecipientsRefused("no"), "refused", "refused 0"),
    (ValueError("no"), "waiting", "not sent"),
    (ConnectionResetError("no"), "waiting", "unreachable"),
]


@pytest.mark.parametrize("error, state, problem", SAYS)
def test_what_a_mail_service_says(cast, called, settings, monkeypatch, error, state, problem):
    def refuse(backend, messages):
        raise error

    settings.EMAIL_BACKEND = "anymail.backends.test.EmailBackend"
    monkeypatch.setattr("anymail.backends.test.EmailBackend.send_messages", refuse)
    called("the 14th?")
    assert send_due() == 0
    mail = Mail.objects.get()
    assert (mail.state, mail.problem) == (state, problem)
    monkeypatch.undo()
    assert send_due(timezone.now() + dt.timedelta(minutes=2)) == (1 if state == "waiting" else 0)


def test_nothing_is_mailed_before_the_commit(cast, called, server, django_capture_on_commit_callbacks, monkeypatch):
    woken = []
    monkeypatch.setattr("workspaces.tasks.send_mails", lambda: woken.append(Mail.objects.count()))
    with django_capture_on_commit_callbacks(execute=True):
        called("the 14th?")
        assert woken == []
    assert woken == [1]


@pytest.mark.django_db(transaction=True)
def test_two_workers_at_once_send_each_mail_once(cast, server):
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Call-in date")
    post_message(topic, ada, body="@Amos @Ben @Bea @Rhea @Finn @Nora, the 14th?")
    start, sent = threading.Barrier(4), []

    def work():
        start.wait()
        try:
            sent.append(send_due())
        finally:
            connection.close()

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sum(sent) == 6
    names = ["amos", "bea", "ben", "finn", "nora", "rhea"]
    assert sorted(mail["To"] for mail in server.mails) == [f"{name}@example.org" for name in names]
    assert MailedUpTo.objects.values("person").distinct().count() == 6


def test_run_due_sends_what_waits(cast, called, server, capsys):
    called("the 14th?")
    call_command("run_due")
    call_command("run_due")
    assert len(server.to(cast.ben)) == 1
    assert "Mails sent: " in capsys.readouterr().out
