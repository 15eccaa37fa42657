import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone

from cohorts.actions.cohorts import enrol_city
from policies.cockpit import read_cockpit, to_call
from policies.models import Action, CheckIn, CheckInAnswer, CheckInTemplate, Tracker
from tests.cast import city, day_here, pair
from workspaces.actions.sign_offs import propose, sign
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Event, SignOff

ADDRESS = "/api/v1/cohorts/first/cockpit/"
PAGE = "/cohorts/first/"
PEOPLE = ["ada", "amos", "ben", "rhea", "cleo", "dora", "finn", "nora", "omar", "gus", "ivy", "otto"]
COHORT = {"ada", "amos", "ben", "rhea", "cleo", "finn", "nora", "omar"}


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


def row(cast, name="alder"):
    return next(each for each in read_cockpit(cast.cohort) if each.workspace == getattr(cast, name))


def act(cast, who, days, workspace=None, **topic):
    """`who` opened a topic `days` ago."""
    opened = open_topic(cast.standing(who, workspace), title="Call-in date", **topic)
    Event.objects.filter(subject_id=opened.pk).update(at=timezone.now() - dt.timedelta(days=days))
    return opened


@pytest.mark.parametrize("who", PEOPLE)
def test_who_sees_all_cities(cast, as_person, tracker, who):
    client = as_person(who)
    assert client.get(ADDRESS).status_code == (200 if who == "finn" else 403 if who in COHORT - {"rhea"} else 404)
    page = client.get(PAGE)
    assert page.status_code == (200 if who in COHORT else 404)
    assert (b"Call this week" in page.content) == (who == "finn")
    shows_alder = who in COHORT - {"cleo", "omar"}
    assert (b"Court-date reminders" in page.content) == shows_alder


def test_nobody_who_is_not_signed_in(client, cast):
    assert client.get(ADDRESS).status_code == 401


def test_a_row_in_the_contracts_form(cast, as_person, tracker):
    Action.objects.create(tracker=tracker, title="Late", due_on=day_here() - dt.timedelta(days=9), created_by=cast.ada)
    Action.objects.create(tracker=tracker, title="Next", due_on=day_here() + dt.timedelta(days=3), created_by=cast.ada)
    Action.objects.create(
        tracker=tracker, title="Gone", due_on=day_here() - dt.timedelta(days=9), created_by=cast.ada, removed_at=timezone.now()
    )
    act(cast, "ada", 0)
    sign_off = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    rows = as_person("finn").get(ADDRESS).json()["rows"]
    alder = rows[0]
    assert [each["city"] for each in rows] == ["alder-ny", "birch-ny"]
    assert alder["last_activity"].pop("mayor") is not None
    assert alder.pop("activated_at") is not None
    assert alder == {
        "city": "alder-ny",
        "workspace": "alder-ny",
        "trackers": [{"id": str(tracker.pk), "stage": "exploration", "health": "on_track"}],
        "last_activity": {"prosecutor": None},
        "late_actions": 1,
        "open_sign_offs": 1,
        "next_date": (day_here() + dt.timedelta(days=3)).isoformat(),
        "reasons": ["1 action is late, by 9 days"],
    }


# At any hour one of the two has another day than UTC.
@pytest.mark.parametrize("zone", ["Pacific/Kiritimati", "Pacific/Pago_Pago"])
def test_page_and_api_count_days_as_the_reader_does(cast, as_person, tracker, zone):
    cast.finn.timezone = zone
    cast.finn.save()
    due_on = timezone.localdate(timezone=ZoneInfo(zone)) - dt.timedelta(days=9)
    Action.objects.create(tracker=tracker, title="Late", due_on=due_on, created_by=cast.ada)
    client = as_person("finn")
    assert client.get(ADDRESS).json()["rows"][0]["reasons"] == ["1 action is late, by 9 days"]
    assert "1 action is late, by 9 days" in client.get(PAGE).content.decode()


def test_whose_signature_is_missing(cast, tracker):
    sign_off = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    assert [proposal.missing_words for proposal in row(cast).proposals] == ["mayor’s office and prosecutor’s office"]
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    SignOff.objects.update(created_at=timezone.now() - dt.timedelta(days=8))
    proposal = row(cast).proposals[0]
    assert (proposal.missing, proposal.title) == (["prosecutor"], "Move “Court-date reminders” to “getting ready”")
    assert row(cast).reasons == ["Move “Court-date reminders” to “getting ready”: waits 8 days for the prosecutor’s office"]


