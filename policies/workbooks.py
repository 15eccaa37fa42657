"""A tracker as a file: exactly what one person may see of it, as a workbook with its sheets, or its actions alone as CSV."""

import datetime as dt
import io
from decimal import Decimal

from workspaces.models import SignOff
from workspaces.reading import clock_of

from .models import Action, Observation, Stage
from .references import write_csv

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
KINDS = ("xlsx", "csv")
WIDEST = 60  # characters of a column as it opens
NOTHING = "There is nothing here yet."


def tracker_as(kind, tracker, person):
    """`(content, content type)`. Raises KeyError for a kind that there is not."""
    if kind not in KINDS:
        raise KeyError(kind)
    if kind == "csv":
        return write_csv(actions_of(tracker, person) or [{NOTHING: ""}]), "text/csv; charset=utf-8"
    sheets = {
        "Tracker": fields_of(tracker),
        "Actions": actions_of(tracker, person),
        "Figures": figures_of(tracker, person),
        "Sign-offs": sign_offs_of(tracker, person),
    }
    return write_xlsx(sheets), XLSX


def fields_of(tracker):
    """`tracker` as `tracker_of` reads it, with its intervention and the seats that answer for it."""
    told = {
        "Title": tracker.title,
        "City": tracker.workspace.name,
        "Problem": tracker.problem_statement,
        "Intervention": tracker.intervention.name if tracker.intervention else "",
        "Who decides": tracker.get_decided_by_display(),
        "Stage": tracker.get_stage_display(),
        "Health": tracker.get_health_display(),
        "Note on its health": tracker.health_note,
        "Answers for the mayor’s office": tracker.mayor_owner.name if tracker.mayor_owner else "",
        "Answers for the prosecutor’s office": tracker.prosecutor_owner.name if tracker.prosecutor_owner else "",
        "Work starts": tracker.starts_on,
        "Target date": tracker.target_on,
    }
    return [{"What": name, "As it stands": value} for name, value in told.items()]


def actions_of(tracker, person):
    """In order; an action names those it waits for by their numbers. Two queries, whatever their number."""
    zone = clock_of(tracker.workspace)
    asked = Action.objects.visible_to(person).filter(tracker=tracker)
    actions = list(asked.select_related("owner__office", "created_by").prefetch_related("depends_on"))
    numbers = {action.pk: number for number, action in enumerate(actions, 1)}
    return [
        {
            "Number": numbers[action.pk],
            "Action": action.title,
            "Whose": action.get_office_display(),
            "Seat": f"{action.owner.name}, {action.owner.office.name}" if action.owner else "",
            "Due": action.due_on,
            "Status": action.get_status_display(),
            "Done when": action.done_when,
            "Done on": action.done_at and action.done_at.astimezone(zone).date(),
            "Waits for": ", ".join(str(numbers[each.pk]) for each in action.depends_on.all() if each.pk in numbers),
            "Added by": action.created_by.name,
        }
        for action in actions
    ]


def figures_of(tracker, person):
    """Every figure that `person` sees: those released, and those of their own office."""
    observations = Observation.objects.visible_to(person).filter(indicator__tracker=tracker)
    return [
        {
            "Indicator": each.indicator.name,
            "Unit": each.indicator.unit,
            "From": each.period_start,
            "To": each.period_end,
            "Value": each.value,
            "Not available, because": each.missing_reason,
            "Numerator": each.numerator,
            "Denominator": each.denominator,
            "Provisional": "yes" if each.is_provisional else "",
            "Entered by": each.office.name if each.office else "",
            "Seen by": "the workspace" if each.is_released or not each.office else each.office.name,
            "Source": each.source,
            "Note": each.note,
        }
        for each in observations.select_related("indicator", "office").order_by(
            "indicator__is_context", "indicator__name", "indicator", "period_start", "office__name"
        )
    ]


def sign_offs_of(tracker, person):
    zone = clock_of(tracker.workspace)
    asked = SignOff.objects.visible_to(person).filter(subject_kind="stage_change", subject_id=tracker.pk)
    return [
        {
            "Proposed on": each.created_at.astimezone(zone).date(),
            "By": each.proposed_by.name,
            "From": Stage(each.content["from_stage"]).label,
            "To": Stage(each.content["to_stage"]).label,
            "Why": each.content.get("rationale", ""),
            "How it stands": each.get_status_display(),
            "Signatures": "; ".join(words_of(signature, zone) for signature in each.signatures.all()),
        }
        for each in asked.select_related("proposed_by").prefetch_related("signatures").order_by("created_at")
    ]


def words_of(signature, zone):
    words = f"{signature.name}, {signature.title}: {signature.get_decision_display().lower()} on "
    words += f"{signature.signed_at.astimezone(zone).date():%B %-d, %Y}"
    return words + "".join(f" ({each})" for each in (signature.reservation, signature.reason) if each)


def write_xlsx(sheets):
    """`{name: rows of one shape}` as a workbook. Words stay words: nothing in it is run."""
    from openpyxl import Workbook  # noqa: PLC0415 (slow to import, and needed by few requests)
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE, WriteOnlyCell  # noqa: PLC0415
    from openpyxl.styles import Font  # noqa: PLC0415
    from openpyxl.utils import get_column_letter  # noqa: PLC0415

    def cell_of(sheet, value):
        if value is None or isinstance(value, dt.date | Decimal | int):
            return WriteOnlyCell(sheet, value)
        cell = WriteOnlyCell(sheet, ILLEGAL_CHARACTERS_RE.sub("", value))
        cell.data_type = "s"  # what begins with “=” would be a formula
        return cell

    book = Workbook(write_only=True)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.freeze_panes = "A2"
        heads = list(rows[0]) if rows else [NOTHING]
        for number, head in enumerate(heads, 1):
            longest = max([len(head), *(len(str(row[head])) for row in rows if row[head] is not None)])
            sheet.column_dimensions[get_column_letter(number)].width = min(longest, WIDEST) + 2
        named = [cell_of(sheet, head) for head in heads]
        for cell in named:
            cell.font = Font(bold=True)
        sheet.append(named)
        for row in rows:
            sheet.append([cell_of(sheet, value) for value in row.values()])
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()
