"""Mail about what is new and what asks for a signature: to whom, when, with which words, and once."""

import datetime as dt
import re

import pytest
from django.test import Client

from cohorts.actions.people import deactivate
from cohorts.actions.seats import end_term
from cohorts.models import OfficeRules, Person
from policies.actions.trackers import open_tracker
from tests.cast import day_here, person, seat
from tests.mail_server import header, html_of, text_of, whole
from workspaces.actions.mails import choose_as_everywhere, choose_mails
from workspaces.actions.sign_offs import decline, propose, sign, withdraw
from workspaces.actions.topics import mark_read, open_topic, post_message, remove_message
from workspaces.mails.planning import EVENING, MORNING, moment, plan_news
from workspaces.mails.sending import send_due
from workspaces.models import Mail, MailAddress, MailChoice, Topic

NEVER = {"mentions": "never", "rest": "never"}


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def at(time, days=1, minutes=5):
    """A little after `time` o'clock of a day to come, where the cast lives."""
    some = Person(timezone="America/New_York")
    return moment(day_here() + dt.timedelta(days), time, some) + dt.timedelta(minutes=minutes)


def monday(weeks=1):
    return 7 * weeks - day_here().weekday()


def deliver(*times):
    """What the worker does every minute, at each of `times`; without any, as it is woken, at whatever hour this runs."""
    for now in times:
        plan_news(now)
        send_due(now)
    if not times:
        send_due()


def subjects(server, person):
    return [header(mail, "Subject") for mail in server.to(person)]


# --- called by name


def test_who_is_called_hears_at_once(cast, server, topic):
    post_message(topic, cast.standing("ada"), body="@Ben, can you do **the 14th**?")
    deliver()
    mail = server.to(cast.ben)[0]
    assert len(server.mails) == 1
    assert header(mail, "Subject") == "Ada called you in “Call-in date”"
    told = text_of(mail)
    assert "Ada called you in “Call-in date”:" in told and "@Ben, can you do **the 14th**?" in told
    assert f"http://127.0.0.1:8000/workspaces/alder-ny/topics/{topic.pk}/?at=1#message-" in told
    assert "You get this because somebody called you by name." in told
    assert '<span class="mention">@Ben</span>, can you do <strong>the 14th</strong>?' in html_of(mail)
    assert "http://127.0.0.1:8000/settings/mail/" in told
    assert mail["Message-ID"] == Mail.objects.get().message_id
    assert mail["Auto-Submitted"] == "auto-generated"


def test_what_was_read_or_removed_meanwhile_is_not_mailed(cast, server, topic):
    choose_mails(cast.bea, rest="never")
    first, _ = post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    second, _ = post_message(topic, cast.standing("ada"), body="@Bea, the 15th?")
    mark_read(Topic.objects.get(), cast.ben, 1)
    remove_message(second, cast.standing("ada"))
    send_due(at(dt.time(23, 59), days=0, minutes=0))  # before that it may wait for the evening's
    assert server.mails == []
    assert set(Mail.objects.values_list("state", flat=True)) == {"empty"}


@pytest.mark.parametrize("ring", ["offices", "office"])
def test_of_the_inner_rings_only_that_there_is_something(cast, server, ring):
    ring_topic = open_topic(cast.standing("ada"), title="Verbena", audience=ring)
    called = {"offices": cast.ben, "office": cast.amos}[ring]
    post_message(ring_topic, cast.standing("ada"), body=f"@{called.name}, about the verbena")
    deliver()
    mail = server.to(called)[0]
    assert header(mail, "Subject") == "Something for you in Alder"
    assert "Something for you in Alder.\nhttp://127.0.0.1:8000/workspaces/alder-ny/\n" in text_of(mail)
    assert "erbena" not in whole(mail) and "Ada" not in whole(mail) and str(ring_topic.pk) not in whole(mail)


@pytest.mark.parametrize("silent", ["reader", "writer"])
def test_an_office_that_lets_no_text_travel(cast, server, topic, silent):
    office = cast.offices["alder"][1 if silent == "reader" else 0]
    OfficeRules.objects.create(office=office, allows_mail_text=False)
    post_message(topic, cast.standing("ada"), body="@Ben @Finn, the 14th?")
    deliver()
    told = {who: whole(server.to(getattr(cast, who))[0]) for who in ("ben", "finn")}
    assert {who: "Something for you in Alder" in text for who, text in told.items()} == {
        "ben": True,
        "finn": silent == "writer",
    }
    assert "14th" not in told["ben"] and "Call-in" not in told["ben"]
    assert ("14th" in told["finn"]) == (silent == "reader")


