"""Who can be called in a message, who was, and where they learn of it."""

import pytest
from django.urls import reverse

from tests.cast import person
from tests.workspaces.test_api import EVERYONE, MAYORS, OFFICES, RING, ask
from workspaces.actions.topics import edit_message, mark_read, open_topic, post_message, remove_message
from workspaces.markdown import mentioned, to_html
from workspaces.models import Mention, Topic, terms_reading

MAYORS_OFFICE = "Alder mayor’s office"


RINGS = [("workspace", "alder"), ("offices", "alder"), ("office", "alder"), ("workspace", "cohort"), ("workspace", "convening")]


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def called(message):
    return {mention.person.name: mention.words for mention in message.mentions.select_related("person")}


@pytest.mark.parametrize(
    "ring, place", [("workspace", "alder"), ("offices", "alder"), ("office", "alder"), ("workspace", "cohort")]
)
def test_the_readers_of_a_topic_are_those_who_see_it(cast, ring, place):
    workspace = {"alder": cast.alder, "cohort": cast.cohort.workspace, "convening": cast.convening.workspace}[place]
    topic = open_topic(cast.standing("ada", workspace), title="For whom", audience=ring)
    seeing = {who for who in EVERYONE if Topic.objects.visible_to(getattr(cast, who)).filter(pk=topic.pk).exists()}
    assert {term.person.name.lower() for term in terms_reading(topic)} == seeing != set()


@pytest.mark.parametrize("ring, readers", [("workspace", RING), ("offices", OFFICES), ("office", MAYORS)])
def test_only_those_who_may_see_it_are_offered(cast, as_person, ring, readers):
    topic = open_topic(cast.standing("ada"), title="For whom", audience=ring)
    told = {who: ask(as_person(who), "get", f"topics/{topic.pk}/readers/") for who in EVERYONE}
    assert {who: answer.status_code for who, answer in told.items()} == {
        who: 200 if who in readers else 404 for who in EVERYONE
    }
    rows = told["ada"].json()["results"]
    assert {row["name"].lower() for row in rows if row["kind"] == "person"} == readers
    offices = {row["name"] for row in rows if row["kind"] == "office"}
    assert offices == {office.name for office in cast.offices["alder"][: 1 if ring == "office" else 2]}
    narrowed = ask(as_person("ada"), "get", f"topics/{topic.pk}/readers/?q=MAYOR,").json()["results"]
    assert [row["name"] for row in narrowed] == ["Ada"]


def test_at_a_convening_those_who_wrote_there_are_offered(cast, as_person):
    """A guest meets who writes, not a list of the cohort; nor does the cohort find one of the guests."""
    standing = {who: cast.standing(who, cast.convening.workspace) for who in ("ada", "cleo", "gus")}
    topic = open_topic(standing["ada"], title="Questions for the speakers")
    for who in ("ada", "gus"):
        told = ask(as_person(who), "get", f"topics/{topic.pk}/readers/").json()["results"]
        assert told == []
    other = open_topic(standing["cleo"], title="What to read")
    post_message(other, standing["cleo"], body="Two trials.")
    for who in ("ada", "gus"):
        told = ask(as_person(who), "get", f"topics/{topic.pk}/readers/").json()["results"]
        assert [row["name"] for row in told] == ["Cleo", "Birch mayor’s office"]
    message, _ = post_message(topic, standing["gus"], body="@Cleo and @Ben, with @Finn")
    assert called(message) == {"Cleo": "@Cleo"}


def test_who_is_called(cast, topic):
    body = (
        f"@Ben and @ben, with @{MAYORS_OFFICE.replace('’', chr(39))}, not ada@example.org, `@Bea` nor @Benjamin, @Cleo or @Ada"
    )
    message, _ = post_message(topic, cast.standing("ada"), body=body)
    assert called(message) == {"Ben": "@Ben", "Amos": f"@{MAYORS_OFFICE}", "Rhea": f"@{MAYORS_OFFICE}"}


