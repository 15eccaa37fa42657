"""Sets the project up and starts it: `make run`, `make test`, `make lint`, `make bench`.

Standard library only: it runs with the machine's own Python before `.venv` exists. Each step leaves a stamp
with the hash of what it read, and is passed over while that stays the same. What goes wrong is told in one
line (`Refusal`).
"""

import contextlib
import hashlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
import venv
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
NODE_AT_LEAST = 20
READY_WITHIN = 60  # seconds from starting the server to its first answer
STOP_WITHIN = 15  # seconds a child has to end by itself; the server lets running requests finish for 10 of them
WORKER_RESTARTS = 5


class Refusal(Exception):
    """Why there is no start, in one line. Empty when the step that failed has already said it."""


class Stopped(BaseException):
    """Somebody pressed Ctrl-C or sent TERM."""


# --- the steps


def prepare_environment(kind):
    """Fill `.venv` from the hashed list `requirements/KIND.txt`; the developers' list contains the runtime one."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the machine's own Python may be older than the project's
        raise Refusal(f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}.")
    if not (PYTHON.exists() and (VENV / "bin" / "pip").exists()):
        say("Making the Python environment in .venv (once).")
        try:
            venv.create(VENV, with_pip=True, clear=VENV.exists())
        except (OSError, subprocess.CalledProcessError):
            raise Refusal("The Python environment could not be made; on Debian install python3-venv.") from None
    wanted = {name: digest(ROOT / "requirements" / f"{name}.txt") for name in ("runtime", "dev")}
    if stamped(VENV / ".dev", wanted["dev"]) or stamped(VENV / f".{kind}", wanted[kind]):
        return
    say(f"Installing the {kind} packages (once).")
    pip_install(kind)
    stamp(VENV / f".{kind}", wanted[kind])


def pip_install(kind):
    # The list is complete, so nothing is left to resolve; Python compiles what it imports, when it imports it.
    call(
        [PYTHON, "-m", "pip", "install", "-qq", "--disable-pip-version-check", "--no-compile", "--no-deps"]
        + ["--require-hashes", "-r", ROOT / "requirements" / f"{kind}.txt"],
        refusal=f"The packages of requirements/{kind}.txt could not be installed.",
    )


def prepare_assets():
    """Styles, scripts and fonts into `build/`; returns the hash of their sources."""
    lock = digest(ROOT / "package.json", ROOT / "package-lock.json", ROOT / ".npmrc")
    sources = digest(ROOT / "mpi" / "frontend") + lock
    if stamped(ROOT / "build" / ".sources", sources):
        return sources
    environment = os.environ | {"PATH": f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', '')}"}
    npm = node_package_manager()
    if not stamped(ROOT / "node_modules" / ".lock", lock):
        say("Fetching the front-end packages (once).")
        call([npm, "ci", "--silent"], environment, refusal="The front-end packages could not be installed.")
        stamp(ROOT / "node_modules" / ".lock", lock)
    say("Building styles and scripts.")
    call([npm, "run", "--silent", "build"], environment, refusal="The styles and scripts could not be built.")
    stamp(ROOT / "build" / ".sources", sources)
    return sources


def node_package_manager():
    """The machine's npm where its Node is new enough, else the one that comes as a Python package into `.venv`."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm and node and node_version(node) >= NODE_AT_LEAST:
        return npm
    if not (VENV / "bin" / "npm").exists():
        say("Node is not here or too old: taking it from the Python package (once).")
        pip_install("node")
    return VENV / "bin" / "npm"


def node_version(node):
    said = subprocess.run([node, "--version"], capture_output=True, text=True).stdout
    major = said.strip().removeprefix("v").partition(".")[0]
    return int(major) if major.isdigit() else 0


def secret_key(data_dir):
    """The key of this copy, made on first use and readable by its owner alone."""
    path = data_dir / "secret_key"
    with contextlib.suppress(FileExistsError):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w") as file:
            file.write(secrets.token_urlsafe(50))
    return path.read_text().strip()


