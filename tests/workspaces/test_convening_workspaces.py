"""A convening's own workspace: the cohort and the convening's guests talk there; a guest meets nothing else of the cohort."""

import importlib

import pytest
from django.apps import apps
from django.core.exceptions import ValidationError

from cohorts.actions.convenings import edit_convening
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Message, Stream, Topic, Workspace

HERE = "/workspaces/first-september/"
READERS = {"ada", "amos", "ben", "bea", "rhea", "cleo", "carl", "finn", "nora", "omar", "gus"}
EVERYONE = sorted(READERS | {"dora", "ivy", "otto"})


@pytest.fixture
def topic(cast):
    made = open_topic(cast.standing("cleo", cast.convening.workspace), title="Questions for the speakers")
    post_message(made, cast.standing("cleo", cast.convening.workspace), body="What does it cost?")
    return made


@pytest.mark.parametrize("who", EVERYONE)
def test_who_reads_and_who_writes(as_person, topic, who):
    client = as_person(who)
    assert client.get(HERE).status_code == (200 if who in READERS else 404)
    sent = client.post(f"{HERE}topics/{topic.pk}/", {"body": "Hello", "client_id": "5f1dbd4a-4b0c-4b8e-9d0f-0d7c8f1f2a11"})
    assert sent.status_code == (404 if who not in READERS else 403 if who == "rhea" else 302)
    assert Message.objects.filter(body="Hello").count() == (who in READERS - {"rhea"})


def test_who_can_read_it_is_said_before_one_writes(as_person, topic):
    words = "Everyone at this convening (the whole cohort and its guests) can see"
    for who in ("gus", "ada"):
        for path in (HERE, f"{HERE}topics/new/", f"{HERE}topics/{topic.pk}/", "/cohorts/first/convenings/september/"):
            assert words in as_person(who).get(path).content.decode(), (who, path)
    assert "What you write may become a public record." in as_person("gus").get(f"{HERE}topics/new/").content.decode()


def test_there_is_one_audience(cast, as_person):
    for audience in ("offices", "office"):
        with pytest.raises(ValidationError):
            open_topic(cast.standing("ada", cast.convening.workspace), title="Ours", audience=audience)
        told = {"workspace": "first-september", "title": "Ours", "audience": audience}
        assert as_person("ada").post("/api/v1/topics/", told, "application/json").status_code == 400
    assert b"Who can see it?" not in as_person("ada").get(f"{HERE}topics/new/").content
    assert list(Stream.objects.filter(workspace=cast.convening.workspace).values_list("audience", flat=True)) == ["workspace"]


def test_a_guest_finds_the_way_and_nothing_else_of_the_cohort(cast, as_person, topic):
    client = as_person("gus")
    page = client.get("/cohorts/first/convenings/september/")
    assert [(tab["label"], tab["url"]) for tab in page.context["tabs"]] == [
        ("Convening", "/cohorts/first/convenings/september/"),
        ("Discussion", HERE),
        ("Files", f"{HERE}files/"),
    ]
    assert [row["title"] for row in page.context["topics"]] == ["Questions for the speakers"]
    for path in ("/workspaces/first/", "/workspaces/first/people/", f"{HERE}people/", "/cohorts/first/"):
        assert client.get(path).status_code == 404, path
    shown = page.content + client.get(HERE).content + client.get(f"{HERE}topics/{topic.pk}/").content
    assert b"Cleo" in shown and not any(name in shown for name in (b"Finn", b"Ada", b"Ben", b"Nora"))
    assert as_person("ada").get(f"{HERE}people/").status_code == 404


@pytest.mark.parametrize("who, slugs", [("gus", ["first-september"]), ("cleo", ["birch-ny", "first", "first-september"])])
def test_the_api_names_it(as_person, topic, who, slugs):
    client = as_person(who)
    assert client.get("/api/v1/me/").json()["workspaces"] == slugs
    told = client.get("/api/v1/workspaces/first-september/").json()
    told = {key: told[key] for key in ("name", "kind", "cohort", "city", "unread_count")}
    assert told == {
        "name": "September convening",
        "kind": "convening",
        "cohort": "first",
        "city": None,
        "unread_count": 1 if who == "gus" else 0,
    }
    assert client.get("/api/v1/workspaces/first-september/events/?stream=workspace&after=0").json()["results"][0]["kind"] == (
        "topic.created"
    )


def test_it_is_called_what_the_convening_is_called_and_stays_where_it_is(cast):
    edit_convening(cast.convening, cast.finn, version=1, title="Autumn convening")
    assert Workspace.objects.get(slug="first-september").name == "Autumn convening"


def test_its_clock_is_the_convenings(cast, as_person, topic):
    Message.objects.update(created_at="2027-03-02T15:00:00Z")
    type(cast.convening).objects.update(timezone="America/Chicago")
    assert "Mar 2, 2027, 9:00 AM CST" in as_person("gus").get(f"{HERE}topics/{topic.pk}/").content.decode()


@pytest.mark.parametrize("who", ["ada", "finn", "gus"])
def test_as_many_queries_at_three_as_at_one(cast, as_person, topic, django_assert_max_num_queries, who):
    client, counts = as_person(who), []
    for more in (0, 2):
        for number in range(more):
            post_message(topic, cast.standing("gus", cast.convening.workspace), body=f"{number}")
            open_topic(cast.standing("gus", cast.convening.workspace), title=f"{number}")
        for path in (HERE, f"{HERE}topics/{topic.pk}/", "/cohorts/first/convenings/september/"):
            with django_assert_max_num_queries(18) as counted:
                assert client.get(path).status_code == 200
            counts.append(len(counted))
    assert counts[:3] == counts[3:]


def test_convenings_from_before_have_one_too(cast):
    """The migration; where the address was taken meanwhile, the next one."""
    Topic.objects.all().delete()
    workspace = cast.convening.workspace
    workspace.streams.all().delete()
    workspace.delete()
    cast.alder.slug = "first-september"
    cast.alder.save()
    importlib.import_module("workspaces.migrations.0002_convenings_have_a_workspace").open_workspaces(apps, None)
    made = Workspace.objects.get(convening=cast.convening)
    assert (made.slug, made.name, made.kind, made.streams.count()) == (
        "first-september-2",
        "September convening",
        "convening",
        1,
    )
