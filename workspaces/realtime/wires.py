"""How frames leave a socket: as bytes straight to the server's transport where the server lends it (see `server`), else by the
ASGI send. A frame is made once, whatever the number of its listeners; a reader that takes nothing is told by `is_full`."""

import asyncio
from functools import cached_property

from websockets.frames import Frame, Opcode

from .server import TRANSPORT

FRAMES_OWED = 2_500  # by ASGI: a stream's replay fits twice
BYTES_OWED = 4 * 2**20  # by the transport
GOODBYE_WITHIN = 5.0  # seconds for a close to be taken


class Frames:
    """One or more texts for any number of sockets, in order. As bytes they are written together."""

    def __init__(self, *texts):
        self.texts = texts

    @cached_property
    def octets(self):
        return b"".join(Frame(Opcode.TEXT, text.encode()).serialize(mask=False) for text in self.texts)


def wire_of(consumer):
    transport = consumer.scope.get("extensions", {}).get(TRANSPORT)
    return TransportWire(transport) if transport else SendWire(consumer.send)


class TransportWire:
    def __init__(self, transport):
        self.transport = transport

    def write(self, frames):
        if not self.transport.is_closing():
            self.transport.write(frames.octets)

    @property
    def is_full(self):
        return self.transport.get_write_buffer_size() > BYTES_OWED

    @property
    def is_behind(self):
        """Whether a replay should wait: what is live must still find room."""
        return self.transport.get_write_buffer_size() > BYTES_OWED // 2

    def stop(self):
        """Nothing is left to stop: what was written is the transport's."""

    async def end(self, close, code):
        try:
            async with asyncio.timeout(GOODBYE_WITHIN):
                await close(code)
        except TimeoutError:  # it reads nothing, not even this
            self.transport.abort()


class SendWire:
    def __init__(self, send):
        self.send = send
        self.owed = asyncio.Queue()
        self.writer = asyncio.create_task(self._write())

    async def _write(self):
        while True:
            await self.send(text_data=await self.owed.get())

    def write(self, frames):
        for text in frames.texts:
            self.owed.put_nowait(text)

    @property
    def is_full(self):
        return self.owed.qsize() > FRAMES_OWED

    @property
    def is_behind(self):
        return self.owed.qsize() > FRAMES_OWED // 2

    def stop(self):
        self.writer.cancel()

    async def end(self, close, code):
        """ASGI has no word for cutting a connection: the server's own time limit does it, where nothing is read."""
        await close(code)
