"""The demonstration's cohorts, cities, offices and accounts. Names are roles; nobody real is named."""

import csv
import datetime as dt
from functools import cache

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.utils import timezone

from cohorts.actions.agreements import write_agreement
from cohorts.actions.cities import add_city, known_cities
from cohorts.actions.cohorts import enrol_city, open_cohort
from cohorts.actions.seats import assign_researcher, create_seat, end_term, fill_seat
from cohorts.models import Administrator, Person, Seat
from cohorts.permissions import Role
from policies.actions.published_series import DATA as PUBLISHED
from policies.actions.published_series import load_published_series

from .agreements import TEXT

DOMAIN = "demo.example"
FIRST_CITY = "rochester-ny"
LARGE_COHORT = 12  # the largest cities of the published file are in the first cohort, the others in the second


@cache
def shared_password():
    return make_password(settings.MPI_DEMO_PASSWORD)


def account(local, name, zone="America/New_York"):
    """A demonstration account; all share one password, and work only while the demonstration is on."""
    return Person.objects.create(email=f"{local}@{DOMAIN}", name=name, timezone=zone, is_demo=True, password=shared_password())


def cities_by_population():
    """Slugs of the cities in the published monthly file, the largest first (by the population it covers)."""
    known = {(row["city"], row["state"]): row for row in known_cities()}
    with open(PUBLISHED / "rtci_monthly.csv", encoding="utf-8") as lines:
        population = {(row["city"], row["state"]): int(row["population"]) for row in csv.DictReader(lines)}
    return [known[place] for place in sorted(population, key=population.get, reverse=True)]


def build_cohorts(today):
    """Both cohorts with their enrolments, seats and accounts. Returns the two cohorts."""
    year = dt.timedelta(days=365)
    dates = {"starts_on": today - year // 2, "ends_on": today + year}
    first = open_cohort(slug="mpi-demo", name="MPI demonstration cohort", programme="initiative", is_demo=True, **dates)
    other = open_cohort(slug="pilot-demo", name="Pilot demonstration cohort", programme="pilot", is_demo=True, **dates)
    staff_cohorts(first, other, today)
    for cohort, facilitator in ((first, "facilitator.nlc"), (other, "facilitator.other")):
        writer = Person.objects.get(email=f"{facilitator}@{DOMAIN}")
        write_agreement(cohort, writer, text=TEXT, edition=1)
    rows = cities_by_population()
    enrolments = [enrol(first, row, today) for row in rows[:LARGE_COHORT]]
    for row in rows[LARGE_COHORT:]:
        enrol(other, row, today)
    assign_researchers(first, enrolments)
    return first, other


def enrol(cohort, row, today):
    city, mayor, prosecutor = add_city(row)
    load_published_series(city)
    enrolment = enrol_city(cohort, city, mayor, prosecutor)
    title = prosecutor.title
    staff = [
        ("mayor", f"Mayor of {city.name}", mayor, Role.PRINCIPAL, "Mayor"),
        ("mayor-chief", f"{city.name} mayor’s chief of staff", mayor, Role.DELEGATE, "Chief of staff"),
        ("mayor-staff", f"{city.name} mayor’s policy adviser", mayor, Role.STAFF, "Policy adviser"),
        ("records", f"{city.name} records officer", mayor, Role.RECORDS_OFFICER, "Records officer"),
        ("it", f"{city.name} IT contact", mayor, Role.IT_CONTACT, "IT contact"),
        ("prosecutor", f"{city.name} {title}", prosecutor, Role.PRINCIPAL, title),
        ("prosecutor-chief", f"{city.name} first assistant", prosecutor, Role.DELEGATE, "First assistant"),
        ("prosecutor-staff", f"{city.name} policy analyst, {title}", prosecutor, Role.STAFF, "Policy analyst"),
    ]
    for local, name, office, role, printed in staff:
        person = account(f"{local}.{city.slug}", f"{name} (demo)", city.timezone)
        seat = create_seat(role, printed, office=office)
        starts_on = today - dt.timedelta(days=400)
        if (local, city.slug) == ("mayor", FIRST_CITY):
            former = account(f"former.{city.slug}", f"Former mayor of {city.name} (demo)", city.timezone)
            last = today - dt.timedelta(days=200)
            term = fill_seat(seat, former, title=printed, starts_on=starts_on, ends_on=last)
            end_term(term, timezone.now() - dt.timedelta(days=200))
            starts_on = last + dt.timedelta(days=1)
        ends_on = today + dt.timedelta(days=60 if local == "prosecutor" and city.slug == FIRST_CITY else 800)
        fill_seat(seat, person, title=printed, starts_on=starts_on, ends_on=ends_on)
    return enrolment


def staff_cohorts(first, other, today):
    since = today - dt.timedelta(days=180)

    def seat(local, name, role, title, cohort):
        fill_seat(create_seat(role, title, cohort=cohort), account(local, name), title=title, starts_on=since)

    seat("facilitator.nlc", "NLC facilitator (demo)", Role.FACILITATOR, "Facilitator, NLC", first)
    seat("facilitator.iip", "IIP facilitator (demo)", Role.FACILITATOR, "Facilitator, IIP", first)
    seat("facilitator.other", "Pilot facilitator (demo)", Role.FACILITATOR, "Facilitator", other)
    seat("researcher.one", "Researcher one (demo)", Role.RESEARCHER, "Researcher", first)
    seat("researcher.two", "Researcher two (demo)", Role.RESEARCHER, "Researcher", first)
    Administrator.objects.create(person=account("admin", "Administrator (demo)"))


def assign_researchers(cohort, enrolments):
    """Half of the cities to each."""
    one, two = Seat.objects.filter(cohort=cohort, role=Role.RESEARCHER).order_by("terms__person__email")
    for number, enrolment in enumerate(sorted(enrolments, key=lambda each: each.slug != FIRST_CITY)):
        assign_researcher(one if number % 2 == 0 else two, enrolment)
