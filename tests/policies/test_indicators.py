import datetime as dt
import re
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cohorts.models import City, Conflict, remembering
from policies.actions.indicators import (
    add_context_indicators,
    add_indicator,
    add_template_indicators,
    edit_indicator,
    enter_observation,
)
from policies.actions.published_series import load_published_series
from policies.models import Indicator, IndicatorTemplate, Intervention, Observation, PublishedFigure, PublishedSeries, Tracker
from policies.views.indicators import section

CITIES = [
    *(("Baltimore", "MD"), ("Boulder", "CO"), ("Chattanooga", "TN"), ("Dallas", "TX"), ("Denver", "CO"), ("Durham", "NC")),
    *(("Memphis", "TN"), ("Minneapolis", "MN"), ("New Orleans", "LA"), ("Philadelphia", "PA"), ("Reading", "PA")),
    *(("Richmond", "VA"), ("Rochester", "NY"), ("South Bend", "IN"), ("St. Paul", "MN"), ("Stockton", "CA")),
]


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


@pytest.fixture
def indicator(tracker):
    return Indicator.objects.create(tracker=tracker, name="Missed court dates", unit="dates")


def become(cast, name, state):
    """Alder takes the place of a city with published figures."""
    City.objects.filter(pk=cast.alder.enrolment.city_id).update(name=name, state=state)
    cast.alder.enrolment.city.refresh_from_db()


# --- published series


@pytest.mark.parametrize("name, state", CITIES)
def test_the_published_counts_of_every_city_are_loaded_once(db, name, state):
    city = City.objects.create(slug="here", name=name, state=state)
    made = load_published_series(city)
    assert load_published_series(city) == 0
    monthly = PublishedFigure.objects.filter(series__city=city, series__frequency="monthly")
    assert monthly.count() == 4 * 79
    assert made == PublishedFigure.objects.filter(series__city=city).count()
    assert {(each.period_start, each.period_end) for each in monthly} >= {(dt.date(2024, 2, 1), dt.date(2024, 2, 29))}
    assert set(monthly.values_list("source_version", "published_on")) == {("587e4a5", dt.date(2024, 10, 17))}


def test_nothing_is_filled_in_where_nothing_was_published(db):
    orleans = City.objects.create(slug="here", name="New Orleans", state="LA")
    load_published_series(orleans)
    robbery = PublishedSeries.objects.get(city=orleans, key="robbery", frequency="yearly")
    assert [(each.period_start.year, each.value) for each in robbery.figures.all()] == [(2024, 476)]  # never the 0 of 2026
    assert load_published_series(City.objects.create(slug="none", name="Nowhere", state="KS")) == 0


def test_a_revised_year_keeps_both_values_and_both_dates(cast, tracker):
    become(cast, "Dallas", "TX")
    add_context_indicators(tracker)
    robbery = tracker.indicators.get(name="Robberies reported to police, full year")
    year = robbery.observations.get(period_start=dt.date(2024, 1, 1))
    revision = year.revisions.get()
    assert (year.value, year.source_version, year.retrieved_on) == (2231, "0786cfa", dt.date(2026, 4, 24))
    assert (revision.value, revision.source_version, revision.published_on) == (1971, "b2ebcfe", dt.date(2025, 2, 19))


def test_a_citys_series_stand_beside_a_tracker_once(cast, tracker):
    become(cast, "Rochester", "NY")
    assert len(add_context_indicators(tracker)) == 8
    assert add_context_indicators(tracker) == []
    murders = tracker.indicators.get(name="Murders reported to police")
    assert (murders.is_context, murders.is_published_source, murders.observations.count()) == (True, True, 79)
    assert set(murders.observations.values_list("office", "is_released")) == {(None, True)}


def test_an_interventions_indicators_start_without_figures(cast, tracker):
    tracker.intervention = Intervention.objects.create(slug="x", name="X", summary="", lead="joint")
    tracker.save()
    IndicatorTemplate.objects.create(
        intervention=tracker.intervention, position=0, name="Notices sent", unit="count per quarter", direction="increase"
    )
    add_template_indicators(tracker)
    assert add_template_indicators(tracker) == []
    made = tracker.indicators.get()
    assert (made.name, made.frequency, made.direction, made.observations.count()) == (
        "Notices sent",
        "quarterly",
        "increase",
        0,
    )


# --- who may


MAY = {"ada": 201, "amos": 201, "ben": 201, "bea": 201, "rhea": 403, "finn": 403, "nora": 403}
HIDDEN = ["omar", "cleo", "carl", "dora", "gus", "ivy", "otto"]


