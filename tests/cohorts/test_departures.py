"""An office leaves the cohort by its principal's signature: said before, done at once, told to those concerned."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.departures import leave_cohort
from cohorts.models import Departure, Enrolment
from policies.actions.trackers import open_tracker, share_tracker

SIGNED = {"is_confirmed": "on", "reason": "Another program fits us better."}


def address(cast, number=0):
    return f"/people/offices/{cast.offices['alder'][number].pk}/leaving/alder-ny/"


def test_what_happens_is_said_before_and_nothing_is_done_by_reading(cast, as_person):
    shown = as_person("ada").get(address(cast)).content.decode()
    assert "What happens to the shared record" in shown and "Alder County District Attorney’s office too" in shown
    answer = as_person("ada").post(address(cast), {"reason": "No."})
    assert (answer.status_code, Departure.objects.count()) == (422, 0)
    assert cast.alder.enrolment in Enrolment.objects.current()


def test_signing_closes_the_work_to_everyone_and_tells_them(cast, as_person, mailoutbox, django_capture_on_commit_callbacks):
    tracker = open_tracker(cast.standing("ada"), title="Court-date reminders", decided_by="joint")
    share_tracker(tracker, cast.standing("ada"))
    shared = f"/cohorts/first/shared/trackers/{tracker.pk}/"
    assert as_person("cleo").get(shared).status_code == 200
    with django_capture_on_commit_callbacks(execute=True):
        done = as_person("ada").post(address(cast), SIGNED)
    assert done.status_code == 302
    for name in ("ada", "amos", "ben", "finn", "nora"):
        assert as_person(name).get("/workspaces/alder-ny/").status_code == 404
    assert as_person("cleo").get(shared).status_code == 404
    told = sorted(message.to[0].split("@")[0] for message in mailoutbox)
    assert told == ["amos", "bea", "ben", "finn", "nora", "rhea"]
    assert "Ada, Mayor, has signed the Alder mayor’s office out of First cohort." in mailoutbox[0].body
    office = f"/people/offices/{cast.offices['alder'][0].pk}/"
    assert "Another program fits us better." in as_person("amos").get(office).content.decode()
    theirs = f"/people/offices/{cast.offices['alder'][1].pk}/"
    assert "for the Alder mayor’s office" in as_person("ben").get(theirs).content.decode()
    cockpit = as_person("finn").get("/cohorts/first/")
    assert [row.city.name for row in cockpit.context["rows"]] == ["Birch"]
    assert "Signed out by Ada, Mayor" in cockpit.content.decode()
    assert "Alder" not in as_person("cleo").get("/cohorts/first/").content.decode()


@pytest.mark.parametrize(
    "who, status",
    [
        ("ada", 200),
        *((who, 403) for who in ("amos", "rhea", "ben", "bea", "finn", "nora")),
        *((who, 404) for who in ("cleo", "carl", "dora", "omar", "gus", "ivy", "otto")),
    ],
)
def test_who_leaves(cast, as_person, who, status):
    client = as_person(who)
    assert client.get(address(cast)).status_code == status
    if status != 200:
        assert client.post(address(cast), SIGNED).status_code == status
        assert Departure.objects.count() == 0


def test_a_delegate_is_told_why_not(cast, as_person):
    shown = as_person("bea").get(address(cast, 1)).content.decode()
    assert "Leaving the cohort cannot be delegated" in shown


def test_leaving_twice_changes_nothing(cast):
    leave_cohort(cast.alder.enrolment, cast.offices["alder"][0], cast.ada)
    with pytest.raises(ValidationError, match="has left this cohort already"):
        leave_cohort(cast.alder.enrolment, cast.offices["alder"][1], cast.ben)
    with pytest.raises(PermissionDenied):
        leave_cohort(cast.birch.enrolment, cast.offices["alder"][0], cast.ada)
    assert Departure.objects.get().office == cast.offices["alder"][0]
    assert cast.birch.enrolment in Enrolment.objects.current()
