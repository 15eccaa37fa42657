"""From a waiting row to a stored PDF. The row is the work: a job draws it, and a sweep takes up what a killed worker left."""

import datetime as dt
import logging

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from .. import events
from ..models import Brief
from .compose import brief_sha256, compose_brief
from .render import render_pdf

log = logging.getLogger(__name__)

GRACE = dt.timedelta(minutes=2)  # how long a drawing may take before the sweep believes its worker dead
NOT_DRAWN = "The PDF could not be made. Nothing is lost; choose “Draw it again”."


def draw_brief(pk):
    """Compose and draw a waiting brief; returns whether it was drawn. Safe to run twice: the first to finish is the one.

    Content that the stored PDF already shows is not drawn again. A failure is kept in `problem`, in plain words."""
    waiting = Brief.objects.waiting().filter(pk=pk)
    brief = waiting.select_related(
        "workspace__enrolment__city",
        "workspace__enrolment__cohort",
        "workspace__enrolment__mayor_office",
        "workspace__enrolment__prosecutor_office",
    ).first()
    if brief is None:
        return False
    try:
        content = compose_brief(brief)
        sha256 = brief_sha256(content)
        is_drawn = bool(brief.pdf) and brief.pdf_sha256 == sha256 and brief.pdf.storage.exists(brief.pdf.name)
        drawing = None if is_drawn else render_pdf(content, sha256, is_draft=True)
        return keep(brief, content, sha256, drawing)
    except Exception:  # whatever goes wrong while drawing, the person who waits is told
        log.exception("brief_not_drawn", extra={"brief": str(pk)})
        give_up(brief)
        return False


def keep(brief, content, sha256, drawing):
    """Store what was drawn, unless the brief was edited or drawn by somebody else meanwhile."""
    with transaction.atomic():
        current = Brief.objects.select_for_update(no_key=True).get(pk=brief.pk)
        if current.status != Brief.Status.DRAFTING:
            return False
        if current.version != brief.version:  # edited while it was drawn: the editor's own job draws the newer words
            return False
        former = current.pdf.name
        current.content, current.sha256 = content, sha256
        current.status, current.problem = Brief.Status.DRAFT, ""
        if drawing:
            current.pdf.save("brief.pdf", ContentFile(drawing.pdf), save=False)
            current.pdf_sha256, current.pages = sha256, drawing.pages
            if former:
                transaction.on_commit(lambda: current.pdf.storage.delete(former))
        current.save_without_historical_record()
        events.brief_updated(current, None)
    return drawing is not None


def give_up(brief):
    with transaction.atomic():
        current = Brief.objects.select_for_update(no_key=True).get(pk=brief.pk)
        if current.status == Brief.Status.DRAFTING and current.version == brief.version:
            current.problem = NOT_DRAWN
            current.save_without_historical_record()
            events.brief_updated(current, None)


def draw_left_over(grace=GRACE):
    """Draw the briefs that wait for longer than `grace` and whose drawing did not fail; returns how many were drawn."""
    left = Brief.objects.waiting().filter(problem="", updated_at__lte=timezone.now() - grace)
    return sum(draw_brief(pk) for pk in left.values_list("pk", flat=True))
