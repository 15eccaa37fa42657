"""`python -m bench [NAME …]`: runs the named benchmarks (all without a name), prints a table of each and writes
`var/bench/NAME.json`. The database is a fresh SQLite file, or for some a fresh database of PostgreSQL; the figures to quote are
the ratios."""

import argparse
import importlib
import json
import os
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

NAMES = ["pages", "fan_out", "returning", "charts", "briefs", "permissions"]
ON_POSTGRESQL = {"permissions"}


def main():
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[[], *NAMES], metavar="NAME", help=", ".join(NAMES))
    names = parser.parse_args().names or NAMES
    here = [name for name in names if name not in ON_POSTGRESQL or "BENCH_DATABASE" in os.environ]
    if here:
        run(here)
    if elsewhere := [name for name in names if name not in here]:
        run_on_postgresql(elsewhere)


def run_on_postgresql(names):
    """In a process of its own, whose settings know a database made for it."""
    import psycopg  # noqa: PLC0415 (worth loading only where it is asked for)

    from tests import machine  # noqa: PLC0415

    database = f"mpi_bench_{secrets.token_hex(4)}"
    with machine.postgresql() as url, psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {database}")
        try:
            environment = os.environ | {"BENCH_DATABASE": url.rpartition("/")[0] + f"/{database}"}
            subprocess.run([sys.executable, "-m", "bench", *names], env=environment, check=True)
        finally:
            connection.execute(f"DROP DATABASE {database} WITH (FORCE)")


def run(names):
    results = Path(os.environ.get("MPI_DATA_DIR", "var")).resolve() / "bench"
    results.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="mpi-bench-") as folder:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "mpi.settings",
            "MPI_DATA_DIR": folder,
            "SECRET_KEY": secrets.token_hex(16),
            "MPI_DEMO": "1",
            "MPI_API_RATE": "1000000/min",
            "MPI_LIMITS_TIMES": "1000000",
            "EMAIL_URL": "dummymail://",
        }
        os.environ.pop("DATABASE_URL", None)
        if "BENCH_DATABASE" in os.environ:
            os.environ["DATABASE_URL"] = os.environ["BENCH_DATABASE"]
        os.environ.pop("REDIS_URL", None)
        build_database()
        for name in names:
            rows = importlib.import_module(f"bench.{name}").run()
            show(name, rows)
            (results / f"{name}.json").write_text(json.dumps(rows, indent=2) + "\n")


def build_database():
    import django  # noqa: PLC0415 (its settings read the environment above)
    from django.core.management import call_command  # noqa: PLC0415

    django.setup()
    from django.conf import settings  # noqa: PLC0415

    settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.ALLOWED_HOSTS.append("testserver")
    call_command("migrate", verbosity=0)


def show(name, rows):
    """`rows`: dicts with the same keys, as a table."""
    columns = list(rows[0])
    lines = [columns, *[[format_cell(row[column]) for column in columns] for row in rows]]
    widths = [max(len(line[number]) for line in lines) for number in range(len(columns))]
    print(f"\n{name}")
    for line in lines:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))
    sys.stdout.flush()


def format_cell(value):
    return f"{value:.2f}" if isinstance(value, float) else str(value)


main()
