"""A tracker as a file: a workbook or CSV of what the person who asks may see, and nothing that a spreadsheet would run."""

import csv
import datetime as dt
import io
from decimal import Decimal

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cohorts.models import AuditEntry
from policies.actions.indicators import add_indicator, enter_observation
from policies.actions.tracker_actions import add_action, edit_action
from policies.actions.trackers import download_tracker, open_tracker
from workspaces.actions.sign_offs import propose, sign


@pytest.fixture
def tracker(cast):
    """Two actions, one of which waits for the other; a figure of the mayor's office alone; a signed move."""
    ada, bea = cast.standing("ada"), cast.standing("bea")
    tracker = open_tracker(ada, title="Court-date reminders", decided_by="joint", problem_statement="A third miss court.")
    first = add_action(tracker, ada, title="=HYPERLINK(1)", office="joint", due_on=dt.date(2026, 3, 2))
    second = add_action(tracker, bea, title="Send the first text", office="prosecutor", done_when="A text\x0b arrives")
    edit_action(second, bea, version=second.version, depends_on=[first])
    indicator = add_indicator(ada, tracker, name="Missed dates", unit="cases", direction="decrease", frequency="monthly")
    enter_observation(indicator, ada, period_start=dt.date(2026, 1, 1), period_end=dt.date(2026, 1, 31), value=Decimal("41"))
    move = propose(ada, "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(move, cast.standing("ben"), seen=move.content_sha256, reservation="Until June")
    return tracker


def workbook(content):
    """`{sheet: [{head: cell}]}`"""
    book = openpyxl.load_workbook(io.BytesIO(content))
    sheets = {sheet.title: list(sheet.iter_rows(values_only=True)) for sheet in book.worksheets}
    return {name: [dict(zip(rows[0], row, strict=True)) for row in rows[1:]] for name, rows in sheets.items()}


def fetched(client, tracker, kind):
    return client.get(reverse("policies:tracker-file", args=["alder-ny", tracker.pk, kind]))


def test_the_workbook_of_a_mayor(as_person, tracker):
    answer = fetched(as_person("ada"), tracker, "xlsx")
    assert answer["Content-Disposition"] == 'attachment; filename="alder-ny-court-date-reminders.xlsx"'
    sheets = workbook(answer.content)
    assert list(sheets) == ["Tracker", "Actions", "Figures", "Sign-offs"]
    plan = {row["What"]: row["As it stands"] for row in sheets["Tracker"]}
    assert (plan["Problem"], plan["Who decides"], plan["Stage"]) == ("A third miss court.", "Both offices", "Deciding")
    first, second = sheets["Actions"]
    assert (first["Number"], first["Action"], first["Due"].date(), first["Waits for"]) == (
        *(1, "=HYPERLINK(1)", dt.date(2026, 3, 2)),
        None,
    )
    assert (second["Whose"], second["Done when"], second["Waits for"]) == ("Prosecutor’s office", "A text arrives", "1")
    (figure,) = sheets["Figures"]
    assert (figure["Indicator"], figure["Value"], figure["Seen by"]) == ("Missed dates", 41, "Alder mayor’s office")
    (move,) = sheets["Sign-offs"]
    assert (move["From"], move["To"], move["Why"], move["By"]) == ("Deciding", "Getting ready", "Staffed.", "Ada")
    assert move["Signatures"].startswith("Ben, District Attorney: signed")
    assert move["Signatures"].endswith("(Until June)")


def test_nothing_in_it_is_run(as_person, tracker):
    book = openpyxl.load_workbook(io.BytesIO(fetched(as_person("ada"), tracker, "xlsx").content))
    assert book["Actions"]["B2"].data_type == "s"


@pytest.mark.parametrize("who", ["ben", "finn", "nora", "rhea"])
def test_a_figure_that_an_office_keeps_is_in_nobody_elses(as_person, tracker, who):
    figures = workbook(fetched(as_person(who), tracker, "xlsx").content)["Figures"]
    assert bool(figures) == (who == "rhea")  # the records officer of the mayor's office


def test_the_actions_alone(as_person, tracker):
    answer = fetched(as_person("ben"), tracker, "csv")
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    rows = list(csv.DictReader(io.StringIO(answer.content.decode())))
    assert [(row["Number"], row["Action"], row["Due"], row["Waits for"]) for row in rows] == [
        ("1", "'=HYPERLINK(1)", "2026-03-02", ""),
        ("2", "Send the first text", "", "1"),
    ]


def test_an_empty_tracker_says_so(as_person, cast):
    tracker = open_tracker(cast.standing("ada"), title="New", decided_by="joint")
    answer = fetched(as_person("ada"), tracker, "xlsx")
    sheets = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert [cell.value for cell in sheets["Actions"]["1"]] == ["There is nothing here yet."]
    assert fetched(as_person("ada"), tracker, "csv").content.decode().startswith("There is nothing here yet.")


def test_it_is_an_export(cast, as_person, tracker):
    """Asked for again by whoever was not asked just now; then it stands in the trail that both offices read."""
    client = Client()
    client.force_login(cast.ben)
    assert fetched(client, tracker, "xlsx").status_code == 302
    assert not AuditEntry.objects.filter(action="tracker.downloaded").exists()
    assert fetched(as_person("ben"), tracker, "xlsx").status_code == 200
    entry = AuditEntry.objects.get(action="tracker.downloaded", of=None)
    assert [str(entry.actor), entry in AuditEntry.objects.acts(cast.ada)] == ["Ben", True]


def test_what_is_not_there(as_person, cast, tracker):
    assert fetched(as_person("ada"), tracker, "pdf").status_code == 404
    assert fetched(as_person("cleo"), tracker, "xlsx").status_code == 404
    birch = reverse("policies:tracker-file", args=["birch-ny", tracker.pk, "xlsx"])
    assert as_person("finn").get(birch).status_code == 404


@pytest.mark.parametrize("kind", ["xlsx", "csv"])
def test_more_rows_ask_no_more_queries(cast, tracker, kind):
    standing = cast.standing("ada")

    def queries():
        with CaptureQueriesContext(connection) as captured:
            download_tracker(tracker, standing, kind)
        return len(captured)

    before = queries()
    last = tracker.actions.last()
    for number in range(3):
        action = add_action(tracker, standing, title=f"Another {number}", office="joint")
        edit_action(action, standing, version=action.version, depends_on=[last])
    assert queries() == before
