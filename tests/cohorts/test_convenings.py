import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from cohorts.actions.cohorts import open_cohort
from cohorts.actions.convenings import answer_invitation, call_convening, edit_convening
from cohorts.models import Conflict, Convening, Rsvp
from workspaces.models import Event

EASTERN = ZoneInfo("America/New_York")
READERS = {"ada", "amos", "ben", "bea", "rhea", "cleo", "carl", "finn", "nora", "omar", "gus"}
TAKING_PART = READERS - {"rhea"}
LIST = "/api/v1/convenings/"


def page(cast):
    return reverse("policies:convening", args=[cast.cohort.slug, cast.convening.slug])


def fields(**changes):
    start = dt.datetime(2027, 3, 2, 9, tzinfo=EASTERN)
    told = {
        "title": "Spring webinar",
        "kind": "webinar",
        "starts_at": start,
        "ends_at": start + dt.timedelta(hours=2),
        "timezone": "America/New_York",
    }
    return told | changes


def session(**changes):
    start = dt.datetime(2027, 3, 2, 9, tzinfo=EASTERN)
    told = {"title": "Opening", "starts_at": start, "ends_at": start + dt.timedelta(minutes=30)}
    return told | changes


# --- who


@pytest.mark.parametrize("who", sorted(READERS | {"dora", "ivy", "otto"}))
def test_who_sees_a_convening(cast, as_person, who):
    client = as_person(who)
    expected = 200 if who in READERS else 404
    assert client.get(page(cast)).status_code == expected
    assert client.get(page(cast).rstrip("/") + ".ics").status_code == expected
    assert client.get(f"{LIST}{cast.convening.pk}/").status_code == expected
    ids = [each["id"] for each in client.get(LIST).json()["results"]]
    assert ids == ([str(cast.convening.pk)] if who in READERS else [])


@pytest.mark.parametrize("who", sorted(READERS | {"dora", "ivy", "otto"}))
def test_who_answers_the_invitation(cast, as_person, who):
    answered = as_person(who).post(f"{LIST}{cast.convening.pk}/rsvp/", {"status": "going"}, "application/json")
    assert answered.status_code == (200 if who in TAKING_PART else 403 if who in READERS else 404)
    assert Rsvp.objects.count() == (who in TAKING_PART)


@pytest.mark.parametrize("who", sorted(READERS | {"dora", "ivy", "otto"}))
def test_who_changes_a_convening(cast, as_person, who):
    changed = as_person(who).patch(f"{LIST}{cast.convening.pk}/", {"title": "New", "version": 1}, "application/json")
    assert changed.status_code == (200 if who == "finn" else 403 if who in READERS else 404)
    cast.convening.refresh_from_db()
    assert cast.convening.title == ("New" if who == "finn" else "September convening")


@pytest.mark.parametrize("who, code", [("finn", 201), ("ada", 403), ("nora", 403), ("rhea", 403), ("dora", 404), ("gus", 404)])
def test_who_calls_a_convening(cast, as_person, who, code):
    told = fields(cohort="first", starts_at="2027-03-02T14:00:00Z", ends_at="2027-03-02T15:00:00Z")
    assert as_person(who).post(LIST, told, "application/json").status_code == code


def test_nobody_who_is_not_signed_in(client, cast):
    assert client.get(LIST).status_code == 401
    assert client.get(page(cast)).status_code == 302


def test_a_guest_sees_their_convening_and_not_the_cohort(cast, as_person):
    client = as_person("gus")
    assert b"First cohort</a>" not in client.get(page(cast)).content
    assert client.get("/cohorts/first/").status_code == 404
    call_convening(cast.cohort, cast.finn, **fields())
    assert client.get("/cohorts/first/convenings/spring-webinar/").status_code == 404


# --- the invitation


def test_the_latest_answer_stands(cast):
    answer_invitation(cast.convening, cast.ada, "going")
    answer_invitation(cast.convening, cast.ada, "not_going")
    rsvp = cast.convening.rsvps.get()
    assert (rsvp.status, rsvp.term.seat) == ("not_going", cast.seats["ada"])


