import datetime as dt
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from cohorts.models import Conflict
from policies.actions.indicators import (
    edit_observation,
    enter_observation,
    release_all,
    release_observation,
    remove_observation,
)
from policies.events import read_observations
from policies.models import Indicator, Observation, Revision, Tracker
from policies.views.indicators import section
from workspaces.models import Event, Stream

JULY = {"period_start": dt.date(2026, 7, 1)}


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


@pytest.fixture
def indicator(tracker):
    return Indicator.objects.create(tracker=tracker, name="Missed court dates", unit="percent")


@pytest.fixture
def figure(cast, indicator):
    """A figure that the prosecutor's office keeps to itself."""
    return enter_observation(indicator, cast.standing("bea"), **JULY, value=Decimal(12))


def told_in(cast, audience, office=None):
    events = Event.objects.filter(
        stream__workspace=cast.alder, stream__audience=audience, stream__office=office, kind="observation.changed"
    )
    return events.count()


# --- who may enter, release, see

ENTER = {"ada": 201, "amos": 201, "ben": 201, "bea": 201, "rhea": 403, "finn": 403, "nora": 403}
HIDDEN = ["omar", "cleo", "carl", "dora", "gus", "ivy", "otto"]


@pytest.mark.parametrize("who, status", [*ENTER.items(), *((who, 404) for who in HIDDEN)])
def test_who_may_enter_a_figure(cast, as_person, indicator, who, status):
    told = {"indicator": str(indicator.pk), "period_start": "2026-07-01", "value": 12}
    answer = as_person(who).post("/api/v1/observations/", told, content_type="application/json")
    assert answer.status_code == status
    assert list(indicator.observations.values_list("office", "is_released", "period_end")) == (
        [(cast.standing(who).office.pk, False, dt.date(2026, 7, 31))] if status == 201 else []
    )


OUTSIDE = ["ada", "amos", "rhea", "finn", "nora", *HIDDEN]  # of the prosecutor's office


@pytest.mark.parametrize("who, status", [("ben", 200), ("bea", 200), *((who, 404) for who in OUTSIDE)])
def test_who_may_release(as_person, figure, who, status):
    told = {"version": 1, "is_released": True}
    answer = as_person(who).patch(f"/api/v1/observations/{figure.pk}/", told, content_type="application/json")
    figure.refresh_from_db()
    assert (answer.status_code, figure.is_released) == (status, status == 200)


def test_staff_enters_and_does_not_release(cast, as_person, indicator):
    own = enter_observation(indicator, cast.standing("amos"), **JULY, value=Decimal(3))
    client = as_person("amos")
    released = client.patch(
        f"/api/v1/observations/{own.pk}/", {"version": 1, "is_released": True}, content_type="application/json"
    )
    told = {"indicator": str(indicator.pk), "period_start": "2026-06-01", "value": 1, "is_released": True}
    entered = client.post("/api/v1/observations/", told, content_type="application/json")
    page = client.post(reverse("policies:observation-release", args=["alder-ny", own.pk]), {"version": 1})
    every = client.post(reverse("policies:indicator-release", args=["alder-ny", indicator.pk]))
    assert [released.status_code, entered.status_code, page.status_code, every.status_code] == [403, 403, 403, 403]
    assert indicator.observations.filter(is_released=True).count() == 0


@pytest.mark.parametrize("who", OUTSIDE)
def test_an_unreleased_figure_leaves_no_trace_outside_its_office(cast, as_person, tracker, indicator, figure, who):
    client = as_person(who)
    assert client.get(f"/api/v1/observations/{figure.pk}/").status_code == 404
    assert client.get(f"/api/v1/observations/?indicator={indicator.pk}").json()["results"] == []
    for name in ("edit", "release", "remove"):
        address = reverse(f"policies:observation-{name}", args=["alder-ny", figure.pk])
        assert client.post(address, {"version": 1}).status_code == 404
    page = client.get(reverse("policies:indicator", args=["alder-ny", indicator.pk]))
    assert page.status_code in (200, 404) and b">12<" not in page.content and b"12 percent" not in page.content
    if page.status_code == 200:
        (row,) = section(tracker, getattr(cast, who), may_edit=True)["own"]
        assert (row["chart"].sentence, row["chart"].rows, row["kept"]) == ("No figures yet.", (), 0)
    streams = Stream.objects.visible_to(getattr(cast, who))
    assert not Event.objects.filter(stream__in=streams, subject_id=figure.pk).exists()


