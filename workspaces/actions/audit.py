"""A trail as a file: a workspace's, and the platform's own."""

import csv
import io

from django.db import transaction

from cohorts.actions.administrators import require_administrator
from cohorts.actions.audit import PLATFORM, record_act

from ..reading import clock_of, read_entry

COLUMNS = {
    "When": "at",
    "What happened": "sentence",
    "Kind of act": "kind",
    "Who": "who",
    "Title": "title",
    "For whom": "for_whom",
    "From which address": "address",
    "Who reads it": "readers",
}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for one, at the beginning of a cell


@transaction.atomic
def download_trail(standing, entries):
    """`entries` as CSV, which is itself an act in the trail of the person's own office.

    Raises PermissionDenied unless the trail is theirs to read."""
    standing.require(standing.may_read_audit)
    workspace = standing.workspace
    lines = as_csv(entries, clock_of(workspace))
    subject = ("workspace", workspace.pk, workspace.name)
    record_act("trail.downloaded", standing.office, by=standing.person, term=standing.term, subject=subject)
    return lines


@transaction.atomic
def download_platform_trail(by, entries, zone):
    """`entries` of the platform's own trail as CSV, which is itself an act there. Raises PermissionDenied."""
    require_administrator(by)
    lines = as_csv(entries, zone)
    record_act("trail.downloaded", PLATFORM, by=by, subject=("platform", None, "the platform"))
    return lines


def as_csv(entries, zone):
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(COLUMNS)
    for entry in entries:
        told = read_entry(entry, zone) | {"at": entry.at.astimezone(zone).isoformat(timespec="seconds")}
        table.writerow([as_text(told[name]) for name in COLUMNS.values()])
    return lines.getvalue()


def as_text(cell):
    return f"'{cell}" if cell.startswith(FORMULA) else cell
