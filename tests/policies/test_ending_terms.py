"""Terms that end soon and elections near stand on the cockpit, and on the cohort's page for the own city."""

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


# --- elections


def votes_in(cast, city, number, days):
    office = cast.offices[city][number]
    office.next_election_on = office.today + dt.timedelta(days=days)
    office.save()
    return office


def elections(client):
    context = client.get("/cohorts/first/").context
    return [(row["office"].name, row["city"], row["days"]) for row in context.get("elections", [])]


@pytest.mark.parametrize("who", ["finn", "ada", "ben", "cleo"])
def test_an_election_within_90_days_is_told_though_no_term_ends(cast, as_person, who):
    votes_in(cast, "alder", 1, 30)
    votes_in(cast, "alder", 0, 91)
    votes_in(cast, "birch", 0, -1)
    votes_in(cast, "cedar", 0, 30)
    expected = [("Alder County District Attorney’s office", "Alder", 30)] if who != "cleo" else []
    assert elections(as_person(who)) == expected
    page = as_person(who).get("/cohorts/first/").content.decode()
    assert ("Elections within 90 days" in page and "No term of this office ends by then." in page) == bool(expected)


def test_it_stands_beside_the_term_that_ends(cast, as_person):
    office = votes_in(cast, "alder", 1, 120)
    ends_in(cast, "ben", 30)
    day = office.next_election_on
    page = as_person("ada").get("/cohorts/first/").content.decode()
    assert "Terms that end within 90 days" in page and f"{day:%B} {day.day}, {day.year}" in page
    assert elections(as_person("ada")) == []
    votes_in(cast, "alder", 0, 30)
    assert elections(as_person("ada")) == [("Alder mayor’s office", "Alder", 30)]
    assert "Terms and elections within 90 days" in as_person("ada").get("/cohorts/first/").content.decode()


def test_one_that_is_over_is_not_told(cast, as_person):
    office = votes_in(cast, "alder", 1, -1)
    ends_in(cast, "ben", 30)
    day = office.next_election_on
    assert f"{day:%B} {day.day}, {day.year}" not in as_person("ada").get("/cohorts/first/").content.decode()


def test_as_many_queries_at_three_as_at_one(cast, as_person, django_assert_max_num_queries):
    counts = []
    ends_in(cast, "ben", 30)
    votes_in(cast, "alder", 0, 30)
    for names in ((), ("bea",)):
        if names:
            votes_in(cast, "birch", 0, 30)
            votes_in(cast, "birch", 1, 30)
        for name in names:
            ends_in(cast, name, 30)
        for who in ("finn", "ada"):
            client = as_person(who)
            with django_assert_max_num_queries(15) as counted:
                assert client.get("/cohorts/first/").status_code == 200
            counts.append(len(counted))
    assert counts[:2] == counts[2:]
