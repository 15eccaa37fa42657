"""Invitations of many from a CSV file: checked row by row, and sent all together or not at all."""

import csv
import io
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction

from .. import letters
from ..models import Office
from ..permissions import INVITED_BY_COHORT, Role
from .invitations import prepare, require_inviter

COLUMNS = ("email", "role", "office", "title", "term_days", "contact")
NEEDED = ("email", "role")
MOST_BYTES = 256 * 1024
MOST_ROWS = 100
FORMULA = ("=", "+", "-", "@", "\t", "\r")


class NotAList(Exception):
    """The file cannot be read as a list of invitations; says why in a sentence."""


class Undo(Exception):
    """Takes back what a check wrote."""


@dataclass
class Report:
    """`ready`: the invitations, sent or (in a dry run) as they would be. `errors`: {row, column, value, detail}."""

    ready: list = field(default_factory=list)
    errors: list = field(default_factory=list)

    def complain(self, number, column, value, detail):
        self.errors.append({"row": number, "column": column, "value": value[:200], "detail": detail})


def invite_many(by, cohort, content, *, is_dry_run):
    """Invite everyone in `content`, the bytes of a CSV file. Raises PermissionDenied, or NotAList."""
    require_inviter(by, None, cohort)
    rows = read_rows(content)
    report = Report()
    try:
        with transaction.atomic():
            mails = list(prepare_all(by, cohort, rows, report))
            if report.errors or is_dry_run:
                raise Undo
            letters.send(mails)
    except Undo:
        pass
    return report


def read_rows(content):
    """`[(row number, {column: cell})]`; the first row names the columns."""
    if len(content) > MOST_BYTES:
        raise NotAList("The file has more than 256 KB.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise NotAList("The file is not UTF-8 text. Save it as “CSV UTF-8”.")
    first = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=";" if first.count(";") > first.count(",") else ",")
    try:
        lines = [(number, [cell.strip(" \u00a0") for cell in line]) for number, line in enumerate(reader, 1)]
    except csv.Error:
        raise NotAList("The file cannot be read as CSV.")
    lines = [(number, line) for number, line in lines if any(line)]
    if not lines:
        raise NotAList("The file is empty.")
    names = [name.lower() for name in lines[0][1]]
    for name in names:
        if name not in COLUMNS or names.count(name) > 1:
            raise NotAList(f"The first row names the columns: {', '.join(COLUMNS)}. “{name[:40]}” is not one, or stands twice.")
    if missing := [name for name in NEEDED if name not in names]:
        raise NotAList(f"The first row names the columns. This one is missing: {missing[0]}.")
    rows = lines[1:]
    if not rows:
        raise NotAList("The file has no row below the names of its columns.")
    if len(rows) > MOST_ROWS:
        raise NotAList(f"The file has more than {MOST_ROWS} rows. Send it in parts.")
    return [(number, dict(zip(names, line + [""] * len(names), strict=False))) for number, line in rows]


def prepare_all(by, cohort, rows, report):
    offices = {}
    for office in Office.objects.in_cohort(cohort):
        offices.setdefault(office.name.casefold(), office)
    seen = {}
    for number, row in rows:
        if formulas := [(column, cell) for column, cell in row.items() if cell.startswith(FORMULA)]:
            for column, cell in formulas:
                report.complain(number, column, cell, "A cell must not start with =, +, - or @: a spreadsheet would run it.")
            continue
        told, wrong = read_row(row, offices)
        email = row["email"].lower()
        if email in seen:
            wrong.append(("email", f"This address stands in row {seen[email]} already."))
        seen.setdefault(email, number)
        for column, detail in wrong:
            report.complain(number, column, row.get(column, ""), detail)
        if not wrong:
            yield from prepare_one(by, cohort, number, row, told, report)


def read_row(row, offices):
    """What `prepare` takes, and `[(column, complaint)]`."""
    wrong, told = [], {"email": row["email"], "title": row.get("title", ""), "contact": row.get("contact", "")}
    for column in ("email", "contact"):
        try:
            if told[column] or column == "email":
                validate_email(told[column])
        except ValidationError:
            wrong.append((column, "This is not an e-mail address."))
    role, name, days = row["role"].casefold(), row.get("office", ""), row.get("term_days", "")
    if name and name.casefold() not in offices:
        wrong.append(("office", "No office of this cohort has this name. Write it as it stands on the cohort’s page."))
    if role == Role.PRINCIPAL:
        if not name:
            wrong.append(("office", "Name the office that this principal leads."))
        told["office"] = offices.get(name.casefold())
    elif role in INVITED_BY_COHORT:
        told["role"] = Role(role)
        if name:
            wrong.append(("office", "A facilitator or researcher belongs to the cohort: leave the office empty."))
    else:
        wrong.append(("role", "Write principal, facilitator or researcher. Each office invites its other people itself."))
    if days and not (days.isascii() and days.isdecimal() and len(days) < 6):
        wrong.append(("term_days", "Write a number of days, or leave it empty."))
    elif days:
        told["term_days"] = int(days)
    return told, wrong


def prepare_one(by, cohort, number, row, told, report):
    try:
        with transaction.atomic():
            invitation, token = prepare(by, cohort=cohort, **told)
    except ValidationError as error:
        for column, details in getattr(error, "message_dict", {"": error.messages}).items():
            shown = column if column in row else ""
            for detail in details:
                report.complain(number, shown, row.get(shown, ""), detail)
    else:
        report.ready.append(invitation)
        yield letters.invitation_letter(invitation, token), invitation
