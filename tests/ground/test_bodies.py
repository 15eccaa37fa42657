"""A body without end is refused before it fills the disk."""

import asyncio
import json

import pytest
from asgiref.testing import ApplicationCommunicator

from mpi.bodies import BodyLimit

TOLD = [(b"content-length", b"11")]


async def echo(scope, receive, send):
    """What it read, once it has read it all."""
    body, is_more = b"", True
    while is_more:
        message = await receive()
        body, is_more = body + message["body"], message.get("more_body", False)
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": body})


def answer(path, *parts, headers=()):
    """`(status, body)` of a request whose body comes in `parts`; `answer` stops sending once it is answered."""

    async def ask():
        scope = {"type": "http", "method": "POST", "path": path, "headers": list(headers)}
        asked = ApplicationCommunicator(BodyLimit(echo, most=10), scope)
        for number, part in enumerate(parts, 1):
            await asked.send_input({"type": "http.request", "body": part, "more_body": number < len(parts)})
        start = await asked.receive_output()
        return start["status"], (await asked.receive_output())["body"]

    return asyncio.run(ask())


def test_what_fits_goes_through():
    assert answer("/x", b"12345", b"67890") == (200, b"1234567890")


@pytest.mark.parametrize("headers", [TOLD, [(b"content-length", b"9999999999999999999999")], []])
def test_what_does_not_is_refused_by_its_length_or_as_it_comes(headers):
    assert answer("/x", b"12345", b"678901", headers=headers) == (413, b"This is too large.")
    status, body = answer("/api/v1/attachments/", b"12345", b"678901", headers=headers)
    assert (status, json.loads(body)["errors"][0]["code"]) == (413, "too_large")


def test_a_length_that_is_none_counts_for_nothing():
    assert answer("/x", b"12345", headers=[(b"content-length", b"-1")]) == (200, b"12345")


def test_the_server_has_it():
    from mpi.asgi import pages  # noqa: PLC0415 (sets Django up)

    assert (type(pages), pages.most) == (BodyLimit, 260 * 1024 * 1024)
