"""A message from its POST to the last of 50 listeners, each with a socket of its own, beside the tutorial's consumer."""

import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import contextmanager

from websockets.asyncio.client import connect

from cohorts.models import ApiToken, Person
from tests.cast import build_cast
from workspaces.actions.topics import open_topic
from workspaces.models import Standing, Workspace

LISTENERS = 50
MESSAGES = 20


def run():
    if not Person.objects.exists():
        build_cast()
    ada = Person.objects.get(email="ada@example.org")
    topic = open_topic(Standing.of(ada, Workspace.objects.get(slug="alder-ny")), title="Fan-out")
    headers = {}
    for person in Person.objects.filter(email__in=[f"{name}@example.org" for name in ("ada", "ben", "amos")]):
        _, secret = ApiToken.objects.issue(person, ApiToken.Scope.WRITE, days=1)
        headers[person.pk] = {"Authorization": f"Bearer {secret}"}
    mine = headers.pop(ada.pk)
    with served("mpi.asgi:application") as host:
        ours = asyncio.run(
            measure(
                f"ws://{host}/ws/workspaces/alder-ny/",
                f"http://{host}/api/v1/messages/",
                lambda: {"topic": str(topic.pk), "body": "Hello, all fifty", "client_id": str(uuid.uuid4())},
                [mine, *headers.values()],
                hello=True,
            )
        )
    with served("bench.tutorial:application") as host:
        tutorial = asyncio.run(
            measure(f"ws://{host}/ws/", f"http://{host}/post/", lambda: {"body": "Hello, all fifty"}, [{}], hello=False)
        )
    return [
        {
            "listeners": LISTENERS,
            "messages": MESSAGES,
            "last has it, ms": ours,
            "tutorial ms": tutorial,
            "ratio": ours / tutorial,
        }
    ]


@contextmanager
def served(application):
    """A uvicorn process of its own on a free port; gives its host:port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--lifespan", "off"]
    server = subprocess.Popen([*command, "--log-level", "warning", "--ws-per-message-deflate", "false"], env=os.environ)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield f"127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)


async def measure(address, post_to, body, headers, *, hello):
    """Median ms from the POST's start until the last listener has the message. Listeners share `headers` in turn."""
    sockets = [
        await connect(address, additional_headers=headers[number % len(headers)], compression=None)
        for number in range(LISTENERS)
    ]
    if hello:
        for each in sockets:
            await each.send('{"type":"hello"}')
            await each.recv()
    times = []
    for _ in range(MESSAGES + 1):
        waiting = [asyncio.create_task(each.recv()) for each in sockets]
        began = time.perf_counter()
        sent = asyncio.to_thread(post, post_to, body(), headers[0])
        await asyncio.gather(sent, *waiting)
        times.append((time.perf_counter() - began) * 1000)
    for each in sockets:
        await each.close()
    return statistics.median(times[1:])  # the first is the warm-up


def post(address, body, headers):
    request = urllib.request.Request(
        address, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}, method="POST"
    )
    with urllib.request.urlopen(request) as response:
        assert response.status == 201