def test_its_own_office_sees_it_and_reads_that_it_is_alone(cast, as_person, tracker, figure):
    (row,) = section(tracker, cast.ben, may_edit=True)["own"]
    assert (row["chart"].value, row["kept"], row["chart"].rows[0].marks) == ("12", 1, "not released")
    page = as_person("ben").get(reverse("policies:indicator", args=["alder-ny", figure.indicator_id])).content.decode()
    assert "1 figure not released" in page and "Your office only" in page


def test_an_event_in_the_workspaces_stream_tells_nothing_that_is_not_released(cast, figure):
    workspace = Stream.objects.get(workspace=cast.alder, audience="workspace")
    office = Stream.objects.get(workspace=cast.alder, office=figure.office)
    other = Stream.objects.get(workspace=cast.alder, office=cast.offices["alder"][0])
    assert [len(read_observations([figure.pk], stream)) for stream in (workspace, office, other)] == [0, 1, 0]


# --- what happens


def test_a_released_figure_is_the_workspaces(cast, as_person, figure):
    assert (told_in(cast, "workspace"), told_in(cast, "office", figure.office)) == (0, 1)
    release_observation(figure, cast.standing("ben"), version=1)
    assert (told_in(cast, "workspace"), told_in(cast, "office", figure.office)) == (1, 1)
    assert as_person("nora").get(f"/api/v1/observations/{figure.pk}/").json()["value"] == 12
    assert as_person("cleo").get(f"/api/v1/observations/{figure.pk}/").status_code == 404


def test_everything_that_waits_is_released_at_once(cast, indicator, figure):
    enter_observation(indicator, cast.standing("ada"), **JULY, value=Decimal(9))
    enter_observation(indicator, cast.standing("bea"), period_start=dt.date(2026, 6, 1), value=Decimal(8))
    assert release_all(indicator, cast.standing("ben")) == 2
    assert set(indicator.observations.values_list("office__kind", "is_released")) == {("mayor", False), ("prosecutor", True)}


def test_a_released_figure_that_changes_keeps_the_earlier_value(cast, as_person, figure):
    edit_observation(figure, cast.standing("bea"), version=1, value=Decimal(13))
    assert Revision.objects.count() == 0  # nobody outside the office saw the 12
    figure = release_observation(Observation.objects.get(pk=figure.pk), cast.standing("bea"), version=2)
    edit_observation(Observation.objects.get(pk=figure.pk), cast.standing("ben"), version=3, value=Decimal(14))
    assert [each.value for each in figure.revisions.all()] == [13]
    told = as_person("ada").get(f"/api/v1/observations/{figure.pk}/").json()
    assert (told["value"], told["revisions"][0]["value"]) == (14, 13)
    (row,) = section(figure.indicator.tracker, cast.ada, may_edit=True)["own"]
    assert row["chart"].rows[0].marks.startswith("revised, was 13")


def test_a_released_figure_is_corrected_by_who_may_release(cast, indicator):
    own = enter_observation(indicator, cast.standing("ada"), **JULY, value=Decimal(5), is_released=True)
    with pytest.raises(PermissionDenied):
        edit_observation(own, cast.standing("amos"), version=1, value=Decimal(4))
    own = Observation.objects.get(pk=own.pk)
    with pytest.raises(ValidationError):
        edit_observation(own, cast.standing("ada"), version=1, is_released=False)
    with pytest.raises(ValidationError):
        remove_observation(own, cast.standing("ada"))
    assert Observation.objects.get(pk=own.pk).value == 5


