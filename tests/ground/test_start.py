"""What can go wrong before anyone can sign in is told in one line, with no trace and no address of a file."""

import os
import signal
import socket
import subprocess
import sys
import time

import pytest

from mpi import start
from tests import machine

ROOT = start.ROOT


def run(*command, **environment):
    """The end of a command, with nothing set but what is given."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True, timeout=120)


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_used_port_is_one_line(taken_port, tmp_path):
    ended = run(sys.executable, "-m", "mpi.start", "run", PORT=str(taken_port), MPI_DATA_DIR=str(tmp_path))
    assert (ended.returncode, ended.stdout) == (1, "")
    assert ended.stderr == f"Port {taken_port} is already in use; stop what listens there, or set PORT.\n"


@pytest.mark.parametrize("text", ["", "http", "-1", "0", "65536", "8 000", "٨٠"])
def test_a_port_is_a_number(text):
    with pytest.raises(start.Refusal, match=r"PORT must be a number from 1 to 65535"):
        start.checked_port(text)


SETTINGS = {"SECRET_KEY": "given", "DEBUG": "0"}


@pytest.mark.parametrize(
    "setting, value",
    [
        ("SECRET_KEY", ""),
        ("DEBUG", "perhaps"),
        ("DATABASE_URL", "nonsense"),
        ("DATABASE_URL", "mysql://root@127.0.0.1/mpi"),
        ("REDIS_URL", "127.0.0.1:6379"),
        ("WEB_CONCURRENCY", "many"),
        ("WEB_CONCURRENCY", "2"),  # and no REDIS_URL
        ("SITE_URL", "mpi.example.org"),
        ("MPI_API_RATE", "many"),
        ("MPI_LIMITS_TIMES", "0"),
    ],
)
def test_a_bad_setting_is_one_line_that_names_it(tmp_path, setting, value):
    environment = SETTINGS | {"MPI_DATA_DIR": str(tmp_path), setting: value}
    ended = run(sys.executable, "manage.py", "check", **environment)
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"mpi cannot start: {setting} ")
    assert ended.stderr.count("\n") == 1


def test_a_database_that_is_not_there_is_one_line(tmp_path):
    nowhere = f"postgres://nobody@127.0.0.1:{machine.free_port()}/mpi"
    environment = SETTINGS | {"MPI_DATA_DIR": str(tmp_path), "DATABASE_URL": nowhere}
    ended = run(sys.executable, "-m", "mpi.prepare", "assets", **environment)
    assert ended.returncode == 1
    last = ended.stderr.splitlines()[-1]
    assert last.startswith("mpi cannot start: DATABASE_URL does not lead to a database")
    assert "Traceback" not in ended.stderr


def test_more_workers_than_one_need_redis_under_make_run_too(tmp_path):
    environment = {"MPI_DATA_DIR": str(tmp_path), "WEB_CONCURRENCY": "2", "PORT": str(machine.free_port())}
    ended = run(sys.executable, "-m", "mpi.start", "run", **environment)
    assert ended.returncode == 1
    assert ended.stderr == "WEB_CONCURRENCY above 1 needs REDIS_URL; set it, or leave WEB_CONCURRENCY out.\n"


def test_the_key_is_made_once_and_for_its_owner_alone(tmp_path):
    key = start.secret_key(tmp_path)
    assert len(key) > 50
    assert start.secret_key(tmp_path) == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o777 == 0o600


def test_a_step_is_repeated_when_what_it_reads_changes(tmp_path, monkeypatch):
    monkeypatch.setattr(start, "ROOT", tmp_path)
    (tmp_path / "app.js").write_text("one")
    before = start.digest(tmp_path)
    assert start.digest(tmp_path) == before
    (tmp_path / "app.js").write_text("two")
    changed = start.digest(tmp_path)
    (tmp_path / "app.js").rename(tmp_path / "live.js")
    assert len({before, changed, start.digest(tmp_path)}) == 3


def child(code):
    return start.start([sys.executable, "-c", code], dict(os.environ))


def test_the_servers_own_end_is_the_end():
    server = child("raise SystemExit(7)")
    with pytest.raises(start.Refusal, match=r"The server ended by itself \(status 7\)."):
        start.keep_going({"server": server, "worker": server}, {})


def test_a_worker_that_ends_is_started_again_but_not_for_ever(monkeypatch, capsys):
    monkeypatch.setattr(start, "WORKER", [sys.executable, "-c", "raise SystemExit(3)"])
    monkeypatch.setattr(start.time, "sleep", lambda seconds, sleep=time.sleep: sleep(min(seconds, 0.1)))
    children = {"server": child("import time; time.sleep(60)"), "worker": child("raise SystemExit(3)")}
    try:
        with pytest.raises(start.Refusal, match="again and again"):
            start.keep_going(children, dict(os.environ))
    finally:
        start.stop(children)
    assert capsys.readouterr().out.count("starting it again") == start.WORKER_RESTARTS


def test_what_does_not_stop_by_itself_is_stopped(monkeypatch):
    monkeypatch.setattr(start, "STOP_WITHIN", 0.5)
    deaf = child("import signal, time; signal.signal(15, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)")
    time.sleep(0.5)
    start.stop({"server": deaf})
    assert deaf.returncode == -signal.SIGKILL


def test_an_interrupted_step_is_stopped_with_what_it_started(tmp_path):
    """As Ctrl-C during the installation: the starter ends with 0, and so does the step's own child."""
    started = tmp_path / "started"
    step = f"import subprocess; p = subprocess.Popen(['sleep', '60']); open({str(started)!r}, 'w'); p.wait()"
    starter = f"""
import signal, sys
from mpi import start
start.run = lambda: start.call([sys.executable, "-c", {step!r}])
sys.exit(start.main(["run"]))
"""
    process = subprocess.Popen([sys.executable, "-c", starter], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    until = time.monotonic() + 20
    while not started.exists() and time.monotonic() < until:
        time.sleep(0.05)
    process.terminate()
    _, told = process.communicate(timeout=20)  # returns when the last of them has let go of the pipe
    assert (process.returncode, told) == (0, "")


def test_words_that_are_no_command_are_answered_with_the_commands():
    ended = run(sys.executable, "-m", "mpi.start", "jog")
    assert (ended.returncode, ended.stderr) == (2, "Usage: python3 -m mpi.start run|test|lint|bench\n")


def test_a_worker_that_is_stopped_while_it_starts_says_nothing(tmp_path):
    environment = dict(os.environ) | SETTINGS | {"MPI_DATA_DIR": str(tmp_path)}
    worker = subprocess.Popen(
        [sys.executable, "-m", "mpi.worker"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    time.sleep(0.4)
    worker.send_signal(signal.SIGINT)
    assert worker.communicate(timeout=20) == (None, "")
