"""A pytest plugin: Debian's Chromium for pytest-playwright, a sign-in without the form, and the accessibility check."""

import asyncio
import os

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client
from playwright.sync_api import expect

from tests import machine

# As long as the other waits of the tests: on a busy machine a page can take more than playwright's 5 s.
expect.set_options(timeout=15_000)

# playwright's loop counts as running in the thread of the test, where Django would refuse its database.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"),
    *("--disable-component-update", "--disable-sync", "--disable-dev-shm-usage"),
]
BROWSER_FIXTURES = {"page", "context", "new_context", "browser"}
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args):
    return browser_type_launch_args | {"executable_path": machine.chromium(), "args": FLAGS}


@pytest.fixture
def browser_context_args(browser_context_args, live_server_url):
    """Pages open on the live server: `page.goto("/library/")`."""
    return browser_context_args | {"base_url": live_server_url, "locale": "en-US", "reduced_motion": "reduce"}


@pytest.fixture
def sign_in(live_server_url, django_user_model):
    """`sign_in(page_or_context, email)`: that browser context is that person from now on, asked again just now."""
    from tests.cast import come_in  # noqa: PLC0415 (models can be imported only once Django is set up)

    def sign_in(where, email):
        client = Client()
        come_in(client, django_user_model.objects.get(email=email))
        name = settings.SESSION_COOKIE_NAME
        context = getattr(where, "context", where)
        context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server_url}])

    return sign_in


@pytest.fixture
def assert_accessible():
    """`assert_accessible(page)`: axe finds nothing, else the test says which rule and which element."""

    def assert_accessible(page):
        results = Axe().run(page, options={"runOnly": {"type": "tag", "values": WCAG}})
        found = [
            f"{violation['id']}: {violation['help']}\n    {node['html'][:200]}"
            for violation in results.response["violations"]
            for node in violation["nodes"]
        ]
        assert not found, f"{page.url}\n  " + "\n  ".join(found)

    return assert_accessible


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item, nextitem):
    """Hide playwright's loop, which stays "running" between browser tests, from tests that use asyncio themselves."""
    if BROWSER_FIXTURES.intersection(getattr(item, "fixturenames", ())):
        return (yield)
    loop = asyncio._get_running_loop()
    asyncio._set_running_loop(None)
    try:
        return (yield)
    finally:
        asyncio._set_running_loop(loop)
