"""The pages of seats as a browser shows them: accessible, fitting a phone, done without JavaScript and with two windows."""

import datetime as dt
import re

import pytest
from playwright.sync_api import expect

from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.models import HandOver, Person
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker
from tests.cast import give_factor
from workspaces.actions.delegations import delegate
from workspaces.actions.sign_offs import propose, sign
from workspaces.models import SignedCopy


@pytest.fixture
def busy(live_server_url, cast):
    cast.grace = Person.objects.create_user("grace@example.org", "Grace")
    give_factor(cast.grace)
    seat, amos = cast.seats["ada"], cast.standing("amos")
    tracker = open_tracker(amos, title="Court-date reminders", decided_by="joint", mayor_owner=seat)
    add_action(tracker, amos, title="Call the clinic", office="mayor", owner=seat)
    move = propose(amos, "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(move, cast.standing("ada"), seen=move.content_sha256, reservation="Subject to the budget.")
    propose(amos, "stage_change", open_tracker(amos, title="Outreach").pk, rationale="Ready.", to_stage="preparation")
    delegate(cast.seats["amos"], cast.ada, kinds=["stage_change"], until=seat.office.today)
    term = cast.seats["ben"].now_and_next()[0]
    term.ends_on = seat.office.today + dt.timedelta(days=30)
    term.save()
    told = {"on": seat.office.today + dt.timedelta(days=40), "successor": cast.grace, "note": "The clinic waits."}
    hand_over(seat, cast.ada, seen=mark_of(*seat.now_and_next()), **told)
    return cast


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(busy, page, sign_in, assert_accessible, width):
    office = f"/people/offices/{busy.offices['alder'][0].pk}/"
    sign_in(page, "ada@example.org")
    page.set_viewport_size({"width": width, "height": 800})
    for path in (
        office,
        f"{office}delegations/",
        f"{office}leaving/alder-ny/",
        f"/people/seats/{busy.seats['amos'].pk}/hand-over/",
        f"/people/hand-overs/{HandOver.objects.get().pk}/",
        "/people/signed/",
        f"/people/signed/{SignedCopy.objects.get().pk}/",
        "/cohorts/first/",
        "/workspaces/alder-ny/people/",
    ):
        page.goto(path)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width, path
    page.goto(f"/people/seats/{busy.seats['ada'].pk}/hand-over/")
    page.get_by_label("Their e-mail address").fill("grace@example.org")
    page.get_by_role("button", name="Read what will happen").click()
    expect(page.get_by_role("heading", name="Is this right?")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    sign_in(page, "finn@example.org")
    page.goto("/cohorts/first/")
    expect(page.get_by_role("heading", name="Terms that end within 90 days")).to_be_visible()
    assert_accessible(page)


def test_an_outgoing_mayor_with_two_windows(busy, page, context, sign_in, new_context):
    """She hands over in one; the other, open on the discussion, closes by itself. The guided page works without JavaScript."""
    sign_in(page, "ada@example.org")
    page.goto("/workspaces/alder-ny/")
    expect(page.locator("html[data-live=open]")).to_be_attached()
    other = new_context(java_script_enabled=False)
    sign_in(other, "ada@example.org")
    window = other.new_page()
    window.goto(f"/people/offices/{busy.seats['ada'].office_id}/")
    window.get_by_role("link", name=re.compile("Hand over ?: Mayor, Ada")).click()
    window.get_by_label("Their e-mail address").fill("grace@example.org")
    window.get_by_label("Note for the office").fill("Call the clinic first.")
    window.get_by_role("button", name="Read what will happen").click()
    window.get_by_role("button", name="Change something").click()
    expect(window.get_by_label("Note for the office")).to_have_value("Call the clinic first.")
    window.get_by_role("button", name="Read what will happen").click()
    window.get_by_role("button", name="Hand over the seat").click()
    expect(window.get_by_text("Your access has ended.")).to_be_visible()
    expect(page.locator("html[data-live=open]")).to_have_count(0, timeout=2000)
    window.get_by_role("link", name="Move “Court-date reminders” to “getting ready”").click()
    expect(window.get_by_text("Subject to the budget.")).to_be_visible()
    successor = new_context()
    sign_in(successor, "grace@example.org")
    hers = successor.new_page()
    hers.goto("/")
    hers.get_by_role("link", name=re.compile("Read ?: What passed to you as Mayor")).click()
    expect(hers.get_by_text("Call the clinic first.")).to_be_visible()
