"""A person's own calendar, fetched by whoever has its address: what travels, and when it ends."""

import datetime as dt
import re
import time

import pytest
from django.test import Client
from django.utils import timezone
from icalendar import Calendar

from cohorts.actions.cohorts import end_enrolment
from cohorts.actions.convenings import answer_invitation
from cohorts.actions.elections import set_next_election
from cohorts.actions.feeds import make_feed, revoke_feed
from cohorts.actions.guests import end_stay
from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.actions.people import deactivate
from cohorts.actions.seats import create_seat, end_term, fill_seat
from cohorts.acts import sentence
from cohorts.models import AuditEntry, CalendarFeed, OfficeRules, Person, Session, Term
from policies.actions.check_ins import open_check_in
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker
from tests.cast import day_here

SETTINGS = "/settings/calendar/"


@pytest.fixture
def feed(cast):
    """`feed("ada")`: the address of a feed of hers."""
    return lambda name: f"/calendar/{make_feed(getattr(cast, name))[1]}.ics"


@pytest.fixture
def busy(cast):
    """A convening with a session, a check-in, and something due of each kind."""
    ada, bea = cast.standing("ada"), cast.standing("bea")
    start = cast.convening.starts_at
    told = {"title": "Opening", "starts_at": start, "ends_at": start + dt.timedelta(minutes=30)}
    Session.objects.create(convening=cast.convening, **told)
    tracker = open_tracker(ada, decided_by="joint", title="Gentian tracker")
    due = day_here() + dt.timedelta(days=9)
    for office, who in (("joint", ada), ("mayor", ada), ("prosecutor", bea)):
        add_action(tracker, who, title=f"Call the {office}’s fuchsia", office=office, due_on=due)
    add_action(tracker, ada, title="Done already", office="mayor", due_on=due, status="done")
    add_action(tracker, ada, title="Without a day", office="mayor")
    open_check_in(cast.standing("nora"), scheduled_for=day_here() + dt.timedelta(days=3), trackers=[tracker])
    return cast


def entries(address, client=None):
    """`[(summary, day or moment)]` of a feed."""
    answer = (client or Client()).get(address)
    assert answer.status_code == 200
    return sorted((str(each["SUMMARY"]), each["DTSTART"].dt) for each in Calendar.from_ical(answer.content).walk("VEVENT"))


# --- what travels


@pytest.mark.parametrize(
    "who, due, talks",
    [
        ("ada", 2, 1),
        ("amos", 2, 1),
        ("ben", 2, 1),
        ("rhea", 0, 0),
        ("finn", 0, 1),
        ("nora", 0, 1),
        ("cleo", 0, 0),
        ("gus", 0, 0),
    ],
)
def test_each_has_their_own_dates(busy, feed, who, due, talks):
    told = [summary for summary, _ in entries(feed(who))]
    expected = ["September convening", *["Something is due in Alder"] * due, *["Check-in call, Alder"] * talks]
    assert sorted(told) == sorted(expected)


def test_what_is_due_is_not_named(busy, feed):
    text = Client().get(feed("ada")).content.decode().replace("\r\n ", "")
    assert "fuchsia" not in text and "Gentian" not in text and "@example.org" not in text
    event = next(each for each in Calendar.from_ical(text).walk("VEVENT") if "due" in str(each["SUMMARY"]))
    assert event["DTSTART"].dt == day_here() + dt.timedelta(days=9)
    assert str(event["URL"]).startswith("http://127.0.0.1:8000/workspaces/alder-ny/actions/")


