"""Jobs. Each does what a waiting row says; a job that is lost is found again by its row."""

from huey import crontab
from huey.contrib.djhuey import db_periodic_task, db_task

from .actions import doi_look_ups
from .briefs import drawing


@db_task()
def draw(pk):
    drawing.draw_brief(pk)


@db_task()
def look_up_doi(pk):
    doi_look_ups.look_up(pk)


@db_periodic_task(crontab(minute="*"))
def sweep():
    drawing.draw_left_over()
    doi_look_ups.look_up_left_over()
