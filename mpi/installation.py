"""What this installation is set to and how it does, for its administrators. All settings come from the environment, and nothing
is changed here; of what is secret the page says that it is set, never what."""

import datetime as dt
import os
import shutil
import subprocess
import tomllib
from functools import cache
from urllib.parse import urlsplit

from asgiref.sync import async_to_sync
from django.conf import settings
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.shortcuts import render
from django.utils import timezone

from cohorts.models import Invitation
from cohorts.views.administration import around, for_administrators
from policies.models import Brief
from workspaces.models import Mail

from .health import Ready
from .tasks import jobs

STARTED_AT = timezone.now()
GIBIBYTE = 2**30
LATE = dt.timedelta(minutes=10)  # a sweep takes up what waits every minute

# What may be shown as it is, and in which words. Of every other setting only that it is set: a new one gives nothing away.
SHOWN = {
    "SITE_URL": "The address in mails, files and feeds",
    "ALLOWED_HOSTS": "Names it answers to",
    "CSRF_TRUSTED_ORIGINS": "Other origins whose forms are accepted",
    "TRUSTED_PROXIES": "Proxies that are believed",
    "DATABASE_URL": "Where the rows are",
    "REDIS_URL": "Where news and jobs pass",
    "WEB_CONCURRENCY": "Server processes",
    "MPI_DATA_DIR": "Where files are",
    "PORT": "Where it listens",
    "EMAIL_URL": "How mails leave",
    "DEFAULT_FROM_EMAIL": "Who sends them",
    "MAIL_REPLY_DOMAIN": "Where answers by mail arrive",
    "MPI_DEMO": "Demonstration accounts may sign in",
    "MPI_REDIS_PREFIX": "What sets it apart in a shared Redis",
    "MPI_API_RATE": "Requests a person may make to the API",
    "MPI_SIGN_ON_INNER_HOSTS": "Identity providers that may be at an address which is not public",
    "MPI_API_RATE_ANONYMOUS": "Requests an address may make to the API, not signed in",
    "MPI_LIMITS_TIMES": "All limits, times",
    "LOG_LEVEL": "What is logged",
    "DEBUG": "For development",
}
SECRET = {
    "SECRET_KEY": "Signs sessions and links",
    "SECRET_KEY_FALLBACKS": "Former keys, which still read what was sealed and signed with them",
    "METRICS_TOKEN": "Lets a machine read the figures",
    "MPI_DEMO_PASSWORD": "Of the demonstration accounts",
}
OF_TESTS = {"MPI_TEST_DATABASE"}


@for_administrators
def index(request):
    context = around(
        "installation",
        version=version(),
        started_at=STARTED_AT,
        parts=[*async_to_sync(Ready().parts)(), ("tables", not pending_migrations())],
        disk=disk(),
        jobs=jobs(),
        waiting=waiting(),
        settings=[setting(name) for name in dict.fromkeys(settings.ASKED) if name not in OF_TESTS],
    )
    return render(request, "installation/index.html", context)


@cache
def version():
    """“0.1.0”, with the commit where the code lies in a git repository."""
    told = tomllib.loads((settings.BASE_DIR / "pyproject.toml").read_text())["project"]["version"]
    try:
        asked = ["git", "-C", str(settings.BASE_DIR), "rev-parse", "--short", "HEAD"]
        commit = subprocess.run(asked, capture_output=True, text=True, timeout=5, check=True).stdout.strip()
    except (OSError, subprocess.SubprocessError):
        return told
    return f"{told}, commit {commit}"


def pending_migrations():
    executor = MigrationExecutor(connection)
    return executor.migration_plan(executor.loader.graph.leaf_nodes())


def disk():
    """Free room where the files are, in words."""
    usage = shutil.disk_usage(settings.DATA_DIR)
    return f"{usage.free / GIBIBYTE:.1f} GiB of {usage.total / GIBIBYTE:.1f} GiB"


def waiting():
    """What still has to be done, as its rows tell: `[(what, how many, whether somebody should look)]`."""
    late = Mail.objects.due(timezone.now() - LATE).count()
    refused = Mail.objects.filter(state=Mail.State.REFUSED).count()
    unsent = Invitation.objects.open().filter(mailed_at=None).count()
    due = Invitation.objects.due().count()
    drawing = Brief.objects.waiting()
    broken = drawing.exclude(problem="").count()
    return [
        ("Mails past their time, which are tried again", late, late > 0),
        ("Mails that the mail server refused", refused, refused > 0),
        ("Invitations whose mail was not sent", unsent, unsent > 0),
        ("First principals whose delay is over, not yet seated", due, due > 0),
        ("Briefs that wait to be drawn", drawing.filter(problem="").count(), False),
        ("Briefs that could not be drawn", broken, broken > 0),
    ]


def setting(name):
    """A setting as one reads it: `{name, words, value, is_told}`; `is_told`: by the environment, else it is the default."""
    return {
        "name": name,
        "words": SHOWN.get(name) or SECRET.get(name, ""),
        "value": value_of(name) if name in SHOWN else "Set" if os.environ.get(name) else "Not set",
        "is_told": name in os.environ,
    }


def value_of(name):
    """A setting that may be shown, in words."""
    value = TOLD[name]() if name in TOLD else getattr(settings, name)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, list | tuple):
        value = ", ".join(dict.fromkeys(value))
    return str(value) or "None"


def database():
    told = settings.DATABASES["default"]
    if told["ENGINE"].endswith("sqlite3"):
        return f"SQLite, {told['NAME']}"
    return f"PostgreSQL at {told['HOST'] or 'this machine'}, {told['NAME']}"


def redis():
    if not settings.REDIS_URL:
        return "None: within this process alone"
    told = urlsplit(settings.REDIS_URL)
    return f"Redis at {told.hostname or told.path}" + (f", {told.path.lstrip('/')}" if told.hostname and told.path else "")


def mail():
    kind = settings.EMAIL_BACKEND.split(".")[-2]
    if kind == "smtp":
        return f"SMTP at {settings.EMAIL_HOST}, port {settings.EMAIL_PORT}"
    return {"mailbox": "Onto this demonstration’s mailbox page", "console": "Printed on the console"}.get(kind, f"By {kind}")


TOLD = {
    "DATABASE_URL": database,
    "REDIS_URL": redis,
    "EMAIL_URL": mail,
    "MPI_DATA_DIR": lambda: settings.DATA_DIR,
    "MPI_REDIS_PREFIX": lambda: settings.REDIS_PREFIX,
    "MPI_SIGN_ON_INNER_HOSTS": lambda: settings.SIGN_ON_INNER_HOSTS,
    "MPI_API_RATE": lambda: settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["person"],
    "MPI_API_RATE_ANONYMOUS": lambda: settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"]["anonymous"],
    "MPI_LIMITS_TIMES": lambda: settings.LIMITS_TIMES,
    "LOG_LEVEL": lambda: settings.LOGGING["root"]["level"],
}