def test_both_offices_may_have_a_figure_for_a_period(cast, tracker, indicator, figure):
    enter_observation(indicator, cast.standing("ada"), **JULY, value=Decimal(15))
    with pytest.raises(ValidationError):
        enter_observation(indicator, cast.standing("amos"), **JULY, value=Decimal(16))
    release_all(indicator, cast.standing("ada"))
    release_all(indicator, cast.standing("ben"))
    (row,) = section(tracker, cast.nora, may_edit=True)["own"]
    assert {(each.value, each.office) for each in row["chart"].rows} == {
        ("15", "Alder mayor’s office"),
        ("12", "Alder County District Attorney’s office"),
    }


@pytest.mark.parametrize(
    "unit, parts, value",
    [
        ("percent", (1, 8), "12.5"),
        ("per 100,000 people", (7, 350_000), "2"),
        ("days", (30, 4), "7.5"),
    ],
)
def test_a_rate_is_worked_out_from_its_parts(cast, indicator, unit, parts, value):
    indicator.unit = unit
    indicator.save()
    numerator, denominator = map(Decimal, parts)
    made = enter_observation(indicator, cast.standing("ada"), **JULY, numerator=numerator, denominator=denominator)
    assert made.value == Decimal(value)
    made = edit_observation(made, cast.standing("ada"), version=1, denominator=denominator * 2)
    assert made.value == Decimal(value) / 2


@pytest.mark.parametrize(
    "told, field",
    [
        ({}, None),
        ({"value": 1, "missing_reason": "System down"}, None),
        ({"value": "many"}, "value"),
        ({"value": "1e30"}, "value"),
        ({"value": 1, "period_start": "2999-01-01"}, "period_start"),
        ({"value": 1, "period_start": "9999-12-31"}, "period_start"),
        ({"value": 1, "period_start": "yesterday"}, "period_start"),
        ({"value": 1, "period_end": "2026-06-01"}, None),
        ({"numerator": 1}, "denominator"),
        ({"numerator": 1, "denominator": 0}, "denominator"),
        ({"value": 80, "numerator": 1, "denominator": 8}, "value"),
    ],
)
def test_a_wrong_figure_is_refused(as_person, indicator, told, field):
    told = {"indicator": str(indicator.pk), "period_start": "2026-07-01"} | told
    answer = as_person("ada").post("/api/v1/observations/", told, content_type="application/json")
    assert answer.status_code == 400
    assert field in [error["attr"] for error in answer.json()["errors"]] or field is None
    assert not indicator.observations.exists()


def test_a_count_is_not_negative(cast, tracker):
    counts = Indicator.objects.create(tracker=tracker, name="Notices", unit="notices")
    with pytest.raises(ValidationError):
        enter_observation(counts, cast.standing("ada"), **JULY, value=Decimal(-1))


def test_a_figure_that_nobody_has_is_a_reason(cast, tracker, indicator):
    enter_observation(indicator, cast.standing("ada"), **JULY, missing_reason="System down", is_released=True)
    (row,) = section(tracker, cast.nora, may_edit=True)["own"]
    assert (row["chart"].svg, row["chart"].rows[0].value) == ("", "not available: System down")


@pytest.mark.parametrize("who, status", [("bea", 204), ("ben", 204), ("ada", 404), ("amos", 404), ("nora", 404), ("cleo", 404)])
def test_who_may_take_a_figure_out(as_person, figure, who, status):
    assert as_person(who).delete(f"/api/v1/observations/{figure.pk}/").status_code == status
    assert Observation.objects.filter(pk=figure.pk).exists() == (status != 204)


