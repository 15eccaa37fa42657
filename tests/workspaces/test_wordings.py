"""The wordings of a message: open to every reader, told in words, and closed once it is removed."""

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from tests.workspaces.test_api import EVERYONE, RING
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.differences import differences


@pytest.fixture
def message(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    return post_message(topic, cast.standing("bea"), body="We can do the 14th.")[0]


def history(client, message):
    return client.get(reverse("workspaces:message-history", args=["alder-ny", message.pk]))


def test_every_reader_reads_what_was_edited(cast, as_person, message):
    edit_message(message, cast.standing("bea"), version=1, body="We can do the 15th, or later.")
    answers = {who: history(as_person(who), message) for who in EVERYONE}
    assert {who: answer.status_code for who, answer in answers.items()} == {
        who: 200 if who in RING else 404 for who in EVERYONE
    }
    shown = answers["finn"].content.decode()
    assert '<del><span class="wording__word">removed:</span> 14th</del>' in shown
    assert '<ins><span class="wording__word">added:</span> 15th, or later</ins>' in shown
    assert shown.index("Edited by Bea") < shown.index("First written by Bea")


def test_edited_is_a_link_to_it(cast, as_person, message):
    edit_message(message, cast.standing("bea"), version=1, body="The 15th.")
    shown = as_person("ada").get(reverse("workspaces:topic", args=["alder-ny", message.topic_id])).content.decode()
    assert f'<a href="/workspaces/alder-ny/messages/{message.pk}/history/">Edited ' in shown


def test_the_wordings_of_a_removed_message_are_for_the_record(cast, as_person, message):
    edit_message(message, cast.standing("bea"), version=1, body="The 15th.")
    removed = remove_message(message, cast.standing("bea"))
    shown = history(as_person("bea"), message).content.decode()
    assert "It was removed" in shown and "14th" not in shown and "15th" not in shown
    place = as_person("ada").get(reverse("workspaces:topic", args=["alder-ny", message.topic_id])).content.decode()
    assert "Removed by Bea, First assistant, Alder County District Attorney’s office, " in place
    assert removed.deleted_at is not None


@pytest.mark.parametrize(
    "former, latter, parts",
    [
        ("same", "same", [("same", "same")]),
        ("the 14th", "the 15th", [("same", "the "), ("removed", "14th"), ("added", "15th")]),
        ("one two", "one", [("same", "one"), ("removed", " two")]),
        ("", "new", [("added", "new")]),
        ("a.b", "a,b", [("same", "a"), ("removed", "."), ("added", ","), ("same", "b")]),
    ],
)
def test_differences_word_by_word(former, latter, parts):
    assert differences(former, latter) == parts


@given(st.text(max_size=60), st.text(max_size=60))
def test_differences_lose_nothing(former, latter):
    parts = differences(former, latter)
    assert "".join(text for kind, text in parts if kind != "added") == former
    assert "".join(text for kind, text in parts if kind != "removed") == latter
