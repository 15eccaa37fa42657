"""The API of topics, messages and workspaces: the same verbs and refusals as the pages."""

import uuid

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cohorts.actions.cohorts import end_enrolment
from cohorts.models import ApiToken
from policies.models import Tracker
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.models import Message, Topic

EVERYONE = ["ada", "amos", "ben", "bea", "rhea", "cleo", "carl", "dora", "finn", "nora", "omar", "gus", "ivy", "otto"]
RING = {"ada", "amos", "ben", "bea", "rhea", "finn", "nora"}
OFFICES = {"ada", "amos", "ben", "bea", "rhea"}
MAYORS = {"ada", "amos", "rhea"}


def ask(client, method, path, body=None, **headers):
    send = getattr(client, method)
    data = {} if body is None else {"data": body, "content_type": "application/json"}
    return send(f"/api/v1/{path}", headers=headers, **data)


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def topics(cast, topic):
    """One topic for each ring of Alder, with a message of Ada's in each."""
    made = {
        "workspace": topic,
        "offices": open_topic(cast.standing("ada"), title="Press", audience="offices"),
        "office": open_topic(cast.standing("ada"), title="Budget", audience="office"),
    }
    for each in made.values():
        post_message(each, cast.standing("ada"), body="Hello")
    return made


# --- who


@pytest.mark.parametrize("ring, readers", [("workspace", RING), ("offices", OFFICES), ("office", MAYORS)])
def test_who_reads_which_ring(cast, as_person, topics, ring, readers):
    topic = topics[ring]
    message = topic.messages.get()
    seen = {"topic": set(), "message": set(), "listed": set(), "messages listed": set(), "read": set()}
    for who in EVERYONE:
        client = as_person(who)
        answers = {
            "topic": ask(client, "get", f"topics/{topic.pk}/").status_code == 200,
            "message": ask(client, "get", f"messages/{message.pk}/").status_code == 200,
            "listed": str(topic.pk) in ask(client, "get", "topics/?workspace=alder-ny").content.decode(),
            "messages listed": bool(ask(client, "get", f"messages/?topic={topic.pk}").json()["results"]),
            "read": ask(client, "post", f"topics/{topic.pk}/read/", {"position": 1}).status_code == 200,
        }
        for name, is_seen in answers.items():
            if is_seen:
                seen[name].add(who)
    assert seen == dict.fromkeys(seen, readers)


@pytest.mark.parametrize("who", EVERYONE)
def test_who_posts(cast, as_person, topic, who):
    answer = ask(as_person(who), "post", "messages/", {"topic": str(topic.pk), "body": "Hi", "client_id": str(uuid.uuid4())})
    expected = 403 if who == "rhea" else 201 if who in RING else 404
    assert (answer.status_code, Message.objects.count()) == (expected, int(expected == 201))


@pytest.mark.parametrize("who", EVERYONE)
@pytest.mark.parametrize("ring, makers", [("workspace", RING), ("offices", OFFICES), ("office", OFFICES)])
def test_who_opens_a_topic(cast, as_person, who, ring, makers):
    answer = ask(as_person(who), "post", "topics/", {"workspace": "alder-ny", "title": "New", "audience": ring})
    expected = 404 if who not in RING else 201 if who in makers and who != "rhea" else 403
    assert (answer.status_code, Topic.objects.count()) == (expected, int(expected == 201))
    if expected == 201 and ring == "office":
        assert answer.json()["office"] == str(cast.standing(who).office.pk)


def test_nobody_opens_a_topic_in_the_other_offices_ring(cast, as_person):
    body = {"workspace": "alder-ny", "title": "New", "audience": "office", "office": str(cast.offices["alder"][1].pk)}
    assert ask(as_person("ada"), "post", "topics/", body).status_code == 403
    body["office"] = str(cast.offices["birch"][0].pk)
    answer = ask(as_person("ada"), "post", "topics/", body)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")


@pytest.mark.parametrize("who", EVERYONE)
def test_only_the_author_edits_and_removes(cast, as_person, topic, who):
    message, _ = post_message(topic, cast.standing("bea"), body="Mine")
    client = as_person(who)
    expected = (200, 204) if who == "bea" else (403, 403) if who in RING else (404, 404)
    edited = ask(client, "patch", f"messages/{message.pk}/", {"body": "Better", "version": 1})
    removed = ask(client, "delete", f"messages/{message.pk}/")
    assert (edited.status_code, removed.status_code) == expected


def test_anonymous_is_401(client, cast, topic):
    for path in ("me/", "topics/", f"topics/{topic.pk}/", "messages/", "workspaces/alder-ny/", "cohorts/first/"):
        answer = ask(client, "get", path)
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (401, "not_authenticated"), path


