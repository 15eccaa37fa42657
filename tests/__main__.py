"""`python -m tests`: what continuous integration runs, up to the first failure. `… lint`: its first part."""

import os
import subprocess
import sys
from pathlib import Path

from tests import machine

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent

LINT = [
    [BIN / "ruff", "format", "--check", "--quiet", "."],
    [BIN / "ruff", "check", "--quiet", "."],
    [BIN / "lint-imports", "--no-logo"],
    [BIN / "djlint", "--quiet", "--check", "--lint", "templates"],
    [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"],
    [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
]
# What a real installation sets, so that the deployment check looks at that.
PRODUCTION = {
    "DEBUG": "0",
    "SITE_URL": "https://mpi.example.org",
    "SECRET_KEY": "a-key-for-the-deployment-check-that-guards-nothing-at-all-0123456789",
}
# Both shapes are told apart by these alone; whatever is set outside must not reach the tests.
SHAPE = (
    "DATABASE_URL",
    "REDIS_URL",
    "WEB_CONCURRENCY",
    "MPI_DATA_DIR",
    "PORT",
    "SITE_URL",
    "SECRET_KEY",
    "DEBUG",
)


def lint():
    clean = {name: value for name, value in os.environ.items() if name not in SHAPE}
    for command in LINT:
        run(command, clean | PRODUCTION)


def everything():
    clean = {name: value for name, value in os.environ.items() if name not in SHAPE}
    clean["CHROMIUM"] = machine.chromium()
    lint()
    run(["npm", "test", "--silent"], clean | {"PATH": f"{clean['PATH']}{os.pathsep}{BIN}"})
    pytest = [sys.executable, "-m", "pytest", "-n", "2", "--dist"]
    suite = [*pytest, "loadfile", "--ignore=tests/faults"]
    with machine.postgresql() as database, machine.redis_server() as bus:
        say("SQLite, one process")
        run(suite, clean)
        say("PostgreSQL and Redis")
        # a fresh clone's `make run` knows of neither, and was tried above
        run([*suite, "-m", "not slow"], clean | {"DATABASE_URL": database, "REDIS_URL": bus})
    say("Faults, each put into an installation of its own")
    run([*pytest, "load", "tests/faults"], clean)


def run(command, environment):
    if status := subprocess.run(command, cwd=ROOT, env=environment).returncode:
        sys.exit(status)


def say(words):
    print(f"\n--- {words}", flush=True)


if __name__ == "__main__":
    try:
        lint() if sys.argv[1:] == ["lint"] else everything()
    except machine.Missing as missing:
        sys.exit(str(missing))
