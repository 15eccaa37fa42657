"""The pages about mail, looked at: what one gets, how it stops, and the demonstration's mailbox."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connections
from playwright.sync_api import expect

from tests.cast import build_cast
from tests.mail_server import header
from workspaces.actions.topics import open_topic, post_message
from workspaces.mails.sending import send_due


@pytest.fixture
def beside():
    """`beside(verb, …)`: done in another thread, as the browser's own event loop runs in this one."""
    with ThreadPoolExecutor(1) as other:
        yield lambda verb, *args, **told: other.submit(verb, *args, **told).result()
        other.submit(connections.close_all).result()


def call_ben(cast):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    send_due()


@pytest.mark.parametrize("width", [1280, 320])
def test_choose_and_stop(live_server_url, beside, server, new_context, sign_in, assert_accessible, width):
    cast = beside(build_cast)
    beside(call_ben, cast)
    context = new_context(viewport={"width": width, "height": 800})
    sign_in(context, "ben@example.org")
    page = context.new_page()
    page.goto("/settings/mail/")
    assert_accessible(page)
    page.get_by_role("link", name="Change what you get from Alder").click()
    assert_accessible(page)
    page.get_by_text("Once a week, on Monday").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("The rest: once a week, on Monday.")).to_be_visible()
    stop = header(server.to(cast.ben)[0], "List-Unsubscribe").strip("<>").replace("http://127.0.0.1:8000", live_server_url)
    stranger = new_context(viewport={"width": width, "height": 800}).new_page()
    stranger.goto(stop)
    assert_accessible(stranger)
    stranger.get_by_role("button", name="Stop these mails").click()
    expect(stranger.get_by_role("heading", name="Done")).to_be_visible()
    assert_accessible(stranger)
    page.reload()
    expect(page.get_by_text("The rest: no mail.").first).to_be_visible()


@pytest.mark.parametrize("width", [1280, 320])
def test_the_mailbox(live_server_url, beside, settings, tmp_path, new_context, assert_accessible, width):
    settings.EMAIL_BACKEND, settings.DEMO_MAILBOX = "cohorts.mailbox.EmailBackend", tmp_path
    settings.MAIL_REPLY_DOMAIN = "answers.example.org"
    beside(call_ben, beside(build_cast))
    page = new_context(viewport={"width": width, "height": 800}).new_page()
    page.goto("/people/mailbox/?to=ben@")
    expect(page.get_by_role("heading", name="Ada called you in “Call-in date”")).to_be_visible()
    expect(page.get_by_text("Answers go to reply+")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
