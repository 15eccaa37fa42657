"""The platform's main job, lived through once by two people in two browsers, on the demonstration's real data."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO

import pytest
from django.db import connections
from huey.contrib.djhuey import HUEY
from playwright.sync_api import expect
from pypdf import PdfReader

from mpi.demo.load import load_demo
from policies.models import Tracker

MAYOR = "mayor.rochester-ny@demo.example"
PROSECUTOR = "prosecutor.rochester-ny@demo.example"
WORKSPACE = "/workspaces/rochester-ny/"


@pytest.fixture
def demo(live_server_url):
    with ThreadPoolExecutor(1) as beside:  # the browser's own event loop runs in this thread
        beside.submit(load_demo).result()
        beside.submit(connections.close_all).result()
    HUEY.immediate = True  # a job runs in the server's process, as there is no worker beside it
    yield
    HUEY.immediate = False


@pytest.fixture
def two(demo, new_context, sign_in):
    """A page of Rochester's mayor and a page of its prosecutor, each in a browser of their own."""
    pages = []
    for email in (MAYOR, PROSECUTOR):
        context = new_context()
        sign_in(context, email)
        pages.append(context.new_page())
    return pages


def test_the_main_job(two, assert_accessible):
    mayor, prosecutor = two
    they_talk(mayor, prosecutor, assert_accessible)
    tracker = they_open_a_tracker(mayor, assert_accessible)
    they_move_a_stage(mayor, prosecutor, tracker, assert_accessible)
    they_answer_apart(mayor, prosecutor, assert_accessible)
    they_draft_a_brief(mayor, assert_accessible)
    they_meet(mayor, prosecutor, tracker, assert_accessible)


def they_talk(mayor, prosecutor, assert_accessible):
    for page in (mayor, prosecutor):
        page.goto("/")
        assert_accessible(page)
        page.goto(WORKSPACE)
        assert_accessible(page)
        page.get_by_role("link", name=re.compile("Group violence intervention")).first.click()
        expect(page.locator("[data-log]")).to_be_visible()
    assert_accessible(mayor)
    for writer, reader, words in ((mayor, prosecutor, "Can we do the 14th?"), (prosecutor, mayor, "The 14th suits us.")):
        writer.get_by_label("Write a message").fill(words)
        writer.get_by_role("button", name="Send").click()
        for page in (writer, reader):
            expect(page.locator("[data-log]").get_by_text(words)).to_have_count(1)


def they_open_a_tracker(mayor, assert_accessible):
    """Returns the path of the tracker's page."""
    mayor.goto("/library/")
    assert_accessible(mayor)
    mayor.get_by_role("link", name="Hospital-based violence intervention").first.click()
    assert_accessible(mayor)
    mayor.get_by_role("link", name=re.compile("Open a tracker in Rochester")).click()
    assert_accessible(mayor)
    mayor.get_by_label("The problem, in a sentence or two").fill("People shot once are often shot again.")
    mayor.locator("main form button[type=submit]").last.click()
    expect(mayor.get_by_role("heading", level=1)).to_have_text("Hospital-based violence intervention")
    assert_accessible(mayor)
    expect(mayor.get_by_text("no figures yet", exact=False).first).to_be_visible()
    expect(mayor.get_by_text("Murders reported to police").first).to_be_attached()
    assert mayor.locator("main svg title").count() >= 1
    tracker = Tracker.objects.get(title="Hospital-based violence intervention", workspace__slug="rochester-ny")
    assert tracker.actions.count() == tracker.intervention.playbook.count() > 0
    return f"{WORKSPACE}trackers/{tracker.pk}/"


def they_move_a_stage(mayor, prosecutor, tracker, assert_accessible):
    prosecutor.goto(tracker)
    mayor.goto(tracker)
    mayor.get_by_role("link", name="Propose a move").click()
    assert_accessible(mayor)
    mayor.get_by_text("Getting ready", exact=True).click()
    mayor.get_by_label("Why now?").fill("The hospital has agreed and both offices have named staff.")
    mayor.locator("main form button[type=submit]").click()
    expect(mayor.get_by_text("Waits for signatures").first).to_be_visible()
    sign_off = mayor.url
    assert_accessible(mayor)
    sign(mayor)
    assert stage_of(tracker) == "exploration"
    mayor.goto(tracker)
    prosecutor.goto(sign_off)
    sign(prosecutor)
    assert stage_of(tracker) == "preparation"
    expect(mayor.get_by_role("main")).to_contain_text(re.compile("Getting ready"))
    prosecutor.goto(tracker)
    expect(prosecutor.get_by_role("main")).to_contain_text(re.compile("Getting ready"))


def sign(page):
    page.get_by_text("I have read what is signed, and I sign for my office.").click()
    page.get_by_role("button", name=re.compile("^Sign")).click()
    expect(page.locator("#state")).to_contain_text("Signed on")
    expect(page.get_by_text("I have read what is signed")).to_have_count(0)


