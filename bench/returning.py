"""A server that restarts under 1,000 open pages: seconds until the last of them has its welcome again, with the tickets that
the pages hold, and with each looked up by its session as at a first visit. The pages' own jitter comes on top of both."""

import asyncio
import json
import resource
import time
from functools import partial
from urllib.parse import quote

from django.conf import settings
from django.test import Client

from cohorts.models import Person
from tests.cast import build_cast
from workspaces.realtime.consumer import SOCKETS_A_PERSON

from .fan_out import HELLO, handshake, server_of, staff

PAGES = 1_000
AT = "/ws/workspaces/alder-ny/"
ROUNDS = 3


def run():
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, 8_192), most))
    if not Person.objects.exists():
        build_cast()
    cookies = [cookie_of(each) for each in staff(PAGES // SOCKETS_A_PERSON + 1)]
    pages = [cookies[count % len(cookies)] for count in range(PAGES)]
    rows = []
    for _ in range(ROUNDS):
        tickets, first = visit(pages, [""] * PAGES)
        _, looked_up = visit(pages, [""] * PAGES)
        _, with_ticket = visit(pages, tickets)
        rows += [("first visit", first), ("looked up", looked_up), ("ticket", with_ticket)]
    best = {way: min(took for each, took in rows if each == way) for way, _ in rows}
    return [
        {"way": way, "all back, s": took, "a second": round(PAGES / took), "of looked up": best["looked up"] / took}
        for way, took in best.items()
    ]


def cookie_of(reader):
    client = Client()
    client.force_login(reader)
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def visit(pages, tickets):
    """`(tickets, seconds)`: all come at once to a server that has just been started."""
    with server_of("mpi.asgi:application", "workspaces.realtime.server:Sockets") as (_, port):
        return asyncio.run(come(port, pages, tickets))


async def come(port, pages, tickets):
    loop = asyncio.get_running_loop()
    await come_one(loop, port, pages[0], "")  # what a process does once is not counted
    began = time.perf_counter()
    told = await asyncio.gather(*(come_one(loop, port, page, ticket) for page, ticket in zip(pages, tickets, strict=True)))
    took = time.perf_counter() - began
    for transport, _ in told:
        transport.abort()
    return [ticket for _, ticket in told], took


async def come_one(loop, port, cookie, ticket):
    welcome = loop.create_future()
    at = f"{AT}?ticket={quote(ticket)}" if ticket else AT
    transport, _ = await loop.create_connection(partial(Page, handshake(port, at, "", cookie), welcome), "127.0.0.1", port)
    return transport, (await welcome)["ticket"]


class Page(asyncio.Protocol):
    """Says hello as soon as it is let in, and waits for its welcome."""

    def __init__(self, opening, welcome):
        self.opening, self.welcome = opening, welcome
        self.heard, self.is_in = b"", False

    def connection_made(self, transport):
        self.transport = transport
        transport.write(self.opening)

    def data_received(self, data):
        self.heard += data
        if not self.is_in:
            head, end, self.heard = self.heard.partition(b"\r\n\r\n")
            if not end:
                self.heard = head
                return
            assert head.startswith(b"HTTP/1.1 101"), head
            self.is_in = True
            self.transport.write(HELLO)
        # a server's frame of 126 to 65,535 bytes: two bytes, two of length, and the text
        if not self.welcome.done() and len(self.heard) > 4:
            length = int.from_bytes(self.heard[2:4], "big")
            if len(self.heard) >= 4 + length:
                self.welcome.set_result(json.loads(self.heard[4 : 4 + length]))

    def connection_lost(self, error):
        if not self.welcome.done():
            self.welcome.set_exception(error or ConnectionError("closed before the welcome"))