def test_a_released_figure_of_the_other_office_is_seen_and_not_touched(cast, as_person, figure):
    release_observation(figure, cast.standing("ben"), version=1)
    client = as_person("ada")
    assert client.get(f"/api/v1/observations/{figure.pk}/").status_code == 200
    told = {"version": 2, "value": 1}
    assert client.patch(f"/api/v1/observations/{figure.pk}/", told, content_type="application/json").status_code == 403
    assert client.delete(f"/api/v1/observations/{figure.pk}/").status_code == 403
    assert client.get(reverse("policies:observation-edit", args=["alder-ny", figure.pk])).status_code == 403


def test_the_second_of_two_editors_sees_both_figures(cast, as_person, figure):
    edit_observation(Observation.objects.get(pk=figure.pk), cast.standing("bea"), version=1, value=Decimal(13))
    with pytest.raises(Conflict):
        edit_observation(figure, cast.standing("ben"), version=1, value=Decimal(14))
    client = as_person("ben")
    told = {"version": 1, "value": 14}
    answer = client.patch(f"/api/v1/observations/{figure.pk}/", told, content_type="application/json")
    assert (answer.status_code, answer.json()["current"]["value"]) == (409, 13)
    typed = {"version": 1, "period": "2026-07", "value": "14", "note": "Recounted"}
    address = reverse("policies:observation-edit", args=["alder-ny", figure.pk])
    page = client.post(address, typed)
    words = page.content.decode()
    assert page.status_code == 409
    assert "<p>13</p>" in words and "<p>14</p>" in words and "Recounted" in words
    assert (
        client.post(reverse("policies:observation-edit", args=["alder-ny", figure.pk]), typed | {"version": 2}).status_code
        == 302
    )
    figure.refresh_from_db()
    assert (figure.value, figure.note, figure.period_end) == (14, "Recounted", dt.date(2026, 7, 31))


def test_a_figure_is_entered_corrected_and_released_on_its_pages(cast, as_person, indicator):
    client = as_person("amos")
    new = reverse("policies:observation-new", args=["alder-ny", indicator.pk])
    assert client.post(new, {"period": "soon", "value": "3"}).status_code == 422
    assert client.post(new, {"period": "July 2026"}).status_code == 422
    page = client.post(new, {"period": "July 2026", "numerator": "1", "denominator": "8", "is_provisional": "on"}, follow=True)
    assert "Only Alder mayor’s office sees this figure until" in page.content.decode()
    made = indicator.observations.get()
    assert (made.value, made.is_provisional, made.is_released, made.period_end) == (
        Decimal("12.5"),
        True,
        False,
        dt.date(2026, 7, 31),
    )
    client = as_person("ada")
    client.post(reverse("policies:observation-release", args=["alder-ny", made.pk]), {"version": 9})
    assert not Observation.objects.get(pk=made.pk).is_released
    client.post(reverse("policies:observation-release", args=["alder-ny", made.pk]), {"version": 1})
    assert Observation.objects.get(pk=made.pk).is_released
    client.post(reverse("policies:observation-remove", args=["alder-ny", made.pk]), {"version": 2})
    assert Observation.objects.filter(pk=made.pk).exists()


def test_correcting_the_parts_works_the_figure_out_again(cast, as_person, indicator):
    made = enter_observation(indicator, cast.standing("amos"), **JULY, numerator=Decimal(1), denominator=Decimal(8))
    typed = {"version": 1, "period": "2026-07", "value": "12.5", "numerator": "2", "denominator": "8"}
    as_person("amos").post(reverse("policies:observation-edit", args=["alder-ny", made.pk]), typed)
    assert Observation.objects.get(pk=made.pk).value == 25


def test_the_same_key_enters_one_figure(as_person, indicator):
    told = {"indicator": str(indicator.pk), "period_start": "2026-07-01", "value": 12}
    client = as_person("ada")
    first, second = (
        client.post("/api/v1/observations/", told, content_type="application/json", headers={"Idempotency-Key": "k"})
        for _ in "12"
    )
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json() and indicator.observations.count() == 1