@pytest.mark.parametrize("who, status", [*MAY.items(), *((who, 404) for who in HIDDEN)])
def test_who_may_define_an_indicator(as_person, tracker, who, status):
    told = {"tracker": str(tracker.pk), "name": "Notices sent", "unit": "notices"}
    answer = as_person(who).post("/api/v1/indicators/", told, content_type="application/json")
    assert (answer.status_code, tracker.indicators.count()) == (status, int(status == 201))


@pytest.mark.parametrize("who, status", [*((w, 200 if s == 201 else s) for w, s in MAY.items()), *((w, 404) for w in HIDDEN)])
def test_who_may_change_an_indicator(as_person, indicator, who, status):
    told = {"version": 1, "target_value": 12, "target_on": "2027-01-01"}
    answer = as_person(who).patch(f"/api/v1/indicators/{indicator.pk}/", told, content_type="application/json")
    indicator.refresh_from_db()
    assert (answer.status_code, indicator.target_value) == (status, 12 if status == 200 else None)


@pytest.mark.parametrize("who, status", [*((w, 200 if s == 201 else s) for w, s in MAY.items()), *((w, 404) for w in HIDDEN)])
def test_who_may_open_the_forms(as_person, tracker, indicator, who, status):
    client = as_person(who)
    for name in ("policies:indicator-edit", "policies:observation-new", "policies:indicator-import"):
        assert client.get(reverse(name, args=["alder-ny", indicator.pk])).status_code == status, name
    assert client.get(reverse("policies:indicator-new", args=["alder-ny", tracker.pk])).status_code == status
    page = client.get(reverse("policies:indicator", args=["alder-ny", indicator.pk]))
    assert page.status_code == (404 if status == 404 else 200)


def test_an_own_matters_indicators_are_the_other_offices_to_read_alone(cast, tracker, indicator):
    Tracker.objects.filter(pk=tracker.pk).update(decided_by="prosecutor")
    with pytest.raises(PermissionDenied):
        edit_indicator(indicator, cast.standing("ada"), version=1, name="Other")
    with pytest.raises(PermissionDenied):
        enter_observation(indicator, cast.standing("ada"), period_start=dt.date(2026, 1, 1), value=Decimal(1))
    assert edit_indicator(indicator, cast.standing("bea"), version=1, name="Ours").name == "Ours"


def test_published_series_are_nobodys_to_change(cast, as_person, tracker):
    become(cast, "Rochester", "NY")
    add_context_indicators(tracker)
    murders = tracker.indicators.get(name="Murders reported to police")
    with pytest.raises(PermissionDenied):
        edit_indicator(murders, cast.standing("ada"), version=1, name="Fewer")
    figure = murders.observations.first()
    answer = as_person("ada").patch(
        f"/api/v1/observations/{figure.pk}/", {"version": 1, "value": 0}, content_type="application/json"
    )
    assert answer.status_code == 403


# --- bad input, two at once


@pytest.mark.parametrize(
    "told, field",
    [
        ({"name": ""}, "name"),
        ({"unit": "u" * 61}, "unit"),
        ({"direction": "sideways"}, "direction"),
        ({"target_value": "many"}, "target_value"),
        ({"target_value": "1e30"}, "target_value"),
        ({"baseline_on": "2026-01-01"}, "baseline_value"),
        ({"frequency": "hourly"}, "frequency"),
    ],
)
def test_a_wrong_definition_is_refused(as_person, tracker, told, field):
    told = {"tracker": str(tracker.pk), "name": "Notices sent", "unit": "notices"} | told
    answer = as_person("ada").post("/api/v1/indicators/", told, content_type="application/json")
    assert (answer.status_code, [error["attr"] for error in answer.json()["errors"]]) == (400, [field])
    assert not tracker.indicators.exists()


def test_a_list_of_a_hidden_tracker_is_empty(as_person, indicator):
    answer = as_person("cleo").get(f"/api/v1/indicators/?tracker={indicator.tracker_id}")
    assert (answer.status_code, answer.json()["results"]) == (200, [])


