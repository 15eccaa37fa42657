"""Pins: who may, who is named, and where they stand."""

import pytest
from django.urls import reverse

from tests.workspaces.test_api import EVERYONE, RING, ask
from workspaces.actions.pins import pin, unpin
from workspaces.actions.topics import open_topic, post_message, remove_message
from workspaces.models import Event, Pin
from workspaces.realtime import payloads


@pytest.fixture
def message(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    return post_message(topic, cast.standing("ada"), body="The place is the library.")[0]


def address(message):
    return reverse("workspaces:message-pin", args=["alder-ny", message.pk])


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may(cast, as_person, message, who):
    client = as_person(who)
    expected = 403 if who == "rhea" else 200 if who in RING else 404
    answers = [ask(client, method, f"messages/{message.pk}/pin/").status_code for method in ("post", "delete", "post")]
    assert (answers, Pin.objects.count()) == ([expected] * 3, int(expected == 200))
    form = client.post(address(message), {"is_pinned": "0"})
    assert (form.status_code, Pin.objects.count()) == (302 if expected == 200 else expected, 0)


def test_who_pinned_first_stays_named(cast, as_person, message):
    pin(message, cast.standing("ben"))
    pin(message, cast.standing("ada"))
    told = ask(as_person("finn"), "get", f"messages/{message.pk}/").json()["pinned"]
    assert (told["by"], Event.objects.filter(kind="message.pinned").count()) == (str(cast.ben.pk), 1)
    shown = as_person("finn").get(reverse("workspaces:topic", args=["alder-ny", message.topic_id])).content.decode()
    assert "Pinned (1)" in shown and "Pinned by Ben" in shown
    assert f'<a href="?at=1#message-{message.pk}">Ada: The place is the library.</a>' in shown


def test_an_open_page_hears_both(cast, message):
    pin(message, cast.standing("ben"))
    unpin(message, cast.standing("ada"))
    told = payloads.after(message.stream, message.seq, 10)
    assert [(frame["kind"], frame["actor"]["name"], frame["data"]["pinned"]) for frame in told] == [
        ("message.pinned", "Ben", None),
        ("message.pinned", "Ada", None),  # both say how it stands when it is told
    ]


def test_a_removed_message_is_pinned_nowhere(cast, as_person, message):
    pin(message, cast.standing("ben"))
    remove_message(message, cast.standing("ada"))
    shown = as_person("ada").get(reverse("workspaces:topic", args=["alder-ny", message.topic_id])).content.decode()
    assert "Pinned" not in shown
    assert ask(as_person("ada"), "get", f"messages/{message.pk}/").json()["pinned"] is None
    assert ask(as_person("ada"), "post", f"messages/{message.pk}/pin/").status_code == 400


def test_a_form_that_says_nothing_changes_nothing(as_person, message):
    assert as_person("ada").post(address(message), {}).status_code == 422
    assert Pin.objects.count() == 0
