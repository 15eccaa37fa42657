"""“Remind me of this”: on the home page and in the mail of the day that one chose, and nowhere else."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from tests.cast import day_here
from tests.mail_server import text_of
from tests.workspaces.test_mails import deliver, subjects
from workspaces.actions.mails import choose_mails
from workspaces.actions.reminders import forget_reminder, remind
from workspaces.actions.topics import open_topic, post_message, read_up_to, remove_message
from workspaces.forms.reminders import days_from
from workspaces.mails.planning import MORNING, moment
from workspaces.models import Reminder


@pytest.fixture
def message(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    message, _ = post_message(topic, cast.standing("ada"), body="The hall is booked until March.")
    read_up_to(message.topic, cast.ben, 1)
    return message


def tomorrow():
    return day_here() + dt.timedelta(days=1)


def is_due(reminder):
    Reminder.objects.filter(pk=reminder.pk).update(on=day_here())


def test_on_its_day_it_stands_on_the_home_page_until_it_is_done(cast, as_person, message):
    ben, address = as_person("ben"), f"/workspaces/alder-ny/messages/{message.pk}/reminder/"
    assert ben.post(address, {"when": "tomorrow"}).status_code == 302
    reminder = Reminder.objects.get()
    assert (reminder.person, reminder.on) == (cast.ben, tomorrow())
    assert "The hall is booked" not in ben.get("/").content.decode()
    is_due(reminder)
    assert "The hall is booked until March." in ben.get("/").content.decode()
    assert "The hall is booked" not in as_person("bea").get("/").content.decode()
    ben = as_person("ben")
    assert "You asked to be reminded of this" in ben.get(address).content.decode()
    ben.post(address, {"done": "1"})
    assert "The hall is booked" not in ben.get("/").content.decode()


@pytest.mark.parametrize(
    ("today", "monday"), [("2026-11-23", "2026-11-30"), ("2026-11-25", "2026-11-30"), ("2026-11-29", "2026-11-30")]
)
def test_next_week_is_its_monday(today, monday):
    assert days_from(dt.date.fromisoformat(today))["monday"][1].isoformat() == monday


def test_any_other_day_to_come(cast, as_person, message):
    ben, address = as_person("ben"), f"/workspaces/alder-ny/messages/{message.pk}/reminder/"
    for told, why in (
        ({}, "Choose a day."),
        ({"when": "other"}, "Choose the day."),
        ({"when": "other", "on": "soon"}, "Enter a valid date."),
        ({"when": "other", "on": str(day_here())}, "Choose a day to come, within two years."),
        ({"when": "other", "on": "9999-12-31"}, "Choose a day to come, within two years."),
        ({"when": "yesterday"}, "Select a valid choice."),
    ):
        answer = ben.post(address, told)
        assert (answer.status_code, why in answer.content.decode()) == (422, True), told
    day = day_here() + dt.timedelta(days=40)
    assert ben.post(address, {"when": "other", "on": str(day)}).status_code == 302
    assert ben.post(address, {"when": "tomorrow"}).status_code == 302  # the later word counts
    assert [each.on for each in Reminder.objects.all()] == [tomorrow()]


def test_the_mail_of_that_day_tells_it_once(cast, server, message):
    remind(message, cast.ben, on=tomorrow())
    morning = moment(tomorrow(), MORNING, cast.ben)
    deliver(morning - dt.timedelta(hours=20))
    assert subjects(server, cast.ben) == []
    choose_mails(cast.ben, mentions="digest")
    deliver(morning, morning + dt.timedelta(days=1))
    assert subjects(server, cast.ben) == ["You asked to be reminded"]
    text = text_of(server.to(cast.ben)[0])
    assert "A message in “Call-in date”" in text and "The hall is booked until March." in text
    assert "You get this because you asked to be reminded. It is your one mail of the day." in text


def test_with_what_is_new_it_is_one_mail_and_of_an_inner_ring_no_word(cast, server, message):
    choose_mails(cast.ben, mentions="digest")
    inner = open_topic(cast.standing("ben"), title="Ours", audience="offices")
    kept, _ = post_message(inner, cast.standing("ada"), body="Not for mail")
    remind(kept, cast.ben, on=tomorrow())
    read_up_to(kept.topic, cast.ben, 1)
    post_message(message.topic, cast.standing("ada"), body="And the 14th?")
    deliver(moment(tomorrow(), MORNING, cast.ben))
    (mail,) = server.to(cast.ben)
    text = text_of(mail)
    assert "Something in Alder" in text and "And the 14th?" in text
    assert "Ours" not in text and "Not for mail" not in text


def test_what_is_gone_or_closed_reminds_nobody(cast, as_person, message):
    is_due(remind(message, cast.ben, on=tomorrow()))
    remove_message(message, cast.standing("ada"))
    assert "Reminder" not in as_person("ben").get("/").content.decode()
    with pytest.raises(ValidationError, match="removed"):
        remind(message, cast.ben, on=tomorrow())
    forget_reminder(message, cast.ben)
    with pytest.raises(PermissionDenied):
        remind(message, cast.ivy, on=tomorrow())
    for name in ("cleo", "ivy"):
        assert as_person(name).get(f"/workspaces/alder-ny/messages/{message.pk}/reminder/").status_code == 404
