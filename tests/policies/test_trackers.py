import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cohorts.models import Conflict
from policies.actions.interventions import load_interventions
from policies.actions.trackers import edit_tracker, open_tracker, share_tracker, stop_sharing_tracker
from policies.models import Intervention, Tracker
from workspaces.actions.sign_offs import propose
from workspaces.models import Event, SignOff, Topic

API = "/api/v1/trackers/"


@pytest.fixture
def tracker(cast):
    return open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")


def own(cast, who="ada"):
    return open_tracker(cast.standing(who), title="Executive order", decided_by="mayor")


def page(tracker, rest=""):
    return f"/workspaces/alder-ny/trackers/{tracker.pk}/{rest}"


def kinds(cast):
    return list(Event.objects.filter(stream__workspace=cast.alder).order_by("pk").values_list("kind", flat=True))


# --- opening


def test_opened_from_the_library_it_brings_actions_indicators_and_a_topic(cast):
    load_interventions()
    intervention = Intervention.objects.get(slug="group-violence-intervention")
    tracker = open_tracker(cast.standing("bea"), intervention=intervention)
    assert (tracker.title, tracker.decided_by, tracker.stage) == (intervention.name, "joint", "exploration")
    assert list(tracker.actions.values_list("title", flat=True)) == [step.title for step in intervention.playbook.all()]
    assert set(tracker.actions.values_list("office", "status", "due_on")) == {("joint", "todo", None)}
    assert tracker.indicators.filter(is_context=False).count() == 5
    topic = Topic.objects.get(subject_id=tracker.pk)
    assert (topic.subject_kind, topic.audience, topic.title) == ("tracker", "workspace", intervention.name)
    assert "tracker.created" in kinds(cast)


def test_the_lead_decides_and_takes_on_the_actions(cast):
    load_interventions()
    intervention = Intervention.objects.get(slug="first-felony-diversion")
    tracker = open_tracker(cast.standing("ben"), intervention=intervention)
    assert (tracker.decided_by, set(tracker.actions.values_list("office", flat=True))) == ("prosecutor", {"prosecutor"})
    with pytest.raises(PermissionDenied):
        open_tracker(cast.standing("ada"), intervention=intervention)
    assert Tracker.objects.count() == 1


@pytest.mark.parametrize(
    "who, status",
    [
        *(("ada", 302), ("amos", 302), ("ben", 302), ("bea", 302)),
        *(("finn", 403), ("nora", 403), ("rhea", 403)),
        *(("omar", 404), ("cleo", 404), ("dora", 404), ("gus", 404), ("ivy", 404), ("otto", 404)),
    ],
)
def test_who_may_open(as_person, who, status):
    client = as_person(who)
    answer = client.post("/workspaces/alder-ny/trackers/new/", {"title": "Lights", "decided_by": "joint"})
    assert (answer.status_code, Tracker.objects.count()) == (status, int(status == 302))
    told = client.post(API, {"workspace": "alder-ny", "title": "Lights"}, "application/json")
    assert told.status_code == {302: 201}.get(status, status)


# --- reading


@pytest.mark.parametrize(
    "who, status",
    [
        *((who, 200) for who in ("ada", "amos", "ben", "bea", "finn", "nora", "rhea")),
        *((who, 404) for who in ("omar", "cleo", "carl", "dora", "gus", "ivy", "otto")),
    ],
)
def test_who_reads(as_person, tracker, who, status):
    client = as_person(who)
    for address in (page(tracker), page(tracker, "history/"), f"{API}{tracker.pk}/"):
        assert client.get(address).status_code == status
    listed = client.get(f"{API}?workspace=alder-ny").json()["results"]
    assert len(listed) == (1 if status == 200 else 0)


def test_nobody_without_signing_in(client, tracker):
    assert client.get(f"{API}{tracker.pk}/").status_code == 401
    assert client.get(page(tracker)).url.startswith("/accounts/login/")


@pytest.mark.parametrize("address", ["/workspaces/alder-ny/trackers/", f"{API}?workspace=alder-ny"])
def test_a_list_asks_the_same_of_one_and_of_three(cast, as_person, tracker, address):
    client = as_person("ada")
    client.get(address)
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for number in range(2):
        open_tracker(cast.standing("bea"), title=f"Another {number}", mayor_owner=cast.seats["amos"])
    with CaptureQueriesContext(connection) as three:
        client.get(address)
    assert len(three) == len(one)


# --- editing


@pytest.mark.parametrize(
    "decided_by, allowed",
    [("joint", {"ada", "amos", "ben", "bea"}), ("mayor", {"ada", "amos"}), ("prosecutor", {"ben", "bea"})],
)
def test_who_edits(cast, as_person, tracker, decided_by, allowed):
    Tracker.objects.filter(pk=tracker.pk).update(decided_by=decided_by)
    for who in ("ada", "amos", "ben", "bea", "finn", "nora", "rhea"):
        version = Tracker.objects.get(pk=tracker.pk).version
        told = as_person(who).patch(f"{API}{tracker.pk}/", {"version": version, "title": who}, "application/json")
        assert (who, told.status_code) == (who, 200 if who in allowed else 403)
        assert (who, as_person(who).get(page(tracker, "edit/")).status_code) == (who, 200 if who in allowed else 403)
    assert as_person("cleo").patch(f"{API}{tracker.pk}/", {"version": 1, "title": "x"}, "application/json").status_code == 404


def test_stage_is_not_for_editing(as_person, tracker):
    told = as_person("ada").patch(f"{API}{tracker.pk}/", {"version": 1, "stage": "sustainment"}, "application/json")
    assert (told.status_code, told.json()["stage"]) == (200, "exploration")