def test_the_cohorts_workspace_is_the_cohorts(cast, as_person):
    body = {"workspace": "first", "title": "Hello all"}
    allowed = {who for who in EVERYONE if ask(as_person(who), "post", "topics/", body).status_code == 201}
    assert allowed == {"ada", "amos", "ben", "bea", "cleo", "carl", "finn", "nora", "omar"}
    offices = ask(as_person("ada"), "post", "topics/", body | {"audience": "offices"})
    assert offices.status_code == 400


# --- what


def test_a_message_as_the_contract_has_it(cast, as_person, topic):
    client_id = str(uuid.uuid4())
    sent = {"topic": str(topic.pk), "body": "**Yes**\n\n<script>alert(1)</script>", "client_id": client_id}
    told = ask(as_person("bea"), "post", "messages/", sent).json()
    message = Message.objects.get()
    assert told == {
        "id": str(message.pk),
        "url": f"http://testserver/api/v1/messages/{message.pk}/",
        "topic": str(topic.pk),
        "position": 1,
        "stream": "workspace",
        "seq": message.seq,
        "author": {"id": str(cast.bea.pk), "name": "Bea", "title": "First assistant", "office": "prosecutor"},
        "body": sent["body"],
        "html": "<p><strong>Yes</strong></p>\n<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n",
        "client_id": client_id,
        "attachments": [],
        "acknowledgement": None,
        "reactions": [],
        "mentions": [],
        "pinned": None,
        "is_decision": False,
        "edited_at": None,
        "deleted_at": None,
        "version": 1,
        "created_at": told["created_at"],
        "updated_at": told["updated_at"],
    }
    assert told["created_at"].endswith("Z")


def test_a_topic_as_the_contract_has_it(cast, as_person):
    tracker = Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)
    body = {"workspace": "alder-ny", "title": "About it", "subject": {"kind": "tracker", "id": str(tracker.pk)}}
    answer = ask(as_person("ben"), "post", "topics/", body)
    told = answer.json()
    topic = Topic.objects.get()
    assert (answer.status_code, told) == (
        201,
        {
            "id": str(topic.pk),
            "url": f"http://testserver/api/v1/topics/{topic.pk}/",
            "workspace": "alder-ny",
            "title": "About it",
            "audience": "workspace",
            "office": None,
            "is_closed": False,
            "subject": {"kind": "tracker", "id": str(tracker.pk)},
            "message_count": 0,
            "unread_count": 0,
            "last_message_at": None,
            "version": 1,
            "created_at": told["created_at"],
            "updated_at": told["updated_at"],
        },
    )


def test_a_topic_is_not_about_what_is_elsewhere(cast, as_person):
    hidden = Tracker.objects.create(workspace=cast.birch, title="Theirs", opened_by=cast.cleo)
    for subject in ({"kind": "tracker", "id": str(hidden.pk)}, {"kind": "nothing", "id": str(hidden.pk)}):
        answer = ask(as_person("ada"), "post", "topics/", {"workspace": "alder-ny", "title": "About", "subject": subject})
        assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "does_not_exist")


def test_the_same_client_id_is_the_same_message(cast, as_person, topic):
    body = {"topic": str(topic.pk), "body": "Hi", "client_id": str(uuid.uuid4())}
    first, second = (ask(as_person("ada"), "post", "messages/", body) for _ in range(2))
    assert (first.status_code, second.status_code, second.json()["seq"]) == (201, 200, first.json()["seq"])
    elsewhere = open_topic(cast.standing("ada"), title="Budget")
    third = ask(as_person("ada"), "post", "messages/", body | {"topic": str(elsewhere.pk)})
    assert (third.status_code, third.json()["current"]["id"]) == (409, first.json()["id"])
    assert ask(as_person("ben"), "post", "messages/", body).status_code == 201


def test_an_idempotency_key_makes_one_topic(cast, as_person):
    body = {"workspace": "alder-ny", "title": "Once"}
    first, second = (ask(as_person("ada"), "post", "topics/", body, idempotency_key="k1") for _ in range(2))
    assert (first.status_code, second.json()["id"], Topic.objects.count()) == (201, first.json()["id"], 1)
    other = ask(as_person("ada"), "post", "topics/", body | {"title": "Twice"}, idempotency_key="k1")
    assert (other.status_code, Topic.objects.count()) == (409, 1)


def test_an_old_version_is_a_conflict_with_the_newer_words(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="One")
    edit_message(message, cast.standing("ada"), version=1, body="Two")
    answer = ask(as_person("ada"), "patch", f"messages/{message.pk}/", {"body": "Three", "version": 1})
    assert (answer.status_code, answer.json()["current"]["body"]) == (409, "Two")
    assert ask(as_person("ada"), "patch", f"messages/{message.pk}/", {"body": "Three"}).status_code == 400
    renamed = ask(as_person("ben"), "patch", f"topics/{topic.pk}/", {"title": "The 14th", "version": 1})
    late = ask(as_person("ada"), "patch", f"topics/{topic.pk}/", {"is_closed": True, "version": 1})
    assert (renamed.status_code, late.status_code, late.json()["current"]["title"]) == (200, 409, "The 14th")


