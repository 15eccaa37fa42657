"""What the process that does the jobs tells of itself, for an administrator: that it is at work, and what went wrong in it."""

import datetime as dt

from django.utils import timezone
from huey import crontab
from huey.contrib.djhuey import HUEY, db_periodic_task
from huey.signals import SIGNAL_ERROR

ALIVE, FAILED = "mpi.alive", "mpi.failed"
KEPT = 20
SILENCE = dt.timedelta(minutes=3)  # after which it counts as gone


@db_periodic_task(crontab(minute="*"))
def say_alive():
    HUEY.put(ALIVE, timezone.now())


@HUEY.signal(SIGNAL_ERROR)
def keep_failure(signal, task, error=None, **kwargs):
    """Its name and the kind of error: what it says may hold somebody's words, and stands in the log alone."""
    failure = {"at": timezone.now(), "job": task.name, "error": type(error).__name__}
    HUEY.put(FAILED, [failure, *(HUEY.get(FAILED, peek=True) or [])][:KEPT])


def jobs():
    """`{waiting, is_alive, alive_at, failed: [{at, job, error}]}`, the newest failure first."""
    alive_at = HUEY.get(ALIVE, peek=True)
    return {
        "waiting": HUEY.pending_count() + HUEY.scheduled_count(),
        "alive_at": alive_at,
        "is_alive": alive_at is not None and timezone.now() - alive_at < SILENCE,
        "failed": HUEY.get(FAILED, peek=True) or [],
    }
