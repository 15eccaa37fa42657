"""The day of an office's next election: said by the office itself, on its page."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied

from cohorts.actions.elections import set_next_election
from cohorts.acts import sentence
from cohorts.models import AuditEntry
from tests.cast import day_here

SOON = dt.timedelta(days=40)


def page(cast, number=0):
    return f"/people/offices/{cast.offices['alder'][number].pk}/"


def day_of(cast, number=0):
    office = cast.offices["alder"][number]
    office.refresh_from_db()
    return office.next_election_on


@pytest.mark.parametrize(
    "who, status",
    [
        *[("ada", 302), ("amos", 403), ("rhea", 403), ("ben", 403), ("bea", 403), ("finn", 403), ("nora", 403)],
        *[("cleo", 404), ("dora", 404), ("gus", 404), ("ivy", 404), ("otto", 404)],
    ],
)
def test_who_sets_it(cast, as_person, who, status):
    for told in (str(day_here() + SOON), "nonsense"):
        answer = as_person(who).post(f"{page(cast)}election/", {"next_election_on": told})
        assert answer.status_code == (422 if status == 302 and told == "nonsense" else status)
    assert day_of(cast) == (day_here() + SOON if status == 302 else None)


def test_a_delegate_sets_their_own_offices(cast, as_person):
    assert as_person("bea").post(f"{page(cast, 1)}election/", {"next_election_on": str(day_here() + SOON)}).status_code == 302
    assert (day_of(cast, 0), day_of(cast, 1)) == (None, day_here() + SOON)


def test_who_sees_it_and_who_is_offered_to_set_it(cast, as_person):
    assert "No day is set." in as_person("ben").get(page(cast)).content.decode()
    day = day_here() + SOON
    set_next_election(cast.offices["alder"][0], cast.ada, day)
    for who, is_offered in (("ada", True), ("amos", False), ("ben", False), ("finn", False)):
        shown = as_person(who).get(page(cast)).content.decode()
        assert f"{day:%B} {day.day}, {day.year}" in shown
        assert ("Change the day" in shown) == is_offered
    for who in ("ada", "cleo", "omar"):
        offices = as_person(who).get("/api/v1/cities/alder-ny/").json()["offices"]
        assert {each["kind"]: each["next_election_on"] for each in offices} == {"mayor": str(day), "prosecutor": None}


def test_a_day_that_is_over_is_refused_with_what_was_typed(cast, as_person):
    yesterday = str(day_here() - dt.timedelta(days=1))
    answer = as_person("ada").post(f"{page(cast)}election/", {"next_election_on": yesterday})
    assert answer.status_code == 422
    shown = answer.content.decode()
    assert (
        "Choose today or a later day." in shown and f'value="{yesterday}"' in shown and '<details class="fold" open>' in shown
    )
    assert day_of(cast) is None


def test_when_it_is_over_the_page_asks_for_the_next(cast, as_person):
    office = cast.offices["alder"][0]
    office.next_election_on = day_here() - dt.timedelta(days=1)
    office.save()
    assert "No day is set." in as_person("ada").get(page(cast)).content.decode()


def test_it_can_be_taken_back(cast, as_person):
    set_next_election(cast.offices["alder"][0], cast.ada, day_here())
    assert as_person("ada").post(f"{page(cast)}election/", {"next_election_on": ""}).status_code == 302
    assert day_of(cast) is None


def test_the_verb_refuses_others(cast):
    for who in ("amos", "ben", "finn", "ivy"):
        with pytest.raises(PermissionDenied):
            set_next_election(cast.offices["alder"][0], getattr(cast, who), day_here())


def test_both_offices_read_it_in_the_trail(cast):
    mayors = cast.offices["alder"][0]
    set_next_election(mayors, cast.ada, dt.date(2099, 11, 3))
    set_next_election(mayors, cast.ada, dt.date(2099, 11, 3))
    set_next_election(mayors, cast.ada, None)
    told = AuditEntry.objects.filter(action__startswith="election.", of=None).order_by("number")
    assert [sentence(entry) for entry in told] == [
        "Ada set the day of the next election: Alder mayor’s office, Nov 3, 2099.",
        "Ada took back the day of the next election: Alder mayor’s office.",
    ]
    assert {entry.chain.enrolment for entry in told} == {cast.alder.enrolment}
