"""The search box's page: over everything a person may see, or one workspace of it."""

import datetime as dt
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from ..models import Workspace
from ..search.asking import understand
from ..search.finding import find, known_marks
from ..search.kinds import searchables
from ..search.results import read_results
from .doors import around, enter

RESULTS_A_PAGE = 20
MOST_PAGES = 50
MOST_PLACES = 20  # offered to narrow by
SINCE = [("Past month", 30), ("Past year", 365)]


@login_required
def everywhere(request):
    return page_of(request, reverse("workspaces:search-everywhere"), {"frame": "base.html"})


@login_required
def index(request, slug):
    """In one workspace."""
    context = around(enter(request, slug), "search")
    return page_of(request, reverse("workspaces:search", args=[slug]), context | {"frame": "workspaces/page.html"})


def page_of(request, here, context):
    person, workspace = request.user, context.get("workspace")
    kinds = {each.key: each for each in searchables() if each.workspace or not workspace}
    kind = kinds.get(request.GET.get("kind"))
    asked = understand(request.GET.get("q", ""), known_marks(), ZoneInfo(person.timezone))
    results, number, is_more = [], page_number(request), False
    if asked:
        entries = find(person, asked, workspace=workspace, kind=kind and kind.key).named(asked.wanted)
        entries = entries.order_by("-is_named", "-at", "-pk")
        first = (number - 1) * RESULTS_A_PAGE
        entries = list(entries[first : first + RESULTS_A_PAGE + 1])
        is_more = len(entries) > RESULTS_A_PAGE and number < MOST_PAGES
        results = list(read_results(entries[:RESULTS_A_PAGE], person, asked))

    def address(**changes):
        told = {"q": asked.text, "kind": kind.key if kind else ""} | changes
        return f"{here}?{urlencode({name: value for name, value in told.items() if value})}"

    context |= {
        "here": here,
        "asked": asked,
        "kind": kind,
        "results": results,
        "narrowings": narrowings(person, asked, workspace, kind, kinds, results, address) if asked else [],
        "everywhere_url": f"{reverse('workspaces:search-everywhere')}?{urlencode({'q': asked.text})}",
        "previous_url": address(page=number - 1) if number > 1 else "",
        "next_url": address(page=number + 1) if is_more else "",
    }
    return render(request, "workspaces/search/index.html", context)


def page_number(request):
    asked = request.GET.get("page", "")
    return min(max(int(asked[:4]), 1), MOST_PAGES) if asked.isdecimal() else 1


def narrowings(person, asked, workspace, kind, kinds, results, address):
    """`[{title, links: [{label, url, is_current}]}]`: the same question of one kind, of a time, or in one place. Whoever is in
    more places than can be looked through is offered those of the `results`."""
    of_kind = [{"label": "Everything", "url": address(kind=""), "is_current": kind is None}]
    of_kind += [{"label": each.plural, "url": address(kind=key), "is_current": each is kind} for key, each in kinds.items()]
    parts = [{"title": "What", "links": of_kind}]
    if not asked.has("before", "after"):
        today = timezone.localdate()
        since = [(label, f"after:{today - dt.timedelta(days=days)}") for label, days in SINCE]
        links = [{"label": label, "url": address(q=f"{asked.text} {after}")} for label, after in since]
        parts.append({"title": "When", "links": links})
    if not workspace and not asked.has("in"):
        places = list(Workspace.objects.visible_to(person).values_list("name", "slug")[: MOST_PLACES + 1])
        if len(places) > MOST_PLACES:
            places = sorted({(result.place, result.workspace) for result in results if result.workspace})
        links = [{"label": name, "url": address(q=f"{asked.text} in:{slug}")} for name, slug in places]
        if len(links) > 1:
            parts.append({"title": "Where", "links": links})
    return parts