def stage_of(path):
    return Tracker.objects.get(pk=path.rstrip("/").rsplit("/", 1)[1]).stage


def they_answer_apart(mayor, prosecutor, assert_accessible):
    for page, words in ((mayor, "Canary of the mayor’s office"), (prosecutor, "Canary of the prosecutor’s office")):
        page.goto(f"{WORKSPACE}check-ins/")
        assert_accessible(page)
        page.get_by_role("link", name=re.compile("^Answer")).first.click()
        assert_accessible(page)
        page.get_by_label("What moved since the last check-in?").fill(words)
        page.get_by_label("What stands in the way?").fill("Staff.")
        for label in ("All of them", "Very confident", "Yes"):
            page.get_by_text(label, exact=True).first.click()
        page.get_by_role("button", name="Send").click()
        if page is mayor:
            prosecutor.goto(page.url)
            assert "Canary of the mayor" not in prosecutor.content()
    mayor.reload()
    assert_accessible(mayor)
    expect(mayor.get_by_text("Canary of the prosecutor’s office")).to_be_visible()
    expect(prosecutor.get_by_text("Canary of the mayor’s office")).to_be_visible()


def they_draft_a_brief(mayor, assert_accessible):
    mayor.goto(f"{WORKSPACE}briefs/new/")
    assert_accessible(mayor)
    mayor.get_by_role("button", name="Draft it").click()
    download = mayor.get_by_role("link", name=re.compile("PDF")).first
    expect(download).to_be_visible(timeout=30_000)
    assert_accessible(mayor)
    answer = mayor.request.get(download.get_attribute("href"))
    assert (answer.status, answer.headers["content-type"]) == (200, "application/pdf")
    pdf = PdfReader(BytesIO(answer.body()))
    assert len(pdf.pages) == 2
    assert bool(pdf.trailer["/Root"]["/MarkInfo"]["/Marked"])
    words = " ".join(page.extract_text() for page in pdf.pages)
    assert "Rochester" in words and "AH Datalytics" in words


def they_meet(mayor, prosecutor, tracker, assert_accessible):
    convening = "/cohorts/mpi-demo/convenings/gun-violence-symposium/"
    mayor.goto("/cohorts/mpi-demo/")
    assert_accessible(mayor)
    mayor.goto(convening)
    assert_accessible(mayor)
    mayor.locator("button[value=going]").click()
    expect(mayor.get_by_role("heading", name="You are coming")).to_be_visible()
    calendar = mayor.request.get(mayor.get_by_role("link", name=re.compile("calendar")).first.get_attribute("href"))
    assert "BEGIN:VTIMEZONE" in calendar.text()
    mayor.get_by_label("What will the two offices do?").fill("Meet the trauma team every month.")
    mayor.get_by_role("button", name="Write it down").click()
    expect(mayor.get_by_text("Meet the trauma team every month.").first).to_be_visible()
    prosecutor.goto(convening)
    prosecutor.get_by_role("button", name=re.compile("Accept for my office: Meet the trauma team")).click()
    expect(prosecutor.get_by_text("Accepted by both offices").first).to_be_visible()
    mayor.goto(convening)
    chooser = mayor.locator("select[name=tracker]")
    if chooser.count():
        chooser.last.select_option(label="Hospital-based violence intervention")
    mayor.get_by_role("button", name=re.compile("Make it an action: Meet the trauma team")).click()
    mayor.goto(tracker)
    expect(mayor.get_by_text("Meet the trauma team every month").first).to_be_visible()


def test_a_facilitator_sees_all_cities(demo, page, sign_in, assert_accessible):
    sign_in(page, "facilitator.nlc@demo.example")
    page.goto("/cohorts/mpi-demo/")
    assert_accessible(page)
    for city in ("Rochester", "Stockton", "Philadelphia"):
        expect(page.get_by_role("main").get_by_text(city).first).to_be_visible()
    expect(page.get_by_text(re.compile("No activity by the .*24 days")).first).to_be_visible()
    expect(page.get_by_text(re.compile("waits 12 days for the mayor’s office")).first).to_be_visible()


def test_another_citys_mayor_finds_no_trace(demo, page, sign_in):
    sign_in(page, "mayor.stockton-ca@demo.example")
    tracker = Tracker.objects.filter(workspace__slug="rochester-ny").first()
    for path in (
        WORKSPACE,
        f"{WORKSPACE}trackers/{tracker.pk}/",
        f"/api/v1/trackers/{tracker.pk}/",
        "/api/v1/workspaces/rochester-ny/",
    ):
        assert page.request.get(path).status == 404
    assert page.request.get("/api/v1/trackers/?workspace=rochester-ny").json()["results"] == []
    for path in ("/", "/library/", "/cohorts/mpi-demo/", "/cohorts/mpi-demo/convenings/gun-violence-symposium/"):
        page.goto(path)
        assert "Rochester" not in page.content()