def empty_folder(path):
    """Where the processes of this start count together; what those of the last one counted is over."""
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir()
    return path


def checked_port(text):
    """The port as a number, free at this moment."""
    port = int(text) if text.isascii() and text.isdigit() else 0
    if not 0 < port < 65536:
        raise Refusal(f"PORT must be a number from 1 to 65535, not {text!r}.")
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError:
            raise Refusal(f"Port {port} may not be used by this account; set PORT to another.") from None
        except OSError:
            raise Refusal(f"Port {port} is already in use; stop what listens there, or set PORT.") from None
    return port


# --- the commands


def run():
    """Serve until told to stop."""
    port = checked_port(os.environ.get("PORT", "8000"))
    if os.environ.get("WEB_CONCURRENCY", "1") != "1" and not os.environ.get("REDIS_URL"):
        raise Refusal("WEB_CONCURRENCY above 1 needs REDIS_URL; set it, or leave WEB_CONCURRENCY out.")
    data_dir = Path(os.environ.get("MPI_DATA_DIR") or ROOT / "var").resolve()
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        key = os.environ.get("SECRET_KEY") or secret_key(data_dir)
    except OSError as problem:
        raise Refusal(f"MPI_DATA_DIR cannot be used: {problem.strerror} ({data_dir}).") from None
    prepare_environment("runtime")
    assets = prepare_assets()
    environment = {"DEBUG": "0", "MPI_DEMO": "1", "SITE_URL": f"http://127.0.0.1:{port}"} | os.environ
    environment |= {"PORT": str(port), "MPI_DATA_DIR": str(data_dir), "SECRET_KEY": key}
    call([PYTHON, "-m", "mpi.prepare", assets], environment)
    if environment.get("WEB_CONCURRENCY", "1") != "1":
        environment["PROMETHEUS_MULTIPROC_DIR"] = str(empty_folder(data_dir / "metrics"))
    serve(port, environment)


def serve(port, environment):
    children = {}
    try:
        children["server"] = start(server_command(port, environment), environment)
        children["worker"] = start(WORKER, environment)
        wait_until_ready(port, environment["SITE_URL"], children["server"])
        say(greeting(port, environment))
        keep_going(children, environment)
    finally:
        for signal_name in (signal.SIGINT, signal.SIGTERM):
            signal.signal(signal_name, signal.SIG_IGN)
        stop(children)


WORKER = [PYTHON, "-m", "mpi.worker"]


def server_command(port, environment):
    proxies = environment.get("TRUSTED_PROXIES", "")
    return [
        *(PYTHON, "-m", "uvicorn", "mpi.asgi:application", "--host", "127.0.0.1", "--port", str(port)),
        *("--workers", environment.get("WEB_CONCURRENCY") or "1"),
        *("--ws", "workspaces.realtime.server:Sockets", "--ws-per-message-deflate", "false", "--ws-max-size", str(2**20)),
        *("--timeout-graceful-shutdown", "10", "--lifespan", "off"),
        *("--no-access-log", "--log-level", "warning", "--no-server-header"),
        *(("--forwarded-allow-ips", proxies) if proxies else ("--no-proxy-headers",)),
    ]


def wait_until_ready(port, site_url, server):
    """Asks with the name the site answers to, which need not be this machine's."""
    address = f"http://127.0.0.1:{port}/healthz"
    question = urllib.request.Request(address, headers={"Host": urlsplit(site_url).netloc})
    until = time.monotonic() + READY_WITHIN
    while time.monotonic() < until:
        if server.poll() is not None:
            raise Refusal(f"The server ended before it was ready (status {server.returncode}).")
        with contextlib.suppress(OSError):
            if urllib.request.urlopen(question, timeout=5).status == 200:
                return
        time.sleep(0.05)
    raise Refusal(f"The server did not answer within {READY_WITHIN} seconds.")


