"""The pages of a cohort as a browser shows them: accessible, fitting a phone, and fresh without a reload."""

import datetime as dt

import pytest
from playwright.sync_api import expect

from cohorts.actions.commitments import accept_commitment, write_commitment
from cohorts.actions.convenings import edit_convening
from cohorts.actions.guests import invite_guest
from policies.models import Action, Tracker
from tests.cast import day_here
from workspaces.actions.topics import open_topic, post_message

CONVENING = "/cohorts/first/convenings/september/"


@pytest.fixture
def busy(live_server_url, cast):
    """A cast with something of everything on its pages."""
    tracker = Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", health="at_risk", opened_by=cast.ada)
    late = day_here() - dt.timedelta(days=9)
    Action.objects.create(tracker=tracker, title="Outreach contract", due_on=late, created_by=cast.ada)
    start = cast.convening.starts_at
    opening = {"title": "Opening", "starts_at": start, "ends_at": start + dt.timedelta(minutes=30), "room": "Hall"}
    edit_convening(
        cast.convening, cast.finn, version=1, sessions=[opening | {"speakers": [{"name": "A surgeon", "label": ""}]}]
    )
    written = write_commitment(cast.standing("ada"), cast.convening, cast.alder.enrolment, text="A page every Monday.")
    accept_commitment(written, cast.standing("bea"))
    topic = open_topic(cast.standing("gus", cast.convening.workspace), title="Questions for the speakers")
    post_message(topic, cast.standing("gus", cast.convening.workspace), body="What does it cost?")
    invite_guest(cast.convening, cast.finn, email="guest-with-a-long-address@example.org", ends_on=day_here())
    write_commitment(cast.standing("amos"), cast.convening, cast.alder.enrolment, text="One call-in a quarter.")
    return cast


@pytest.mark.parametrize("width", [1280, 320])
@pytest.mark.parametrize(
    "who, paths",
    [
        ("ada", ["/", "/cohorts/first/", CONVENING]),
        (
            "finn",
            [
                f"{CONVENING}guests/",
                f"{CONVENING}guests/new/",
                "/cohorts/first/",
                CONVENING,
                f"{CONVENING}edit/",
                "/cohorts/first/convenings/new/",
            ],
        ),
        ("gus", ["/", CONVENING, "/workspaces/first-september/", "/workspaces/first-september/topics/new/"]),
        ("ivy", ["/"]),
        ("cleo", ["/cohorts/first/"]),
    ],
)
def test_pages_are_accessible_and_fit(busy, page, sign_in, assert_accessible, who, paths, width):
    sign_in(page, f"{who}@example.org")
    page.set_viewport_size({"width": width, "height": 800})
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path


def test_a_yes_reaches_the_other_offices_page(busy, new_context, sign_in):
    pages = {}
    for who in ("ada", "ben"):
        context = new_context()
        sign_in(context, f"{who}@example.org")
        pages[who] = context.new_page()
        pages[who].goto(CONVENING)
    card = pages["ben"].locator("li.card", has_text="One call-in a quarter.")
    expect(card.get_by_text("Proposed")).to_be_visible()
    pages["ben"].get_by_label("What will the two offices do?").fill("Half a sentence")
    pages["ada"].get_by_role("button", name="Accept for my office: One call-in a quarter.").click()
    expect(card.get_by_text("accepted by Ada, Mayor")).to_be_visible(timeout=5000)
    expect(pages["ben"].get_by_label("What will the two offices do?")).to_have_value("Half a sentence")


def test_without_javascript_everything_works(busy, new_context, sign_in):
    context = new_context(java_script_enabled=False)
    sign_in(context, "ben@example.org")
    page = context.new_page()
    page.goto(CONVENING)
    page.get_by_role("button", name="I am coming").click()
    expect(page.get_by_role("heading", name="You are coming")).to_be_visible()
    page.get_by_label("What will the two offices do?").fill("Meet the trauma team every month.")
    page.get_by_role("button", name="Write it down").click()
    page.get_by_role("button", name="Make it an action: A page every Monday.").click()
    expect(page.get_by_role("link", name="An action on Court-date reminders")).to_be_visible()
    expect(page.locator("li.card", has_text="Meet the trauma team every month.")).to_be_visible()
