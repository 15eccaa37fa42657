"""What a brief says, and how it is put on paper."""

import copy
import datetime as dt
import io
import json

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from pypdf import PdfReader

from policies.actions.briefs import draft_brief
from policies.briefs.compose import brief_sha256, compose_brief
from policies.briefs.drawing import draw_brief
from policies.briefs.render import OwnFilesOnly, render_pdf
from policies.models import Brief, CheckInAnswer, Observation
from tests.cast import day_here
from tests.policies.working_city import add_month, build_working_city
from workspaces.actions.topics import open_topic, post_message


@pytest.fixture
def city(cast):
    return build_working_city(cast)


def drafted(cast, city, **fields):
    period = {"period_start": city.today - dt.timedelta(days=91), "period_end": city.today}
    return draft_brief(cast.standing("amos"), **period | fields)


@pytest.fixture
def content(cast, city):
    brief = drafted(cast, city, narrative="One plan for two offices.")
    return compose_brief(Brief.objects.get(pk=brief.pk))


def read(drawing):
    return PdfReader(io.BytesIO(drawing.pdf))


def text_of(reader):
    return " ".join(" ".join(page.extract_text() for page in reader.pages).split())


def test_what_a_brief_says_of_a_tracker(content):
    groups, reminders = content["trackers"]
    assert content["numbers"] == {"trackers": 2, "moves": 1, "done": 3, "late": 1, "to_sign": 1}
    assert (groups["stage"], groups["decided_by"], groups["counts"]) == (
        "preparation",
        "joint",
        {"all": 7, "done": 2, "late": 1},
    )
    assert [(move["from"], move["to"]) for move in groups["moves"]] == [("exploration", "preparation")]
    assert [signature["reservation"] for signature in groups["moves"][0]["signatures"]] == [
        "",
        "Within the county’s charging policy.",
    ]
    assert [(row["office"], row["days_late"], row["is_blocked"]) for row in groups["late"]["listed"]] == [
        ("mayor", 9, False),
        ("prosecutor", 0, True),
    ]
    assert reminders["moves"] == []


def test_what_waits_for_whom(content):
    kinds = {owner: [row["kind"] for row in rows] for owner, rows in content["asks"].items()}
    assert kinds == {
        "mayor": ["sign", "late", "answer"],
        "prosecutor": ["sign", "blocked", "answer"],
        "joint": [],
        "research": [],
    }


def test_own_figures_come_first_and_the_last_published_are_named_as_such(content):
    charts = content["charts"]
    assert [(chart["is_context"], chart["is_in_period"], len(chart["figures"])) for chart in charts] == [
        (False, True, 8),
        (True, False, 24),
        (True, False, 24),
        (True, False, 24),
    ]
    assert charts[1]["figures"][-1]["start"] == "2024-07-01"


def test_evidence_counts_null_results_as_plainly_as_good_ones(content):
    groups = content["evidence"][0]
    assert groups["studies"] == {"favourable": 2, "unfavourable": 0, "null": 1, "mixed": 0}
    assert groups["ratings"][0]["rating"] == "Effective"


def test_a_brief_of_a_past_period_tells_the_stage_of_that_time(cast, city):
    end = city.today - dt.timedelta(days=10)
    brief = drafted(cast, city, period_start=end - dt.timedelta(days=60), period_end=end)
    content = compose_brief(Brief.objects.get(pk=brief.pk))
    assert [tracker["stage"] for tracker in content["trackers"]] == ["exploration", "exploration"]
    assert content["period"]["as_of"] == end.isoformat()
    assert content["trackers"][0]["counts"]["late"] == 0


def test_a_tracker_s_brief_is_about_that_tracker(cast, city):
    brief = drafted(cast, city, scope="tracker", tracker=city.trackers[1])
    content = compose_brief(Brief.objects.get(pk=brief.pk))
    assert [tracker["title"] for tracker in content["trackers"]] == ["Court-date reminders"]
    assert content["commitments"] == []


def test_nothing_of_a_narrower_ring_is_in_it(cast, city):
    mayor, prosecutor = cast.offices["alder"]
    for audience, office in (("offices", None), ("office", mayor)):
        topic = open_topic(cast.standing("ada"), title=f"CANARY {audience}", audience=audience, office=office)
        post_message(topic, cast.standing("ada"), body="CANARY message")
    day = city.today.replace(day=1) - dt.timedelta(days=1)
    Observation.objects.filter(indicator=city.indicator, period_end__gte=day).delete()
    add_month(city.indicator, day.replace(day=1), 987654, office=mayor, is_released=False)
    CheckInAnswer.objects.create(
        check_in=city.check_in,
        office=prosecutor,
        values={"progress": "CANARY of the other office"},
        answered_by=cast.ben,
        submitted_at=timezone.now(),
    )
    content = compose_brief(Brief.objects.get(pk=drafted(cast, city).pk))
    said = json.dumps(content)
    assert "CANARY" not in said
    assert "987654" not in said
    paper = text_of(read(render_pdf(content, brief_sha256(content), is_draft=True)))
    assert "CANARY" not in paper
    assert "987654" not in paper.replace(",", "")


@pytest.mark.parametrize("copies", [1, 3])
def test_composing_costs_the_same_for_more(cast, city, copies, django_assert_num_queries):
    tracker = city.trackers[0]
    for number in range(copies):
        for action in tracker.actions.all()[:3]:
            action.pk = None
            action._state.adding = True
            action.title = f"{action.title} {number}"
            action.save()
    brief = drafted(cast, city)
    rows = Brief.objects.select_related(
        "workspace__enrolment__city",
        "workspace__enrolment__cohort",
        "workspace__enrolment__mayor_office",
        "workspace__enrolment__prosecutor_office",
    )
    brief = rows.get(pk=brief.pk)
    with django_assert_num_queries(15):
        compose_brief(brief)