def test_whoever_cannot_come_in_yet_reads_nothing_by_mail(cast, server, topic):
    vera = person("vera")  # without a second step
    seat(vera, "staff", "Adviser", office=cast.offices["alder"][1])
    post_message(topic, cast.standing("ada"), body="@Vera, the 14th?")
    deliver()
    assert "Something for you in Alder" in whole(server.to(vera)[0]) and "14th" not in whole(server.to(vera)[0])


def test_access_is_asked_as_it_is_sent(cast, server, topic):
    post_message(topic, cast.standing("ada"), body="@Ben @Bea @Finn, the 14th?")
    end_term(cast.seats["ben"].terms.get())
    deactivate(cast.bea)
    deliver()
    assert [mail["To"] for mail in server.mails] == [cast.finn.email]


def test_one_mail_a_day(cast, server, topic):
    """The first call of a day is mailed at once; what follows it waits for the next morning."""
    ada = cast.standing("ada")
    post_message(topic, ada, body="@Ben, the first")
    deliver()
    post_message(topic, ada, body="@Ben, the second")
    deliver()
    assert len(server.to(cast.ben)) == 1
    deliver(at(MORNING), at(EVENING))
    first, second = server.to(cast.ben)
    assert "the first" in text_of(first) and "the second" not in text_of(first)
    assert "the second" in text_of(second) and "the first" not in text_of(second)
    assert subjects(server, cast.ben) == ["Ada called you in “Call-in date”"] * 2


def test_the_call_of_a_day_brings_the_rest_with_it(cast, server, topic):
    ada = cast.standing("ada")
    other = open_topic(ada, title="Budget")
    post_message(other, ada, body="It is short.")
    post_message(topic, ada, body="@Ben, the 14th?")
    deliver()
    deliver(at(MORNING), at(EVENING))
    told = text_of(server.to(cast.ben)[0])
    assert "1 new in “Budget”" in told and "Ada: It is short." in told
    assert len(server.to(cast.ben)) == 1


# --- the digest


def test_a_digest_a_day_in_the_evening_of_who_wants_to_hear_at_once_and_else_in_the_morning(cast, server, topic):
    choose_mails(cast.bea, mentions="digest")
    for words in ("One", "Two"):
        post_message(topic, cast.standing("ada"), body=words)
    early = at(MORNING, minutes=-10)
    deliver(early)
    assert server.mails == []
    deliver(at(MORNING), at(MORNING, minutes=30))
    assert {mail["To"] for mail in server.mails} == {cast.bea.email}
    deliver(at(EVENING), at(EVENING, minutes=30))
    assert sorted(mail["To"] for mail in server.mails) == sorted(
        getattr(cast, who).email for who in ("amos", "bea", "ben", "finn", "nora", "rhea")
    )
    mail = server.to(cast.bea)[0]
    assert header(mail, "Subject") == "New in Alder"
    assert "2 new in “Call-in date”" in text_of(mail) and "Ada: One" in text_of(mail) and "Ada: Two" in text_of(mail)
    deliver(at(MORNING, 2), at(EVENING, 2))
    assert len(server.mails) == 6


def test_it_is_morning_where_the_person_is(cast, server, topic):
    choose_mails(cast.bea, mentions="digest")
    Person.objects.filter(pk=cast.bea.pk).update(timezone="America/Los_Angeles")
    post_message(topic, cast.standing("ada"), body="One")
    deliver(at(MORNING), at(dt.time(9), minutes=50))
    assert server.to(cast.bea) == []
    deliver(at(dt.time(10)))
    assert len(server.to(cast.bea)) == 1


def test_once_a_week_on_monday_and_a_call_in_between(cast, server, topic):
    choose_mails(cast.ben, rest="weekly")
    ada = cast.standing("ada")
    post_message(topic, ada, body="One")
    post_message(topic, ada, body="@Ben, two")
    tuesday = monday() + 1
    deliver(*[at(EVENING, days) for days in range(monday() + 1)])
    sent = [text_of(mail) for mail in server.to(cast.ben)]
    called, digest = [text for text in sent if "two" in text], [text for text in sent if "Ada: One" in text]
    assert (len(called), len(digest)) == (1, 1)
    count = len(sent)
    post_message(topic, ada, body="Three")
    deliver(*[at(EVENING, days) for days in range(tuesday, monday(2))])
    assert len(server.to(cast.ben)) == count
    deliver(at(EVENING, monday(2)))
    assert "Ada: Three" in text_of(server.to(cast.ben)[-1]) and len(server.to(cast.ben)) == count + 1


