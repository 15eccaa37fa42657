"""Jobs. Each does what a waiting row says; a job that is lost is found again by its row."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task

from . import limits
from .actions.invitations import fill_due_seats


@db_periodic_task(crontab(minute="*"))
def seat_first_principals():
    fill_due_seats()


@db_periodic_task(crontab(minute="7"))
def remove_old_tries():
    limits.remove_old_tries()