def test_the_pdf_is_two_tagged_pages_with_title_and_language(content):
    sha256 = brief_sha256(content)
    drawing = render_pdf(content, sha256, is_draft=True)
    reader = read(drawing)
    root = reader.trailer["/Root"]
    assert (drawing.pages, len(reader.pages)) == (2, 2)
    assert reader.metadata.title.startswith("Progress brief 1: Alder, NY")
    assert (root["/Lang"], root["/MarkInfo"]["/Marked"], root["/ViewerPreferences"]["/DisplayDocTitle"]) == (
        "en-US",
        True,
        True,
    )
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()
    assert {tuple(round(float(side)) for side in page.mediabox[2:]) for page in reader.pages} == {(612, 792)}
    text = text_of(reader)
    for said in (
        "One plan for two offices.",
        "Alder mayor’s office",
        "Alder County District Attorney’s office",
        "9 days late",
        "With a reservation: “Within the county’s charging policy.”",
        "CrimeSolutions: Effective",
        "The published counts have no figure in this period. The latest published is July 2024.",
        "AH Datalytics, Real-Time Crime Index",
        f"Brief 1 · SHA-256 {sha256[:16]}",
        "Page 2 of 2",
    ):
        assert said in text
    assert "No tracker was open" not in text


def test_pictures_have_words_and_headings_leave_out_no_level(content):
    drawing = render_pdf(content, brief_sha256(content), is_draft=True)
    tags, words = [], []

    def walk(node):
        node = node.get_object() if hasattr(node, "get_object") else node
        if isinstance(node, list):
            for each in node:
                walk(each)
        elif isinstance(node, dict):
            tags.append(str(node.get("/S", "")).lstrip("/"))
            if node.get("/S") == "/Figure":
                words.append(node.get("/Alt"))
            walk(node.get("/K", []))

    walk(read(drawing).trailer["/Root"]["/StructTreeRoot"]["/K"])
    levels = [int(tag[1]) for tag in tags if tag in ("H1", "H2", "H3", "H4", "H5", "H6")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert len(words) == 4
    assert all(words)


def test_fonts_are_our_own_and_embedded(content):
    reader = read(render_pdf(content, brief_sha256(content), is_draft=True))
    names = {str(font.get_object()["/BaseFont"]) for page in reader.pages for font in page["/Resources"]["/Font"].values()}
    assert {name.split("+")[1].split("-Sans")[0] for name in names} == {"Public"}


def test_a_draft_says_so_on_every_page(content):
    sha256 = brief_sha256(content)
    for is_draft, expected in ((True, [True, True]), (False, [False, False])):
        pages = read(render_pdf(content, sha256, is_draft=is_draft)).pages
        assert ["DRAFT, not released" in page.extract_text() for page in pages] == expected


def test_words_are_words_and_not_markup(cast, city):
    nasty = "<script>alert(1)</script> <img src='file:///etc/passwd'> {{ content }}"
    content = compose_brief(Brief.objects.get(pk=drafted(cast, city, narrative=nasty).pk))
    content["city"]["name"] = "Al\"der</style><link rel=stylesheet href='http://example.org/x.css'>"
    assert "<script>alert(1)</script>" in text_of(read(render_pdf(content, "0" * 64, is_draft=True)))


def test_an_empty_city_has_a_brief_too(cast):
    today = day_here()
    brief = draft_brief(cast.standing("ada"), period_start=today, period_end=today)
    content = compose_brief(Brief.objects.get(pk=brief.pk))
    text = text_of(read(render_pdf(content, brief_sha256(content), is_draft=True)))
    assert "No tracker was open in this period." in text
    assert "Nothing is late, blocked or waiting for a signature." in text


def test_a_long_city_flows_on_and_loses_nothing(content):
    long = copy.deepcopy(content)
    long["trackers"] = [copy.deepcopy(content["trackers"][0]) | {"title": f"Tracker {number}"} for number in range(5)]
    reader = read(render_pdf(long, brief_sha256(long), is_draft=True))
    assert len(reader.pages) > 2
    assert all(f"Tracker {number}" in text_of(reader) for number in range(5))


@pytest.mark.parametrize(
    "address",
    [
        "file:///etc/passwd",
        "http://127.0.0.1:8000/healthz",
        "https://example.org/x.png",
        "ftp://example.org/x",
        "data:text/html;base64,PGI+",
        "mpi-static:///../../../etc/passwd",
        "mpi-static:///mpi/../../manage.py",
        "mpi-static:///mpi/app.js",
    ],
)
def test_the_fetcher_refuses_all_but_our_own_files(address):
    with pytest.raises(ValueError):
        OwnFilesOnly().fetch(address)


def test_the_fetcher_gives_our_own_fonts():
    font = OwnFilesOnly().fetch("mpi-static:///mpi/fonts/public-sans/PublicSans-Regular.woff2")
    assert font.read(4) == b"wOF2"


def test_render_brief_writes_the_stored_bytes(cast, city, tmp_path, settings):
    settings.MEDIA_ROOT = tmp_path / "files"
    brief = drafted(cast, city)
    assert draw_brief(brief.pk)
    brief.refresh_from_db()
    for name in ("one.pdf", "two.pdf"):
        call_command("render_brief", str(brief.pk), output=tmp_path / name, verbosity=0, stdout=io.StringIO())
    with brief.pdf.open("rb") as stored:
        assert stored.read() == (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()
    with pytest.raises(CommandError, match="There is no brief with this id."):
        call_command("render_brief", "no-id", output=tmp_path / "x.pdf")
