"""A line between people and a server that delays, drops and halves connections."""

import asyncio
import contextlib
import random
import socket
import threading
from urllib.parse import urlsplit

CHUNK = 4096


@contextlib.contextmanager
def bad_line(address, seed):
    """A Line to the server at `address`."""
    line = Line(urlsplit(address).port, random.Random(seed))
    thread = threading.Thread(target=line.run, daemon=True)
    thread.start()
    line.is_open.wait(10)
    try:
        yield line
    finally:
        line.loop.call_soon_threadsafe(line.end.set_result, None)
        thread.join(10)


class Line:
    def __init__(self, to, chance):
        self.to, self.chance = to, chance
        self.is_open = threading.Event()
        self.is_good, self.transports = False, set()

    def run(self):
        asyncio.run(self.serve())

    async def serve(self):
        self.loop, self.end = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
        server = await asyncio.start_server(self.carry, "127.0.0.1", 0, family=socket.AF_INET)
        self.port = server.sockets[0].getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.is_open.set()
        await self.end
        server.close()

    async def carry(self, reader, writer):
        """One connection: it lasts for some chunks, and is then dropped, or halved: one direction goes on, the other is
        silent."""
        try:
            to_reader, to_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            return writer.close()
        both = {writer.transport, to_writer.transport}
        self.transports |= both
        lasts = 10**9 if self.is_good else self.chance.randint(20, 60)
        fate = self.chance.choice(["dropped", "halved"])
        ways = [
            asyncio.create_task(self.pass_on(reader, to_writer, lasts)),
            asyncio.create_task(self.pass_on(to_reader, writer, lasts if fate == "dropped" else lasts // 2)),
        ]
        when = asyncio.FIRST_COMPLETED if fate == "dropped" else asyncio.ALL_COMPLETED
        await asyncio.wait(ways, return_when=when, timeout=None if self.is_good else 10)
        for way in ways:
            way.cancel()
        for transport in both:
            transport.abort()
        self.transports -= both

    def repair(self):
        """From now on it carries all it is given; what was open is cut, once more."""

        def cut():
            self.is_good = True
            for transport in self.transports:
                transport.abort()

        self.loop.call_soon_threadsafe(cut)

    def delay(self, *seconds):
        return asyncio.sleep(0 if self.is_good else self.chance.choice(seconds))

    async def pass_on(self, reader, writer, chunks):
        with contextlib.suppress(OSError):
            for _ in range(chunks):
                if not (data := await reader.read(CHUNK)):
                    return
                await self.delay(0, 0, 0.01, 0.2)
                writer.write(data[: len(data) // 2])
                await self.delay(0, 0.005)
                writer.write(data[len(data) // 2 :])
                await writer.drain()
