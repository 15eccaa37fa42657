"""The cities this project knows from its own data, with the offices of their pair."""

import csv
from pathlib import Path

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.text import slugify

from ..models import City, Office

DATA = Path(__file__).resolve().parent.parent / "data"


def known_cities():
    """Rows of `cities.csv` as dicts, each with its `slug` and `timezone`."""
    with open(DATA / "city_timezones.csv", encoding="utf-8") as lines:
        zones = {row["slug"]: row["timezone"] for row in csv.DictReader(lines)}
    with open(DATA / "cities.csv", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            slug = slugify(f"{row['city']} {row['state']}")
            yield row | {"slug": slug, "timezone": zones[slug]}


def found_city(row):
    """A city of `known_cities()`, without offices."""
    return City.objects.create(
        slug=row["slug"],
        name=row["city"],
        state=row["state"],
        county=row["county"],
        geoid=row["place_geoid"],
        latitude=row["latitude"],
        longitude=row["longitude"],
        population=row["population"],
        population_year=row["population_year"],
        timezone=row["timezone"],
    )


def new_city(*, name, state, timezone):
    """A city that is not among the known ones."""
    slug = slugify(f"{name} {state}")
    if City.objects.filter(slug=slug).exists() or any(row["slug"] == slug for row in known_cities()):
        raise ValidationError({"name": f"{name}, {state} is in the list. Choose it there."})
    city = City(slug=slug, name=name, state=state, timezone=timezone)
    city.full_clean()
    city.save()
    return city


def offices_of(row):
    """What is known of the two offices of a city of `known_cities()`: `{kind: fields}`."""
    title, jurisdiction = row["chief_prosecutor_title"], row["prosecutor_jurisdiction"]
    return {
        Office.Kind.MAYOR: {"name": f"{row['city']} mayor’s office", "title": "Mayor"},
        Office.Kind.PROSECUTOR: {"name": f"{title}’s office, {jurisdiction}", "title": title, "jurisdiction": jurisdiction},
    }


def open_office(kind, city, **fields):
    office = Office(kind=kind, timezone=city.timezone, **fields)
    office.full_clean()
    office.save()
    office.cities.add(city)
    return office


@transaction.atomic
def add_city(row):
    """A city of `known_cities()` with its mayor's and its prosecutor's office: `(city, mayor's, prosecutor's)`.

    The prosecutor's title and jurisdiction are general knowledge until the office confirms them."""
    city = found_city(row)
    return city, *(open_office(kind, city, **fields) for kind, fields in offices_of(row).items())