def test_each_workspace_as_one_chose(cast, server, topic):
    cohort = cast.standing("ada", cast.cohort.workspace)
    elsewhere = open_topic(cohort, title="For all cities")
    choose_mails(cast.ben, cast.alder, **NEVER)
    for place, who in ((topic, cast.standing("ada")), (elsewhere, cohort)):
        post_message(place, who, body="@Ben, hear")
    deliver()
    deliver(at(MORNING), at(EVENING))
    assert subjects(server, cast.ben) == ["Ada called you in “For all cities”"]
    assert "Call-in" not in whole(server.mails[0])
    choose_as_everywhere(cast.ben, cast.alder)
    deliver(at(MORNING, 2))
    assert subjects(server, cast.ben)[1:] == ["Ada called you in “Call-in date”"]


def test_one_mail_for_all_workspaces(cast, server, topic):
    cohort = cast.standing("cleo", cast.cohort.workspace)
    post_message(open_topic(cohort, title="For all cities"), cohort, body="Hello")
    post_message(topic, cast.standing("ada"), body="Hello")
    deliver(at(EVENING))
    assert subjects(server, cast.ben) == ["New in First cohort and 1 more"]
    assert "For all cities" in text_of(server.to(cast.ben)[0])


def test_the_past_is_no_news(cast, server, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="Long ago")
    type(message).objects.update(created_at=at(MORNING, -20))
    deliver(at(EVENING))
    assert server.mails == []


def test_a_digest_costs_the_same_with_one_and_with_three(cast, server, topic):
    def queries(times):
        from django.db import connection  # noqa: PLC0415
        from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

        Mail.objects.all().delete()
        Mail.objects.wait([Mail.of_news(cast.bea.pk, day_here() + dt.timedelta(1))])
        with CaptureQueriesContext(
            connection,
        ) as captured:
            send_due(times)
        return len(captured)

    ada = cast.standing("ada")
    post_message(topic, ada, body="One")
    one = queries(at(EVENING))
    for title in ("Two", "Three", "Four"):
        post_message(open_topic(ada, title=title), ada, body=title)
    assert queries(at(EVENING)) == one


# --- a signature is asked


@pytest.fixture
def proposal(cast):
    def make():
        tracker = open_tracker(cast.standing("ada"), decided_by="joint", title="Court-date reminders")
        return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Ready", to_stage="preparation")

    return make


def test_who_may_sign_is_asked(cast, server, proposal):
    sign_off = proposal()
    deliver()
    assert sorted(mail["To"] for mail in server.mails) == ["ada@example.org", "bea@example.org", "ben@example.org"]
    mail = server.to(cast.ben)[0]
    assert header(mail, "Subject").startswith("Your signature is asked: ") and "Court-date reminders" in header(mail, "Subject")
    told = text_of(mail)
    assert f"http://127.0.0.1:8000/workspaces/alder-ny/sign-offs/{sign_off.pk}/" in told
    assert "You get this because you may sign for the Alder County District Attorney’s office." in told
    assert "Amos proposed it today." in told


def test_one_reminder_to_who_has_not_acted(cast, server, proposal):
    sign_off = proposal()
    deliver()
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    deliver(at(MORNING, 2), at(MORNING, 4), at(MORNING, 8))
    assert [len(server.to(who)) for who in (cast.ada, cast.ben, cast.bea)] == [1, 2, 2]
    reminder = server.to(cast.ben)[1]
    assert header(reminder, "Subject").startswith("Your signature is still asked: ")
    assert "It is the only reminder." in text_of(reminder)


@pytest.mark.parametrize("end", ["declined", "withdrawn", "seat over"])
def test_nobody_is_asked_for_what_is_over(cast, server, proposal, end):
    sign_off = proposal()
    if end == "declined":
        decline(sign_off, cast.standing("ben"), seen=sign_off.content_sha256, reason="No")
    elif end == "withdrawn":
        withdraw(sign_off, cast.standing("amos"))
    else:
        for who in ("ada", "ben", "bea"):
            end_term(cast.seats[who].terms.filter(person=getattr(cast, who)).get())
    deliver()
    assert server.mails == []


def test_a_signature_comes_besides_the_mail_of_the_day(cast, server, topic, proposal):
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    proposal()
    deliver()
    assert len(server.to(cast.ben)) == 2


