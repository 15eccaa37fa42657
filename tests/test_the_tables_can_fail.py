"""The test of the tables: guards of each kind are switched off one by one, and each time the table that stands on them is wrong
in just the rows that they are for. The socket's stand beside its own table."""

from types import SimpleNamespace

import pytest
from rest_framework.permissions import IsAuthenticated

from cohorts.api.authentication import BySessionOnly, SignedIn
from cohorts.models.convenings import ConveningQuerySet
from policies.models.briefs import BriefQuerySet
from policies.models.check_ins import CheckInAnswerQuerySet
from policies.views import briefs
from tests import test_who_does_what as does
from tests import test_who_sees_what as sees
from tests.readable import build
from workspaces.models import Attachment, Standing
from workspaces.models.decisions import DecisionQuerySet
from workspaces.models.workspaces import WorkspaceQuerySet
from workspaces.views import files


@pytest.fixture
def world(cast):
    rows, asked = build(cast)
    return SimpleNamespace(cast=cast, rows=rows, asked=asked, deeds=does.deeds_of(cast, rows, asked))


def all_of(rows, person):
    return rows.all()


def done(world, *names, people):
    """What is wrong in the rows of these deeds: `[(who, name, status)]`."""
    wrong = does.departures(world, [deed for deed in world.deeds if deed.name in names], people)
    return [(who, name, status) for who, _, name, *_, status, _, _, _ in wrong]


def test_a_queryset_that_lets_everybody_read_agreements_of_two_offices(world, monkeypatch):
    assert sees.querysets_that_err(world.cast, world.rows, ["finn", "ada"]) == []
    monkeypatch.setattr(DecisionQuerySet, "visible_to", all_of)
    assert sees.querysets_that_err(world.cast, world.rows, ["finn", "ada"]) == [("finn", "decision")]
    assert done(world, "decision-confirm", people=["finn", "ada"]) == [("finn", "decision-confirm", 403)]


def test_a_queryset_that_shows_an_answer_to_the_other_office(world, monkeypatch):
    monkeypatch.setattr(CheckInAnswerQuerySet, "visible_to", all_of)
    kept = ["a draft, mayor’s", "one in, mayor’s", "both in, for the researcher, mayor’s"]
    assert sees.querysets_that_err(world.cast, world.rows, ["ben"]) == [("ben", f"answer, {each}") for each in kept]


def test_an_api_in_which_a_reading_token_writes(world, monkeypatch):
    monkeypatch.setattr(SignedIn, "has_permission", IsAuthenticated.has_permission)
    told = does.changed_by_a_reading_token(world)
    asked = {(each.method, each.name) for each in world.deeds if does.is_api(each.name) and "ada" in each.doers}
    assert asked - set(told) == {("POST", "signoff-sign"), ("POST", "signoff-decline")}
    assert set(told.values()) <= {200, 201, 204}


def test_an_api_in_which_a_token_takes_back_what_was_to_be_signed(world, monkeypatch):
    assert does.signed_by_token(world, "amos") == []
    monkeypatch.setattr(BySessionOnly, "has_permission", lambda *asked: True)
    assert does.signed_by_token(world, "amos") == [("signoff-withdraw", 200)]


def test_a_page_that_takes_a_brief_from_whoever_reads(world, monkeypatch):
    monkeypatch.setattr(briefs, "may_draft", lambda standing: True)
    told = done(world, "policies:brief-new", people=["ada", "rhea", "nora", "cleo"])
    assert told == [("rhea", "policies:brief-new", 422), ("nora", "policies:brief-new", 422)]


def test_a_verb_that_asks_nobody_who_they_are(world, monkeypatch):
    monkeypatch.setattr(Standing, "require", lambda standing, is_allowed: None)
    told = done(world, "message-put-pin", people=["ada", "rhea", "cleo"])
    assert {(who, name) for who, name, _ in told} == {("rhea", "message-put-pin")}


def test_a_file_that_is_given_to_whoever_knows_its_address(world, monkeypatch):
    sees.draw(world.cast, world.rows)
    monkeypatch.setattr(WorkspaceQuerySet, "known_to", all_of)
    assert sees.files_that_err(world.cast, world.rows, world.asked, ["cleo"]) == [
        ("cleo", "workspaces:audit-csv", "alder-ny", 403)
    ]
    monkeypatch.setattr(BriefQuerySet, "visible_to", all_of)
    told = sees.files_that_err(world.cast, world.rows, world.asked, ["cleo"])
    pdf = ("cleo", "policies:brief-pdf", "alder-ny")
    assert {(*pdf, 200), (*pdf, "brief"), (*pdf, "tracker")} <= set(told)


def test_a_file_that_everybody_of_the_workspace_may_take(world, monkeypatch):
    """The rings switched off: the facilitator finds what the offices keep, and what is not sent."""
    everything = Attachment.objects.select_related("topic__office", "topic__workspace", "message", "uploaded_by", "term")
    monkeypatch.setattr(files, "visible", lambda standing: everything.filter(topic__workspace=standing.workspace))
    told = sees.files_that_err(world.cast, world.rows, world.asked, ["finn"])
    place = {"workspaces:file-download", "workspaces:file-thumbnail", "workspaces:file-page"}
    kept = {world.rows[f"attachment, {ring}"].thing.pk for ring in ("both offices", "mayor’s office", "prosecutor’s office")}
    assert {("finn", name, pk, 200) for name in place for pk in kept} <= set(told)


def test_an_export_for_whoever_comes_in(world, monkeypatch):
    sees.draw(world.cast, world.rows)
    monkeypatch.setattr(Standing, "may_read_audit", property(lambda standing: bool(standing.workspace.enrolment_id)))
    told = sees.files_that_err(world.cast, world.rows, world.asked, ["amos", "cleo"])
    assert told == [("amos", "workspaces:audit-csv", "alder-ny", 200)]


def test_a_calendar_with_everybodys_meetings(world, monkeypatch):
    monkeypatch.setattr(ConveningQuerySet, "visible_to", all_of)
    assert sees.feeds_that_err(world.cast, world.rows, ["ada", "dora"]) == [("dora", "convening")]