def test_a_full_convening_refuses_and_one_may_still_say_no(cast):
    Convening.objects.update(capacity=1)
    answer_invitation(cast.convening, cast.ada, "going")
    with pytest.raises(ValidationError) as full:
        answer_invitation(cast.convening, cast.ben, "going")
    assert full.value.code == "full"
    answer_invitation(cast.convening, cast.ada, "going")
    answer_invitation(cast.convening, cast.ben, "not_going")
    assert list(cast.convening.rsvps.order_by("status").values_list("status", flat=True)) == ["going", "not_going"]


def test_a_full_convening_in_words(cast, as_person):
    Convening.objects.update(capacity=0)
    answered = as_person("ada").post(page(cast) + "answer/", {"status": "going"})
    assert answered.status_code == 422
    assert b"This convening is full" in answered.content
    told = as_person("ada").post(f"{LIST}{cast.convening.pk}/rsvp/", {"status": "going"}, "application/json")
    assert (told.status_code, told.json()["errors"][0]["code"]) == (400, "full")


def test_a_convening_that_is_over(cast):
    then = timezone.now() - dt.timedelta(days=2)
    Convening.objects.update(starts_at=then, ends_at=then + dt.timedelta(hours=1))
    with pytest.raises(ValidationError):
        answer_invitation(cast.convening, cast.ada, "going")


@pytest.mark.parametrize("status", ["waitlisted", "", None, 3])
def test_an_answer_that_is_none(cast, as_person, status):
    told = as_person("ada").post(f"{LIST}{cast.convening.pk}/rsvp/", {"status": status}, "application/json")
    assert told.status_code == 400


def test_who_is_coming_is_told_to_facilitators_alone(cast, as_person):
    answer_invitation(cast.convening, cast.ben, "going")
    answer_invitation(cast.convening, cast.ada, "going")
    shown = as_person("finn").get(page(cast)).content.decode()
    assert "Both offices of 1 of 2 cities are coming." in shown
    assert "Both offices of" not in as_person("cleo").get(page(cast)).content.decode().replace("Both offices, ", "")
    assert as_person("cleo").get(f"{LIST}{cast.convening.pk}/").json()["rsvp_counts"] == {"going": 2, "not_going": 0}


# --- calling and changing


def test_a_convening_with_its_agenda(cast, as_person):
    made = call_convening(
        cast.cohort, cast.finn, sessions=[session(speakers=[{"name": "A surgeon", "label": "Guest"}])], **fields()
    )
    shown = as_person("ada").get(f"{LIST}{made.pk}/").json()
    assert shown["slug"] == "spring-webinar"
    assert shown["sessions"] == [
        {
            "title": "Opening",
            "description": "",
            "starts_at": "2027-03-02T14:00:00Z",
            "ends_at": "2027-03-02T14:30:00Z",
            "room": "",
            "speakers": [{"name": "A surgeon", "label": "Guest"}],
        }
    ]
    assert b"9 to 9:30 a.m." in as_person("ada").get("/cohorts/first/convenings/spring-webinar/").content
    events = Event.objects.filter(subject_id=made.pk).values_list("kind", "stream__workspace__slug")
    assert set(events) == {("convening.updated", "first"), ("convening.updated", "first-spring-webinar")}


def test_two_convenings_of_one_title_have_two_addresses(cast):
    slugs = [call_convening(cast.cohort, cast.finn, **fields(title=title)).slug for title in ("Spring", "Spring", "New", "…")]
    assert slugs == ["spring", "spring-2", "new-2", "convening"]


def test_one_address_for_one_thing(cast):
    """Pairs, cohorts and convenings share one namespace, whichever comes first."""
    dates = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 1, 1), "programme": "pilot"}
    with pytest.raises(ValidationError) as refused:
        open_cohort(slug="first-september", name="Another", **dates)
    assert refused.value.messages == ["“first-september” is the address of something else."]
    open_cohort(slug="first-spring", name="Another", **dates)
    with pytest.raises(ValidationError) as refused:
        call_convening(cast.cohort, cast.finn, **fields(title="Spring"))
    told = "Its discussion would stand at “first-spring”, which is taken. Choose another title."
    assert refused.value.message_dict == {"title": [told]}
    assert Convening.objects.count() == 1


