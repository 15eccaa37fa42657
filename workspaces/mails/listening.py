"""A mail server that takes answers and nothing else: for tests, and for an installation whose mail host hands them on to it."""

import asyncio
import logging

from aiosmtpd.controller import Controller
from django.db import close_old_connections

from .replies import LARGEST, is_ours, receive_reply

log = logging.getLogger(__name__)


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if not is_ours(address):
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        """What it answers comes after the commit; when that fails, the other side tries again, and the same mail is the same
        message."""
        try:
            for recipient in envelope.rcpt_tos:
                await asyncio.to_thread(received, bytes(envelope.content), recipient)
        except Exception:
            log.exception("reply_not_received")
            return "451 4.3.0 Try again later"
        return "250 OK"


def received(raw, recipient):
    close_old_connections()
    try:
        receive_reply(raw, [recipient])
    finally:
        close_old_connections()


def listener(host, port):
    return Controller(Handler(), hostname=host, port=port, data_size_limit=LARGEST, server_hostname="mpi", ident="mpi")
