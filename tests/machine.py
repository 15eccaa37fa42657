"""What the tests need of the machine: PostgreSQL, Redis and Chromium, found, started, installed or asked for.

That a server answers on a port does not make it ours: one already listening is only asked for new databases
with random names, and one that is started here gets a free port and must show the folder made for it.
"""

import contextlib
import getpass
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

import psycopg
import redis


class Missing(Exception):
    """Something has to be installed first; the message says what, in one line."""


class Server:
    """A server of the tests' own, at `url`: it may be killed, stopped, and started again at the same address."""

    def __init__(self, name, url, command, folder, is_up):
        self.name, self.url, self.command, self.folder, self.is_up = name, url, command, folder, is_up
        self.child = None

    def start(self):
        until = time.monotonic() + 30
        while not (self.is_running and self.is_up()):
            if time.monotonic() > until:
                raise Missing(f"{self.name} was started for the tests and did not answer within 30 seconds.")
            self.launch_once()  # where the one before was killed, what it left may stand in the way for a moment
            time.sleep(0.1)

    def launch_once(self):
        if not self.is_running:
            with open(os.path.join(self.folder, "log"), "ab") as log:
                self.child = self.launch(log)

    def launch(self, log):
        return subprocess.Popen(self.command, stdout=log, stderr=log, cwd=self.folder, start_new_session=True)

    @property
    def is_running(self):
        return self.child is not None and self.child.poll() is None

    def stop(self):
        self.child.terminate()
        try:
            self.child.wait(20)
        except subprocess.TimeoutExpired:
            self.kill()

    def kill(self):
        os.killpg(self.child.pid, signal.SIGKILL)
        self.child.wait()

    @contextlib.contextmanager
    def running(self):
        try:
            self.start()
            yield self
        finally:
            if self.is_running:
                self.stop()


@contextlib.contextmanager
def postgresql():
    """The address of a PostgreSQL in which databases may be made; stopped at the end if it was started here."""
    if url := listening_postgresql():
        yield url
        return
    with own_postgresql() as server:
        yield server.url


@contextlib.contextmanager
def own_postgresql(fsync="off"):
    """A PostgreSQL started here and stopped at the end, also where another one is listening: a Server."""
    initdb = program("initdb", *glob.glob("/usr/lib/postgresql/*/bin"), package="postgresql")
    with tempfile.TemporaryDirectory(prefix="mpi-postgresql-", ignore_cleanup_errors=True) as folder:
        as_user = ()
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            as_user = ("runuser", "-u", "postgres", "--")
        data, port = os.path.join(folder, "data"), free_port()
        subprocess.run(
            [*as_user, initdb, "-D", data, "-U", "postgres", "-A", "trust", "--no-sync", "-E", "UTF8"],
            check=True,
            cwd=folder,
            stdout=subprocess.DEVNULL,
        )
        postgres = os.path.join(os.path.dirname(os.path.realpath(initdb)), "postgres")
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": fsync}
        command = [*as_user, postgres, "-D", data, "-p", str(port)]
        command += [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        url = f"postgres://postgres@127.0.0.1:{port}/postgres"
        with Server("PostgreSQL", url, command, folder, lambda: shows_folder(url, data)).running() as server:
            yield server


def listening_postgresql():
    for user in dict.fromkeys([os.environ.get("PGUSER"), "postgres", "root", getpass.getuser()]):
        if not user:
            continue
        url = f"postgres://{user}@127.0.0.1:{os.environ.get('PGPORT', '5432')}/postgres"
        with (
            contextlib.suppress(psycopg.OperationalError),
            psycopg.connect(url, connect_timeout=3) as connection,
        ):
            asked = "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            if connection.execute(asked).fetchone()[0]:
                return url
    return None


def shows_folder(url, folder):
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, connect_timeout=3) as connection:
        return os.path.samefile(connection.execute("SHOW data_directory").fetchone()[0], folder)
    return False


@contextlib.contextmanager
def redis_server():
    """The address of a Redis in which keys with a random prefix may be made."""
    url = "redis://127.0.0.1:6379/0"
    if answers(url):
        yield url
        return
    with own_redis() as server:
        yield server.url


@contextlib.contextmanager
def own_redis():
    """A Redis started here and stopped at the end, also where another one is listening: a Server. It keeps nothing."""
    program_path = program("redis-server", package="redis-server")
    with tempfile.TemporaryDirectory(prefix="mpi-redis-") as folder:
        port = free_port()
        command = [program_path, "--port", str(port), "--bind", "127.0.0.1", "--dir", folder]
        command += ["--save", "", "--appendonly", "no"]
        url = f"redis://127.0.0.1:{port}/0"
        with Server("Redis", url, command, folder, lambda: answers(url, folder)).running() as server:
            yield server


def answers(url, folder=None):
    with contextlib.suppress(redis.RedisError), redis.Redis.from_url(url, socket_connect_timeout=3) as client:
        if folder is None:
            return client.ping()
        return os.path.samefile(client.config_get("dir")["dir"], folder)
    return False


def chromium():
    """The path of a Chromium that runs without a screen."""
    for name in filter(None, [os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome"]):
        if found := shutil.which(name):
            return found
    return program("chromium", package="chromium")


def program(name, *folders, package):
    """The path of a program, installed by apt when it is missing and we are root on Debian."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *folders, "/usr/sbin"])
    if found := shutil.which(name, path=path):
        return found
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        raise Missing(f"{name} is needed for the tests and was not found; install the package {package}.")
    print(f"Installing {package} (once).", flush=True)
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    apt = ["apt-get", "-qq", "-o", "DPkg::Lock::Timeout=300"]
    subprocess.run([*apt, "update"], env=environment, stdout=subprocess.DEVNULL)
    subprocess.run(
        [*apt, "install", "-y", "--no-install-recommends", package],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    path = os.pathsep.join([path, *glob.glob("/usr/lib/postgresql/*/bin")])
    if found := shutil.which(name, path=path):
        return found
    raise Missing(f"{name} is needed for the tests and {package} could not be installed by apt.")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