def test_one_office_cannot_take_a_joint_matter(as_person, cast, tracker):
    told = as_person("ada").patch(f"{API}{tracker.pk}/", {"version": 1, "decided_by": "mayor"}, "application/json")
    assert (told.status_code, told.json()["errors"][0]["attr"]) == (400, "decided_by")
    mine = own(cast)
    assert edit_tracker(mine, cast.standing("ada"), version=1, decided_by="joint").decided_by == "joint"


def test_worse_health_needs_a_note(cast, tracker):
    with pytest.raises(ValidationError) as refused:
        edit_tracker(tracker, cast.standing("bea"), version=1, health="off_track")
    assert list(refused.value.message_dict) == ["health_note"]
    tracker.refresh_from_db()
    assert edit_tracker(tracker, cast.standing("bea"), version=1, health="off_track", health_note="No staff.").version == 2


def test_an_old_version_is_a_conflict_with_the_newer_one(cast, as_person, tracker):
    edit_tracker(Tracker.objects.get(pk=tracker.pk), cast.standing("bea"), version=1, title="Reminders by text")
    with pytest.raises(Conflict):
        edit_tracker(tracker, cast.standing("ada"), version=1, title="Mine")
    told = as_person("ada").patch(f"{API}{tracker.pk}/", {"version": 1, "title": "Mine"}, "application/json")
    assert (told.status_code, told.json()["current"]["title"]) == (409, "Reminders by text")
    form = {"version": 1, "title": "Mine", "health": "on_track"}
    answer = as_person("ada").post(page(tracker, "edit/"), form)
    shown = answer.content.decode()
    assert (answer.status_code, "Reminders by text" in shown, 'value="Mine"' in shown) == (409, True, True)
    assert as_person("ada").post(page(tracker, "edit/"), form | {"version": 2}).status_code == 302
    assert Tracker.objects.get(pk=tracker.pk).title == "Mine"


def test_an_edit_overtakes_an_open_proposal_only_when_it_changes_what_is_signed(cast, tracker):
    sign_off = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Ready.", to_stage="preparation")
    edit_tracker(tracker, cast.standing("bea"), version=1, health="at_risk", health_note="Slow.")
    assert SignOff.objects.get(pk=sign_off.pk).status == "open"
    edit_tracker(tracker, cast.standing("bea"), version=2, problem_statement="Another problem.")
    assert SignOff.objects.get(pk=sign_off.pk).status == "stale"


@pytest.mark.parametrize(
    "body, attr",
    [
        ({"title": "x" * 161}, "title"),
        ({"title": "Lights", "decided_by": "nobody"}, "decided_by"),
        ({"title": "Lights", "starts_on": "2026-05-01", "target_on": "2026-04-01"}, "non_field_errors"),
        ({"title": "Lights", "intervention": "no-such"}, "intervention"),
        ({}, "title"),
    ],
)
def test_bad_input_stores_nothing(as_person, body, attr):
    told = as_person("ada").post(API, {"workspace": "alder-ny"} | body, "application/json")
    assert (told.status_code, told.json()["errors"][0]["attr"], Tracker.objects.count()) == (400, attr, 0)


def test_an_owner_sits_in_the_office_and_a_hidden_seat_does_not_exist(cast, as_person, tracker):
    for who, code in (("bea", "invalid"), ("cleo", "does_not_exist")):
        body = {"version": 1, "mayor_owner": str(cast.seats[who].pk)}
        told = as_person("ada").patch(f"{API}{tracker.pk}/", body, "application/json")
        assert (told.status_code, told.json()["errors"][0]["code"]) == (400, code)


# --- sharing


@pytest.mark.parametrize(
    "who, status", [("ada", 302), ("bea", 302), ("amos", 403), ("finn", 403), ("nora", 403), ("cleo", 404)]
)
def test_who_shares(as_person, tracker, who, status):
    assert as_person(who).post(page(tracker, "share/")).status_code == status
    assert tracker.shares.count() == int(status == 302)


def test_the_cohort_sees_the_short_page_and_nothing_else(cast, as_person, tracker):
    addresses = [f"/cohorts/first/shared/trackers/{tracker.pk}/", f"/api/v1/cohorts/first/shared/trackers/{tracker.pk}/"]
    for address in addresses:
        assert as_person("cleo").get(address).status_code == 404
    share_tracker(tracker, cast.standing("ada"))
    for address in addresses:
        for who in ("ada", "cleo", "omar", "rhea"):
            assert (who, as_person(who).get(address).status_code) == (who, 200)
        for who in ("dora", "gus", "ivy", "otto"):
            assert (who, as_person(who).get(address).status_code) == (who, 404)
    assert as_person("cleo").get(page(tracker)).status_code == 404
    assert set(as_person("cleo").get(addresses[1]).json()) == {
        *("id", "url", "city", "intervention", "title", "problem_statement", "decided_by", "stage", "health", "moves"),
    }
    stop_sharing_tracker(tracker, cast.standing("bea"))
    assert as_person("cleo").get(addresses[0]).status_code == 404


def test_history_is_told_in_sentences(cast, as_person, tracker):
    edit_tracker(tracker, cast.standing("bea"), version=1, health="at_risk", health_note="Slow.", target_on=dt.date(2027, 1, 1))
    shown = as_person("ada").get(page(tracker, "history/")).content.decode()
    assert "<strong>Amos</strong> added this tracker" in shown
    assert "<strong>Bea</strong> changed health of this tracker from “On track” to “At risk”" in shown
