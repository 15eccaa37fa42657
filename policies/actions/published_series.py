"""The published monthly and yearly counts of a city, from this project's own copy of them. Nothing in it is filled in.

`data/rtci/SOURCE.md` says which file, at which commit, each figure was read from; those dates are the retrieval dates here."""

import calendar
import csv
import datetime as dt
import functools
from pathlib import Path

from django.db import transaction

from ..models import Direction, Frequency, PublishedFigure, PublishedSeries

DATA = Path(__file__).resolve().parent.parent / "data" / "rtci"
SOURCE = "AH Datalytics, Real-Time Crime Index"
MONTHLY_VERSION = "587e4a5"
MONTHLY_READ_ON = dt.date(2024, 10, 17)
YEARS = (2024, 2025)
OFFENCES = {  # the publisher's column: name, unit
    "murder": ("Murders reported to police", "murders"),
    "aggravated_assault": ("Aggravated assaults reported to police", "aggravated assaults"),
    "robbery": ("Robberies reported to police", "robberies"),
    "motor_vehicle_theft": ("Motor vehicle thefts reported to police", "motor vehicle thefts"),
}


@transaction.atomic
def load_published_series(city):
    """Store what is published about `city`; returns how many figures are new. Doing it again adds nothing."""
    place = (city.name, city.state)
    monthly, yearly = monthly_figures().get(place, {}), yearly_figures().get(place, {})
    made = 0
    for position, (key, (name, unit)) in enumerate(OFFENCES.items()):
        if key in monthly:
            made += _store(city, key, Frequency.MONTHLY, name, unit, position, monthly[key])
        if key in yearly:
            made += _store(city, key, Frequency.YEARLY, f"{name}, full year", unit, position + len(OFFENCES), yearly[key])
    return made


def _store(city, key, frequency, name, unit, position, figures):
    series, _ = PublishedSeries.objects.get_or_create(
        city=city,
        key=key,
        frequency=frequency,
        defaults={"name": name, "unit": unit, "direction": Direction.DECREASE, "source": SOURCE, "position": position},
    )
    known = set(series.figures.values_list("period_start", "source_version"))
    new = [each for each in figures if (each["period_start"], each["source_version"]) not in known]
    PublishedFigure.objects.bulk_create([PublishedFigure(series=series, **each) for each in new], batch_size=500)
    return len(new)


@functools.lru_cache(maxsize=1)
def monthly_figures():
    """`{(city, state): {offence: [fields of a PublishedFigure]}}`, one version, month by month."""
    told = {}
    for row in _rows("rtci_monthly.csv"):
        year, month = int(row["year"]), int(row["month"])
        for key in OFFENCES:
            figures = told.setdefault((row["city"], row["state"]), {}).setdefault(key, [])
            figures.append(
                {
                    "period_start": dt.date(year, month, 1),
                    "period_end": dt.date(year, month, calendar.monthrange(year, month)[1]),
                    "value": row[key],
                    "source": row["source"],
                    "source_version": MONTHLY_VERSION,
                    "published_on": MONTHLY_READ_ON,
                    "retrieved_on": MONTHLY_READ_ON,
                }
            )
    return told


@functools.lru_cache(maxsize=1)
def yearly_figures():
    """Full years in the form of `monthly_figures`: as first published in a snapshot through December, and as totalled later.

    A later total that says the same is kept as well: it tells that the figure was looked at again and stood."""
    told = {}
    for row in _rows("rtci_ytd_snapshots.csv"):
        year, month = map(int, row["date_through"].split("-"))
        if month == 12 and year in YEARS:
            _add_year(told, row, year, row["ytd"], "full_table_data.csv")
    for row in _rows("rtci_year_totals.csv"):
        for year in YEARS:
            if row[f"full_{year}"]:
                _add_year(told, row, year, row[f"full_{year}"], "scorecard.csv")
    return told


def _add_year(told, row, year, value, file):
    figures = told.setdefault((row["city"], row["state"]), {}).setdefault(row["indicator"], [])
    published_on = dt.date.fromisoformat(row["last_updated"][:10])
    figures.append(
        {
            "period_start": dt.date(year, 1, 1),
            "period_end": dt.date(year, 12, 31),
            "value": value,
            "source": f"RTCI {file}@{row['source_commit']}",
            "source_version": row["source_commit"],
            "published_on": published_on,
            "retrieved_on": published_on,
        }
    )


def _rows(name):
    with open(DATA / name, encoding="utf-8", newline="") as lines:
        yield from csv.DictReader(lines)
