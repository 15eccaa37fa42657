import datetime as dt
import io
import json
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from cohorts.models import City
from policies import sheets
from policies.actions import imports
from policies.actions.imports import import_figures
from policies.actions.indicators import add_context_indicators, enter_observation, release_all
from policies.models import Indicator, Observation, Revision, Tracker
from policies.sheets import NotATable, TooLarge, Wrong, read_day, read_number
from workspaces.models import Event

DATA = Path(sheets.__file__).parent / "data" / "rtci"
HEADER = "period_start,value\n"


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


@pytest.fixture
def indicator(tracker):
    return Indicator.objects.create(tracker=tracker, name="Missed court dates", unit="dates")


@pytest.fixture
def bring(cast, indicator):
    """`bring(text, who="ada")`: import a CSV text, or bytes, as that member of the cast."""

    def bring(content, who="ada", **told):
        file = io.BytesIO(content.encode() if isinstance(content, str) else content)
        return import_figures(file, {indicator.name: indicator}, standing=cast.standing(who), **told)

    return bring


def counts(report):
    return report.created, report.updated, report.unchanged, len(report.errors)


def workbook(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --- the simple layout


def test_the_same_file_again_changes_nothing(indicator, bring):
    text = HEADER + "2026-01-01,12\n2026-02-01,13.5\n"
    assert counts(bring(text)) == (2, 0, 0, 0)
    assert counts(bring(text)) == (0, 0, 2, 0)
    assert counts(bring(text.replace("13.5", "14"))) == (0, 1, 1, 0)
    assert list(indicator.observations.values_list("period_start", "period_end", "value", "is_released", "version")) == [
        (dt.date(2026, 1, 1), dt.date(2026, 1, 31), 12, False, 1),
        (dt.date(2026, 2, 1), dt.date(2026, 2, 28), 14, False, 2),
    ]


@pytest.mark.parametrize("written", ["2026-01-01", "2026-01", "1/1/2026", "January 2026", "Jan 2026"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("comma", [",", ";"])
def test_dates_marks_and_commas_as_people_write_them(indicator, bring, written, mark, comma):
    report = bring(f"{mark}period_start{comma}value{comma}note\r\n{written}{comma}12{comma}A note\r\n")
    assert counts(report) == (1, 0, 0, 0)
    assert indicator.observations.values_list("period_start", "value", "note").get() == (dt.date(2026, 1, 1), 12, "A note")
    assert report.guessed == ([] if written == "2026-01-01" else [{"row": 2, "value": written, "read_as": "2026-01-01"}])


def test_a_workbook_is_read_like_text(indicator, bring):
    rows = [
        ["period_start", "value", "note"],
        [dt.datetime(2026, 1, 1), 12, None],
        ["2026-02", 0.1 + 0.2, "b"],
        [None, None, None],
    ]
    assert counts(bring(workbook(rows))) == (2, 0, 0, 0)
    assert [each.value for each in indicator.observations.all()] == [12, Decimal("0.3")]


def test_all_columns(indicator, bring):
    text = (
        "period_start,period_end,value,missing_reason,numerator,denominator,note,source\n"
        "2026-01-01,2026-03-31,,,6,8,,Court file\n2026-04-01,,,System down,,,,\n"
    )
    indicator.unit = "percent"
    assert counts(bring(text)) == (2, 0, 0, 0)
    rate, gap = indicator.observations.all()
    assert (rate.value, rate.period_end, rate.source) == (75, dt.date(2026, 3, 31), "Court file")
    assert (gap.value, gap.missing_reason) == (None, "System down")


@pytest.mark.parametrize(
    "row, column, value",
    [
        ("2026-13-01,5", "period_start", "2026-13-01"),
        ("soon,5", "period_start", "soon"),
        (",5", "period_start", ""),
        ("2026-03-01,many", "value", "many"),
        ("2026-03-01,'1.2.3", "value", "'1.2.3"),
        ("2026-03-01,nan", "value", "nan"),
        ("2026-03-01,1e5", "value", "1e5"),
        ("2026-03-01,123456789012", "value", "123456789012"),
        ("2026-03-01,1.23456", "value", "1.23456"),
        ("2026-03-01,-4", "value", "-4"),
        ("2026-03-01,", "value", ""),
        ("2999-01-01,5", "period_start", "2999-01-01"),
        ("9999-12-31,5", "period_start", "9999-12-31"),
        ("2026-01-01,5", "value", "2026-01-01"),
        ("2026-03-01,5,6", None, "6"),
    ],
)
def test_a_broken_row_is_named_and_nothing_is_stored(indicator, bring, row, column, value):
    report = bring(f"{HEADER}2026-01-01,12\n{row}\n2026-02-01,13\n")
    assert indicator.observations.count() == 0
    assert counts(report)[:3] == (0, 0, 0)
    (error,) = [each for each in report.errors if each["column"] == column]
    assert (error["row"], error["value"]) == (3, value) and error["detail"]


def test_every_broken_row_is_told(bring):
    report = bring(HEADER + "2026-01-01,a\n2026-02-01,1\n2026-03-01,b\n")
    assert [(each["row"], each["value"]) for each in report.errors] == [(2, "a"), (4, "b")]


@pytest.mark.parametrize("text", ["", "\n", "when,how many\n2026-01-01,5\n", "2026-01-01,5\n"])
def test_a_file_without_its_header_is_refused(bring, text):
    with pytest.raises(ValidationError):
        bring(text)


@pytest.mark.parametrize(
    "content",
    [b"\x00\x01\x02", b"\xff\xfeperiod", b"%PDF-1.7\x00", b"PK\x03\x04 not a zip", HEADER.encode() + b'"2026-01-01,5\n'],
)
def test_what_is_no_table_is_refused(bring, content):
    with pytest.raises((NotATable, ValidationError)):
        bring(content)


def test_a_workbook_that_unpacks_too_large_is_refused(bring, monkeypatch):
    monkeypatch.setattr(sheets, "MOST_UNPACKED", 1000)
    with pytest.raises(TooLarge):
        bring(workbook([["period_start", "value"]]))


def test_too_many_rows_are_refused(indicator, bring, monkeypatch):
    monkeypatch.setattr(imports, "MOST_ROWS", 2)
    with pytest.raises(TooLarge):
        bring(HEADER + "2026-01-01,1\n2026-02-01,1\n2026-03-01,1\n")
    assert indicator.observations.count() == 0


def test_a_dry_run_stores_and_tells_nothing(indicator, bring):
    before = Event.objects.count()
    assert counts(bring(HEADER + "2026-01-01,12\n", is_dry_run=True)) == (1, 0, 0, 0)
    assert (indicator.observations.count(), Event.objects.count()) == (0, before)


def test_many_rows_ask_little_and_tell_once(cast, indicator, bring, django_assert_max_num_queries):
    start = dt.date(2000, 1, 1)
    rows = "".join(f"{start + dt.timedelta(days=day)},{day}\n" for day in range(3000))
    with django_assert_max_num_queries(150):
        assert counts(bring(HEADER + rows)) == (3000, 0, 0, 0)
    events = Event.objects.filter(kind="observation.changed")
    assert [(each.stream.audience, each.stream.office) for each in events] == [("office", cast.standing("ada").office)]


# --- who may, and what is released


@pytest.mark.parametrize("who", ["rhea", "finn", "nora"])
def test_who_may_not_import(bring, who):
    with pytest.raises(PermissionDenied):
        bring(HEADER + "2026-01-01,12\n", who=who)


def test_an_office_changes_only_its_own_figures(cast, indicator, bring):
    enter_observation(indicator, cast.standing("ben"), period_start=dt.date(2026, 1, 1), value=Decimal(5), is_released=True)
    assert counts(bring(HEADER + "2026-01-01,12\n")) == (1, 0, 0, 0)
    assert set(indicator.observations.values_list("office__kind", "value")) == {("mayor", 12), ("prosecutor", 5)}


def test_released_figures_are_changed_by_who_may_release_and_keep_the_earlier_value(cast, indicator, bring):
    bring(HEADER + "2026-01-01,12\n", who="amos")
    release_all(indicator, cast.standing("ada"))
    refused = bring(HEADER + "2026-01-01,13\n", who="amos")
    assert (counts(refused), refused.errors[0]["row"]) == ((0, 0, 0, 1), 2)
    assert counts(bring(HEADER + "2026-01-01,12\n", who="amos")) == (0, 0, 1, 0)
    assert counts(bring(HEADER + "2026-01-01,13\n", who="ada")) == (0, 1, 0, 0)
    assert list(Revision.objects.values_list("observation__value", "value")) == [(13, 12)]


# --- API and page


def send(client, indicator, content, name="figures.csv", query="", **told):
    file = SimpleUploadedFile(name, content.encode() if isinstance(content, str) else content)
    return client.post(f"/api/v1/indicators/{indicator.pk}/import/{query}", {"file": file, **told})


WHO = {"ada": 200, "amos": 200, "ben": 200, "bea": 200, "rhea": 403, "finn": 403, "nora": 403}
HIDDEN = ["omar", "cleo", "carl", "dora", "gus", "ivy", "otto"]


@pytest.mark.parametrize("who, status", [*WHO.items(), *((who, 404) for who in HIDDEN)])
def test_who_may_import_by_the_api(as_person, indicator, who, status):
    assert send(as_person(who), indicator, HEADER + "2026-01-01,12\n").status_code == status
    assert indicator.observations.count() == int(status == 200)


def test_the_api_answers_what_happened(as_person, indicator):
    client = as_person("ada")
    text = HEADER + "January 2026,12\n"
    dry = send(client, indicator, text, query="?dry_run=1").json()
    assert (dry["created"], dry["errors"], indicator.observations.count()) == (1, [], 0)
    assert dry["guessed"] == [{"row": 2, "value": "January 2026", "read_as": "2026-01-01"}]
    assert send(client, indicator, text).json()["created"] == 1
    assert send(client, indicator, text).json()["unchanged"] == 1


def test_the_api_names_the_broken_row(as_person, indicator):
    client = as_person("ada")
    answer = send(client, indicator, HEADER + "2026-01-01,many\n")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.json()["type"], answer.json()["created"]) == (400, "validation_error", 0)
    assert (error["row"], error["column"], error["value"], error["attr"]) == (2, "value", "many", "value")
    assert send(client, indicator, HEADER + "2026-01-01,many\n", query="?dry_run=1").status_code == 200


@pytest.mark.parametrize(
    "content, name, told, status",
    [
        (b"%PDF-1.7\x00", "figures.pdf", {}, 415),
        (b"\x00\x00", "figures.csv", {}, 415),
        ("when,what\n", "figures.csv", {}, 400),
        (HEADER, "figures.csv", {"mapping": "{"}, 400),
        (HEADER, "figures.csv", {"mapping": "[]"}, 400),
        (HEADER, "figures.csv", {"mapping": '{"columns": {"value": "Missed court dates"}}'}, 400),
        (HEADER, "figures.csv", {"mapping": '{"period": "when", "columns": {"value": "Missed court dates"}}'}, 400),
        (HEADER, "figures.csv", {"mapping": '{"period": "period_start", "columns": {"value": "Hidden"}}'}, 400),
    ],
)
def test_what_the_api_refuses(as_person, indicator, content, name, told, status):
    answer = send(as_person("ada"), indicator, content, name, **told)
    assert (answer.status_code, "errors" in answer.json()) == (status, True)


def test_a_file_above_the_limit_is_a_413(as_person, indicator, monkeypatch):
    monkeypatch.setattr("policies.api.indicators.MOST_BYTES", 10)
    assert send(as_person("ada"), indicator, HEADER + "2026-01-01,12\n").status_code == 413


def test_json_is_not_a_file(as_person, indicator):
    address = f"/api/v1/indicators/{indicator.pk}/import/"
    assert as_person("ada").post(address, {}, content_type="application/json").status_code == 415
    assert as_person("ada").post(address, {}).status_code == 400


def test_a_wide_file_fills_the_indicators_that_the_mapping_names(as_person, tracker, indicator):
    other = Indicator.objects.create(tracker=tracker, name="Notices sent", unit="notices")
    mapping = {"period": "month", "columns": {"missed": "Missed court dates", "sent": "Notices sent"}}
    text = "month,missed,sent\n2026-01,12,200\n2026-02,,210\n"
    answer = send(as_person("ada"), indicator, text, mapping=json.dumps(mapping))
    assert (answer.status_code, answer.json()["created"]) == (200, 3)
    assert [indicator.observations.count(), other.observations.count()] == [1, 2]


def test_the_page_checks_and_then_stores(as_person, indicator):
    client = as_person("amos")
    address = reverse("policies:indicator-import", args=["alder-ny", indicator.pk])

    def post(text, **told):
        return client.post(address, {"file": SimpleUploadedFile("figures.csv", text.encode()), **told})

    broken = post(HEADER + "2026-01-01,<b>many</b>\n")
    assert broken.status_code == 422 and "&lt;b&gt;many" in broken.content.decode()
    checked = post(HEADER + "January 2026,12\n", is_dry_run="on")
    assert checked.status_code == 200 and "nothing is stored yet" in checked.content.decode()
    assert indicator.observations.count() == 0
    assert post(HEADER + "January 2026,12\n").status_code == 302
    assert indicator.observations.count() == 1
    assert client.post(address, {}).status_code == 422


# --- the command, on the published file as it is


def command(*told):
    out, err = io.StringIO(), io.StringIO()
    call_command("import_indicators", *told, stdout=out, stderr=err)
    return out.getvalue() + err.getvalue()


def test_the_published_file_as_it_is_by_the_example_mapping(cast, tracker):
    City.objects.filter(pk=cast.alder.enrolment.city_id).update(name="Rochester", state="NY")
    cast.alder.enrolment.city.refresh_from_db()
    add_context_indicators(tracker)
    told = [DATA / "rtci_monthly.csv", "--tracker", tracker.pk, "--mapping", DATA / "mapping.example.json"]
    assert "0 created, 0 updated, 316 unchanged" in command(*told)
    murders = tracker.indicators.get(name="Murders reported to police")
    Observation.objects.filter(indicator=murders, period_start=dt.date(2024, 7, 1)).update(value=99)
    Observation.objects.filter(indicator=murders, period_start=dt.date(2018, 1, 1)).delete()
    assert "1 created, 1 updated, 314 unchanged. Dry run" in command(*told, "--dry-run")
    assert "1 created, 1 updated, 314 unchanged." in command(*told)
    assert Revision.objects.get(observation__indicator=murders).value == 99
    assert "316 unchanged" in command(*told)


def test_the_command_fills_own_indicators_as_well(tmp_path, tracker, indicator):
    file = tmp_path / "figures.csv"
    file.write_text(HEADER + "2026-01-01,12\n")
    assert "1 created" in command(file, "--tracker", tracker.pk)
    assert "1 created" in command(file, "--tracker", tracker.pk, "--office", "mayor")
    assert set(indicator.observations.values_list("office__kind", "is_released")) == {(None, True), ("mayor", False)}


def test_the_command_says_in_a_line_what_is_wrong(tmp_path, tracker, indicator):
    file, mapping = tmp_path / "figures.csv", tmp_path / "mapping.json"
    file.write_text(HEADER + "2026-01-01,12\n2026-02-01,many\n")
    with pytest.raises(CommandError, match="Nothing was stored"):
        command(file, "--tracker", tracker.pk)
    mapping.write_text("{")
    for told in (
        [tmp_path / "none.csv", "--tracker", tracker.pk],
        [file, "--tracker", "00000000-0000-0000-0000-000000000000"],
        [file, "--tracker", tracker.pk, "--mapping", mapping],
        [file, "--tracker", tracker.pk, "--indicator", "Another"],
        [file, "--tracker", tracker.pk, "--mapping", DATA / "mapping.example.json"],
    ):
        with pytest.raises(CommandError):
            command(*told)
    assert not indicator.observations.exists()


# --- cells


@given(st.text(max_size=20))
def test_any_text_is_read_or_refused(text):
    for read in (read_day, read_number):
        try:
            read(text)
        except Wrong as wrong:
            assert str(wrong)


@pytest.mark.parametrize("text, value", [("1,234.5", "1234.5"), ("+3", "3"), (" 7 ", "7"), ("0.10", "0.10")])
def test_numbers_as_people_write_them(text, value):
    assert read_number(text) == Decimal(value)
