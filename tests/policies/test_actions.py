import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cohorts.models import Conflict
from policies.actions.tracker_actions import add_action, answer_suggestion, edit_action, move_action, remove_action
from policies.actions.trackers import open_tracker
from policies.models import Action, Tracker
from tests.cast import day_here

API = "/api/v1/actions/"
INSIDE = ("ada", "amos", "ben", "bea", "finn", "nora", "rhea")
OFFICE = {"mayor": {"ada", "amos"}, "prosecutor": {"ben", "bea"}, "joint": {"ada", "amos", "ben", "bea"}}


@pytest.fixture
def tracker(cast):
    return open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")


def added(cast, tracker, title="Sign the contract", by="amos", **fields):
    return add_action(tracker, cast.standing(by), title=title, **({"office": "joint"} | fields))


def page(action, rest=""):
    return f"/workspaces/alder-ny/actions/{action.pk}/{rest}"


@pytest.mark.parametrize("office", ["mayor", "prosecutor", "joint"])
def test_who_changes_an_action(cast, as_person, tracker, office):
    action = added(cast, tracker, office=office, by="bea" if office == "prosecutor" else "amos")
    for who in INSIDE:
        version = Action.objects.get(pk=action.pk).version
        told = as_person(who).patch(f"{API}{action.pk}/", {"version": version, "title": who}, "application/json")
        assert (who, told.status_code) == (who, 200 if who in OFFICE[office] else 403)
    for who in ("omar", "cleo", "dora", "gus", "ivy", "otto"):
        told = as_person(who).patch(f"{API}{action.pk}/", {"version": 1, "title": who}, "application/json")
        assert (who, told.status_code) == (who, 404)


@pytest.mark.parametrize("who", INSIDE)
@pytest.mark.parametrize("office", ["mayor", "prosecutor", "joint"])
def test_who_adds_and_who_suggests(as_person, tracker, who, office):
    body = {"tracker": str(tracker.pk), "title": "Ask the court", "office": office}
    told = as_person(who).post(API, body, "application/json")
    assert told.status_code == (201 if who in OFFICE[office] else 403)
    told = as_person(who).post(API, body | {"status": "suggested"}, "application/json")
    assert told.status_code == (403 if who == "rhea" else 201)


def test_on_the_page_what_is_not_ones_to_add_is_a_suggestion(as_person, tracker):
    address = f"/workspaces/alder-ny/trackers/{tracker.pk}/actions/new/"
    for who, office, status in (("amos", "mayor", "todo"), ("amos", "prosecutor", "suggested"), ("nora", "joint", "suggested")):
        assert as_person(who).post(address, {"title": f"By {who}", "office": office}).status_code == 302
        assert Action.objects.latest("created_at").status == status
    assert as_person("rhea").post(address, {"title": "No", "office": "joint"}).status_code == 403
    assert as_person("cleo").post(address, {"title": "No", "office": "joint"}).status_code == 404


def test_an_own_matter_is_added_to_by_its_office_alone(cast):
    tracker = open_tracker(cast.standing("ben"), title="Charging policy", decided_by="prosecutor")
    joint = added(cast, tracker, by="bea")
    for deed in (
        lambda: added(cast, tracker, by="ada", office="mayor"),
        lambda: edit_action(joint, cast.standing("ada"), version=1, status="dropped"),
    ):
        with pytest.raises(PermissionDenied):
            deed()
    assert added(cast, tracker, by="ada", office="mayor", status="suggested").status == "suggested"


def test_nobody_hands_the_other_office_work(cast, tracker):
    action = added(cast, tracker)
    with pytest.raises(PermissionDenied):
        edit_action(action, cast.standing("amos"), version=1, office="prosecutor")
    assert Action.objects.get(pk=action.pk).office == "joint"


def test_a_suggestion_waits_for_whom_it_is_meant_for(cast, as_person, tracker):
    action = added(cast, tracker, by="nora", office="prosecutor", status="suggested")
    with pytest.raises(PermissionDenied):
        answer_suggestion(action, cast.standing("ada"), version=1, is_accepted=True)
    assert as_person("ada").post(page(action, "answer/"), {"accept": ""}).status_code == 403
    assert as_person("bea").post(page(action, "answer/"), {"accept": ""}).status_code == 302
    action.refresh_from_db()
    assert action.status == "todo"
    with pytest.raises(ValidationError):
        answer_suggestion(action, cast.standing("bea"), version=2, is_accepted=False)


def test_a_circle_of_dependencies_is_named(cast, tracker):
    one, two, three = (added(cast, tracker, title) for title in ("One", "Two", "Three"))
    edit_action(two, cast.standing("ada"), version=1, depends_on=[one])
    edit_action(three, cast.standing("ada"), version=1, depends_on=[two])
    with pytest.raises(ValidationError) as refused:
        edit_action(one, cast.standing("ada"), version=1, depends_on=[three])
    assert refused.value.message_dict == {
        "depends_on": ["That is a circle: “One” would wait for “Three”, which waits for “Two”, which waits for “One”."]
    }
    assert (one.depends_on.count(), Action.objects.get(pk=one.pk).version) == (0, 1)
    with pytest.raises(ValidationError):
        edit_action(Action.objects.get(pk=one.pk), cast.standing("ada"), version=1, depends_on=[one])