def test_a_clash_is_told_on_the_form_and_by_the_api(cast, as_person):
    open_cohort(
        slug="first-spring-webinar", name="A", programme="pilot", starts_on=dt.date(2026, 1, 1), ends_on=dt.date(2027, 1, 1)
    )
    client = as_person("finn")
    page = client.post("/cohorts/first/convenings/new/", form_data())
    assert (page.status_code, b"which is taken. Choose another title." in page.content) == (422, True)
    told = client.post(LIST, fields(cohort="first"), "application/json")
    assert (told.status_code, told.json()["errors"][0]["attr"]) == (400, "title")


@pytest.mark.parametrize(
    "wrong",
    [
        fields(ends_at=dt.datetime(2027, 3, 2, 8, tzinfo=EASTERN)),
        fields(timezone="Mars/Olympus"),
        fields(title=""),
        fields(joining_url="javascript:alert(1)"),
        fields(sessions=[session(ends_at=dt.datetime(2027, 3, 3, 9, tzinfo=EASTERN))]),
        fields(sessions=[session(title="")]),
    ],
)
def test_what_makes_no_convening(cast, wrong):
    with pytest.raises(ValidationError):
        call_convening(cast.cohort, cast.finn, **wrong)
    assert Convening.objects.count() == 1


def test_an_old_version_is_a_conflict(cast, as_person):
    edit_convening(cast.convening, cast.finn, version=1, title="Autumn convening")
    late = as_person("finn").patch(f"{LIST}{cast.convening.pk}/", {"title": "Fall", "version": 1}, "application/json")
    assert (late.status_code, late.json()["current"]["title"], late.json()["current"]["version"]) == (
        409,
        "Autumn convening",
        2,
    )
    with pytest.raises(Conflict):
        edit_convening(cast.convening, cast.finn, version=1, title="Fall")


def test_an_agenda_stays_inside_when_the_dates_move(cast):
    made = call_convening(cast.cohort, cast.finn, sessions=[session()], **fields())
    with pytest.raises(ValidationError):
        edit_convening(made, cast.finn, version=1, starts_at=made.starts_at + dt.timedelta(minutes=15))
    assert Convening.objects.get(pk=made.pk).version == 1


def test_only_facilitators_change_it(cast):
    with pytest.raises(PermissionDenied):
        edit_convening(cast.convening, cast.ada, version=1, title="Mine")


def form_data(**changes):
    told = {
        "title": "Spring webinar",
        "kind": "webinar",
        "description": "",
        "timezone": "America/Chicago",
        "starts_at": "2027-03-02T09:00",
        "ends_at": "2027-03-02T11:00",
        "venue": "",
        "joining_url": "",
        "capacity": "",
        "version": "1",
        "sessions-TOTAL_FORMS": "2",
        "sessions-INITIAL_FORMS": "0",
        "sessions-0-title": "Opening",
        "sessions-0-starts_at": "2027-03-02T09:00",
        "sessions-0-ends_at": "2027-03-02T09:30",
        "sessions-0-room": "",
        "sessions-0-speakers": "A surgeon, Teaching hospital\nA researcher",
        "sessions-1-title": "",
    }
    return told | changes


def test_the_form_reads_times_in_the_convenings_zone(cast, as_person):
    client = as_person("finn")
    assert client.get("/cohorts/first/convenings/new/").status_code == 200
    made = client.post("/cohorts/first/convenings/new/", form_data())
    assert made.url == "/cohorts/first/convenings/spring-webinar/"
    convening = Convening.objects.get(slug="spring-webinar")
    assert convening.starts_at == dt.datetime(2027, 3, 2, 15, tzinfo=dt.UTC)
    assert [each.name for each in convening.sessions.get().speakers.all()] == ["A surgeon", "A researcher"]
    edit = client.get("/cohorts/first/convenings/spring-webinar/edit/")
    assert b'value="2027-03-02T09:00"' in edit.content


