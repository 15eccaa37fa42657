"""An author asks everyone to acknowledge a message; who is missing can be seen."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from workspaces.actions.acknowledgements import acknowledge, ask_to_acknowledge, missing
from workspaces.actions.topics import open_topic, post_message, remove_message
from workspaces.events import read_messages
from workspaces.models import Acknowledgement, Event, Message


@pytest.fixture
def message(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    return post_message(topic, cast.standing("ada"), body="The call-in is on the 14th.")[0]


@pytest.fixture
def asked(cast, message):
    return ask_to_acknowledge(message, cast.standing("ada"))


def names_missing(message):
    return [term.person.name for term in missing(Message.objects.for_reading().select_related("topic").get(pk=message.pk))]


def test_who_is_asked_acknowledges_once_and_everyone_sees_who_is_missing(cast, as_person, asked):
    everyone = ["Amos", "Bea", "Ben", "Finn", "Nora", "Rhea"]
    assert names_missing(asked) == everyone
    for _ in range(2):
        acknowledge(asked, cast.standing("ben"))
        acknowledge(asked, cast.standing("rhea"))  # who only reads has read it
    assert names_missing(asked) == ["Amos", "Bea", "Finn", "Nora"]
    assert Acknowledgement.objects.count() == 2
    assert Event.objects.filter(kind="message.acknowledged", subject_id=asked.pk).count() == 3
    told, html = read_messages({asked.pk}, asked.stream)[asked.pk]
    assert told["acknowledgement"] == {"asked_at": asked.acknowledgement_asked_at, "user_ids": [cast.ben.pk, cast.rhea.pk]}
    assert "Acknowledged by Ben and Rhea." in html
    page = as_person("nora").get(f"/workspaces/alder-ny/messages/{asked.pk}/acknowledgements/").content.decode()
    assert ("Missing (4)" in page, "Acknowledged (2)" in page) == (True, True)


def test_home_asks_until_one_has(cast, as_person, asked):
    ben = as_person("ben")
    home = ben.get("/").content.decode()
    assert "Ada asks everyone in “Call-in date”, Alder" in home
    answer = ben.post(f"/workspaces/alder-ny/messages/{asked.pk}/acknowledgements/", {"deed": "acknowledge"})
    assert answer.status_code == 302
    assert "Ada asks everyone" not in ben.get("/").content.decode()
    assert "Ada asks everyone" not in as_person("ada").get("/").content.decode()
    assert "Ada asks everyone" not in as_person("cleo").get("/").content.decode()


def test_only_its_author_asks_and_only_the_others_answer(cast, message):
    for name in ("ben", "amos", "rhea"):
        with pytest.raises(PermissionDenied):
            ask_to_acknowledge(message, cast.standing(name))
    with pytest.raises(ValidationError, match="does not ask"):
        acknowledge(message, cast.standing("ben"))
    ask_to_acknowledge(message, cast.standing("ada"))
    ask_to_acknowledge(message, cast.standing("ada"))
    assert Event.objects.filter(kind="message.acknowledged").count() == 1
    with pytest.raises(PermissionDenied):
        acknowledge(message, cast.standing("ada"))


def test_a_removed_message_asks_nobody(cast, as_person, asked):
    acknowledge(asked, cast.standing("ben"))
    remove_message(asked, cast.standing("ada"))
    with pytest.raises(ValidationError, match="removed"):
        acknowledge(asked, cast.standing("bea"))
    assert "Ada asks everyone" not in as_person("bea").get("/").content.decode()
    assert as_person("bea").get(f"/workspaces/alder-ny/messages/{asked.pk}/acknowledgements/").status_code == 404
    told, html = read_messages({asked.pk}, asked.stream)[asked.pk]
    assert (told["acknowledgement"], "Ben" in html) == (None, False)


def test_at_a_convening_no_list_of_the_cohort_is_shown(cast, as_person):
    here = cast.convening.workspace
    gus, cleo = cast.standing("gus", here), cast.standing("cleo", here)
    topic = open_topic(cleo, title="Questions")
    asked = ask_to_acknowledge(post_message(topic, cleo, body="Read this first.")[0], cleo)
    assert names_missing(asked) == []
    post_message(topic, gus, body="Where?")
    assert names_missing(asked) == ["Gus"]


def test_by_api(cast, as_person, message):
    path = f"/api/v1/messages/{message.pk}/"
    assert as_person("ben").post(f"{path}acknowledgement-request/").status_code == 403
    assert as_person("ben").post(f"{path}acknowledgement/").status_code == 400
    assert as_person("ada").post(f"{path}acknowledgement-request/").json()["acknowledgement"]["user_ids"] == []
    assert as_person("ben").post(f"{path}acknowledgement/").json()["acknowledgement"]["user_ids"] == [str(cast.ben.pk)]


def test_one_asked_and_three_cost_the_same(cast, as_person, message):
    ben, counts = as_person("ben"), []
    for many in (1, 2):
        for _ in range(many):
            post, _ = post_message(message.topic, cast.standing("ada"), body="Read this.")
            acknowledge(ask_to_acknowledge(post, cast.standing("ada")), cast.standing("nora"))
        for path in ("/", f"/workspaces/alder-ny/topics/{message.topic_id}/"):
            ben.get(path)
            with CaptureQueriesContext(connection) as asked:
                assert ben.get(path).status_code == 200
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
