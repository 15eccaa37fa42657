"""Who drafts, words, reads and downloads a brief, and how the waiting row is drawn."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from cohorts.models import Conflict
from policies.actions.briefs import draft_brief, edit_brief, redraw
from policies.briefs import drawing
from policies.briefs.render import Drawing
from policies.models import Brief, Tracker
from tests.cast import EVERYONE, day_here
from workspaces.models import Event

DRAFTERS = ["ada", "amos", "ben", "bea", "finn"]
READERS = [*DRAFTERS, "rhea", "nora"]
PDF = b"%PDF-1.7 small"


@pytest.fixture(autouse=True)
def files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def jobs_at_once():
    HUEY.immediate = True
    yield
    HUEY.immediate = False


@pytest.fixture
def drawn(monkeypatch):
    """Drawing without ink, so that a test is quick: the list of what was drawn."""
    done = []

    def draw(content, sha256, *, is_draft):
        done.append(sha256)
        return Drawing(pdf=PDF + sha256.encode(), pages=2)

    monkeypatch.setattr(drawing, "render_pdf", draw)
    return done


def period():
    today = day_here()
    return {"period_start": today - dt.timedelta(days=90), "period_end": today}


def drafted(cast, by="amos", **fields):
    return draft_brief(cast.standing(by), **period() | fields)


def finished(cast, **fields):
    brief = drafted(cast, **fields)
    drawing.draw_brief(brief.pk)
    brief.refresh_from_db()
    return brief


# --- verbs


def test_a_draft_is_numbered_waits_and_is_told(cast):
    first, second = drafted(cast), drafted(cast)
    assert [(each.number, each.status, each.is_ready) for each in (first, second)] == [
        (1, "drafting", False),
        (2, "drafting", False),
    ]
    told = Event.objects.filter(kind="brief.updated", stream__workspace=cast.alder)
    assert list(told.values_list("subject_id", "stream__audience")) == [(first.pk, "workspace"), (second.pk, "workspace")]


@pytest.mark.parametrize("who", [name for name in EVERYONE if name not in DRAFTERS])
def test_who_may_not_draft(cast, who):
    with pytest.raises(PermissionDenied):
        drafted(cast, by=who)


@pytest.mark.parametrize(
    "wrong",
    [
        {"period_end": dt.date(2020, 1, 1)},
        {"period_start": dt.date(2999, 1, 1), "period_end": dt.date(2999, 2, 1)},
        {"scope": "tracker"},
        {"narrative": "x" * 1201},
    ],
)
def test_a_wrong_draft_leaves_nothing(cast, wrong):
    with pytest.raises(ValidationError):
        drafted(cast, **wrong)
    assert Brief.objects.count() == 0


def test_a_brief_names_a_tracker_of_its_own_workspace(cast):
    elsewhere = Tracker.objects.create(workspace=cast.birch, title="Elsewhere", opened_by=cast.cleo)
    with pytest.raises(ValidationError):
        drafted(cast, scope="tracker", tracker=elsewhere)


@pytest.mark.parametrize(
    "who, may",
    [
        ("ada", {"narrative", "mayor_paragraph"}),
        ("amos", {"narrative", "mayor_paragraph"}),
        ("bea", {"narrative", "prosecutor_paragraph"}),
        ("ben", {"narrative", "prosecutor_paragraph"}),
        ("finn", {"narrative"}),
        ("nora", set()),
        ("rhea", set()),
    ],
)
def test_each_office_speaks_for_itself(cast, who, may):
    written = set()
    for field in ("narrative", "mayor_paragraph", "prosecutor_paragraph"):
        brief = drafted(cast)
        try:
            edit_brief(brief, cast.standing(who), version=1, **{field: "Our words."})
        except PermissionDenied:
            brief.refresh_from_db()
            assert getattr(brief, field) == ""
        else:
            written.add(field)
    assert written == may


def test_the_second_writer_is_told_and_loses_nothing(cast):
    brief = drafted(cast)
    edit_brief(Brief.objects.get(pk=brief.pk), cast.standing("ada"), version=1, narrative="First.")
    with pytest.raises(Conflict) as conflict:
        edit_brief(brief, cast.standing("ben"), version=1, narrative="Second.")
    assert conflict.value.current.narrative == "First."


def test_a_released_brief_keeps_its_words(cast):
    brief = drafted(cast)
    Brief.objects.filter(pk=brief.pk).update(status="released")
    brief.refresh_from_db()
    with pytest.raises(ValidationError):
        edit_brief(brief, cast.standing("ada"), version=1, narrative="No.")
    with pytest.raises(ValidationError):
        redraw(brief, cast.standing("ada"))


# --- drawing


def test_a_job_draws_once_the_row_is_committed(cast, drawn, jobs_at_once, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        brief = drafted(cast)
        assert drawn == []
    brief.refresh_from_db()
    assert (brief.status, brief.pages, brief.is_ready) == ("draft", 2, True)
    assert drawn == [brief.sha256] == [brief.pdf_sha256]
    assert Event.objects.filter(kind="brief.updated").count() == 2


def test_an_unchanged_brief_is_not_drawn_again(cast, drawn):
    brief = finished(cast)
    name = brief.pdf.name
    redraw(brief, cast.standing("ben"))
    assert drawing.draw_brief(brief.pk) is False
    brief.refresh_from_db()
    assert (brief.status, brief.pdf.name, len(drawn)) == ("draft", name, 1)


def test_new_words_are_drawn_and_the_former_file_goes(cast, drawn, tmp_path, django_capture_on_commit_callbacks):
    brief = finished(cast)
    edit_brief(brief, cast.standing("ada"), version=1, mayor_paragraph="Our words.")
    assert not brief.is_ready
    with django_capture_on_commit_callbacks(execute=True):
        assert drawing.draw_brief(brief.pk)
    brief.refresh_from_db()
    assert (brief.content["words"]["mayor"], brief.version) == ("Our words.", 2)
    assert [path.name for path in (tmp_path / "briefs").iterdir()] == [brief.pdf.name.split("/")[1]]


def test_a_brief_that_a_killed_worker_left_is_taken_up(cast, drawn, capsys):
    brief = drafted(cast)
    call_command("run_due")
    assert capsys.readouterr().out == "Briefs drawn: 0\nMails sent: 0\n"  # it may still be at work
    Brief.objects.filter(pk=brief.pk).update(updated_at=timezone.now() - drawing.GRACE)
    call_command("run_due")
    call_command("run_due")
    assert capsys.readouterr().out == "Briefs drawn: 1\nMails sent: 0\nBriefs drawn: 0\nMails sent: 0\n"
    brief.refresh_from_db()
    assert brief.is_ready
    assert len(drawn) == 1


def test_a_failure_is_said_in_plain_words_and_tried_again_when_asked(cast, drawn, monkeypatch, tmp_path, caplog):
    def full(*args, **kwargs):
        raise OSError("No space left on device")

    brief = drafted(cast)
    with monkeypatch.context() as broken:
        broken.setattr(drawing, "render_pdf", full)
        assert drawing.draw_brief(brief.pk) is False
    brief.refresh_from_db()
    assert (brief.status, brief.problem, brief.pdf.name) == ("drafting", drawing.NOT_DRAWN, "")
    assert not (tmp_path / "briefs").exists()
    Brief.objects.filter(pk=brief.pk).update(updated_at=timezone.now() - drawing.GRACE)
    assert drawing.draw_left_over() == 0
    redraw(brief, cast.standing("amos"))
    assert drawing.draw_brief(brief.pk)


def test_words_saved_while_it_is_drawn_are_not_lost(cast, drawn, monkeypatch):
    brief = drafted(cast)
    draw = drawing.render_pdf

    def interrupted(*args, **kwargs):
        if len(drawn) == 0:
            edit_brief(Brief.objects.get(pk=brief.pk), cast.standing("ben"), version=1, narrative="Newer.")
        return draw(*args, **kwargs)

    monkeypatch.setattr(drawing, "render_pdf", interrupted)
    assert drawing.draw_brief(brief.pk) is False
    brief.refresh_from_db()
    assert brief.status == "drafting"
    assert drawing.draw_brief(brief.pk)
    brief.refresh_from_db()
    assert brief.content["words"]["joint"] == "Newer."


# --- pages


def addresses(brief):
    args = [brief.workspace.slug, brief.pk]
    names = [("briefs", args[:1]), ("brief", args), ("brief-pdf", args)]
    return [reverse(f"policies:{name}", args=its) for name, its in names]


def codes_of(client, found):
    """What each address answers; files are read to their end, which closes them."""
    codes = []
    for address in found:
        answer = client.get(address)
        codes.append(answer.status_code)
        b"".join(answer)
    return codes


@pytest.mark.parametrize("who", EVERYONE)
def test_who_reads_a_brief(as_person, cast, drawn, who):
    brief = finished(cast)
    client = as_person(who)
    expected = 200 if who in READERS else 404
    assert codes_of(client, addresses(brief)) == [expected] * 3
    writes = [reverse("policies:brief-new", args=[cast.alder.slug]), f"{addresses(brief)[1]}words/"]
    assert codes_of(client, writes) == [200 if who in DRAFTERS else 403 if who in READERS else 404] * 2


def test_nobody_reads_it_unsigned_in(client, cast, drawn):
    brief = finished(cast)
    assert {client.get(address).status_code for address in addresses(brief)} == {302}


def test_a_brief_stands_only_in_its_own_workspace(as_person, cast, drawn):
    brief = finished(cast)
    assert as_person("cleo").get(reverse("policies:brief-pdf", args=[cast.birch.slug, brief.pk])).status_code == 404


def test_drafting_on_the_page(as_person, cast):
    client = as_person("amos")
    address = reverse("policies:brief-new", args=[cast.alder.slug])
    assert 'type="date"' in client.get(address).content.decode()
    sent = {"period_start": "2026-06-01", "period_end": "2026-05-01", "narrative": "Kept words."}
    refused = client.post(address, sent)
    assert (refused.status_code, Brief.objects.count()) == (422, 0)
    assert "Kept words." in refused.content.decode()
    answer = client.post(address, sent | {"period_start": "2026-01-01"})
    brief = Brief.objects.get()
    assert (answer.status_code, answer.url) == (302, reverse("policies:brief", args=[cast.alder.slug, brief.pk]))
    page = client.get(answer.url).content.decode()
    assert "Being drawn." in page
    assert '<meta http-equiv="refresh"' in page


def test_the_page_shows_what_the_paper_shows(as_person, cast):
    Tracker.objects.create(
        workspace=cast.alder,
        title="Court-date reminders",
        opened_by=cast.ada,
        created_at=timezone.now() - dt.timedelta(days=20),
    )
    brief = finished(cast, narrative="One <b>plan</b>.")
    page = as_person("nora").get(reverse("policies:brief", args=[cast.alder.slug, brief.pk])).content.decode()
    for said in ("One &lt;b&gt;plan&lt;/b&gt;.", "Court-date reminders", "Download the PDF", brief.sha256[:16]):
        assert said in page
    assert "Write the words" not in page


def test_the_words_form_shows_both_texts_when_two_write(as_person, cast):
    brief = drafted(cast)
    address = reverse("policies:brief-words", args=[cast.alder.slug, brief.pk])
    client = as_person("ada")
    page = client.get(address).content.decode()
    assert 'name="mayor_paragraph"' in page
    assert 'name="prosecutor_paragraph"' not in page
    edit_brief(Brief.objects.get(pk=brief.pk), cast.standing("ben"), version=1, narrative="Their words.")
    sent = {"version": 1, "narrative": "My words.", "mayor_paragraph": ""}
    answer = client.post(address, sent)
    both = answer.content.decode()
    assert answer.status_code == 409
    assert "Their words." in both
    assert "My words." in both
    assert client.post(address, sent | {"version": 2}).status_code == 302
    brief.refresh_from_db()
    assert brief.narrative == "My words."
    assert client.post(address, {"version": 3, "narrative": "x" * 1201}).status_code == 422


def test_another_office_s_paragraph_is_not_taken_from_a_form(as_person, cast):
    brief = drafted(cast)
    address = reverse("policies:brief-words", args=[cast.alder.slug, brief.pk])
    as_person("ada").post(address, {"version": 1, "narrative": "Ours.", "prosecutor_paragraph": "Put into their mouth."})
    brief.refresh_from_db()
    assert (brief.narrative, brief.prosecutor_paragraph) == ("Ours.", "")


def test_drawing_again_by_the_page(as_person, cast, drawn):
    brief = finished(cast)
    address = reverse("policies:brief-draw", args=[cast.alder.slug, brief.pk])
    assert as_person("nora").post(address).status_code == 403
    assert as_person("cleo").post(address).status_code == 404
    assert as_person("finn").get(address).status_code == 405
    assert as_person("finn").post(address).status_code == 302
    brief.refresh_from_db()
    assert brief.status == "drafting"


def test_the_download(as_person, cast, drawn):
    brief = drafted(cast)
    client = as_person("finn")
    address = reverse("policies:brief-pdf", args=[cast.alder.slug, brief.pk])
    waiting = client.get(address)
    assert (waiting.status_code, waiting["Content-Type"]) == (202, "text/html; charset=utf-8")
    assert "This brief is being drawn" in waiting.content.decode()
    drawing.draw_brief(brief.pk)
    ready = client.get(address)
    brief.refresh_from_db()
    assert ready.content == PDF + brief.sha256.encode()
    assert (ready["Content-Type"], ready["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert ready["Content-Disposition"] == 'attachment; filename="alder-brief-1.pdf"'


@pytest.mark.parametrize("address", ["/workspaces/alder-ny/briefs/", "/api/v1/briefs/?workspace=alder-ny"])
def test_a_list_costs_the_same_for_three(as_person, cast, drawn, address):
    client = as_person("ada")
    counts = []
    for more in (1, 2):
        for _ in range(more):
            finished(cast)
        client.get(address)
        with CaptureQueriesContext(connection) as seen:
            client.get(address)
        counts.append(len(seen))
    assert counts[0] == counts[1]


# --- API


def test_a_brief_by_the_api(as_person, cast, drawn):
    client = as_person("ada")
    sent = {"workspace": "alder-ny", "period_start": "2026-01-01", "period_end": "2026-03-31", "narrative": "One plan."}
    answer = client.post("/api/v1/briefs/", sent, "application/json")
    brief = Brief.objects.get()
    assert answer.status_code == 201
    assert answer.json() == {
        "id": str(brief.pk),
        "url": f"http://testserver/api/v1/briefs/{brief.pk}/",
        "workspace": "alder-ny",
        "scope": "city",
        "subject": None,
        "period_start": "2026-01-01",
        "period_end": "2026-03-31",
        "status": "drafting",
        "problem": "",
        "narrative": "One plan.",
        "mayor_paragraph": "",
        "prosecutor_paragraph": "",
        "number": 1,
        "sha256": "",
        "pages": None,
        "pdf_url": None,
        "version": 1,
        "created_at": answer.json()["created_at"],
        "updated_at": answer.json()["updated_at"],
    }
    drawing.draw_brief(brief.pk)
    ready = client.get(f"/api/v1/briefs/{brief.pk}/").json()
    assert (ready["status"], ready["pages"]) == ("draft", 2)
    assert ready["pdf_url"] == f"http://testserver/workspaces/alder-ny/briefs/{brief.pk}.pdf"


def test_changing_words_by_the_api(as_person, cast):
    brief = drafted(cast)
    address = f"/api/v1/briefs/{brief.pk}/"

    def patch(who, **sent):
        return as_person(who).patch(address, sent, "application/json")

    assert patch("ada", narrative="No version.").status_code == 400
    assert patch("ada", version=1, mayor_paragraph="Ours.").json()["version"] == 2
    assert patch("ada", version=2, prosecutor_paragraph="Theirs.").status_code == 403
    assert patch("nora", version=2, narrative="Mine.").status_code == 403
    assert patch("cleo", version=2, narrative="Mine.").status_code == 404
    assert patch("ada", version=2, period_end="2026-02-01").status_code == 400
    old = patch("ben", version=1, narrative="Late.")
    assert (old.status_code, old.json()["current"]["mayor_paragraph"]) == (409, "Ours.")


@pytest.mark.parametrize("who", EVERYONE)
def test_who_finds_a_brief_by_the_api(as_person, cast, who):
    brief = drafted(cast)
    client = as_person(who)
    found = [each["id"] for each in client.get("/api/v1/briefs/").json()["results"]]
    sent = {"workspace": "alder-ny", **{key: str(day) for key, day in period().items()}}
    drafting = client.post("/api/v1/briefs/", sent, "application/json").status_code
    codes = (client.get(f"/api/v1/briefs/{brief.pk}/").status_code, drafting)
    if who in READERS:
        assert (found, codes) == ([str(brief.pk)], (200, 201 if who in DRAFTERS else 403))
    else:
        assert (found, codes) == ([], (404, 404))


def test_bad_input_by_the_api(as_person, cast):
    client = as_person("ada")
    elsewhere = Tracker.objects.create(workspace=cast.birch, title="Elsewhere", opened_by=cast.cleo)
    good = {"workspace": "alder-ny", "period_start": "2026-01-01", "period_end": "2026-03-31"}
    for wrong, attr in (
        ({"period_end": "2025-01-01"}, None),
        ({"period_start": "soon"}, "period_start"),
        ({"scope": "cohort"}, "scope"),
        ({"scope": "tracker", "subject": str(elsewhere.pk)}, "subject"),
        ({"mayor_paragraph": "Too early."}, "mayor_paragraph"),
    ):
        answer = client.post("/api/v1/briefs/", good | wrong, "application/json")
        assert (answer.status_code, answer.json()["type"]) == (400, "validation_error")
        assert attr is None or answer.json()["errors"][0]["attr"] == attr
    assert client.post("/api/v1/briefs/", good | {"workspace": "birch-ny"}, "application/json").status_code == 404
    assert client.get("/api/v1/briefs/?workspace=birch-ny").json()["results"] == []
    assert Brief.objects.count() == 0