@pytest.mark.parametrize(
    "status, words", [(None, "You have not said yet"), ("going", "You are coming."), ("not_going", "You are not coming.")]
)
def test_a_convening_with_its_agenda_its_zone_and_ones_answer(busy, feed, status, words):
    if status:
        answer_invitation(busy.convening, busy.ada, status)
    calendar = Calendar.from_ical(Client().get(feed("ada")).content)
    assert [str(each["TZID"]) for each in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    event = next(each for each in calendar.walk("VEVENT") if str(each["SUMMARY"]) == "September convening")
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert str(event["DESCRIPTION"]).startswith(words) and "Opening" in str(event["DESCRIPTION"])
    assert str(event["URL"]) == "http://127.0.0.1:8000/cohorts/first/convenings/september/"
    assert event.get("TRANSP") == ("TRANSPARENT" if status == "not_going" else None)


def test_who_only_reads_along_is_not_asked_for_an_answer(busy, feed):
    text = Client().get(feed("rhea")).content.decode()
    assert "September convening" in text and "You have not said" not in text


def test_of_one_that_is_over_no_answer_is_asked(busy, feed):
    address = feed("ada")
    then = timezone.now() - dt.timedelta(days=2)
    type(busy.convening).objects.update(starts_at=then, ends_at=then + dt.timedelta(hours=1))
    text = Client().get(address).content.decode()
    assert "September convening" in text and "You have not said" not in text


def test_the_last_day_of_ones_term(cast, feed):
    last = day_here() + dt.timedelta(days=40)
    Term.objects.filter(person=cast.gus).update(ends_on=last)
    assert ("Last day of your term: Panelist, September convening", last) in entries(feed("gus"))


def test_the_election_of_ones_own_office(cast, feed):
    office = cast.offices["alder"][1]
    set_next_election(office, cast.ben, day_here() + dt.timedelta(days=40))
    told = ("Election: Alder County District Attorney’s office", day_here() + dt.timedelta(days=40))
    assert [told in entries(feed(who)) for who in ("ben", "bea", "ada", "finn")] == [True, True, False, False]


def test_what_is_long_over_is_left_out(busy, feed):
    address = feed("gus")
    then = timezone.now() - dt.timedelta(days=100)
    type(busy.convening).objects.update(starts_at=then, ends_at=then + dt.timedelta(hours=1))
    assert entries(address) == []


def test_as_many_queries_at_three_as_at_one(busy, feed, django_assert_max_num_queries):
    address, counts = feed("ada"), []
    tracker = open_tracker(busy.standing("ada"), decided_by="joint", title="More")
    for more in (0, 3):
        for number in range(more):
            add_action(tracker, busy.standing("ada"), title="More", office="joint", due_on=day_here())
            open_check_in(busy.standing("nora"), scheduled_for=day_here() + dt.timedelta(days=20 + number), trackers=[tracker])
        entries(address)  # its use is noted
        with django_assert_max_num_queries(14) as counted:
            entries(address)
        counts.append(len(counted))
    assert counts[0] == counts[1]


# --- how it is fetched


def test_the_same_calendar_again_is_not_sent_twice(busy, feed):
    address = feed("ada")
    first = Client().get(address)
    assert first["Content-Type"] == "text/calendar; charset=utf-8"
    assert first["Cache-Control"] == "private, no-cache"
    again = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", first["ETag"])
    answer_invitation(busy.convening, busy.ada, "going")
    moved = Client().get(address, headers={"If-None-Match": first["ETag"]})
    assert (moved.status_code, moved["ETag"] != first["ETag"]) == (200, True)
    assert Client().head(address).status_code == 200
    assert Client().post(address).status_code == 405


def test_it_is_as_the_person_sees_it_whoever_is_signed_in(busy, feed, as_person):
    address = feed("gus")
    assert entries(address, as_person("ada")) == entries(address)


def test_use_is_noted(cast, feed):
    address = feed("ada")
    assert CalendarFeed.objects.get().last_used_at is None
    Client().get(address)
    assert timezone.now() - CalendarFeed.objects.get().last_used_at < dt.timedelta(minutes=1)


def test_no_log_line_holds_its_address(cast, feed, caplog):
    from mpi.logs import JsonFormatter  # noqa: PLC0415 (only here)

    address = feed("ada")
    revoke_feed(CalendarFeed.objects.get())
    with caplog.at_level("INFO"):
        assert Client().get(address).status_code == 404
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("/calendar/[token].ics" in line for line in lines)
    assert not any(address in line for line in lines)


# --- when it ends


def seat_is_handed_over(cast):
    seat = cast.seats["ben"]
    hand_over(seat, cast.ben, seen=mark_of(*seat.now_and_next()), on=seat.office.today)


def seat_ends(cast):
    end_term(Term.objects.get(person=cast.ben))


def term_ends_by_its_date(cast):
    Term.objects.filter(person=cast.ben).update(expires_at=timezone.now() - dt.timedelta(seconds=1))


def account_ends(cast):
    deactivate(cast.ben)


def it_is_revoked(cast):
    revoke_feed(CalendarFeed.objects.get())


def office_forbids_it(cast):
    OfficeRules.objects.create(office=cast.offices["alder"][1], allows_feeds=False)


def demonstration_is_over(cast):
    Person.objects.filter(pk=cast.ben.pk).update(is_demo=True)


@pytest.mark.parametrize(
    "end",
    [
        *(seat_is_handed_over, seat_ends, term_ends_by_its_date),
        *(account_ends, it_is_revoked, office_forbids_it, demonstration_is_over),
    ],
)
def test_the_next_fetch_finds_nothing(busy, feed, settings, end):
    settings.MPI_DEMO = False
    address = feed("ben")
    assert Client().get(address).status_code == 200
    end(busy)
    begun = time.monotonic()
    assert Client().get(address).status_code == 404
    assert time.monotonic() - begun < 2


def test_missing_and_ended_are_the_same(cast, feed):
    address = feed("ben")
    it_is_revoked(cast)
    answers = [Client().get(path) for path in (address, "/calendar/never-was.ics")]
    assert [answer.status_code for answer in answers] == [404, 404]
    ended, missing = (re.sub(r"(X-CSRFToken\W+)\w+", r"\1", answer.content.decode()) for answer in answers)
    assert ended == missing


def test_a_later_seat_does_not_wake_it(cast, feed):
    address = feed("ben")
    seat_ends(cast)
    seat = create_seat("staff", "Adviser", office=cast.offices["birch"][1])
    fill_seat(seat, cast.ben, title="Adviser", starts_on=day_here(), begun_at=timezone.now())
    assert Client().get(address).status_code == 404


def test_it_rests_while_the_office_forbids_it(cast, feed):
    address = feed("ben")
    office_forbids_it(cast)
    assert Client().get(address).status_code == 404
    OfficeRules.objects.update(allows_feeds=True)
    assert Client().get(address).status_code == 200


def test_a_guests_ends_with_the_stay(cast, feed):
    address = feed("gus")
    assert len(entries(address)) == 1
    end_stay(Term.objects.get(person=cast.gus), cast.finn)
    assert Client().get(address).status_code == 404


def test_who_lost_one_city_keeps_the_rest(busy, feed):
    address = feed("nora")
    end_enrolment(busy.alder.enrolment)
    assert [summary for summary, _ in entries(address)] == ["September convening"]


# --- made and revoked on the settings page


@pytest.mark.parametrize("who, is_made", [("ada", True), ("gus", True), ("rhea", True), ("ivy", False), ("otto", False)])
def test_who_makes_one(cast, as_person, who, is_made):
    client = as_person(who)
    assert client.get(SETTINGS).status_code == 200
    assert (f'href="{SETTINGS}new/"' in client.get(SETTINGS).content.decode()) == is_made
    assert client.post(f"{SETTINGS}new/", {"name": "My phone"}).status_code == (200 if is_made else 403)
    assert CalendarFeed.objects.count() == is_made


def test_its_address_is_shown_once_and_kept_nowhere(cast, as_person):
    client = as_person("ada")
    assert client.post(f"{SETTINGS}new/", {"name": ""}).status_code == 422
    made = client.post(f"{SETTINGS}new/", {"name": "My phone"})
    address = made.context["address"]
    token = address.removeprefix("http://127.0.0.1:8000/calendar/").removesuffix(".ics")
    assert len(token) == 43 and made.content.decode().count(address) == 1
    assert f'href="webcal://127.0.0.1:8000/calendar/{token}.ics"' in made.content.decode()
    assert made["Cache-Control"].startswith("max-age=0, no-cache, no-store")
    assert token not in client.get(SETTINGS).content.decode()
    assert token not in str(CalendarFeed.objects.values().get()) + str(list(AuditEntry.objects.values()))
    assert Client().get(address).status_code == 200


def test_to_make_one_one_is_asked_again(cast, client):
    client.force_login(cast.ada)
    assert client.get(f"{SETTINGS}new/").url.startswith("/accounts/2fa/reauthenticate/")


def test_ones_own_are_listed_and_revoked(cast, as_person, feed):
    address = feed("ada")
    pk = CalendarFeed.objects.get().pk
    assert as_person("ben").get(SETTINGS).context["rows"] == []
    assert as_person("ben").post(f"{SETTINGS}{pk}/revocation/").status_code == 404
    assert [row["works"] for row in as_person("ada").get(SETTINGS).context["rows"]] == [True]
    assert as_person("ada").post(f"{SETTINGS}{pk}/revocation/").url == SETTINGS
    assert (Client().get(address).status_code, as_person("ada").get(SETTINGS).context["rows"]) == (404, [])


def test_an_office_that_forbids_them_says_so(cast, as_person, feed):
    feed("ben")
    office_forbids_it(cast)
    page = as_person("ben").get(SETTINGS).content.decode()
    assert "Your office does not allow calendar feeds." in page and "Resting" in page
    assert as_person("ben").post(f"{SETTINGS}new/", {"name": "My phone"}).status_code == 403
    assert as_person("ada").post(f"{SETTINGS}new/", {"name": "My phone"}).status_code == 200


def test_it_is_told_in_the_trail(cast, feed):
    feed("ada")
    revoke_feed(revoke_feed(CalendarFeed.objects.get()))
    told = AuditEntry.objects.filter(chain__office=cast.offices["alder"][0], action__startswith="feed.").order_by("number")
    assert [sentence(entry) for entry in told] == [
        "Somebody at the server made a calendar address for Ada.",
        "A calendar address of Ada was revoked.",
    ]


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(live_server_url, cast, page, sign_in, assert_accessible, width):
    make_feed(cast.ada, name="My phone")
    sign_in(page, "ada@example.org")
    page.set_viewport_size({"width": width, "height": 800})
    for path in ("/settings/", SETTINGS):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