def test_an_office_without_text_is_asked_without_a_title(cast, server, proposal):
    OfficeRules.objects.create(office=cast.offices["alder"][1], allows_mail_text=False)
    sign_off = proposal()
    deliver()
    told = whole(server.to(cast.ben)[0])
    assert "Your signature is asked: Alder" in told and f"/sign-offs/{sign_off.pk}/" in told
    assert "Court-date" not in told and "Amos" not in told
    assert "Court-date" in whole(server.to(cast.ada)[0])


# --- to stop


def stop_address(mail):
    address = re.fullmatch(r"<http://127\.0\.0\.1:8000(/mail/stop/[0-9a-f]{40}/)>", header(mail, "List-Unsubscribe"))[1]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert address in text_of(mail) and address in html_of(mail)
    return address


def test_one_click_stops_what_is_new_without_signing_in(cast, server, topic):
    choose_mails(cast.ben, cast.cohort.workspace, mentions="at_once")
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    address = stop_address(server.mails[0])
    client = Client(enforce_csrf_checks=True)
    assert client.get(address).status_code == 200
    assert MailChoice.objects.filter(person=cast.ben, mentions="never").count() == 0  # a program that looks changes nothing
    answer = client.post(address, {"List-Unsubscribe": "One-Click"})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain")
    assert set(MailChoice.objects.filter(person=cast.ben).values_list("mentions", "rest", "signatures")) == {
        ("never", "never", True)
    }
    assert client.post(address).status_code == 200
    post_message(topic, cast.standing("ada"), body="@Ben, the 15th?")
    deliver()
    deliver(at(MORNING), at(EVENING))
    assert len(server.to(cast.ben)) == 1


def test_it_stops_signatures_in_that_workspace_alone(cast, server, proposal):
    proposal()
    deliver()
    page = Client().post(stop_address(server.to(cast.ben)[0])).content.decode()
    assert "no more mails that ask for your signature in Alder" in page
    choice = MailChoice.objects.get(person=cast.ben)
    assert (choice.workspace, choice.signatures, choice.mentions) == (cast.alder, False, "at_once")
    proposal()
    deliver()
    assert len(server.to(cast.ben)) == 1


def test_an_address_that_never_was_and_one_that_is_over(cast, server, topic):
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    address = stop_address(server.mails[0])
    MailAddress.objects.update(expires_at=at(MORNING, -1))
    for each in (address, f"/mail/stop/{'0' * 40}/"):
        assert Client().post(each).status_code == 404
    assert not MailChoice.objects.exists()


def test_addresses_are_stored_hashed_and_kept_out_of_logs(cast, server, topic):
    from mpi.logs import without_tokens  # noqa: PLC0415

    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    address = stop_address(server.mails[0])
    token = address.split("/")[-2]
    assert not MailAddress.objects.filter(digest__contains=token).exists()
    assert without_tokens(None, "", {"event": f"POST {address}"}) == {"event": "POST /mail/stop/[token]/"}


# --- the pages


def test_the_pages_of_ones_choices(cast, as_person):
    client = as_person("ben")
    page = client.get("/settings/mail/").content.decode()
    assert "Called by name: a mail at once. The rest: once a day. Signatures: a mail at once." in page
    assert page.count("As everywhere") == 3  # Alder, the cohort, its convening
    told = {"mentions": "digest", "rest": "weekly", "signatures": "False"}
    assert client.post("/settings/mail/of/alder-ny/", told).status_code == 302
    row = MailChoice.objects.get()
    assert (row.person, row.workspace, row.mentions, row.rest, row.signatures) == (
        cast.ben,
        cast.alder,
        "digest",
        "weekly",
        False,
    )
    page = client.get("/settings/mail/").content.decode()
    assert "Called by name: together with the rest. The rest: once a week, on Monday. Signatures: no mail." in page
    assert client.post("/settings/mail/of/alder-ny/same/").status_code == 302
    assert not MailChoice.objects.exists()
    assert client.post("/settings/mail/everywhere/", told).status_code == 302
    assert MailChoice.objects.get().workspace is None
    assert client.post("/settings/mail/everywhere/", {"mentions": "often"}).status_code == 422
    assert client.get("/settings/mail/of/birch-ny/").status_code == 404
    assert "/settings/mail/" in client.get("/settings/").content.decode()


def test_the_page_says_what_the_office_decided(cast, as_person):
    OfficeRules.objects.create(office=cast.offices["alder"][1], allows_mail_text=False, allows_mail_replies=False)
    page = as_person("ben").get("/settings/mail/").content.decode()
    assert "Your office lets no titles and no text travel by mail at all." in page
    assert "Your office does not allow answers by mail." in page
