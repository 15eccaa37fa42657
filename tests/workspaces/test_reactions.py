"""Reactions: who may, what is told, and that twice is once."""

import uuid

import pytest
from django.urls import reverse

from tests.workspaces.test_api import EVERYONE, RING, ask
from workspaces.actions.reactions import react
from workspaces.actions.topics import open_topic, post_message, remove_message
from workspaces.models import Event, Reaction
from workspaces.realtime import payloads

YES, THANKS = "👍", "🙏"


@pytest.fixture
def message(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    return post_message(topic, cast.standing("ada"), body="Can we do the 14th?")[0]


def address(message, name="message-reactions"):
    return reverse(f"workspaces:{name}", args=["alder-ny", message.pk])


@pytest.mark.parametrize("who", EVERYONE)
def test_who_may(cast, as_person, message, who):
    client = as_person(who)
    expected = 403 if who == "rhea" else 200 if who in RING else 404
    assert ask(client, "post", f"messages/{message.pk}/reactions/", {"emoji": YES}).status_code == expected
    assert client.post(address(message), {"emoji": THANKS}).status_code == (302 if expected == 200 else expected)
    assert Reaction.objects.count() == (2 if expected == 200 else 0)


def test_twice_is_once_and_back_is_gone(cast, as_person, message):
    client = as_person("ben")
    for method, expected in (("post", [cast.ben]), ("post", [cast.ben]), ("delete", []), ("delete", [])):
        told = ask(client, method, f"messages/{message.pk}/reactions/", {"emoji": YES})
        given = [{"emoji": YES, "user_ids": [str(person.pk) for person in expected]}] if expected else []
        assert (told.status_code, told.json()["reactions"]) == (200, given)
    assert Event.objects.filter(kind="message.reacted").count() == 2


def test_each_is_told_with_who_gave_it(cast, as_person, message):
    for who, emoji in (("ben", THANKS), ("ben", YES), ("bea", YES)):
        react(message, cast.standing(who), emoji)
    assert ask(as_person("finn"), "get", f"messages/{message.pk}/").json()["reactions"] == [
        {"emoji": YES, "user_ids": [str(cast.ben.pk), str(cast.bea.pk)]},
        {"emoji": THANKS, "user_ids": [str(cast.ben.pk)]},
    ]
    shown = as_person("finn").get(reverse("workspaces:topic", args=["alder-ny", message.topic_id])).content.decode()
    assert "Yes: Ben and Bea" in shown and "Thank you: Ben" in shown


def test_an_open_page_hears_it(cast, message):
    react(message, cast.standing("ben"), YES)
    told = payloads.after(message.stream, message.seq, 10)
    assert [(frame["kind"], frame["actor"]["name"], frame["data"]["reactions"]) for frame in told] == [
        ("message.reacted", "Ben", [{"emoji": YES, "user_ids": [cast.ben.pk]}])
    ]
    assert "Yes: Ben" in told[0]["html"]


def test_by_form_it_is_turned_over_or_set(as_person, message):
    client = as_person("ben")
    counts = []
    for told in ({}, {}, {"is_on": "1"}, {"is_on": "1"}, {"is_on": "0"}):
        client.post(address(message), {"emoji": YES, **told})
        counts.append(Reaction.objects.count())
    assert counts == [1, 0, 1, 1, 0]
    assert client.post(address(message), {"emoji": YES}, headers={"HX-Request": "true"}).status_code == 204


def test_any_other_sign_is_none(as_person, message):
    for emoji in ("😈", "", "yes", "👍👍"):
        answer = ask(as_person("ben"), "post", f"messages/{message.pk}/reactions/", {"emoji": emoji})
        assert (answer.status_code, as_person("ben").post(address(message), {"emoji": emoji}).status_code) == (400, 422)
    assert Reaction.objects.count() == 0


def test_a_removed_message_has_none(cast, as_person, message):
    react(message, cast.standing("ben"), YES)
    remove_message(message, cast.standing("ada"))
    assert ask(as_person("ben"), "get", f"messages/{message.pk}/").json()["reactions"] == []
    assert ask(as_person("ben"), "post", f"messages/{message.pk}/reactions/", {"emoji": THANKS}).status_code == 400
    assert as_person("ben").post(address(message), {"emoji": THANKS}).status_code == 422


def test_the_menu_is_each_readers_own(cast, as_person, message):
    react(message, cast.standing("ben"), YES)
    shown = {who: as_person(who).get(address(message, "message-tools")).content.decode() for who in ("ada", "ben", "rhea")}
    assert {who: 'aria-pressed="true"' in text for who, text in shown.items()} == {"ada": False, "ben": True, "rhea": False}
    assert {who: "Edit or remove" in text for who, text in shown.items()} == {"ada": True, "ben": False, "rhea": False}
    assert {who: "Quote" in text for who, text in shown.items()} == {"ada": True, "ben": True, "rhea": False}


def test_a_quote_names_its_source(cast, as_person, message):
    topic = reverse("workspaces:topic", args=["alder-ny", message.topic_id])
    client = as_person("ben")
    shown = client.get(f"{topic}?quote={message.pk}").content.decode()
    source = f"](/workspaces/alder-ny/messages/{message.pk}/)"
    assert "&gt; Can we do the 14th?\n&gt;\n&gt; [Ada, " in shown and source in shown
    other = open_topic(cast.standing("ada"), title="Within", audience="office")
    hidden, _ = post_message(other, cast.standing("ada"), body="Canary")
    for asked in (hidden.pk, uuid.uuid4(), "nonsense"):
        answer = client.get(f"{topic}?quote={asked}")
        assert (answer.status_code, "Canary" in answer.content.decode()) == (200, False)
