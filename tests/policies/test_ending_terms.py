"""Terms that end soon stand where they can still be handed over: on the cockpit, and on the cohort's page for the own city."""

import datetime as dt

import pytest

from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.models import Person


def ends_in(cast, name, days):
    seat = cast.seats[name]
    term = seat.now_and_next()[0]
    term.ends_on = seat.office.today + dt.timedelta(days=days)
    term.save()
    return term


def ending(client):
    return [(row["term"].person.name, row["city"]) for row in client.get("/cohorts/first/").context["ending"]]


@pytest.mark.parametrize(
    "who, told",
    [
        ("finn", [("Ben", "Alder"), ("Cleo", "Birch")]),
        ("ada", [("Ben", "Alder")]),
        ("amos", [("Ben", "Alder")]),
        ("nora", [("Ben", "Alder")]),
        ("cleo", [("Cleo", "Birch")]),
    ],
)
def test_who_is_told_of_which_city(cast, as_person, who, told):
    ends_in(cast, "ben", 30)
    ends_in(cast, "cleo", 90)
    ends_in(cast, "bea", 91)
    assert ending(as_person(who)) == told


def test_the_day_and_who_comes_next(cast, as_person):
    term = ends_in(cast, "ben", 30)
    shown = as_person("finn").get("/cohorts/first/").content.decode()
    assert f"{term.ends_on:%B} {term.ends_on.day}, {term.ends_on.year}" in shown and "in 30 days" in shown
    assert "Nobody is named to follow." in shown
    seat, grace = cast.seats["ben"], Person.objects.create_user("grace@example.org", "Grace")
    day = term.ends_on + dt.timedelta(days=1)
    hand_over(seat, cast.ben, seen=mark_of(*seat.now_and_next()), on=day, successor=grace, title="District Attorney")
    assert f"Then Grace, from {day:%B} {day.day}, {day.year}." in as_person("finn").get("/cohorts/first/").content.decode()


def test_as_many_queries_at_three_as_at_one(cast, as_person, django_assert_max_num_queries):
    counts = []
    ends_in(cast, "ben", 30)
    for names in ((), ("bea", "cleo", "carl", "ada")):
        for name in names:
            ends_in(cast, name, 30)
        for who in ("finn", "ada"):
            client = as_person(who)
            with django_assert_max_num_queries(14) as counted:
                assert client.get("/cohorts/first/").status_code == 200
            counts.append(len(counted))
    assert counts[:2] == counts[2:]
