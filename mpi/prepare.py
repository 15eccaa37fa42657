"""What must be true of database and files before the platform serves: `python -m mpi.prepare ASSETS`.

ASSETS is the hash of the front end's sources. One process for all of it, because starting Django is most of
the time.
"""

import hashlib
import os
import sys

import django
from django.conf import settings
from django.core.management import call_command
from django.db import OperationalError


def main(assets):
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "mpi.settings")
    django.setup()
    try:
        call_command("migrate", verbosity=0)
    except OperationalError as problem:
        sys.exit(f"mpi cannot start: DATABASE_URL does not lead to a database ({str(problem).splitlines()[0]})")
    collect_static(assets)
    if settings.MPI_DEMO:
        load_demo()


def collect_static(assets):
    """Copy and compress the static files, unless neither they nor the packages that bring some have changed."""
    packages = (settings.BASE_DIR / "requirements" / "runtime.txt").read_bytes()
    wanted = f"{assets} {hashlib.sha256(packages).hexdigest()}"
    stamp = settings.DATA_DIR / "static.stamp"
    if stamp.exists() and stamp.read_text() == wanted:
        return
    call_command("collectstatic", interactive=False, clear=True, verbosity=0)
    stamp.write_text(wanted)


def load_demo():
    from cohorts.models import Cohort  # noqa: PLC0415 - models exist only after django.setup()

    if not Cohort.objects.exists():
        print("Loading the demonstration (once).", flush=True)
        call_command("load_demo", verbosity=0)


if __name__ == "__main__":
    main(*sys.argv[1:])
