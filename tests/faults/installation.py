"""A whole installation of the tests' own: PostgreSQL, Redis and two server processes, on free ports, each of which may be
killed and started again; or the embedded default, one process on SQLite."""

import contextlib
import json
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from urllib.parse import urlsplit

import psycopg

from mpi.start import ROOT, server_command
from tests import machine
from tests.faults.history import History
from tests.faults.people import Reader, Writer

STAGED = "staged"  # the database with the cast, of which each test gets a copy
WHOLE_WITHIN = 5  # seconds after which every reader must have everything, once it is back
STARTS_WITHIN = 60  # seconds


def environment(**more):
    """Nothing of the tests' own installation is left in it."""
    inherited = {name: value for name, value in os.environ.items() if name not in ("REDIS_URL", "MPI_TEST_DATABASE", "FAULT")}
    return inherited | {
        "DJANGO_SETTINGS_MODULE": "mpi.settings",
        "DEBUG": "0",
        "SECRET_KEY": "only-for-tests",
        "MPI_DEMO": "0",
        "MPI_LIMITS_TIMES": "1000",
        "MPI_API_RATE": "1000000/min",
        "EMAIL_URL": "dummymail://",
        "LOG_LEVEL": "CRITICAL",
        **more,
    }


def stage(**where):
    """What `tests.faults.stage` tells of the database it made."""
    command = [sys.executable, "-m", "tests.faults.stage"]
    told = subprocess.run(command, env=environment(**where), check=True, capture_output=True, text=True)
    return json.loads(told.stdout.splitlines()[-1])


class Installation:
    def __init__(self, told, servers, folder, database=None, bus=None):
        self.topic, self.tokens = told["topic"], told["tokens"]
        self.servers, self.folder, self.database, self.bus = servers, folder, database, bus

    @property
    def addresses(self):
        return [server.url for server in self.servers]

    def restart(self, server):
        """As an operator does it: it is asked to stop, and may finish what it is at."""
        server.stop()
        server.start()


def server_at(port, folder, fault="", **where):
    told = environment(MPI_DATA_DIR=folder, SITE_URL=f"http://127.0.0.1:{port}", FAULT=fault, **where)
    built = "tests.faults.builds:application" if fault else "mpi.asgi:application"
    command = [str(part).replace("mpi.asgi:application", built) for part in server_command(port, told)]
    return ServerProcess(
        f"server on port {port}", f"http://127.0.0.1:{port}", [*command, "--log-level", "critical"], folder, told
    )


class ServerProcess(machine.Server):
    def __init__(self, name, url, command, folder, told):
        super().__init__(name, url, command, folder, self.listens)
        self.told = told

    def listens(self):
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", urlsplit(self.url).port), 1):
            return True
        return False

    def launch(self, log):
        return subprocess.Popen(self.command, stdout=log, stderr=log, cwd=ROOT, env=self.told, start_new_session=True)


@contextlib.contextmanager
def running(servers):
    """All at once, since each takes some seconds to load."""
    try:
        for server in servers:
            server.launch_once()
        for server in servers:
            server.start()
        yield
    finally:
        for server in servers:
            if server.is_running:
                server.kill()


@contextlib.contextmanager
def whole(database, told, faults=("", "")):
    """PostgreSQL's Server `database` with a copy of what was staged, a Redis, and a process for each of `faults`."""
    name = f"faults_{secrets.token_hex(4)}"
    with psycopg.connect(database.url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE {STAGED}")
        # else the copy's sequences have numbers in hand that no log of the copy knows of, and go back after a crash
        connection.execute("CHECKPOINT")
    where = {"DATABASE_URL": urlsplit(database.url)._replace(path=f"/{name}").geturl()}
    with machine.own_redis() as bus, tempfile.TemporaryDirectory(prefix="mpi-faults-", ignore_cleanup_errors=True) as folder:
        where["REDIS_URL"] = bus.url
        servers = [server_at(machine.free_port(), folder, fault, **where) for fault in faults]
        with running(servers):
            yield Installation(told, servers, folder, database, bus)


@contextlib.contextmanager
def embedded():
    with tempfile.TemporaryDirectory(prefix="mpi-faults-", ignore_cleanup_errors=True) as folder:
        where = {"DATABASE_URL": f"sqlite:///{folder}/mpi.sqlite3"}
        told = stage(MPI_DATA_DIR=folder, **where)
        servers = [server_at(machine.free_port(), folder, **where)]
        with running(servers):
            yield Installation(told, servers, folder)


class Load:
    """Three who write and four who read, over all processes in turn; `reading` is what kind of reader, `over` the lines instead
    of the servers' own addresses."""

    def __init__(self, installation, reading=Reader, over=None):
        self.installation = installation
        addresses = over or installation.addresses
        starting_at = [addresses[n % len(addresses) :] + addresses[: n % len(addresses)] for n in range(4)]
        tokens = installation.tokens
        self.writers = [
            Writer(name, tokens[name], starting_at[n], installation.topic) for n, name in enumerate(("ada", "ben", "finn"))
        ]
        self.readers = [reading(name, tokens[name], starting_at[n]) for n, name in enumerate(("nora", "ada", "ben", "finn"))]

    def __enter__(self):
        for reader in self.readers:
            reader.start()
        until = time.monotonic() + STARTS_WITHIN
        while any(reader.at is None for reader in self.readers):
            assert time.monotonic() < until, [reader.problem for reader in self.readers]
            time.sleep(0.05)
        for writer in self.writers:
            writer.start()
        return self

    def __exit__(self, *problem):
        for someone in [*self.writers, *self.readers]:
            someone.is_over.set()
            getattr(someone, "is_reading", someone.is_over).set()
        for someone in [*self.writers, *self.readers]:
            someone.join(20)

    @property
    def acknowledged(self):
        return [each for writer in self.writers for each in list(writer.acknowledged)]

    def more(self, messages=20, within=30):
        """Waits until that many more are acknowledged: all is well again."""
        wanted, until = len(self.acknowledged) + messages, time.monotonic() + within
        while len(self.acknowledged) < wanted:
            assert time.monotonic() < until, [(writer.name, writer.problem, writer.refused) for writer in self.writers]
            time.sleep(0.05)

    def history(self):
        """Of all that was acknowledged: nobody writes any more, and every reader has had time to be whole."""
        for writer in self.writers:
            writer.is_over.set()
        for writer in self.writers:
            writer.join(20)
            assert writer.problem is None, writer.problem
        last = max(seq for _, _, seq in self.acknowledged)
        until = time.monotonic() + WHOLE_WITHIN
        while time.monotonic() < until and any(reader.at < last for reader in self.readers):
            time.sleep(0.05)
        assert [reader.problem for reader in self.readers] == [None] * len(self.readers)
        return History(self.acknowledged, {f"{reader.name} (reading)": list(reader.seen) for reader in self.readers})
