"""A pytest plugin: where each test process keeps its rows, files and messages, and the server for browsers.

It is imported before Django reads its settings. Every process, xdist's workers too, has a data folder, a
database name and a Redis prefix of its own; DATABASE_URL and REDIS_URL choose the servers (unset: SQLite,
in-process). Imports stand inside the hooks where Django has to be ready, or the environment set, before them.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from urllib.parse import urlsplit

import pytest

from tests import machine

DATA_DIR = tempfile.mkdtemp(prefix="mpi-test-")
NAME = f"test_mpi_{secrets.token_hex(6)}"

os.environ |= {
    "DJANGO_SETTINGS_MODULE": "mpi.settings",
    "DEBUG": "0",
    "SECRET_KEY": "only-for-tests",
    "MPI_DEMO": "1",
    "MPI_DATA_DIR": DATA_DIR,
    "MPI_TEST_DATABASE": NAME if os.environ.get("DATABASE_URL") else os.path.join(DATA_DIR, "test.sqlite3"),
    "MPI_REDIS_PREFIX": NAME,
    "EMAIL_URL": "memorymail://",
    "SITE_URL": "http://127.0.0.1:8000",
    "MPI_LIMITS_TIMES": "1000",  # a test asks more in a minute than a person does; those of the limits set it to 1
}
for outside in ("WEB_CONCURRENCY", "ALLOWED_HOSTS", "MPI_DEMO_PASSWORD", "TRUSTED_PROXIES"):
    os.environ.pop(outside, None)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config):
    from django.conf import settings  # noqa: PLC0415 - the environment above has to stand first

    # Static files straight from build/: tests need no collectstatic and no manifest.
    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.WHITENOISE_USE_FINDERS = settings.WHITENOISE_AUTOREFRESH = True
    if not hasattr(config, "workerinput"):  # a worker that inherits it reads its settings before it has names of its own
        os.environ.pop("DJANGO_SETTINGS_MODULE")


def pytest_unconfigure(config):
    shutil.rmtree(DATA_DIR, ignore_errors=True)
    if url := os.environ.get("REDIS_URL"):
        import redis  # noqa: PLC0415 - needed in one of the two shapes

        with redis.Redis.from_url(url) as client:
            for name in (NAME, NAME.replace("_", "")):  # huey leaves no sign but letters and digits
                for key in client.scan_iter(f"*{name}*"):
                    client.delete(key)


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup):
    """PostgreSQL drops no database while a connection is open; asgiref's thread and the pool keep some."""
    from asgiref.sync import SyncToAsync  # noqa: PLC0415 - Django is ready only by now
    from django.db import connections  # noqa: PLC0415

    yield
    SyncToAsync.single_thread_executor.submit(connections.close_all).result()
    for connection in connections.all():
        if hasattr(connection, "close_pool"):
            connection.close()
            connection.close_pool()


@pytest.fixture
def live_server_url(transactional_db):
    """The address of the whole platform, served by this process; it ends before the rows are flushed."""
    import uvicorn  # noqa: PLC0415 - worth loading only for the tests that ask
    from channels.layers import channel_layers  # noqa: PLC0415

    from mpi.asgi import application  # noqa: PLC0415

    channel_layers.backends.clear()  # an in-process layer remembers the loop it was first used in
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(
            application,
            lifespan="off",
            ws="workspaces.realtime.server:Sockets",
            ws_per_message_deflate=False,
            ws_max_size=2**20,
            log_config=None,
            timeout_graceful_shutdown=2,
        )
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, name="live-server")
        thread.start()
        until = time.monotonic() + 20
        while not server.started and thread.is_alive() and time.monotonic() < until:
            time.sleep(0.01)
        assert server.started, "the live server did not start"
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(20)
        channel_layers.backends.clear()
        assert not thread.is_alive(), "the live server did not stop"


@contextlib.contextmanager
def process_on_the_same_rows(**environment):
    """The address of a second server process, started as `make run` does. Without Redis only the rows tell it what happens
    here."""
    from django.db import connection  # noqa: PLC0415 - the environment has to stand first

    from mpi.start import server_command  # noqa: PLC0415

    where = connection.settings_dict
    database = f"sqlite:///{where['NAME']}"
    if connection.vendor == "postgresql":
        database = urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{where['NAME']}").geturl()
    port = machine.free_port()
    environment = os.environ | {"DATABASE_URL": database, "LOG_LEVEL": "CRITICAL"} | environment
    server = subprocess.Popen([*map(str, server_command(port, environment)), "--log-level", "critical"], env=environment)
    try:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}"
    finally:
        server.terminate()
        server.wait(20)