def test_an_action_of_another_tracker_or_city_is_no_dependency(cast, as_person, tracker):
    action = added(cast, tracker)
    there = open_tracker(cast.standing("cleo", cast.birch), title="Lights", decided_by="joint")
    hidden = add_action(there, cast.standing("cleo", cast.birch), title="Poles", office="joint")
    other = added(cast, open_tracker(cast.standing("ada"), title="Other", decided_by="joint"))
    for wrong, code in ((hidden, "does_not_exist"), (other, "invalid")):
        body = {"version": 1, "depends_on": [str(wrong.pk)]}
        told = as_person("ada").patch(f"{API}{action.pk}/", body, "application/json")
        assert (told.status_code, told.json()["errors"][0]["code"]) == (400, code)
    body = {"tracker": str(there.pk), "title": "Ours", "office": "joint"}
    assert as_person("ada").post(API, body, "application/json").status_code == 404


def test_late_is_said_in_words_and_told_to_what_waits(cast, as_person, tracker):
    late = added(cast, tracker, "Contract", due_on=day_here() - dt.timedelta(days=9))
    added(cast, tracker, "Hire", depends_on=[late])
    shown = as_person("finn").get(f"/workspaces/alder-ny/trackers/{tracker.pk}/").content.decode()
    assert "9 days late" in shown and "1 late" in shown
    assert "waits for “Contract”, <strong>which is late</strong>" in shown


def test_the_button_moves_on_and_a_second_press_says_so(cast, as_person, tracker):
    action = added(cast, tracker)
    client = as_person("ben")
    for _ in range(2):
        assert client.post(page(action, "step/"), {"status": "doing", "version": 1}).status_code == 302
    action.refresh_from_db()
    assert (action.status, action.version) == ("doing", 2)
    assert client.post(page(action, "step/"), {"status": "done", "version": 2}).status_code == 302
    action.refresh_from_db()
    assert (action.status, action.done_at is not None) == ("done", True)
    client.post(page(action, "step/"), {"status": "suggested", "version": "x"})
    assert Action.objects.get(pk=action.pk).version == 3


def test_an_old_version_shows_both_texts(cast, as_person, tracker):
    action = added(cast, tracker)
    edit_action(Action.objects.get(pk=action.pk), cast.standing("bea"), version=1, title="Sign both contracts")
    with pytest.raises(Conflict):
        edit_action(action, cast.standing("ada"), version=1, title="Mine")
    form = {"version": 1, "title": "Mine", "office": "joint", "status": "todo"}
    answer = as_person("ada").post(page(action), form)
    shown = answer.content.decode()
    assert (answer.status_code, "Sign both contracts" in shown, 'value="Mine"' in shown) == (409, True, True)


def test_order_is_moved_by_whom_the_action_belongs_to(cast, tracker):
    one, two, three = (added(cast, tracker, title) for title in ("One", "Two", "Three"))
    move_action(three, cast.standing("bea"), places=-1)
    move_action(one, cast.standing("bea"), places=-1)
    assert list(tracker.actions.values_list("title", flat=True)) == ["One", "Three", "Two"]
    with pytest.raises(PermissionDenied):
        move_action(two, cast.standing("nora"), places=1)


def test_a_removed_action_is_gone_for_reading(cast, as_person, tracker):
    action = added(cast, tracker)
    assert as_person("nora").delete(f"{API}{action.pk}/").status_code == 403
    assert as_person("cleo").delete(f"{API}{action.pk}/").status_code == 404
    assert as_person("ben").delete(f"{API}{action.pk}/").status_code == 204
    for address in (f"{API}{action.pk}/", page(action)):
        assert as_person("ben").get(address).status_code == 404
    assert Action.objects.get(pk=action.pk).removed_at is not None
    assert as_person("ben").get(f"{API}?tracker={tracker.pk}").json()["results"] == []
    with pytest.raises(PermissionDenied):
        remove_action(action, cast.standing("ben"))


@pytest.mark.parametrize(
    "body", [{"title": ""}, {"title": "x" * 201}, {"status": "later"}, {"due_on": "soon"}, {"depends_on": ["x"]}]
)
def test_bad_input_changes_nothing(cast, as_person, tracker, body):
    action = added(cast, tracker)
    told = as_person("ada").patch(f"{API}{action.pk}/", {"version": 1} | body, "application/json")
    assert (told.status_code, Action.objects.get(pk=action.pk).version) == (400, 1)
    assert as_person("ada").get(f"{API}?tracker=x").status_code == 400


def test_a_tracker_asks_the_same_with_one_action_and_with_three(cast, as_person, tracker):
    tracker = Tracker.objects.get(pk=tracker.pk)
    first = added(cast, tracker, owner=cast.seats["amos"])
    addresses = [f"/workspaces/alder-ny/trackers/{tracker.pk}/", f"{API}?tracker={tracker.pk}"]
    added(cast, tracker, "Second", depends_on=[first])
    counts = []
    for _ in range(2):
        client = as_person("ada")
        for address in addresses:
            client.get(address)
            with CaptureQueriesContext(connection) as asked:
                client.get(address)
            counts.append(len(asked))
        for title in ("Third", "Fourth"):
            added(cast, tracker, title, owner=cast.seats["bea"], depends_on=[first])
    assert counts[:2] == counts[2:]
