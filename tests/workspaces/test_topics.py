import threading
import time
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from cohorts.models import Conflict
from workspaces.actions.topics import edit_message, open_topic, post_message, read_up_to, remove_message
from workspaces.models import Event, Message, Topic


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def unread(topic, person):
    return Topic.objects.with_unread(person).get(pk=topic.pk).unread_count


def test_a_message_is_numbered_and_told(cast, topic):
    message, is_new = post_message(topic, cast.standing("ada"), body="Hello")
    event = Event.objects.get(subject_id=message.pk)
    assert (message.position, message.seq, event.seq, is_new) == (1, event.seq, message.stream.events.last().seq, True)


def test_the_same_client_id_is_the_same_message(cast, topic):
    client_id = uuid.uuid4()
    first, _ = post_message(topic, cast.standing("ada"), body="Hello", client_id=client_id)
    second, is_new = post_message(topic, cast.standing("ada"), body="Hello", client_id=client_id)
    assert (second.pk, is_new, Message.objects.count()) == (first.pk, False, 1)
    elsewhere = open_topic(cast.standing("ada"), title="Budget")
    with pytest.raises(Conflict):
        post_message(elsewhere, cast.standing("ada"), body="Hello", client_id=client_id)


@pytest.mark.parametrize("body", ["", "   ", "x" * 10_001])
def test_a_body_that_is_no_message(cast, topic, body):
    with pytest.raises(ValidationError):
        post_message(topic, cast.standing("ada"), body=body)
    assert (Message.objects.count(), Event.objects.filter(kind="message.created").count()) == (0, 0)


def test_unread_counts_are_those_of_the_rows(cast, topic):
    for body in ("One", "Two", "Three"):
        post_message(topic, cast.standing("ada"), body=body)
    assert (unread(topic, cast.ada), unread(topic, cast.ben)) == (0, 3)
    topic.refresh_from_db()
    read_up_to(topic, cast.ben, 2)
    assert unread(topic, cast.ben) == 1
    remove_message(topic.messages.get(position=3), cast.standing("ada"))
    assert unread(topic, cast.ben) == 0


@pytest.mark.django_db(transaction=True)
def test_one_who_reads_and_writes_at_once(cast, topic):
    """Ben's page tells how far he has read while he sends. Neither may wait for the other for ever: on PostgreSQL a lock on the
    topic's key once stood against the check of the read position's foreign key."""
    post_message(topic, cast.standing("ada"), body="Can we do the 14th?")
    topic.refresh_from_db()
    outcome = []

    def answer():
        try:
            outcome.append(post_message(topic, cast.standing("ben"), body="Yes.")[1])
        except Exception as problem:  # whatever stopped it is what this test is about
            outcome.append(problem)
        finally:
            connection.close()

    sending = threading.Thread(target=answer)
    with transaction.atomic():
        read_up_to(topic, cast.ben, 1)
        sending.start()
        time.sleep(0.5)  # until the message waits for the read position, or for the whole database
    sending.join()
    assert outcome == [True]
    assert unread(topic, cast.ben) == 0


def test_an_edit_keeps_the_former_words(cast, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="The 14th")
    edited = edit_message(message, cast.standing("ada"), version=1, body="The 15th")
    assert (edited.body, edited.revisions.get().body, edited.version) == ("The 15th", "The 14th", 2)


@pytest.mark.parametrize(
    "audience, office, readers",
    [
        ("workspace", None, {"ada", "amos", "ben", "bea", "rhea", "finn", "nora"}),
        ("offices", None, {"ada", "amos", "ben", "bea", "rhea"}),
        ("office", 0, {"ada", "amos", "rhea"}),
    ],
)
def test_who_reads_what(cast, audience, office, readers):
    office = cast.offices["alder"][office] if office is not None else None
    topic = open_topic(cast.standing("ada"), title="Canary", audience=audience, office=office)
    everyone = [name for name in vars(cast) if hasattr(getattr(cast, name), "email")]
    assert {name for name in everyone if Topic.objects.visible_to(getattr(cast, name)).contains(topic)} == readers
