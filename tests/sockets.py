"""A pytest plugin: pages of the cast as they are open on the live server, each with its socket and its session."""

import contextlib
import json
import time
import urllib.error
import urllib.request
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from tests.servers import process_on_the_same_rows

SOON = 15  # seconds within which what must come, comes
QUIET = 1.6  # seconds after which what has not come does not come: longer than the hub's own look


class Page:
    """An open page: its socket, and what it is told."""

    passes_over = ("presence",)  # kinds of frames; who is here has tests of its own

    def __init__(self, socket, cookie=""):
        self.socket, self.cookie, self.ticket = socket, cookie, ""

    def send(self, **frame):
        self.socket.send(json.dumps(frame))

    def frame(self, timeout=SOON):
        end = time.monotonic() + timeout
        while True:
            frame = json.loads(self.socket.recv(timeout=max(0, end - time.monotonic())))
            if frame["type"] not in self.passes_over:
                return frame

    def hello(self, **after):
        self.send(type="hello", **({"after": after} if after else {}))
        welcome = self.frame()
        assert welcome["type"] == "welcome", welcome
        self.ticket = welcome.get("ticket", "")
        self.found = {each["name"] for each in welcome["presence"]}
        return welcome["streams"]

    def hears_nothing(self, timeout=QUIET):
        with pytest.raises(TimeoutError):
            raise AssertionError(self.frame(timeout))

    def rest(self, timeout=SOON):
        """`(frames, code)`: what comes until the end, and the code of the end."""
        told = []
        with contextlib.suppress(ConnectionClosed):
            while True:
                told.append(self.frame(timeout))
        return told, self.socket.protocol.close_code

    def close_code(self, timeout=SOON):
        return self.rest(timeout)[1]


@pytest.fixture
def topic(cast):
    """Of Alder's, for the whole workspace."""
    from workspaces.actions.topics import open_topic  # noqa: PLC0415 (models can be imported only once Django is set up)

    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def sessions():
    return {}


@pytest.fixture
def opened(cast, live_server_url, sessions):
    """`opened("ada")`: a page of hers in Alder's workspace, with her session. `token=`, `cookie=` or `origin=` instead;
    `at=` another server; `ticket=` as a page that comes back."""
    with contextlib.ExitStack() as open_sockets:

        def open_page(
            name=None, slug="alder-ny", token=None, cookie="", ticket="", origin=..., at=live_server_url, over=None, **more
        ):
            headers = {}
            if name:
                sessions[name] = client = Client()
                client.force_login(getattr(cast, name))
                cookie = f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"
            if cookie:
                headers["Cookie"] = cookie
            if token:
                headers["Authorization"] = f"Bearer {token}"
            address = f"{at.replace('http', 'ws', 1)}/ws/workspaces/{slug}/{f'?ticket={ticket}' if ticket else ''}"
            if over:
                over.connect((urlsplit(at).hostname, urlsplit(at).port))
                more["sock"] = over
            origin = at if origin is ... else origin
            opening = connect(address, additional_headers=headers, origin=origin, compression=None, **more)
            return Page(open_sockets.enter_context(opening), cookie)

        yield open_page


@pytest.fixture
def another_process(live_server_url):
    with process_on_the_same_rows() as address:
        yield address


@pytest.fixture
def tokens(cast):
    from cohorts.models import ApiToken  # noqa: PLC0415 (models can be imported only once Django is set up)

    return {name: ApiToken.objects.issue(getattr(cast, name), "write", 1)[1] for name in ("ada", "ben", "finn", "cleo")}


@pytest.fixture
def send(live_server_url, tokens):
    """`send("ada", "messages/", {...})`: POST over HTTP with a token of theirs: `(status, answer)`."""

    def post(name, path, body):
        request = urllib.request.Request(
            f"{live_server_url}/api/v1/{path}",
            json.dumps(body).encode(),
            {"Authorization": f"Bearer {tokens[name]}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refusal:
            with refusal:
                return refusal.code, json.load(refusal)

    return post


def bodies(page, number):
    return [page.frame()["data"]["body"] for _ in range(number)]
