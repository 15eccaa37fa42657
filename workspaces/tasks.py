"""Jobs. Each does what a waiting row says; a job that is lost is found again by its row."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from .actions.attachments import discard_left_over, sweep_storage
from .files import drawing
from .mails.planning import plan_news
from .mails.sending import send_due


@db_task()
def send_mails():
    send_due()


@db_task()
def draw_pictures(pk):
    drawing.draw_pictures(pk)


@db_periodic_task(crontab(minute="*"))
def sweep_attachments():
    drawing.draw_left_over()
    discard_left_over()


@db_periodic_task(crontab(hour="4", minute="12"))
def sweep_files():
    sweep_storage()


@db_periodic_task(crontab(minute="*"))
def sweep_mails():
    plan_news()
    send_due()
