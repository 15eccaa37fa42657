"""The audit trail of a workspace as a file."""

import csv
import io

from django.db import transaction

from cohorts.actions.audit import record_act

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
    workspace, zone = standing.workspace, clock_of(standing.workspace)
    lines = io.StringIO()
    table = csv.writer(lines)
    table.writerow(COLUMNS)
    for entry in entries:
        told = read_entry(entry, workspace) | {"at": entry.at.astimezone(zone).isoformat(timespec="seconds")}
        table.writerow([as_text(told[name]) for name in COLUMNS.values()])
    subject = ("workspace", workspace.pk, workspace.name)
    record_act("trail.downloaded", standing.office, by=standing.person, term=standing.term, subject=subject)
    return lines.getvalue()


def as_text(cell):
    return f"'{cell}" if cell.startswith(FORMULA) else cell