@pytest.mark.parametrize("change", [{"audience": "offices"}, {"workspace": "birch-ny"}, {"office": None}, {"subject": None}])
def test_a_topics_ring_stays(cast, as_person, topic, change):
    assert ask(as_person("ada"), "patch", f"topics/{topic.pk}/", change | {"version": 1}).status_code == 400


def test_revisions_and_removal(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="One")
    edit_message(message, cast.standing("ada"), version=1, body="Two")
    told = ask(as_person("ben"), "get", f"messages/{message.pk}/revisions/").json()["results"]
    assert [(each["body"], each["by"]) for each in told] == [("One", str(cast.ada.pk))]
    remove_message(message, cast.standing("ada"))
    shown = ask(as_person("ben"), "get", f"messages/{message.pk}/").json()
    assert (shown["body"], shown["html"], shown["deleted_at"] is None) == ("", "", False)
    assert ask(as_person("ben"), "get", f"messages/{message.pk}/revisions/").json()["results"] == []
    again = ask(as_person("ada"), "patch", f"messages/{message.pk}/", {"body": "Back", "version": 3})
    assert again.status_code == 400


def test_reading_goes_up_and_down(cast, as_person, topic):
    for body in ("One", "Two", "Three"):
        post_message(topic, cast.standing("ada"), body=body)
    client = as_person("ben")
    answers = [
        ask(client, "post", f"topics/{topic.pk}/read/", {"position": position}).json()["unread_count"] for position in (3, 1)
    ]
    assert answers == [0, 2]
    assert ask(client, "post", f"topics/{topic.pk}/read/", {"position": 4}).status_code == 400
    assert ask(client, "get", "workspaces/alder-ny/").json()["unread_count"] == 2


# --- bad input


@pytest.mark.parametrize(
    "body, code",
    [
        ("", "blank"),
        ("   ", "blank"),
        ("x" * 10_001, "max_length"),
        ("a\x00b", "null_characters_not_allowed"),
        (None, "null"),
        ({"a": 1}, "invalid"),
    ],
)
def test_a_body_that_is_no_message(cast, as_person, topic, body, code):
    answer = ask(as_person("ada"), "post", "messages/", {"topic": str(topic.pk), "body": body})
    error = answer.json()["errors"][0]
    assert (answer.status_code, error["code"], error["attr"], Message.objects.count()) == (400, code, "body", 0)


@pytest.mark.parametrize(
    "path, body, status",
    [
        ("messages/", "{", 400),
        ("messages/", "[]", 400),
        ("messages/", {"body": "x"}, 400),
        ("messages/", {"topic": "no id", "body": "x"}, 400),
        ("messages/", {"topic": str(uuid.uuid4()), "body": "x"}, 404),
        ("topics/", {"workspace": "nowhere", "title": "x"}, 404),
        ("topics/", {"workspace": "birch-ny", "title": "x"}, 404),
        ("topics/", {"workspace": "alder-ny", "title": "x" * 161}, 400),
        ("topics/", {"workspace": "alder-ny", "title": ""}, 400),
        ("topics/", {"workspace": "alder-ny", "title": "x", "audience": "everyone"}, 400),
        ("topics/", {"workspace": "alder-ny", "title": "x", "subject": "tracker"}, 400),
    ],
)
def test_bad_input_in_the_contracts_form(cast, as_person, path, body, status):
    answer = ask(as_person("ada"), "post", path, body)
    assert (answer.status_code, set(answer.json()["errors"][0])) == (status, {"code", "detail", "attr"})
    assert (Topic.objects.count(), Message.objects.count()) == (0, 0)


def test_a_hidden_filter_value_is_an_empty_list(cast, as_person, topics):
    client = as_person("cleo")
    assert ask(client, "get", "topics/?workspace=alder-ny").json()["results"] == []
    assert ask(client, "get", f"messages/?topic={topics['workspace'].pk}").json()["results"] == []
    assert ask(client, "get", "messages/?topic=nonsense").status_code == 400


def test_a_resolved_topic_takes_no_message(cast, as_person, topic):
    client = as_person("ada")
    assert ask(client, "patch", f"topics/{topic.pk}/", {"is_closed": True, "version": 1}).json()["is_closed"] is True
    answer = ask(client, "post", "messages/", {"topic": str(topic.pk), "body": "Late"})
    assert (answer.status_code, "resolved" in answer.json()["errors"][0]["detail"]) == (400, True)