def test_the_form_keeps_what_was_typed_on_a_conflict(cast, as_person):
    edit_convening(cast.convening, cast.finn, version=1, title="Autumn convening")
    late = as_person("finn").post(page(cast) + "edit/", form_data(title="Fall convening"))
    assert late.status_code == 409
    assert b"Autumn convening" in late.content and b"Fall convening" in late.content
    again = as_person("finn").post(page(cast) + "edit/", form_data(title="Fall convening", version="2"))
    assert again.status_code == 302


@pytest.mark.parametrize(
    "changes", [{"title": ""}, {"ends_at": "2027-03-02T08:00"}, {"sessions-0-ends_at": "2027-03-04T08:00"}]
)
def test_a_form_to_put_right(cast, as_person, changes):
    assert as_person("finn").post("/cohorts/first/convenings/new/", form_data(**changes)).status_code == 422
    assert Convening.objects.count() == 1


@pytest.mark.parametrize("who, code", [("ada", 403), ("gus", 404), ("dora", 404)])
def test_the_form_is_the_facilitators(cast, as_person, who, code):
    assert as_person(who).get("/cohorts/first/convenings/new/").status_code == code
    edit = as_person(who).get(page(cast) + "edit/")
    assert edit.status_code == (403 if who == "gus" else code)


# --- the calendar file


def test_the_calendar_file(cast, as_person):
    made = call_convening(
        cast.cohort,
        cast.finn,
        sessions=[session(speakers=[{"name": "Somebody Known", "label": ""}])],
        **fields(joining_url="https://meet.example.org/spring"),
    )
    answer_invitation(made, cast.ada, "going")
    told = as_person("ada").get("/cohorts/first/convenings/spring-webinar.ics")
    assert told["Content-Type"] == "text/calendar; charset=utf-8; method=PUBLISH"
    calendar = Calendar.from_ical(told.content)
    event = calendar.walk("VEVENT")[0]
    assert event["DTSTART"].params["TZID"] == "America/New_York"
    assert [str(each["TZID"]) for each in calendar.walk("VTIMEZONE")] == ["America/New_York"]
    assert (event["SEQUENCE"], str(event["SUMMARY"])) == (0, "Spring webinar")
    assert str(event["URL"]) == "http://127.0.0.1:8000/cohorts/first/convenings/spring-webinar/"
    assert "https://meet.example.org/spring" in str(event["DESCRIPTION"])
    text = told.content.decode()
    assert not any(private in text for private in ("ATTENDEE", "ORGANIZER", "Somebody Known", "ada@example.org"))
    edit_convening(made, cast.finn, version=1, title="Spring webinar, moved")
    later = Calendar.from_ical(as_person("ada").get("/cohorts/first/convenings/spring-webinar.ics").content)
    moved = later.walk("VEVENT")[0]
    assert (moved["SEQUENCE"], str(moved["UID"])) == (1, str(event["UID"]))


# --- how much


def queries(django_assert_max_num_queries, client, address):
    with django_assert_max_num_queries(100) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


@pytest.mark.parametrize("who", ["ada", "finn"])
def test_as_many_queries_at_three_as_at_one(cast, as_person, django_assert_max_num_queries, who):
    client = as_person(who)
    one = [session(speakers=[{"name": "A", "label": ""}])]
    made = call_convening(cast.cohort, cast.finn, sessions=one, **fields())
    address = "/cohorts/first/convenings/spring-webinar/"
    answer_invitation(made, cast.ada, "going")
    few = [queries(django_assert_max_num_queries, client, each) for each in (LIST + "?cohort=first", address)]
    more = [session(title=f"Session {number}", speakers=[{"name": "A", "label": ""}]) for number in range(3)]
    edit_convening(made, cast.finn, version=1, sessions=more)
    for number in range(2):
        call_convening(cast.cohort, cast.finn, sessions=more, **fields(title=f"Number {number}"))
    for name in ("ben", "cleo"):
        answer_invitation(made, getattr(cast, name), "going")
    many = [queries(django_assert_max_num_queries, client, each) for each in (LIST + "?cohort=first", address)]
    assert many == few
    assert max(many) <= 15


def test_a_hidden_cohort_in_the_filter_is_an_empty_list(cast, as_person):
    assert as_person("dora").get(LIST + "?cohort=first").json()["results"] == []
