"""What permission costs on a page: as it is, beside the same page with who holds what known beforehand and its rows named by
their place alone. Both pages read the same. On PostgreSQL, at 10 and at 1,000 cities with 100,000 things between them."""

import re
from contextlib import ExitStack, contextmanager
from unittest import mock

from django.apps import apps
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from cohorts.models import holdings
from cohorts.models.holdings import Kept
from tests.cast import give_factor
from workspaces.models import Audience, Workspace

from . import cities
from .timing import median_ms

SIZES = (10, 1_000)
AT_MOST = 1.10  # of the page without it
# How a row of each kind names its workspace and, where it has one, its ring.
PLACES = {
    "Topic": ("workspace", "audience"),
    "Message": ("topic__workspace", "topic__audience"),
    "Stream": ("workspace", "audience"),
    "SignOff": ("workspace", None),
    "Brief": ("workspace", None),
    "CheckIn": ("workspace", None),
    "Tracker": ("workspace", None),
    "Action": ("tracker__workspace", None),
    "Indicator": ("tracker__workspace", None),
}
NOT_THE_SAME_TWICE = re.compile(r'csrfmiddlewaretoken" value="\w+"|X-CSRFToken": "\w+"|data-ends-in="\d+"')


def run():
    rows = []
    for many in SIZES:
        call_command("flush", interactive=False, verbosity=0)
        print(f"Building {many} cities …", flush=True)
        cohort, facilitator, mayor, workspace = cities.build(many)
        give_factor(facilitator, mayor)
        cities.settle()
        here = [workspace.slug]
        pages = [
            ("home", mayor, reverse("home")),
            ("workspace", mayor, reverse("workspaces:detail", args=here)),
            ("trackers", mayor, reverse("policies:trackers", args=here)),
            ("search", mayor, f"{reverse('workspaces:search-everywhere')}?q=court+reminder"),
            ("API, topics", mayor, f"/api/v1/topics/?workspace={workspace.slug}"),
            ("workspace", facilitator, reverse("workspaces:detail", args=here)),
            ("trackers", facilitator, reverse("policies:trackers", args=here)),
            ("search", facilitator, f"{reverse('workspaces:search-everywhere')}?q=court+reminder"),
            ("cockpit", facilitator, reverse("policies:cohort", args=[cohort.slug])),
        ]
        rows += [measure(many, page, person, address, person == facilitator) for page, person, address in pages]
    check(rows)
    return rows


def measure(many, page, person, address, sees_all):
    client = Client()
    client.force_login(person)
    queries, body = ask(client, address)
    with without_permission(person, sees_all):
        bare_queries, bare_body = ask(client, address)
    assert body == bare_body, f"{page} of {person} shows something else without permission"

    def bare():
        with without_permission(person, sees_all):
            client.get(address)

    ours, baseline = median_ms(lambda: client.get(address), bare, runs=15 if page != "cockpit" else 5)
    return {
        "cities": many,
        "page": page,
        "of": "facilitator" if sees_all else "mayor",
        "queries": queries,
        "without": bare_queries,
        "ms": ours,
        "without ms": baseline,
        "ratio": ours / baseline,
    }


def ask(client, address):
    client.get(address)  # what somebody holds is read once
    with CaptureQueriesContext(connection) as captured:
        answer = client.get(address)
    assert answer.status_code == 200, (address, answer.status_code)
    return len(captured), NOT_THE_SAME_TWICE.sub("", answer.content.decode())


_known = {}


@contextmanager
def without_permission(person, sees_all):
    """Who holds what is known, and rows are asked by the workspaces they stand in: of a facilitator, who is in all of them, by
    the ring alone."""
    if person.pk not in _known:
        keys = list(Workspace.objects.visible_to(person).values_list("pk", flat=True))
        _known[person.pk] = Kept.read(person, None, timezone.now()), keys
    kept, keys = _known[person.pk]

    def seen(place, ring):
        def visible_to(rows, person):
            rows = rows if sees_all else rows.filter(**{f"{place}__in": keys})
            return rows.filter(**{ring: Audience.WORKSPACE}) if ring and sees_all else rows

        return visible_to

    def in_one(ring):
        def visible_in(rows, workspace, person):
            rows = rows.filter(workspace=workspace)
            return rows.filter(**{ring: Audience.WORKSPACE}) if ring and sees_all else rows

        return visible_in

    with ExitStack() as patched:
        patched.enter_context(mock.patch.object(holdings, "look_up", lambda person: kept))
        kinds = {type(Workspace.objects.all()): ("pk", None)}
        for name, place in PLACES.items():
            app = next(app for app in ("workspaces", "policies") if name.lower() in apps.all_models[app])
            kinds[type(apps.get_model(app, name).objects.all())] = place
        for kind, place in kinds.items():
            patched.enter_context(mock.patch.object(kind, "visible_to", seen(*place)))
            patched.enter_context(mock.patch.object(kind, "visible_in", in_one(place[1]), create=True))
        yield


def check(rows):
    """The promises: a tenth of the page at most, and no more queries with more cities, members or rows."""
    few, most = (
        {(row["page"], row["of"]): row["queries"] for row in rows if row["cities"] == many} for many in (SIZES[0], SIZES[-1])
    )
    for row in rows:
        if row["ratio"] > AT_MOST:
            print(f"  over a tenth: {row['page']} of the {row['of']} at {row['cities']} cities, {row['ratio']:.2f}")
    for page, queries in few.items():
        if most[page] != queries:
            print(f"  more queries with more cities: {page}, {queries} and {most[page]}")
