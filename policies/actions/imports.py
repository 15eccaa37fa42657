"""Figures from CSV and XLSX files: all rows or none, each fault with its row, column and value; the same file again changes
nothing.

Two layouts. Simple: a header with `period_start`, `value` and, where given, `period_end`, `missing_reason`, `numerator`,
`denominator`, `note`, `source`, all rows for one indicator. Wide: one row a period and one column an indicator, by a mapping
`{"filter": {column: value}, "period": {"year": column, "month": column} or column, "columns": {column: indicator name}}`;
an empty cell there was not published, and nothing is stored for it."""

from contextlib import closing
from dataclasses import dataclass, field

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cohorts.models import require_rule

from .. import events
from ..models import Indicator, Observation, Revision
from ..sheets import TooLarge, Wrong, read_day, read_month, read_number, table_of, text_of
from .indicators import fill_in, revision_of

MOST_ROWS = 100_000
MOST_ERRORS = 100  # that are told; there may be more
MOST_GUESSES = 20
BATCH = 1000
SIMPLE = ("period_start", "period_end", "value", "missing_reason", "numerator", "denominator", "note", "source")
NOT_READ = [field.name for field in Observation._meta.concrete_fields if field.name not in SIMPLE]
COMPARED = ("value", "missing_reason", "numerator", "denominator", "note", "source")


