"""Links that unfold: of what, for whom, and that nobody learns of what they may not see."""

import datetime as dt

import pytest
from django.conf import settings
from django.urls import reverse

from policies.actions.briefs import draft_brief
from policies.actions.trackers import open_tracker
from tests.cast import day_here
from tests.workspaces.test_api import MAYORS, OFFICES, RING, ask
from workspaces.actions.sign_offs import propose
from workspaces.actions.topics import open_topic, post_message, remove_message
from workspaces.cards import targets_in
from workspaces.realtime import payloads


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def say(cast, topic, *links):
    return post_message(topic, cast.standing("ada"), body="\n\n".join(links))[0]


def cards(client, message):
    return ask(client, "get", f"messages/{message.pk}/cards/").json()["results"]


def test_what_unfolds(cast, as_person, topic):
    ada = cast.standing("ada")
    tracker = open_tracker(ada, decided_by="joint", title="Court-date reminders")
    move = propose(ada, "stage_change", tracker.pk, rationale="Ready.", to_stage="preparation")
    today = day_here()
    brief = draft_brief(ada, period_start=today - dt.timedelta(60), period_end=today)
    said, _ = post_message(topic, ada, body="The **14th**\n\nsuits us.")
    links = {
        name: f"{settings.SITE_URL}{reverse(name, args=['alder-ny', thing.pk])}"
        for name, thing in {
            "workspaces:message": said,
            "workspaces:topic": topic,
            "workspaces:sign-off": move,
            "policies:tracker": tracker,
            "policies:brief": brief,
        }.items()
    }
    message = say(cast, topic, *links.values())
    told = cards(as_person("ben"), message)
    assert [(card["kind"], card["title"]) for card in told] == [
        ("Message", "Ada in “Call-in date”"),
        ("Topic", "Call-in date"),
        ("Sign-off", "Move “Court-date reminders” to “getting ready”"),
        ("Tracker", "Court-date reminders"),
        ("Brief", "Brief 1, Alder"),
    ]
    assert told[0]["note"] == "The **14th** suits us."
    assert told[3]["note"] == "Deciding, on track, in Alder"
    page = as_person("ben").get(reverse("workspaces:message-cards", args=["alder-ny", message.pk])).content.decode()
    assert page.count('class="unfolded__card"') == 5


@pytest.mark.parametrize("ring, readers", [("workspace", RING), ("offices", OFFICES), ("office", MAYORS)])
def test_only_those_who_may_see_the_target_get_its_card(cast, as_person, topic, ring, readers):
    target = open_topic(cast.standing("ada"), title="Canary", audience=ring)
    said, _ = post_message(target, cast.standing("ada"), body="Canary words")
    message = say(
        cast,
        topic,
        f"/workspaces/alder-ny/topics/{target.pk}/",
        f"[x](/workspaces/alder-ny/messages/{said.pk}/)",
        f"[y](/workspaces/alder-ny/topics/{target.pk}/)",
    )
    seen = {who: cards(as_person(who), message) for who in RING}
    assert {who for who, told in seen.items() if len(told) == 2} == readers
    assert {len(told) for who, told in seen.items() if who not in readers} <= {0}
    for who in RING - readers:
        where = reverse("workspaces:message", args=["alder-ny", message.pk])
        assert "Canary" not in as_person(who).get(where).content.decode()


def test_what_everyone_reads_has_no_card_in_it(cast, topic):
    within = open_topic(cast.standing("ada"), title="Canary", audience="office")
    message = say(cast, topic, f"[x](/workspaces/alder-ny/topics/{within.pk}/)")
    (told,) = payloads.after(message.stream, message.seq - 1, 1)
    assert "Canary" not in str(told) and f"/messages/{message.pk}/cards/" in told["html"]


@pytest.mark.parametrize(
    "text, number",
    [
        ("no link", 0),
        ("[a](/workspaces/alder-ny/topics/{pk}/)", 1),
        ("[a](/workspaces/alder-ny/topics/{pk}/?at=3#message-1) [b](/workspaces/alder-ny/topics/{pk}/)", 1),
        ("> [a](/workspaces/alder-ny/topics/{pk}/)", 0),
        ("`/workspaces/alder-ny/topics/{pk}/`", 0),
        ("[a](https://elsewhere.example/workspaces/alder-ny/topics/{pk}/)", 0),
        ("[a](//elsewhere.example/workspaces/alder-ny/topics/{pk}/)", 0),
        ("[a](/workspaces/alder-ny/people/)", 0),
        ("[a](/workspaces/alder-ny/topics/nonsense/)", 0),
        ("[a](/workspaces/ /) [a](http://[/workspaces/)", 0),
    ],
)
def test_which_links_lead_here(topic, text, number):
    assert len(targets_in(text.replace("{pk}", str(topic.pk)))) == number


def test_a_removed_message_unfolds_nowhere(cast, as_person, topic):
    said, _ = post_message(topic, cast.standing("ada"), body="Not for here")
    message = say(cast, topic, f"[x](/workspaces/alder-ny/messages/{said.pk}/)")
    remove_message(said, cast.standing("ada"))
    assert cards(as_person("ben"), message) == []
    remove_message(message, cast.standing("ada"))
    assert cards(as_person("ben"), message) == []