def keep_going(children, environment):
    """The server's end is the end; the worker is started again, but not for ever."""
    restarts = 0
    while True:
        time.sleep(0.5)
        if (status := children["server"].poll()) is not None:
            raise Refusal(f"The server ended by itself (status {status}).")
        if (status := children["worker"].poll()) is not None:
            restarts += 1
            if restarts > WORKER_RESTARTS:
                raise Refusal(f"The worker ended again and again (status {status}).")
            say(f"The worker ended by itself (status {status}); starting it again.")
            time.sleep(restarts)
            children["worker"] = start(WORKER, environment)


def greeting(port, environment):
    lines = [f"Ready: http://127.0.0.1:{port}/"]
    if environment["MPI_DEMO"] == "1":
        password = environment.get("MPI_DEMO_PASSWORD") or "mpi-demo-2025"
        lines += ["", f"Demonstration accounts, password {password}"]
        lines += [f"  {who:34} {email}" for who, email in DEMO_ACCOUNTS]
        lines += ["", "Ctrl-C stops it."]
    return "\n".join(lines)


DEMO_ACCOUNTS = [
    ("Mayor of Rochester", "mayor.rochester-ny@demo.example"),
    ("Mayor's chief of staff", "mayor-chief.rochester-ny@demo.example"),
    ("Prosecutor of Rochester's county", "prosecutor.rochester-ny@demo.example"),
    ("Prosecutor's first assistant", "prosecutor-chief.rochester-ny@demo.example"),
    ("Facilitator (NLC)", "facilitator.nlc@demo.example"),
    ("Researcher", "researcher.one@demo.example"),
]


def test():
    prepare_environment("dev")
    prepare_assets()
    call([PYTHON, "-m", "tests"])


def lint():
    prepare_environment("dev")
    prepare_assets()
    call([PYTHON, "-m", "tests", "lint"])


def bench():
    prepare_environment("dev")
    prepare_assets()
    call([PYTHON, "-m", "bench"])


# --- children, stamps, words


def start(command, environment):
    """A child in a session of its own, so that Ctrl-C reaches only us and the children are stopped in order."""
    # Where Python is told to keep no compiled files, every start would compile all packages anew.
    environment = {name: value for name, value in environment.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return subprocess.Popen([*map(str, command)], cwd=ROOT, env=environment, start_new_session=True)


def stop(children):
    for name, child in children.items():
        if child.poll() is None:
            child.send_signal(signal.SIGINT if name == "worker" else signal.SIGTERM)
    until = time.monotonic() + STOP_WITHIN
    for child in children.values():
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(max(0.1, until - time.monotonic()))
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)  # whatever is left of its session
        child.wait()


def call(command, environment=None, refusal=""):
    """Run one step to its end; stop it with everything it started when we are stopped."""
    child = start(command, environment or dict(os.environ))
    try:
        status = child.wait()
    except BaseException:
        stop({"step": child})
        raise
    if status:
        raise Refusal(refusal)


def digest(*paths):
    """One hash over names and contents of files, and of all files below folders."""
    total = hashlib.sha256()
    for path in paths:
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                total.update(f"{file.relative_to(ROOT)}\0{file.stat().st_size}\0".encode())
                total.update(file.read_bytes())
    return total.hexdigest()


def stamped(path, value):
    return path.exists() and path.read_text() == value


def stamp(path, value):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(value)


def say(words):
    print(words, flush=True)


def on_signal(number, frame):
    raise Stopped


def main(arguments):
    commands = {"run": run, "test": test, "lint": lint, "bench": bench}
    if len(arguments) != 1 or arguments[0] not in commands:
        print(f"Usage: python3 -m mpi.start {'|'.join(commands)}", file=sys.stderr)
        return 2
    signal.signal(signal.SIGINT, on_signal)
    signal.signal(signal.SIGTERM, on_signal)
    try:
        commands[arguments[0]]()
    except Refusal as refusal:
        if str(refusal):
            print(refusal, file=sys.stderr)
        return 1
    except Stopped:
        return 0
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
