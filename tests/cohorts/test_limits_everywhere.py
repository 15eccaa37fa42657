"""Limits over several processes, behind a proxy, and as browsers see them."""

import contextlib
import re

import pytest
import requests
from django.db import connection
from playwright.sync_api import expect

from cohorts.models import ApiToken
from tests.cast import build_cast
from tests.servers import process_on_the_same_rows

PASSWORD = "four words that nobody else says"
STYLED = {"DEBUG": "1", "MPI_LIMITS_TIMES": "1"}  # pages take their styles from build/, where nothing was collected


@pytest.fixture(autouse=True)
def real_limits(settings):
    settings.LIMITS_TIMES = 1


@pytest.fixture
def cast(live_server_url):
    made = build_cast()
    made.ada.set_password(PASSWORD)
    made.ada.save(update_fields=["password"])
    return made


@pytest.fixture
def processes(cast):
    """Two, behind a proxy on this machine."""
    environment = {"TRUSTED_PROXIES": "127.0.0.1", "MPI_API_RATE": "6/min", **STYLED}
    with contextlib.ExitStack() as lasting:
        yield [lasting.enter_context(process_on_the_same_rows(**environment)) for _ in range(2)]


def give_password(host, address=None, password="wrong", session=None):
    """The status of an answer to a password that is told to come from `address`."""
    session = session or requests.Session()
    headers = {"X-Forwarded-For": address} if address else {}
    page = session.get(f"{host}/accounts/login/", headers=headers)
    token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)[1]
    told = {"login": "ada@example.org", "password": password, "csrfmiddlewaretoken": token}
    return session.post(f"{host}/accounts/login/", told, headers=headers, allow_redirects=False).status_code


def test_two_processes_count_together_and_the_holder_comes_in(processes):
    one, two = processes
    answers = [give_password(host, "198.51.100.7") for host in (one, two, one, two, one, two, one)]
    assert answers == [200] * 5 + [429] * 2
    assert [give_password(host, "192.0.2.10", PASSWORD) for host in processes] == [302, 302]


def test_what_a_stranger_writes_before_the_proxy_does_not_count(processes):
    """The proxy appends from where it was asked; what stands before is the stranger's own invention."""
    answers = [give_password(processes[number % 2], f"203.0.113.{number}, 198.51.100.7") for number in range(6)]
    assert answers == [200] * 5 + [429]


def test_without_a_named_proxy_nobody_is_believed(cast):
    with process_on_the_same_rows(**STYLED) as host:
        answers = [give_password(host, f"203.0.113.{number}") for number in range(6)]
    assert answers == [200] * 5 + [429]


def test_the_api_is_counted_over_both(cast, processes):
    """In Redis; where there is none each process counts for itself, and more than one is not started."""
    headers = {"Authorization": f"Bearer {ApiToken.objects.issue(cast.ada, 'read', 1)[1]}"}
    answers = [requests.get(f"{processes[number % 2]}/api/v1/me/", headers=headers) for number in range(16)]
    passed = [answer.status_code for answer in answers].count(200)
    share = 1 if connection.vendor == "postgresql" else 2
    assert 6 * share <= passed <= 12 * share  # a minute may end meanwhile
    refused = next(answer for answer in answers if answer.status_code == 429)
    assert 1 <= int(refused.headers["Retry-After"]) <= 60


@pytest.mark.parametrize("width, script", [(1280, True), (320, False)])
def test_the_page_of_a_refusal(cast, new_context, assert_accessible, width, script):
    context = new_context(java_script_enabled=script, viewport={"width": width, "height": 800})
    page = context.new_page()
    for _ in range(6):
        page.goto("/accounts/login/")
        page.get_by_label("Email").fill("ada@example.org")
        page.get_by_label("Password").fill("wrong")
        page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Too many tries in a short time")
    expect(page.get_by_text(re.compile("Wait [45] minutes, then try again"))).to_be_visible()
    if script:
        assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    page.get_by_role("link", name="Have a code sent to you by e-mail").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A code by e-mail")


@pytest.mark.parametrize("script", [True, False])
def test_what_was_typed_is_sent_again(cast, new_context, sign_in, assert_accessible, monkeypatch, script):
    from cohorts import limiting  # noqa: PLC0415 (patched below)
    from cohorts.limits import Rate  # noqa: PLC0415

    context = new_context(java_script_enabled=script)
    sign_in(context, "ada@example.org")
    page = context.new_page()
    page.goto("/workspaces/alder-ny/topics/new/")
    page.get_by_label("What is it about?").fill("Call-in “date” & place")
    monkeypatch.setattr(limiting, "WRITING", Rate("pages that change something", "person", 0))
    page.get_by_role("button", name="Start the topic").click()
    expect(page.get_by_text("What you typed is kept below.")).to_be_visible()
    if script:
        assert_accessible(page)
    monkeypatch.undo()
    page.get_by_role("button", name="Send it again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Call-in “date” & place")