@pytest.mark.parametrize("days, quiet", [(20, []), (24, ["No activity by the prosecutor’s office here for 24 days"])])
def test_one_sided_quiet(cast, days, quiet):
    act(cast, "ada", 1)
    act(cast, "ben", days)
    assert row(cast).reasons == quiet


def test_only_what_the_workspace_could_see_counts(cast):
    act(cast, "ben", 30)
    act(cast, "ben", 1, audience="offices")
    act(cast, "ben", 2, audience="office", office=cast.offices["alder"][1])
    act(cast, "finn", 3)
    assert row(cast).reasons == ["No activity by the prosecutor’s office here for 30 days"]


def test_an_office_of_two_cities_is_told_apart(cast):
    """The same prosecutor's office in a second pair: what it did for one city says nothing of the other."""
    from workspaces.models import Workspace  # noqa: PLC0415 (only here)

    elm = city("elm")
    mayor, _ = pair(elm)
    made = enrol_city(cast.cohort, elm, mayor, cast.offices["alder"][1])
    act(cast, "ben", 2)
    rows = {each.city.name: each.last_activity["prosecutor"] for each in read_cockpit(cast.cohort)}
    assert (rows["Alder"] is not None, rows["Elm"]) == (True, None)
    act(cast, "ben", 1, workspace=Workspace.objects.get(enrolment=made))
    rows = {each.city.name: each.last_activity["prosecutor"] for each in read_cockpit(cast.cohort)}
    assert rows["Elm"] > rows["Alder"]


def test_a_check_in_that_waits(cast):
    template = CheckInTemplate.objects.create(name="Monthly", questions=[])
    day = day_here() - dt.timedelta(days=2)
    check_in = CheckIn.objects.create(workspace=cast.alder, template=template, scheduled_for=day, opened_by=cast.nora)
    CheckInAnswer.objects.create(
        check_in=check_in, office=cast.offices["alder"][0], answered_by=cast.ada, submitted_at=timezone.now()
    )
    assert row(cast).reasons == [f"{check_in} not answered by the prosecutor’s office"]


def test_off_track_says_why(cast, tracker):
    Tracker.objects.update(health="off_track", health_note="The contract was not signed.")
    assert row(cast).reasons == ["Court-date reminders is off track: The contract was not signed."]


def test_whom_to_call_first(cast, tracker):
    act(cast, "ben", 24)
    act(cast, "cleo", 40, workspace=cast.birch)
    assert [each.city.name for each in to_call(read_cockpit(cast.cohort))] == ["Birch", "Alder"]
    Tracker.objects.update(health="off_track")
    assert [each.city.name for each in to_call(read_cockpit(cast.cohort))] == ["Alder", "Birch"]


def test_a_city_that_left_has_no_row(cast):
    from cohorts.actions.cohorts import end_enrolment  # noqa: PLC0415 (only here)

    end_enrolment(cast.birch.enrolment)
    assert [each.city.name for each in read_cockpit(cast.cohort)] == ["Alder"]


def busy(cast, workspace, tracker_title, proposer):
    tracker = Tracker.objects.create(workspace=workspace, title=tracker_title, opened_by=cast.ada)
    Action.objects.create(tracker=tracker, title="Late", due_on=day_here() - dt.timedelta(days=9), created_by=cast.ada)
    propose(cast.standing(proposer, workspace), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    template, _ = CheckInTemplate.objects.get_or_create(name="Monthly", defaults={"questions": []})
    CheckIn.objects.create(
        workspace=workspace, template=template, scheduled_for=day_here() - dt.timedelta(days=1), opened_by=cast.nora
    )


def test_as_many_queries_for_three_cities_as_for_one(cast, as_person, django_assert_max_num_queries):
    from cohorts.actions.cohorts import end_enrolment  # noqa: PLC0415 (only here)
    from workspaces.models import Workspace  # noqa: PLC0415

    end_enrolment(cast.birch.enrolment)
    busy(cast, cast.alder, "One", "ada")
    client = as_person("finn")

    def count(address):
        with django_assert_max_num_queries(12) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    one = [count(ADDRESS), count(PAGE)]
    for name in ("elm", "fir"):
        place = city(name)
        mayor, _ = pair(place)
        enrolment = enrol_city(cast.cohort, place, mayor, cast.offices["alder"][1])
        busy(cast, Workspace.objects.get(enrolment=enrolment), name, "ben")
    assert len(read_cockpit(cast.cohort)) == 3
    assert [count(ADDRESS), count(PAGE)] == one


def test_a_message_is_activity(cast):
    topic = act(cast, "ada", 30)
    post_message(topic, cast.standing("bea"), body="Noted.")
    assert row(cast).last_activity["prosecutor"] is not None