# --- streams


def test_a_caller_is_told_of_their_own_streams_alone(cast, as_person, topics):
    told = {who: ask(as_person(who), "get", "workspaces/alder-ny/") for who in ("ada", "finn", "cleo")}
    assert set(told["ada"].json()["streams"]) == {"workspace", "offices", "office"}
    assert set(told["finn"].json()["streams"]) == {"workspace"}
    assert told["cleo"].status_code == 404


def test_events_after_a_number_in_order(cast, as_person, topics):
    topic = topics["workspace"]
    head = ask(as_person("ben"), "get", "workspaces/alder-ny/").json()["streams"]["workspace"]
    for body in ("Two", "Three"):
        post_message(topic, cast.standing("ada"), body=body)
    told = ask(as_person("ben"), "get", f"workspaces/alder-ny/events/?stream=workspace&after={head}").json()
    assert [(each["seq"], each["kind"], each["data"]["body"]) for each in told["results"]] == [
        (head + 1, "message.created", "Two"),
        (head + 2, "message.created", "Three"),
    ]
    assert (told["next"], "Ada" in told["results"][0]["html"]) == (None, True)


@pytest.mark.parametrize(
    "who, query, status",
    [
        ("finn", "stream=offices&after=0", 404),
        ("finn", "stream=nonsense&after=0", 404),
        ("cleo", "stream=workspace&after=0", 404),
        ("ada", "stream=office&after=0", 200),
        ("ada", "stream=office", 400),
        ("ada", "stream=office&after=-1", 400),
        ("ada", "stream=office&after=x", 400),
    ],
)
def test_events_of_which_stream(cast, as_person, topics, who, query, status):
    assert ask(as_person(who), "get", f"workspaces/alder-ny/events/?{query}").status_code == status


def test_events_come_in_pages(cast, as_person, topic):
    for number in range(205):
        post_message(topic, cast.standing("ada"), body=str(number))
    client = as_person("ben")
    first = ask(client, "get", "workspaces/alder-ny/events/?stream=workspace&after=0").json()
    rest = client.get(first["next"]).json()
    seqs = [each["seq"] for each in first["results"] + rest["results"]]
    assert (len(first["results"]), rest["next"], seqs) == (200, None, list(range(1, len(seqs) + 1)))


# --- counts and pages


def queries(client, path):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        assert ask(client, "get", path).status_code == 200
    return len(captured)


def test_lists_ask_the_same_number_of_queries_at_1_and_30(cast, as_person, topic):
    client = as_person("ben")
    paths = [
        "topics/?workspace=alder-ny",
        f"messages/?topic={topic.pk}",
        "workspaces/alder-ny/events/?stream=workspace&after=0",
    ]
    post_message(topic, cast.standing("ada"), body="Hello")
    before = [queries(client, path) for path in paths]
    for number in range(29):
        post_message(topic, cast.standing("amos"), body=str(number))
        open_topic(cast.standing("bea"), title=str(number))
    assert [queries(client, path) for path in paths] == before


def test_a_long_topic_is_paged(cast, as_person, topic):
    for number in range(7):
        post_message(topic, cast.standing("ada"), body=str(number))
    client = as_person("ben")
    path, bodies = f"/api/v1/messages/?topic={topic.pk}&page_size=3", []
    while path:
        told = client.get(path).json()
        bodies += [each["body"] for each in told["results"]]
        path = told["next"]
    assert bodies == list("0123456")


# --- tokens


def token_of(person, capsys, **options):
    call_command("issue_token", person.email, **options)
    return {"authorization": f"Bearer {capsys.readouterr().out.strip()}"}


def test_a_read_token_reads_and_a_write_token_writes(client, cast, topic, capsys):
    body = {"topic": str(topic.pk), "body": "By token"}
    read, write = token_of(cast.ada, capsys), token_of(cast.ada, capsys, scope="write", days=1)
    assert ask(client, "get", "me/", **read).json()["email"] == "ada@example.org"
    assert ask(client, "post", "messages/", body, **read).status_code == 403
    assert ask(client, "post", "messages/", body, **write).status_code == 201
    assert ask(client, "get", "me/", authorization="Bearer mpi_wrong").status_code == 401
    ApiToken.objects.update(expires_at="2020-01-01T00:00Z")
    assert ask(client, "get", "me/", **write).status_code == 401


# --- a city that left


def test_a_city_that_left_is_closed(cast, as_person, topics):
    end_enrolment(cast.alder.enrolment)
    for who in EVERYONE:
        client = as_person(who)
        statuses = {
            ask(client, "get", path).status_code
            for path in ("workspaces/alder-ny/", f"topics/{topics['workspace'].pk}/", f"topics/{topics['office'].pk}/")
        }
        assert statuses == {404}, who