def test_the_second_of_two_editors_sees_both(cast, as_person, indicator):
    edit_indicator(indicator, cast.standing("bea"), version=1, name="Missed hearings")
    with pytest.raises(Conflict):
        edit_indicator(indicator, cast.standing("ada"), version=1, name="Absences")
    answer = as_person("ada").patch(
        f"/api/v1/indicators/{indicator.pk}/", {"version": 1, "name": "Absences"}, content_type="application/json"
    )
    assert (answer.status_code, answer.json()["current"]["name"]) == (409, "Missed hearings")
    typed = {"version": 1, "name": "Absences", "unit": "dates", "direction": "decrease", "frequency": "monthly"}
    page = as_person("ada").post(reverse("policies:indicator-edit", args=["alder-ny", indicator.pk]), typed)
    words = page.content.decode()
    assert page.status_code == 409
    assert "Missed hearings" in words and 'value="Absences"' in words and 'name="version" value="2"' in words


def test_an_indicator_is_added_and_changed_on_its_page(as_person, tracker):
    client = as_person("amos")
    new = reverse("policies:indicator-new", args=["alder-ny", tracker.pk])
    typed = {"name": "Notices sent", "unit": "notices", "direction": "increase", "frequency": "monthly"}
    assert client.post(new, typed | {"name": ""}).status_code == 422
    client.post(new, typed)
    made = tracker.indicators.get()
    client.post(
        reverse("policies:indicator-edit", args=["alder-ny", made.pk]),
        typed | {"version": 1, "baseline_value": "40", "baseline_on": "2026-01-01"},
    )
    made.refresh_from_db()
    assert (made.baseline_value, made.baseline_on, made.version) == (40, dt.date(2026, 1, 1), 2)


def test_adding_puts_an_indicator_after_the_others(cast, tracker):
    first, second = (add_indicator(cast.standing("ada"), tracker, name=name, unit="x") for name in ("One", "Two"))
    assert [first.position, second.position] == [0, 1]
    with pytest.raises(ValidationError):
        add_indicator(cast.standing("ada"), tracker, name="Three", unit="")


# --- the section, and how many queries


def with_figures(indicator, office, many):
    Observation.objects.bulk_create(
        Observation(
            indicator=indicator,
            office=office,
            period_start=dt.date(2025, month, 1),
            period_end=dt.date(2025, month, 28),
            value=month,
            is_released=True,
        )
        for month in range(1, many + 1)
    )


def test_the_section_asks_as_much_for_one_as_for_many(cast, tracker, indicator):
    tracker = Tracker.objects.select_related("workspace__enrolment").get(pk=tracker.pk)
    with_figures(indicator, cast.offices["alder"][0], 3)
    with remembering(), CaptureQueriesContext(connection) as one:
        section(tracker, cast.ada, may_edit=True)
    for name in ("A", "B", "C"):
        with_figures(Indicator.objects.create(tracker=tracker, name=name, unit="x"), cast.offices["alder"][1], 12)
    with remembering(), CaptureQueriesContext(connection) as many:
        told = section(tracker, cast.ada, may_edit=True)
    assert (len(one), len(many)) == (4, 4)  # one of them: whether what the person holds is as it was
    assert [row["indicator"].name for row in told["own"]] == ["Missed court dates", "A", "B", "C"]


def test_the_section_of_a_citys_tracker(cast, rf, tracker, indicator):
    become(cast, "Dallas", "TX")
    add_context_indicators(tracker)
    from django.template.loader import render_to_string  # noqa: PLC0415 (the template engine needs Django set up)

    page = render_to_string(
        "policies/indicators/_section.html",
        {"indicators": section(tracker, cast.ada, may_edit=True), "tracker": tracker, "request": rf.get("/here/")},
    )
    assert page.count("<svg") == 4
    assert "No figures yet." in page
    assert "Murders reported to police" in page
    assert re.search(r"2,231\s+<span[^>]*>revised; was 1,971, published February 19, 2025", page)


def test_pages_and_lists_ask_as_much_for_one_as_for_many(cast, as_person, indicator):
    client = as_person("ada")
    addresses = [
        reverse("policies:indicator", args=["alder-ny", indicator.pk]),
        f"/api/v1/indicators/?tracker={indicator.tracker_id}",
        f"/api/v1/observations/?indicator={indicator.pk}",
    ]
    with_figures(indicator, cast.offices["alder"][0], 1)
    counts = []
    for many in (1, 12):
        if many > 1:
            indicator.observations.all().delete()
            with_figures(indicator, cast.offices["alder"][0], many)
            Indicator.objects.create(tracker=indicator.tracker, name="Another", unit="x")
        counts.append([])
        for address in addresses:
            with CaptureQueriesContext(connection) as asked:
                assert client.get(address).status_code == 200
            counts[-1].append(len(asked))
    assert counts[0] == counts[1]
    assert max(counts[0]) <= 15