def test_nobody_is_called_who_may_not_see_it(cast):
    within = open_topic(cast.standing("ada"), title="Within", audience="office")
    message, _ = post_message(within, cast.standing("ada"), body="@Ben @Finn @Amos @Alder County District Attorney’s office")
    assert called(message) == {"Amos": "@Amos"}


def test_an_edit_calls_anew(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    edit_message(message, cast.standing("ada"), version=1, body="@Bea, the 14th?")
    assert called(message) == {"Bea": "@Bea"}
    told = ask(as_person("ben"), "get", f"messages/{message.pk}/").json()
    assert told["mentions"] == [str(cast.bea.pk)]
    assert told["html"] == '<p><span class="mention">@Bea</span>, the 14th?</p>\n'
    remove_message(message, cast.standing("ada"))
    assert ask(as_person("ben"), "get", f"messages/{message.pk}/").json()["mentions"] == []


def home(client):
    return client.get(reverse("home")).content.decode()


def test_home_says_where_one_was_called(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body=f"@Ben, and @{cast.offices['alder'][1].name}")
    at = f"{reverse('workspaces:topic', args=['alder-ny', topic.pk])}?at=1#message-{message.pk}"
    assert f'<a href="{at}">Ada called you in “Call-in date”, Alder</a>' in home(as_person("ben"))
    assert "Ada called your office in “Call-in date”, Alder" in home(as_person("bea"))
    assert "called" not in home(as_person("amos"))
    topic.refresh_from_db()
    mark_read(topic, cast.ben, 1)
    assert "called" not in home(as_person("ben"))


def test_a_call_that_one_may_no_longer_see_is_not_told(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body="@Ben")
    Topic.objects.filter(pk=topic.pk).update(audience="office", office=cast.offices["alder"][0])
    assert "called" not in home(as_person("ben"))
    assert not Mention.objects.visible_to(cast.ben).filter(message=message).exists()


@pytest.mark.parametrize(
    "text, names",
    [
        ("@Ada", ["Ada"]),
        ("@ADA!", ["Ada"]),
        ("@Ada Lovelace", ["Ada Lovelace"]),
        ("x@Ada", []),
        ("@Adabel", []),
        ("**@Ada** and @Ada", ["Ada"]),
        ("```\n@Ada\n```", []),
        ("\\@Ada", []),
        ("@", []),
        ("@Mayor (demo).", ["Mayor (demo)"]),
        ("[@Ada](https://example.org)", ["Ada"]),
    ],
)
def test_names_in_text(text, names):
    assert mentioned(text, ["Ada", "Ada Lovelace", "Mayor (demo)"]) == names


def test_a_name_is_words_and_nothing_else():
    assert to_html("@<b>", ["<b>"]) == '<p><span class="mention">@&lt;b&gt;</span></p>\n'
    assert "<span" not in to_html('<span class="mention">@Ada</span> `@Ada`')


def test_two_of_one_name_are_both_called(cast, topic):
    namesake = person("ben2")
    namesake.name = "Ben"
    namesake.save()
    term = cast.bea.terms.get()
    term.person = namesake
    term.save()
    message, _ = post_message(topic, cast.standing("ada"), body="@Ben")
    assert set(message.mentions.values_list("person", flat=True)) == {cast.ben.pk, namesake.pk}


@pytest.mark.parametrize("who", ["ada", "rhea", "cleo"])
def test_a_preview_keeps_nothing(as_person, topic, who):
    client = as_person(who)
    where = reverse("workspaces:topic-preview", args=["alder-ny", topic.pk])
    answer = client.post(where, {"body": "**Bold** @Ben <script>"}, headers={"HX-Request": "true"})
    assert answer.status_code == (404 if who == "cleo" else 200)
    if who == "ada":
        shown = answer.content.decode()
        assert '<strong>Bold</strong> <span class="mention">@Ben</span> &lt;script&gt;' in shown
        whole = client.post(where, {"body": "**Bold**"}).content.decode()
        assert "<strong>Bold</strong>" in whole and "**Bold**</textarea>" in whole
    assert topic.messages.count() == 0
