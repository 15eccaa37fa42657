"""What people do with briefs. Each verb leaves a row that says `drafting`; a job draws it."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cohorts.actions.audit import record_act
from workspaces.models import Workspace

from .. import events, tasks
from ..models import Brief

PARAGRAPHS = ("narrative", "mayor_paragraph", "prosecutor_paragraph")


def may_draft(standing):
    """Principals, delegates and staff of the two offices, and the cohort's facilitators."""
    return standing.may_edit or standing.may_facilitate


def editable_fields(standing):
    """The joint paragraph is for whoever may draft; an office's own paragraph is for that office alone."""
    if not may_draft(standing):
        return []
    return ["narrative"] + ([f"{standing.office_kind}_paragraph"] if standing.may_edit and standing.office_kind else [])


@transaction.atomic
def draft_brief(standing, *, period_start, period_end, scope=Brief.Scope.CITY, tracker=None, narrative=""):
    """Ask for the brief of a period; it is numbered at once and drawn by a job.

    Raises PermissionDenied unless the person may draft, ValidationError for a period that has not begun or is out of order."""
    standing.require(may_draft(standing))
    workspace = Workspace.objects.select_for_update(no_key=True, of=("self",)).get(pk=standing.workspace.pk)
    latest = Brief.objects.filter(workspace=workspace).aggregate(number=Max("number"))["number"] or 0
    brief = Brief(
        workspace=workspace,
        scope=scope,
        tracker=tracker,
        number=latest + 1,
        period_start=period_start,
        period_end=period_end,
        narrative=narrative.strip(),
        drafted_by=standing.person,
        term=standing.term,
    )
    if workspace.kind != Workspace.Kind.CITY:
        raise ValidationError("A brief belongs to a city’s workspace.")
    if period_start and period_start > timezone.localdate():
        raise ValidationError({"period_start": "This period has not begun."})
    brief.full_clean()
    brief.save()
    events.brief_updated(brief, standing)
    ask_for_drawing(brief, standing)
    return brief


@transaction.atomic
def edit_brief(brief, standing, *, version, **changes):
    """Change paragraphs, and have the brief drawn with them.

    Raises PermissionDenied for a paragraph that is not the person's to write, Conflict when somebody saved since `version`,
    ValidationError for a brief that is no longer a draft."""
    changed = {field: words.strip() for field, words in changes.items() if words.strip() != getattr(brief, field)}
    if not may_draft(standing) or changed.keys() - set(editable_fields(standing)):
        raise PermissionDenied
    check_is_draft(brief)
    for field, words in changed.items():
        setattr(brief, field, words)
    brief.status = Brief.Status.DRAFTING
    brief.problem = ""
    brief.save_version(version)
    events.brief_updated(brief, standing)
    ask_for_drawing(brief, standing)
    return brief


@transaction.atomic
def redraw(brief, standing):
    """Compose the brief again from the city's data of today, and draw it when that changed anything."""
    standing.require(may_draft(standing))
    brief = Brief.objects.select_for_update(no_key=True).get(pk=brief.pk)
    check_is_draft(brief)
    brief.status = Brief.Status.DRAFTING
    brief.problem = ""
    brief.save()
    events.brief_updated(brief, standing)
    ask_for_drawing(brief, standing)
    return brief


def check_is_draft(brief):
    if brief.status not in (Brief.Status.DRAFTING, Brief.Status.DRAFT):
        raise ValidationError("This brief is no longer a draft. Its words stay as they are.")


@transaction.atomic
def download_brief(brief, standing=None):
    """The stored PDF, told in the trail as an export; without a standing it is written at the server."""
    with brief.pdf.open("rb") as stored:  # a few dozen KB, in one piece: a stream of files is not for ASGI
        content = stored.read()
    record_brief("brief.downloaded", brief, standing)
    return content


def record_brief(action, brief, standing):
    subject = ("brief", brief.pk, f"brief {brief.number}")
    by, term = (standing.person, standing.term) if standing else (None, None)
    record_act(action, brief.workspace.enrolment, by=by, term=term, subject=subject, number=brief.number)


def ask_for_drawing(brief, standing):
    """Wake the worker once the row is committed. Should that fail, the row is there and the sweep finds it."""
    record_brief("brief.drawn", brief, standing)
    transaction.on_commit(lambda: tasks.draw(str(brief.pk)), robust=True)
