"""The named cast. Alder and Birch are in one cohort, Cedar in another.

Ada and Amos: Alder's mayor's office (principal, staff). Ben and Bea: Alder's prosecutor's office (principal, delegate).
Rhea: records officer of Alder's mayor's office. Cleo: mayor of Birch; Carl: prosecutor of Birch. Dora: mayor of Cedar.
Finn: facilitator. Nora: researcher assigned to Alder; Omar: researcher of the same cohort, assigned to Birch.
Gus: guest of one convening. Ivy: administrator. Otto: held Ada's seat before her."""

import copy
import datetime as dt
import time
from types import SimpleNamespace
from zoneinfo import ZoneInfo

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.contrib.auth.models import Permission
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.utils import timezone

from cohorts.actions.cohorts import enrol_city, open_cohort
from cohorts.actions.convenings import open_convening
from cohorts.actions.seats import assign_researcher, create_seat, end_term, fill_seat
from cohorts.models import Administrator, City, Office, Person
from workspaces.models import Standing, Workspace

EVERYONE = ["ada", "amos", "ben", "bea", "rhea", "cleo", "carl", "dora", "finn", "nora", "omar", "gus", "ivy", "otto"]


def day_here():
    """The day it is where the cast lives and reads; by UTC it is the next one for some hours of every night."""
    return timezone.localdate(timezone=ZoneInfo("America/New_York"))


def person(name):
    return Person.objects.create_user(f"{name}@example.org", name.capitalize())


def give_factor(*people):
    """An authenticator app for each, without which nobody with a seat or a role comes in."""
    Authenticator.objects.bulk_create(
        Authenticator(user=who, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"}) for who in people
    )


def come_in(client, who):
    """Sign `who` in on the test client, as somebody who was asked again just now and may sign."""
    client.force_login(who)
    session = client.session
    session["account_authentication_methods"] = [{"method": "mfa", "at": time.time(), "reauthenticated": True}]
    session["account_authentication_methods_user"] = str(who.pk)
    session.save()


def city(name, state="NY"):
    return City.objects.create(slug=f"{name}-{state}".lower(), name=name.capitalize(), state=state, population=100_000)


def pair(place):
    name = place.name
    mayor = Office.objects.create(kind="mayor", name=f"{name} mayor’s office", title="Mayor")
    prosecutor = Office.objects.create(
        kind="prosecutor", name=f"{name} County District Attorney’s office", title="District Attorney"
    )
    mayor.cities.add(place)
    prosecutor.cities.add(place)
    return mayor, prosecutor


def seat(who, role, title, **home):
    held = create_seat(role, title, **home)
    fill_seat(held, who, title=title, starts_on=dt.date(2025, 1, 1))
    return held


class Cast(SimpleNamespace):
    def standing(self, name, workspace=None):
        return Standing.of(getattr(self, name), workspace or self.alder)


class Kept:
    """The cast as it was first built: its rows, and the objects made then. Building it by the verbs takes half a second, which
    a thousand tests would each pay; the rows alone are put back in a tenth of that. Where permissions have other keys than
    then (emptying the tables makes them anew), it is built again."""

    permissions = rows = cast = None

    def bring(self):
        permissions = dict(Permission.objects.values_list("pk", "codename"))
        if permissions != self.permissions:
            self.permissions = permissions
            before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in kept_models()}
            self.cast = build_cast()
            self.rows = {model: list(model._base_manager.exclude(pk__in=keys)) for model, keys in before.items()}
        else:
            with transaction.atomic():
                for model, rows in self.rows.items():
                    model._base_manager.bulk_create(copy.deepcopy(rows))
        return copy.deepcopy(self.cast)


kept = Kept()


def kept_models():
    """Every table but those that migrations fill."""
    models = apps.get_models(include_auto_created=True)
    return [model for model in models if not model._meta.proxy and model not in (ContentType, Permission)]


def build_cast():
    """Everyone, as attributes of one object: people by first name, `alder`, `birch`, `cedar` (workspaces), `cohort`, `other`
    (cohorts), `convening`, `offices` {"alder": (mayor's, prosecutor's), …}, `seats` {first name: Seat}, and
    `standing(name, workspace=None)`."""
    made = Cast(seats={}, offices={})
    for name in EVERYONE:
        setattr(made, name, person(name))
    give_factor(*(getattr(made, name) for name in EVERYONE))
    dates = {"starts_on": dt.date(2026, 1, 1), "ends_on": dt.date(2027, 12, 31)}
    made.cohort = open_cohort(slug="first", name="First cohort", programme="initiative", **dates)
    made.other = open_cohort(slug="other", name="Other cohort", programme="pilot", **dates)
    for name, cohort in (("alder", made.cohort), ("birch", made.cohort), ("cedar", made.other)):
        place = city(name)
        made.offices[name] = pair(place)
        made.__dict__[name] = Workspace.objects.get(enrolment=enrol_city(cohort, place, *made.offices[name]))
    mayor, prosecutor = made.offices["alder"]
    otto = create_seat("principal", "Mayor", office=mayor)
    former = fill_seat(otto, made.otto, title="Mayor", starts_on=dt.date(2022, 1, 1), ends_on=dt.date(2025, 12, 31))
    end_term(former, timezone.make_aware(dt.datetime(2025, 12, 31)))
    fill_seat(otto, made.ada, title="Mayor", starts_on=dt.date(2026, 1, 1))
    made.seats["ada"] = otto
    made.seats |= {
        "amos": seat(made.amos, "staff", "Policy adviser", office=mayor),
        "rhea": seat(made.rhea, "records", "Records officer", office=mayor),
        "ben": seat(made.ben, "principal", "District Attorney", office=prosecutor),
        "bea": seat(made.bea, "delegate", "First assistant", office=prosecutor),
        "cleo": seat(made.cleo, "principal", "Mayor", office=made.offices["birch"][0]),
        "carl": seat(made.carl, "principal", "District Attorney", office=made.offices["birch"][1]),
        "dora": seat(made.dora, "principal", "Mayor", office=made.offices["cedar"][0]),
        "finn": seat(made.finn, "facilitator", "Facilitator", cohort=made.cohort),
        "nora": seat(made.nora, "researcher", "Researcher", cohort=made.cohort),
        "omar": seat(made.omar, "researcher", "Researcher", cohort=made.cohort),
    }
    assign_researcher(made.seats["nora"], made.alder.enrolment)
    assign_researcher(made.seats["omar"], made.birch.enrolment)
    soon = timezone.now() + dt.timedelta(days=20)
    made.convening = open_convening(
        made.cohort,
        slug="september",
        title="September convening",
        kind="in_person",
        starts_at=soon,
        ends_at=soon + dt.timedelta(hours=8),
        timezone="America/New_York",
        venue="City hall",
    )
    made.seats["gus"] = seat(made.gus, "guest", "Panelist", convening=made.convening)
    Administrator.objects.create(person=made.ivy)
    return made
