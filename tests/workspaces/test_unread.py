"""What is unread always equals a recount of the rows, whoever does what."""

import random

import pytest
from django.db import transaction
from django.urls import reverse

from tests.workspaces.test_api import ask
from workspaces.actions.topics import mark_read, open_topic, post_message, read_up_to, remove_message
from workspaces.models import Message, ReadPosition, Topic
from workspaces.realtime import publish

PEOPLE = ["ada", "ben", "finn"]


@pytest.fixture
def topics(cast):
    return [open_topic(cast.standing("ada"), title=f"Topic {number}") for number in range(2)]


def recount(person, topic):
    """As one would count by hand."""
    read = ReadPosition.objects.filter(person=person, topic=topic).first()
    rows = topic.messages.filter(deleted_at=None, position__gt=read.position if read else 0)
    return sum(message.author_id != person.pk for message in rows)


def do_anything(chance, cast, topics):
    who, topic = chance.choice(PEOPLE), Topic.objects.get(pk=chance.choice(topics).pk)
    deed = chance.choice(["post", "post", "post", "read", "read", "unread", "remove"])
    position = chance.randint(0, topic.message_count)
    if deed == "post":
        post_message(topic, cast.standing(who), body="Words")
    elif deed == "read":
        read_up_to(topic, getattr(cast, who), position)
    elif deed == "unread":
        mark_read(topic, getattr(cast, who), position)
    elif own := topic.messages.filter(author=getattr(cast, who), position=position).first():
        remove_message(own, cast.standing(who))


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_done_the_counts_are_a_recount(cast, topics, seed):
    chance = random.Random(seed)
    for _ in range(40):
        do_anything(chance, cast, topics)
        for who in PEOPLE:
            person = getattr(cast, who)
            expected = {str(topic.pk): recount(person, topic) for topic in topics}
            counts = Topic.objects.visible_to(person).filter(workspace=cast.alder).counts_for(person)
            assert {pk: numbers["unread"] for pk, numbers in counts.items()} == expected
            assert Message.objects.unread_by(person).count() == sum(expected.values())


@pytest.mark.parametrize("seed", range(4))
def test_what_ones_other_pages_are_told_is_a_recount_and_says_which_came_last(cast, topics, seed, monkeypatch):
    told = []
    monkeypatch.setattr("workspaces.events.tell_person", lambda person, frame: told.append((person, frame)))
    monkeypatch.setattr(publish, "_send", lambda message: None)
    chance, turns = random.Random(seed), {}
    for _ in range(60):
        do_anything(chance, cast, topics)
        for person, frame in told:
            topic = Topic.objects.get(pk=frame["topic"])
            assert (frame["workspace"], frame["unread"]) == ("alder-ny", recount(person, topic))
            assert frame["turn"] > turns.get((person.pk, topic.pk), 0)
            turns[person.pk, topic.pk] = frame["turn"]
        told.clear()
    assert turns


def test_every_way_to_ask_says_the_same(cast, as_person, topics):
    for topic, number in zip(topics, (2, 1), strict=True):
        for _ in range(number):
            post_message(topic, cast.standing("ada"), body="Words")
    client = as_person("ben")
    workspace = ask(client, "get", "workspaces/alder-ny/").json()
    by_topic = ask(client, "get", "workspaces/alder-ny/unread/").json()["topics"]
    listed = ask(client, "get", "topics/?workspace=alder-ny").json()["results"]
    page = client.get(reverse("workspaces:people", args=["alder-ny"]))
    assert workspace["unread_count"] == 3
    assert by_topic == {
        str(topics[0].pk): {"read": 0, "turn": 0, "last": 2, "unread": 2},
        str(topics[1].pk): {"read": 0, "turn": 0, "last": 1, "unread": 1},
    }
    assert {row["id"]: row["unread_count"] for row in listed} == {pk: each["unread"] for pk, each in by_topic.items()}
    assert page.context["live"]["unread"] == by_topic
    assert '<span class="count" data-unread-all><span data-unread-count>3</span>' in page.content.decode()
    assert "3 new messages in 2 topics" in client.get(reverse("home")).content.decode()


def test_nobody_is_told_of_a_topic_that_is_not_theirs(cast, as_person, topics):
    within = open_topic(cast.standing("ada"), title="Within", audience="office")
    post_message(within, cast.standing("ada"), body="Words")
    told = {who: ask(as_person(who), "get", "workspaces/alder-ny/unread/") for who in ("amos", "ben", "cleo")}
    assert {who: answer.status_code for who, answer in told.items()} == {"amos": 200, "ben": 200, "cleo": 404}
    assert {who: str(within.pk) in told[who].json()["topics"] for who in ("amos", "ben")} == {"amos": True, "ben": False}


def test_who_writes_has_read(cast, topics):
    for who in ("ada", "ben"):
        post_message(topics[0], cast.standing(who), body="Words")
    assert [recount(getattr(cast, who), topics[0]) for who in ("ada", "ben", "finn")] == [1, 0, 2]


def test_unread_from_here(cast, as_person, topics):
    for number in range(4):
        post_message(topics[0], cast.standing("ada"), body=f"Words {number}")
    third = topics[0].messages.get(position=3)
    client = as_person("ben")
    mark_read(Topic.objects.get(pk=topics[0].pk), cast.ben, 4)
    menu = client.get(reverse("workspaces:message-tools", args=["alder-ny", third.pk])).content.decode()
    assert '<input type="hidden" name="position" value="2">' in menu and "Mark as unread from here" in menu
    answer = client.post(reverse("workspaces:topic-reading", args=["alder-ny", topics[0].pk]), {"position": 2})
    assert (answer.status_code, recount(cast.ben, topics[0])) == (302, 2)


def test_the_first_unread_is_one_step_away(cast, as_person, topics):
    for number in range(120):
        post_message(topics[0], cast.standing("ada"), body=f"Words {number}")
    with transaction.atomic():
        mark_read(Topic.objects.get(pk=topics[0].pk), cast.ben, 30)
    where = reverse("workspaces:topic", args=["alder-ny", topics[0].pk])
    client = as_person("ben")
    assert f'<a href="{where}?at=31">Go to the first unread message</a>' in client.get(where).content.decode()
    there = client.get(f"{where}?at=31").content.decode()
    assert there.index("Words 29<") < there.index("New since you last read") < there.index("Words 30<")
    assert "Go to the first unread" not in as_person("ada").get(where).content.decode()