@dataclass
class Report:
    """What an import did or, with errors or in a dry run, would have done. `errors`: [{row, column, value, detail}];
    `guessed`: [{row, value, read_as}], the first dates that were not in ISO form. Rows count from 1, the header."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    errors: list = field(default_factory=list)
    guessed: list = field(default_factory=list)

    def complain(self, row, column, value, detail):
        if len(self.errors) < MOST_ERRORS:
            self.errors.append({"row": row, "column": column, "value": str(value)[:200], "detail": detail})


def import_figures(file, indicators, *, mapping=None, standing=None, office=None, is_dry_run=False):
    """Read `file` (binary, seekable) into figures of `indicators`: {name: Indicator}; the simple layout takes exactly one.

    With a `standing` the figures start within that person's office, as when typed; a released one is changed only by who may
    release. Without one, as an operator does, they belong to `office` or, when that is None, are published figures.
    Returns a Report; nothing is stored when it has errors. Raises NotATable, TooLarge, ValidationError for a wrong mapping,
    PermissionDenied."""
    if standing:
        standing.require(standing.office is not None)
        mine = Indicator.objects.editable_by(standing.person).filter(pk__in=[each.pk for each in indicators.values()])
        standing.require(mine.count() == len(indicators))
        require_rule(standing.person, "allows_uploads")
        office = standing.office
    report = Report()
    with closing(table_of(file)) as table:
        figures = list(_figures(table, indicators, mapping, report))
    if report.errors:
        return Report(errors=report.errors, guessed=report.guessed)
    try:
        with transaction.atomic():
            _store(figures, indicators, office, standing, report)
            if report.errors or is_dry_run:
                transaction.set_rollback(True)
    except IntegrityError:  # a colleague entered one of these periods at the same moment
        raise ValidationError("Somebody entered figures at the same moment. Send the file again.")
    if report.errors:
        return Report(errors=report.errors, guessed=report.guessed)
    return report


# --- figures out of rows


def _figures(table, indicators, mapping, report):
    header = [str(cell).strip() for cell in next(table, [])]
    if not any(header):
        raise ValidationError({"file": "The file is empty."})
    read = _wide(header, indicators, check_mapping(mapping)) if mapping is not None else _simple(header, indicators)
    seen = {}
    for number, cells in enumerate(table, start=2):
        if number > MOST_ROWS + 1:
            raise TooLarge(f"A file has at most {MOST_ROWS:,} rows.")
        if not any(str(cell).strip() for cell in cells):
            continue
        if len(cells) > len(header) and any(str(cell).strip() for cell in cells[len(header) :]):
            report.complain(number, None, cells[len(header)], "This row has more cells than the header.")
            continue
        row = dict(zip(header, [*cells, *[""] * (len(header) - len(cells))], strict=False))
        for column, observation in read(number, row, report):
            key = (observation.indicator_id, observation.period_start, observation.period_end)
            if key in seen:
                shown = observation.period_start.isoformat()
                report.complain(number, column, shown, f"This period stands in row {seen[key]} already.")
                continue
            seen[key] = number
            observation.place = (number, column)
            yield observation


def check_mapping(mapping):
    """The mapping, once it is of the right shape; raises ValidationError."""
    shape_is_right = isinstance(mapping, dict) and mapping.keys() <= {"filter", "period", "columns"}
    if not shape_is_right or not isinstance(mapping.get("columns"), dict) or not mapping["columns"]:
        raise ValidationError({"mapping": "A mapping names “period” and “columns”, and may name a “filter”."})
    period, chosen = mapping.get("period"), mapping.get("filter", {})
    if isinstance(period, dict):
        is_period = period.keys() == {"year", "month"} and all(isinstance(column, str) for column in period.values())
    else:
        is_period = isinstance(period, str)
    if not is_period:
        raise ValidationError({"mapping": "“period” is a column, or a column for the year and one for the month."})
    if not isinstance(chosen, dict) or not all(isinstance(name, str) for name in mapping["columns"].values()):
        raise ValidationError({"mapping": "“filter” gives a value for each column, “columns” an indicator’s name."})
    return mapping


def _simple(header, indicators):
    if len(indicators) != 1:
        raise ValidationError({"indicator": "Say which indicator these figures are for."})
    (indicator,) = indicators.values()
    if missing := [name for name in ("period_start", "value") if name not in header]:
        needed = " and ".join(f"“{name}”" for name in missing)
        raise ValidationError({"file": f"The header has no {needed}. It has: {', '.join(header)[:200]}."})

    def read(number, row, report):
        fields, is_readable = {}, True
        for column, reading in (
            ("period_start", read_day),
            ("period_end", read_day),
            ("value", read_number),
            ("numerator", read_number),
            ("denominator", read_number),
        ):
            cell = row.get(column, "")
            if text_of(cell) == "":
                continue
            try:
                fields[column] = reading(cell)
            except Wrong as wrong:
                report.complain(number, column, cell, str(wrong))
                is_readable = False
                continue
            if reading is read_day:
                _tell_guess(report, number, cell, fields[column])
        if "period_start" not in fields and is_readable:
            report.complain(number, "period_start", "", "Say which period this figure is for.")
            is_readable = False
        if not is_readable:
            return
        words = {name: text_of(row.get(name, "")) for name in ("missing_reason", "note", "source")}
        observation = _check(Observation(indicator=indicator, **fields, **words), number, "value", report)
        if observation:
            yield "value", observation

    return read


def _wide(header, indicators, mapping):
    period, chosen = mapping["period"], {column: text_of(value) for column, value in mapping.get("filter", {}).items()}
    needed = [*chosen, *mapping["columns"], *(period.values() if isinstance(period, dict) else [period])]
    if missing := [column for column in needed if column not in header]:
        raise ValidationError({"mapping": f"The file has no column “{missing[0]}”. It has: {', '.join(header)[:200]}."})
    for name in mapping["columns"].values():
        if name not in indicators:
            known = "; ".join(indicators) or "none"
            raise ValidationError({"mapping": f"The tracker has no indicator “{name[:160]}”. It has: {known[:600]}."})
    if len(set(mapping["columns"].values())) < len(mapping["columns"]):
        raise ValidationError({"mapping": "Two columns are mapped to the same indicator."})

    def read(number, row, report):
        if any(text_of(row[column]) != value for column, value in chosen.items()):
            return
        try:
            if isinstance(period, dict):
                place, cell = period["month"], f"{text_of(row[period['year']])}-{text_of(row[period['month']])}"
                start = read_month(row[period["year"]], row[period["month"]])
            else:
                place, cell = period, row[period]
                start = read_day(cell)
                _tell_guess(report, number, cell, start)
        except Wrong as wrong:
            report.complain(number, place, cell, str(wrong))
            return
        for column, name in mapping["columns"].items():
            if text_of(row[column]) == "":
                continue
            try:
                value = read_number(row[column])
            except Wrong as wrong:
                report.complain(number, column, row[column], str(wrong))
                continue
            source = text_of(row.get("source", ""))
            observation = Observation(indicator=indicators[name], period_start=start, value=value, source=source)
            if observation := _check(observation, number, column, report):
                yield column, observation

    return read


def _check(observation, number, column, report):
    """The figure with what follows from the rest, or None when it is refused."""
    try:
        fill_in(observation)
        observation.clean_fields(exclude=[name for name in SIMPLE if getattr(observation, name) in (None, "")] + NOT_READ)
        observation.clean()
    except ValidationError as error:
        for name, messages in error.message_dict.items():
            value = getattr(observation, name, "") if name in SIMPLE else ""
            report.complain(number, name if name in SIMPLE else column, "" if value is None else value, " ".join(messages))
        return None
    if observation.period_end < observation.period_start:
        report.complain(number, "period_end", observation.period_end, "A period ends on or after the day it starts.")
    elif observation.value is None and not observation.missing_reason:
        report.complain(number, "value", "", "Give a figure, or say why it is not available.")
    elif observation.value is not None and observation.missing_reason:
        report.complain(number, "missing_reason", observation.missing_reason, "Give a figure or the reason, not both.")
    else:
        return observation
    return None


def _tell_guess(report, number, cell, day):
    is_guess = isinstance(cell, str) and cell.strip() != day.isoformat()
    if is_guess and len(report.guessed) < MOST_GUESSES:
        report.guessed.append({"row": number, "value": cell.strip()[:200], "read_as": day.isoformat()})


# --- into the database


def _store(figures, indicators, office, standing, report):
    by_id = {each.pk: each for each in indicators.values()}
    stored = {
        (each.indicator_id, each.period_start, each.period_end): each
        for each in Observation.objects.select_for_update(no_key=True, of=("self",)).filter(indicator__in=by_id, office=office)
    }
    created, updated, revisions = [], [], []
    now = timezone.now()
    for figure in figures:
        known = stored.get((figure.indicator_id, figure.period_start, figure.period_end))
        if known is None:
            figure.office = office
            figure.is_released = office is None
            figure.retrieved_on = now.date() if office is None else None
            figure.entered_by = standing.person if standing else None
            created.append(figure)
        elif not any(_differs(known, figure, name) for name in COMPARED):
            report.unchanged += 1
        elif standing and known.is_released and not standing.may_sign:
            number, column = figure.place
            detail = "The figure of this period is released: only a principal or delegate of your office changes it."
            report.complain(number, column, figure.value, detail)
        else:
            if known.is_released and known.value != figure.value:
                revisions.append(revision_of(known))
            for name in COMPARED:
                if _is_given(figure, name) or name in ("value", "missing_reason"):
                    setattr(known, name, getattr(figure, name))
            if office is None:
                known.source_version, known.retrieved_on = "", now.date()
            known.version += 1
            known.updated_at = now
            updated.append(known)
    Observation.objects.bulk_create(created, batch_size=BATCH)
    Observation.objects.bulk_update(
        updated, [*COMPARED, "source_version", "retrieved_on", "version", "updated_at"], batch_size=BATCH
    )
    Revision.objects.bulk_create(revisions, batch_size=BATCH)
    report.created, report.updated = len(created), len(updated)
    told = {(figure.indicator_id, figure.is_released): figure for figure in [*created, *updated]}
    for figure in told.values():  # one for each indicator and ring: pages read the whole indicator again
        figure.indicator = by_id[figure.indicator_id]
        events.observation_changed(figure, standing)


def _differs(known, figure, name):
    """Whether the file says something else; what it leaves out it does not take away."""
    if name in ("value", "missing_reason") or _is_given(figure, name):
        return getattr(known, name) != getattr(figure, name)
    return False


def _is_given(figure, name):
    return getattr(figure, name) not in (None, "")
