"""The discussion's pages: who opens which, what a form does, and what is kept when two people write at once."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from policies.models import Tracker
from tests.workspaces.test_api import EVERYONE, MAYORS, OFFICES, RING
from workspaces.actions.topics import edit_message, edit_topic, open_topic, post_message, read_up_to, remove_message
from workspaces.models import Message, Topic

HOME = "/workspaces/alder-ny/"


def page(name, *ids):
    return reverse(f"workspaces:{name}", args=["alder-ny", *ids])


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.mark.parametrize("name", ["detail", "people"])
def test_who_enters(cast, as_person, name):
    assert {who for who in EVERYONE if as_person(who).get(page(name)).status_code == 200} == RING
    assert {as_person(who).get(page(name)).status_code for who in set(EVERYONE) - RING} == {404}


def test_who_is_not_signed_in_is_asked_to(client, cast, topic):
    for address in (HOME, page("topic", topic.pk), page("people")):
        assert client.get(address).headers["Location"] == f"/accounts/login/?next={address}"


@pytest.mark.parametrize("ring, readers", [("workspace", RING), ("offices", OFFICES), ("office", MAYORS)])
def test_who_reads_a_topic(cast, as_person, ring, readers):
    topic = open_topic(cast.standing("ada"), title="Canary", audience=ring)
    message, _ = post_message(topic, cast.standing("ada"), body="Hello")
    for name, pk in (("topic", topic.pk), ("message", message.pk)):
        answers = {who: as_person(who).get(page(name, pk)).status_code for who in EVERYONE}
        assert answers == {who: 200 if who in readers else 404 for who in EVERYONE}
    listed = {who for who in readers | RING if "Canary" in as_person(who).get(HOME).content.decode()}
    assert listed == readers


def test_a_topic_is_not_found_in_another_workspace(cast, as_person, topic):
    assert as_person("finn").get(f"/workspaces/birch-ny/topics/{topic.pk}/").status_code == 404
    message, _ = post_message(topic, cast.standing("ada"), body="Hello")
    assert as_person("finn").get(f"/workspaces/birch-ny/messages/{message.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["ada", "finn", "rhea", "cleo"])
def test_who_starts_a_topic(cast, as_person, who):
    client = as_person(who)
    expected = {"ada": (200, 302), "finn": (200, 302), "rhea": (403, 403), "cleo": (404, 404)}[who]
    form = {"title": "Budget", "audience": "workspace", "body": "Hello"}
    answers = client.get(page("topic-new")), client.post(page("topic-new"), form)
    assert tuple(answer.status_code for answer in answers) == expected
    assert (Topic.objects.count(), Message.objects.count()) == ((1, 1) if who in ("ada", "finn") else (0, 0))


def test_only_the_rings_one_speaks_in_are_offered(cast, as_person):
    offered = {who: as_person(who).get(page("topic-new")).content.decode().count('name="audience"') for who in ("ada", "finn")}
    assert offered == {"ada": 3, "finn": 1}
    answer = as_person("finn").post(page("topic-new"), {"title": "Press", "audience": "offices"})
    assert (answer.status_code, Topic.objects.count()) == (422, 0)


def test_a_bad_topic_stores_nothing_and_keeps_what_was_typed(cast, as_person):
    answer = as_person("ada").post(page("topic-new"), {"title": "", "audience": "office", "body": "Kept words"})
    assert (answer.status_code, Topic.objects.count(), "Kept words" in answer.content.decode()) == (422, 0, True)
    long = as_person("ada").post(page("topic-new"), {"title": "Long", "audience": "workspace", "body": "x" * 10_001})
    assert (long.status_code, Topic.objects.count()) == (422, 0)


def test_a_message_by_form_is_sent_once(cast, as_person, topic):
    client = as_person("ben")
    form = {"body": "We can do the **14th**.", "client_id": str(uuid.uuid4())}
    first, second = (client.post(page("topic", topic.pk), form) for _ in range(2))
    message = Message.objects.get()
    assert first.headers["Location"] == second.headers["Location"] == f"{page('topic', topic.pk)}#message-{message.pk}"
    shown = client.get(page("topic", topic.pk)).content.decode()
    assert "We can do the <strong>14th</strong>." in shown and "District Attorney, Alder County" in shown


@pytest.mark.parametrize("body", ["", "  ", "x" * 10_001])
def test_a_message_that_is_none(cast, as_person, topic, body):
    answer = as_person("ada").post(page("topic", topic.pk), {"body": body, "client_id": str(uuid.uuid4())})
    assert (answer.status_code, Message.objects.count()) == (422, 0)


def test_script_in_markdown_is_words(cast, as_person, topic):
    post_message(
        topic, cast.standing("ada"), body="<script>alert(1)</script> [x](javascript:alert(2)) ![y](https://e.example/z.png)"
    )
    shown = as_person("ben").get(page("topic", topic.pk)).content.decode()
    assert "<script>alert" not in shown and 'href="javascript' not in shown and "<img" not in shown


def test_who_only_reads_cannot_write(cast, as_person, topic):
    client = as_person("rhea")
    assert "data-composer" not in client.get(page("topic", topic.pk)).content.decode()
    answer = client.post(page("topic", topic.pk), {"body": "Hi", "client_id": str(uuid.uuid4())})
    assert (answer.status_code, Message.objects.count()) == (403, 0)
    assert client.post(page("topic-title", topic.pk), {"title": "Mine", "version": 1}).status_code == 403
    assert client.post(page("topic-closing", topic.pk), {"is_closed": "1", "version": 1}).status_code == 403


def test_resolve_and_reopen(cast, as_person, topic):
    client = as_person("ben")
    client.post(page("topic-closing", topic.pk), {"is_closed": "1", "version": 1})
    shown = client.get(page("topic", topic.pk)).content.decode()
    assert "This topic is resolved. Reopen it to write in it." in shown and "data-composer" not in shown
    late = client.post(page("topic", topic.pk), {"body": "Late", "client_id": str(uuid.uuid4())})
    assert (late.status_code, Message.objects.count()) == (422, 0)
    assert topic.title not in client.get(f"{HOME}?unresolved=1").content.decode()
    assert topic.title in client.get(HOME).content.decode()
    client.post(page("topic-closing", topic.pk), {"is_closed": "0", "version": 2})
    assert Topic.objects.get().is_closed is False


def test_two_titles_at_once(cast, as_person, topic):
    edit_topic(Topic.objects.get(), cast.standing("ben"), version=1, title="The 14th")
    answer = as_person("ada").post(page("topic-title", topic.pk), {"title": "The 15th", "version": 1})
    shown = answer.content.decode()
    assert (answer.status_code, "The 14th" in shown, 'value="The 15th"' in shown) == (409, True, True)
    assert as_person("ada").post(page("topic-title", topic.pk), {"title": "The 15th", "version": 2}).status_code == 302


def test_only_the_author_is_offered_to_edit(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("bea"), body="Mine")
    for who in ("bea", "ben", "ada", "finn"):
        client = as_person(who)
        assert ("Save the new words" in client.get(page("message", message.pk)).content.decode()) == (who == "bea")
        if who != "bea":
            assert client.post(page("message", message.pk), {"body": "Theirs", "version": 1}).status_code == 403
            assert client.post(page("message", message.pk), {"body": "", "version": 1}).status_code == 403
            assert client.post(page("message-removal", message.pk)).status_code == 403
    message.refresh_from_db()
    assert (message.body, message.version) == ("Mine", 1)


def test_an_edit_shows_that_it_was_one(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("bea"), body="The 14th")
    client = as_person("bea")
    answer = client.post(page("message", message.pk), {"body": "The 15th", "version": 1})
    assert answer.headers["Location"] == f"{page('topic', topic.pk)}?at=1#message-{message.pk}"
    shown = as_person("ada").get(answer.headers["Location"]).content.decode()
    assert "The 15th" in shown and "Edited" in shown and "The 14th" not in shown


def test_two_edits_at_once_keep_both_texts(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("bea"), body="One")
    edit_message(message, cast.standing("bea"), version=1, body="From the other window")
    answer = as_person("bea").post(page("message", message.pk), {"body": "From this window", "version": 1})
    shown = answer.content.decode()
    assert (answer.status_code, "From the other window" in shown, "From this window" in shown) == (409, True, True)
    assert 'name="version" value="2"' in shown


def test_a_removal_leaves_its_place(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("bea"), body="Not for here")
    as_person("bea").post(page("message-removal", message.pk))
    shown = as_person("ada").get(page("topic", topic.pk)).content.decode()
    assert "Removed by Bea, First assistant" in shown and "Not for here" not in shown
    assert "Save the new words" not in as_person("bea").get(page("message", message.pk)).content.decode()
    assert "Not for here" not in as_person("ada").get(HOME).content.decode()


def test_unread_is_shown_and_marked(cast, as_person, topic):
    for number in range(3):
        post_message(topic, cast.standing("ada"), body=f"{number}")
    remove_message(topic.messages.get(position=2), cast.standing("ada"))
    topic.refresh_from_db()
    client = as_person("ben")

    def home():
        return " ".join(client.get(HOME).content.decode().split())

    badge = f'data-unread-topic="{topic.pk}"><span data-unread-count>2</span>'
    assert badge in home()
    assert "New since you last read" in client.get(page("topic", topic.pk)).content.decode()
    assert badge in home()  # to look is not to read
    assert client.post(page("topic-reading", topic.pk), {"position": 3}).status_code == 302
    assert badge not in home()
    assert client.post(page("topic-reading", topic.pk), {"position": 4}).status_code == 422


def test_a_long_topic_opens_at_its_newest_and_walks_back(cast, as_person, topic):
    made = [post_message(topic, cast.standing("ada"), body=f"Words {n:03}")[0] for n in range(1, 121)]
    client = as_person("ben")

    def shown(query=""):
        told = client.get(page("topic", topic.pk) + query).content.decode()
        numbers = [n for n in range(1, 121) if f"<p>Words {n:03}</p>" in told]
        return numbers[0], numbers[-1], len(numbers), "data-composer" in told

    assert shown() == (71, 120, 50, True)
    assert shown("?before=71") == (21, 70, 50, False)
    assert shown("?before=21") == (1, 20, 20, False)
    assert shown("?at=30") == (6, 55, 50, False)
    assert shown("?before=nonsense") == shown("?before=-1") == (71, 120, 50, True)
    link = client.get(page("message", made[29].pk)).content.decode()
    assert f"{page('topic', topic.pk)}?at=30#message-{made[29].pk}" in link


def test_what_it_is_about_is_linked(cast, as_person):
    tracker = Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)
    topic = open_topic(cast.standing("ada"), title="About it", subject_kind="tracker", subject_id=tracker.pk)
    shown = as_person("finn").get(page("topic", topic.pk)).content.decode()
    assert f'<a href="/workspaces/alder-ny/trackers/{tracker.pk}/">Court-date reminders</a>' in shown


def test_people_says_who_holds_which_seat(cast, as_person):
    shown = as_person("finn").get(page("people")).content.decode()
    for words in ("Alder mayor’s office", "Ada", "Principal since", "Jan 1, 2026", "Bea", "Finn", "Nora"):
        assert words in shown, words
    assert not {"Otto", "Cleo", "Omar"} & set(shown.replace("<", " ").replace(">", " ").split())


def test_the_cohorts_workspace(cast, as_person):
    open_topic(cast.standing("finn", cast.cohort.workspace), title="Who comes in April")
    for who in ("ada", "cleo", "omar"):
        assert "Who comes in April" in as_person(who).get("/workspaces/first/").content.decode()
    assert as_person("dora").get("/workspaces/first/").status_code == 404
    people = as_person("ada").get("/workspaces/first/people/")
    assert (people.status_code, "Cleo" in people.content.decode()) == (200, True)


def queries(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_ask_the_same_number_of_queries_at_1_and_30(cast, as_person, topic):
    client = as_person("ben")
    post_message(topic, cast.standing("ada"), body="Hello")
    pages = [HOME, page("topic", topic.pk), page("people")]
    before = [queries(client, address) for address in pages]
    for number in range(29):
        post_message(topic, cast.standing("amos"), body=f"{number}")
        post_message(open_topic(cast.standing("bea"), title=f"Topic {number}"), cast.standing("bea"), body="Hello")
    assert [queries(client, address) for address in pages] == before
    assert max(before) <= 18, before


def test_reading_on_does_not_forget(cast, topic):
    for number in range(3):
        post_message(topic, cast.standing("ada"), body=f"{number}")
    topic.refresh_from_db()
    for position in (3, 1):
        read_up_to(topic, cast.ben, position)
    assert Topic.objects.with_unread(cast.ben).get().unread_count == 0
