"""Working agreements and decisions: who marks, who confirms, and what they are once both offices have."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from cohorts.models import AuditEntry
from tests.cast import day_here
from tests.workspaces.test_api import EVERYONE, RING, ask
from workspaces.actions.decisions import confirm, enter_decision, mark_agreement, take_mark_back
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.models import Confirmation, Decision, Event
from workspaces.realtime import payloads

STAFF = {"ada", "amos", "ben", "bea"}
SIGNERS = {"ada", "ben", "bea"}


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def message(cast, topic):
    return post_message(topic, cast.standing("amos"), body="Call-ins are **monthly**.")[0]


def page(name, *ids):
    return reverse(f"workspaces:{name}", args=["alder-ny", *ids])


def yes(decision, *standings):
    for standing in standings:
        decision = confirm(decision, standing)
    return decision


@pytest.mark.parametrize("who", EVERYONE)
def test_who_marks(cast, as_person, message, who):
    client = as_person(who)
    expected = 201 if who in STAFF else 403 if who in RING else 404
    assert ask(client, "post", "decisions/", {"message": str(message.pk)}).status_code == expected
    assert client.post(page("message-agreement", message.pk)).status_code == (302 if expected == 201 else expected)
    assert Decision.objects.count() == int(expected == 201)


@pytest.mark.parametrize("who", EVERYONE)
def test_who_confirms(cast, as_person, message, who):
    decision = mark_agreement(message, cast.standing("amos"))
    client = as_person(who)
    expected = 200 if who in SIGNERS else 403 if who in RING else 404
    assert ask(client, "post", f"decisions/{decision.pk}/confirm/").status_code == expected
    assert client.post(page("decision-confirmation", decision.pk)).status_code == (302 if expected == 200 else expected)
    assert Confirmation.objects.count() == int(expected == 200)


def test_with_both_offices_it_is_a_dated_decision(cast, as_person, message):
    decision = mark_agreement(message, cast.standing("amos"))
    assert yes(decision, cast.standing("bea"), cast.standing("ben")).decided_at is None  # one office, twice
    assert Event.objects.filter(kind="decision.made").count() == 0
    made = yes(decision, cast.standing("ada"))
    assert (made.decided_on, Event.objects.filter(kind="decision.made").count()) == (day_here(), 1)
    told = ask(as_person("finn"), "get", "decisions/?workspace=alder-ny").json()["results"]
    assert [(row["message"], row["text"], row["decided_on"], row["workspace"]) for row in told] == [
        (str(message.pk), "Call-ins are **monthly**.", str(day_here()), "alder-ny")
    ]
    assert [(each["office"], each["user"]) for each in told[0]["agreed_by"]] == [
        ("prosecutor", str(cast.bea.pk)),
        ("mayor", str(cast.ada.pk)),
    ]
    assert ask(as_person("finn"), "get", f"messages/{message.pk}/").json()["is_decision"] is True
    acts = AuditEntry.objects.filter(action="decision.confirmed", of=None).order_by("number")
    assert [(act.actor, act.detail["office"]) for act in acts] == [
        (cast.bea, "Alder County District Attorney’s office"),
        (cast.ada, "Alder mayor’s office"),
    ]
    assert "monthly" not in str(acts.values())


def test_it_says_who_is_missing(cast, as_person, message):
    decision = mark_agreement(message, cast.standing("amos"))
    yes(decision, cast.standing("bea"))
    for where in (page("topic", message.topic_id), page("decisions")):
        shown = as_person("finn").get(where).content.decode()
        assert "Confirmed by Bea" in shown and "Waits for the Alder mayor’s office" in shown
    asked = {who: "Confirm for our office" in as_person(who).get(page("decisions")).content.decode() for who in RING}
    assert {who for who, is_asked in asked.items() if is_asked} == {"ada"}
    homes = {who: "a working agreement in “Call-in date”" in as_person(who).get("/").content.decode() for who in STAFF}
    assert {who for who, is_asked in homes.items() if is_asked} == {"ada"}


def test_an_open_page_hears_each_step(cast, message):
    decision = mark_agreement(message, cast.standing("amos"))
    yes(decision, cast.standing("bea"), cast.standing("ada"))
    told = payloads.after(message.stream, message.seq, 10)
    assert [(frame["kind"], frame["actor"]["name"]) for frame in told] == [
        ("message.edited", "Amos"),
        ("message.edited", "Bea"),
        ("decision.made", "Ada"),
    ]
    assert told[-1]["data"]["is_decision"] is True and "Agreed by both offices" in told[-1]["html"]


def test_other_words_are_another_agreement(cast, message):
    decision = mark_agreement(message, cast.standing("ada"))
    yes(decision, cast.standing("bea"))
    edit_message(message, cast.standing("amos"), version=1, body="Call-ins are weekly.")
    assert (Decision.objects.count(), Confirmation.objects.count()) == (0, 0)
    again = mark_agreement(message, cast.standing("bea"))
    assert (again.text, again.confirmations.count()) == ("Call-ins are weekly.", 0)
    remove_message(message, cast.standing("amos"))
    assert Decision.objects.count() == 0


def test_a_decision_stays(cast, as_person, message):
    yes(mark_agreement(message, cast.standing("amos")), cast.standing("bea"), cast.standing("ada"))
    for verb in (
        lambda: edit_message(message, cast.standing("amos"), version=1, body="Never."),
        lambda: remove_message(message, cast.standing("amos")),
        lambda: take_mark_back(Decision.objects.select_related("message__topic").get(), cast.standing("ada")),
    ):
        with pytest.raises(ValidationError, match="decision of both offices"):
            verb()
    client = as_person("amos")
    assert client.post(page("message", message.pk), {"body": "Never.", "version": 1}).status_code == 422
    assert client.post(page("message-removal", message.pk)).status_code == 422
    assert ask(client, "delete", f"messages/{message.pk}/").status_code == 400
    assert ask(client, "delete", f"decisions/{Decision.objects.get().pk}/").status_code == 400
    message.refresh_from_db()
    assert (message.body, message.deleted_at) == ("Call-ins are **monthly**.", None)


def test_the_mark_can_be_taken_back(cast, as_person, message):
    decision = mark_agreement(message, cast.standing("amos"))
    for who, expected in (("finn", 403), ("cleo", 404), ("ben", 204)):
        assert ask(as_person(who), "delete", f"decisions/{decision.pk}/").status_code == expected
    decision = mark_agreement(message, cast.standing("amos"))
    assert as_person("ada").post(page("decision-removal", decision.pk)).status_code == 302
    assert Decision.objects.count() == 0


def test_both_offices_must_read_what_they_agree_to(cast, as_person):
    within = open_topic(cast.standing("ada"), title="Within", audience="office")
    own, _ = post_message(within, cast.standing("ada"), body="Ours")
    of_all, _ = post_message(
        open_topic(cast.standing("ada", cast.cohort.workspace), title="All"),
        cast.standing("ada", cast.cohort.workspace),
        body="x",
    )
    with pytest.raises(ValidationError, match="what both can read"):
        mark_agreement(own, cast.standing("ada"))
    with pytest.raises(PermissionDenied):
        mark_agreement(of_all, cast.standing("ada", cast.cohort.workspace))
    assert ask(as_person("ada"), "post", "decisions/", {"message": str(own.pk)}).status_code == 400
    offices = open_topic(cast.standing("ada"), title="Both", audience="offices")
    both, _ = post_message(offices, cast.standing("ada"), body="Canary")
    decision = mark_agreement(both, cast.standing("ada"))
    seen = {who: ask(as_person(who), "get", f"decisions/{decision.pk}/").status_code for who in ("amos", "bea", "finn", "nora")}
    assert seen == {"amos": 200, "bea": 200, "finn": 404, "nora": 404}
    assert "Canary" not in as_person("finn").get(page("decisions")).content.decode()


def test_a_decision_by_phone_is_entered_by_one_office_and_confirmed_by_the_other(cast, as_person, topic):
    day = day_here() - dt.timedelta(days=3)
    form = {"text": "The venue is the library.", "on": str(day), "topic": str(topic.pk)}
    refused = {who: as_person(who).post(page("decisions"), form).status_code for who in ("amos", "finn", "rhea", "cleo")}
    assert (refused, Decision.objects.count()) == ({"amos": 403, "finn": 403, "rhea": 403, "cleo": 404}, 0)
    assert as_person("ben").post(page("decisions"), form).status_code == 302
    decision = Decision.objects.get()
    assert (decision.is_made_elsewhere, decision.decided_at, decision.message.topic) == (True, None, topic)
    assert "Waits for the Alder mayor’s office" in as_person("ada").get(page("decisions")).content.decode()
    as_person("bea").post(page("decision-confirmation", decision.pk))
    assert Decision.objects.made().count() == 0
    as_person("ada").post(page("decision-confirmation", decision.pk))
    shown = as_person("finn").get(page("decisions")).content.decode()
    assert f"Decided {day:%B} {day.day}, {day.year}" in shown and "Decided by phone or in a meeting, entered by Ben." in shown


def test_by_api_a_decision_made_elsewhere(cast, as_person, topic):
    day = str(day_here())
    body = {"topic": str(topic.pk), "text": "The venue is the library.", "decided_on": day}
    told = ask(as_person("ada"), "post", "decisions/", body)
    assert (told.status_code, told.json()["is_made_elsewhere"], told.json()["decided_at"]) == (201, True, None)
    late = ask(as_person("ada"), "post", "decisions/", body | {"decided_on": str(day_here() + dt.timedelta(2))})
    without = ask(as_person("ada"), "post", "decisions/", {"topic": str(topic.pk)})
    hidden = open_topic(cast.standing("bea"), title="Theirs", audience="office")
    elsewhere = ask(as_person("ada"), "post", "decisions/", body | {"topic": str(hidden.pk)})
    assert (late.status_code, without.status_code, elsewhere.status_code) == (400, 400, 404)
    assert {error["attr"] for error in without.json()["errors"]} == {"text", "decided_on"}
    assert (Decision.objects.count(), topic.messages.count()) == (1, 1)


def test_a_bad_entry_keeps_what_was_typed(cast, as_person, topic):
    tomorrow = str(day_here() + dt.timedelta(days=2))
    answer = as_person("ada").post(page("decisions"), {"text": "Kept words", "on": tomorrow, "topic": str(topic.pk)})
    assert (answer.status_code, "Kept words" in answer.content.decode(), Decision.objects.count()) == (422, True, 0)
    assert topic.messages.count() == 0


def test_a_cohort_has_no_decision_log(cast, as_person):
    assert as_person("ada").get("/workspaces/first/decisions/").status_code == 404


def test_as_many_queries_for_three_as_for_one(cast, as_person, topic, message, django_assert_max_num_queries):
    def count(client):
        with django_assert_max_num_queries(12) as counted:
            assert client.get(page("decisions")).status_code == 200
        return len(counted)

    yes(mark_agreement(message, cast.standing("amos")), cast.standing("bea"))
    client = as_person("ada")
    one = count(client)
    for number in range(3):
        enter_decision(topic, cast.standing("ben"), text=f"Number {number}", on=day_here())
    assert count(client) == one
