"""A message from its POST to the last of 50, 200 and 1,000 listeners, each with a socket of its own: ms until the last has it,
and deliveries per second of the servers' processor time. Straight to the transports from one process and from two, through the
ASGI send, and beside them the tutorial's consumer and a bare server that stores nothing."""

import asyncio
import base64
import json
import os
import resource
import secrets
import socket
import statistics
import subprocess
import sys
import time
import urllib.request
import uuid
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path

from websockets.frames import Frame, Opcode

from cohorts.models import ApiToken, Office, Person
from tests import machine
from tests.cast import build_cast, give_factor, person, seat
from workspaces.actions.topics import open_topic
from workspaces.models import Standing, Workspace
from workspaces.realtime.consumer import SOCKETS_A_PERSON

LISTENERS = [50, 200, 1_000]
MESSAGES = 20
HELLO = Frame(Opcode.TEXT, b'{"type":"hello"}').serialize(mask=True)
TICKS = os.sysconf("SC_CLK_TCK")


def run():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8_192), most))
    if not Person.objects.exists():
        build_cast()
    ada = Person.objects.get(email="ada@example.org")
    topic = open_topic(Standing.of(ada, Workspace.objects.get(slug="alder-ny")), title="Fan-out")
    readers = [token_of(each) for each in staff(max(LISTENERS) // SOCKETS_A_PERSON + 1)]
    ours = partial(
        measure,
        at="/ws/workspaces/alder-ny/",
        to="/api/v1/messages/",
        body=lambda: {"topic": str(topic.pk), "body": "Hello, all", "client_id": str(uuid.uuid4())},
        writer=token_of(ada),
        readers=readers,
        greets=True,
    )
    tutorial = partial(
        measure, at="/ws/", to="/post/", body=lambda: {"body": "Hello, all"}, writer="", readers=[""], greets=False
    )
    rows = []
    for listeners in LISTENERS:
        straight = served("mpi.asgi:application", ours, listeners, "workspaces.realtime.server:Sockets")
        by_two = served("mpi.asgi:application", ours, listeners, "workspaces.realtime.server:Sockets", processes=2)
        by_asgi = served("mpi.asgi:application", ours, listeners, "websockets-sansio")
        baseline = served("bench.tutorial:application", tutorial, listeners, "websockets-sansio")
        bare = served("bench.bare:application", tutorial, listeners, "workspaces.realtime.server:Sockets")
        for name, (ms, rate, connects, kib) in [
            ("straight", straight),
            ("two processes", by_two),
            ("ASGI send", by_asgi),
            ("tutorial", baseline),
            ("stores nothing", bare),
        ]:
            rows.append(
                {
                    "listeners": listeners,
                    "by": name,
                    "last has it, ms": ms,
                    "sooner than the tutorial": baseline[0] / ms,
                    "deliveries a CPU second": round(rate),
                    "of the tutorial’s": rate / baseline[1],
                    "connects a second": round(connects),
                    "KiB a socket": kib,
                }
            )
    return rows


def staff(number):
    """New people of the mayor's office of Alder, with a second factor."""
    office = Office.objects.get(name="Alder mayor’s office")
    for count in range(number):
        reader = person(f"reader{count}{secrets.token_hex(2)}")
        seat(reader, "staff", f"Reader {count}", office=office)
        give_factor(reader)
        yield reader


def token_of(reader):
    return ApiToken.objects.issue(reader, ApiToken.Scope.WRITE, days=1)[1]


def served(application, measured, listeners, sockets, processes=1):
    """What `measured` finds at uvicorn processes of its own; several tell each other news through a Redis."""
    with ExitStack() as lasting:
        bus = {"REDIS_URL": lasting.enter_context(machine.own_redis()).url} if processes > 1 else {}
        servers = [lasting.enter_context(server_of(application, sockets, **bus)) for _ in range(processes)]
        return asyncio.run(measured(servers, listeners))


@contextmanager
def server_of(application, sockets, **environment):
    """`(process, port)`."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "uvicorn", application, "--port", str(port), "--lifespan", "off", "--ws", sockets]
    command += ["--log-level", "warning", "--no-access-log", "--ws-per-message-deflate", "false"]
    command += ["--ws-ping-interval", "3600"]  # a listener that only counts would take a ping for the message
    server = subprocess.Popen(command, env=os.environ | environment)
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield server, port
    finally:
        server.terminate()
        server.wait(20)


class Listener(asyncio.Protocol):
    """A client that only counts bytes, so that it costs the same beside every server."""

    def __init__(self, opening, greets, tally):
        self.opening, self.greets, self.tally = opening, greets, tally
        self.is_open = asyncio.get_running_loop().create_future()
        self.head = b""

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.opening)

    def data_received(self, data):
        if self.is_open.done():
            return self.tally.hear(self)
        self.head += data
        answer, end, rest = self.head.partition(b"\r\n\r\n")
        if not end:
            return
        if self.greets and not rest:  # then comes the welcome
            self.head = answer + end
            if not hasattr(self, "has_greeted"):
                self.has_greeted = True
                self.transport.write(HELLO)
            return
        self.is_open.set_result(answer.startswith(b"HTTP/1.1 101"))

    def connection_lost(self, error):
        if not self.is_open.done():
            self.is_open.set_result(False)


class Tally:
    """Who of the listeners has heard the message at hand."""

    def __init__(self):
        self.wait_for(())

    def wait_for(self, listeners):
        self.missing = set(listeners)
        self.all_heard = asyncio.get_running_loop().create_future()
        return self.all_heard

    def hear(self, listener):
        self.missing.discard(listener)
        if not self.missing and not self.all_heard.done():
            self.all_heard.set_result(time.perf_counter())


async def measure(servers, number, *, at, to, body, writer, readers, greets):
    """`(median ms from the POST's start until the last listener has it, deliveries a CPU second, connects a second, KiB a
    socket)`. The listeners are spread over `servers`, the first of which takes the POST. Each listener hears every message in a
    write of its own: a write is counted as one."""
    loop, tally = asyncio.get_running_loop(), Tally()
    memory, began = kib_of(servers), time.perf_counter()
    listeners = []
    for count in range(number):
        _, port = servers[count % len(servers)]
        opening = handshake(port, at, readers[count % len(readers)])
        _, listener = await loop.create_connection(partial(Listener, opening, greets, tally), "127.0.0.1", port)
        assert await listener.is_open
        listeners.append(listener)
    connects = number / (time.perf_counter() - began)
    kib = (kib_of(servers) - memory) / number
    times = []
    for count in range(MESSAGES + 1):
        if count == 1:  # the first is the warm-up
            spent = cpu_seconds(servers)
        began, heard = time.perf_counter(), tally.wait_for(listeners)
        sent = asyncio.to_thread(post, f"http://127.0.0.1:{servers[0][1]}{to}", body(), writer)
        _, last = await asyncio.gather(sent, heard)
        times.append((last - began) * 1000)
    spent = cpu_seconds(servers) - spent
    for listener in listeners:
        listener.transport.abort()
    return statistics.median(times[1:]), number * MESSAGES / spent, connects, kib


def handshake(port, at, token, cookie=""):
    lines = [f"GET {at} HTTP/1.1", f"Host: 127.0.0.1:{port}", "Upgrade: websocket", "Connection: Upgrade"]
    lines += [f"Sec-WebSocket-Key: {base64.b64encode(secrets.token_bytes(16)).decode()}", "Sec-WebSocket-Version: 13"]
    lines += [f"Authorization: Bearer {token}"] if token else []
    lines += [f"Cookie: {cookie}", f"Origin: http://127.0.0.1:{port}"] if cookie else []
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


def cpu_seconds(servers):
    told = [Path(f"/proc/{process.pid}/stat").read_text().rpartition(")")[2].split() for process, _ in servers]
    return sum(int(after_the_name[11]) + int(after_the_name[12]) for after_the_name in told) / TICKS  # utime, stime of proc(5)


def kib_of(servers):
    """Resident memory; raises FileNotFoundError where a server is gone."""
    told = [line for process, _ in servers for line in Path(f"/proc/{process.pid}/status").read_text().splitlines()]
    return sum(int(line.split()[1]) for line in told if line.startswith("VmRSS:"))


def post(address, body, token):
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    request = urllib.request.Request(address, json.dumps(body).encode(), headers, method="POST")
    with urllib.request.urlopen(request) as response:
        assert response.status == 201
