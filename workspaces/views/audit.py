"""A trail: who did what for whom, when and from where. A city's, for those of its two offices who may read it, and the
platform's own, for administrators."""

from zoneinfo import ZoneInfo

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from cohorts.models import AuditEntry
from cohorts.views import administration
from cohorts.views.asking import asked_before_export
from cohorts.views.files import as_file

from ..actions.audit import download_platform_trail, download_trail
from ..forms.audit import TrailForm
from ..reading import clock_of, read_entry
from .doors import around, enter

ENTRIES_A_PAGE = 50
CSV = "text/csv; charset=utf-8"


@login_required
def index(request, slug):
    standing, form = come_in(request, slug)
    context = around(standing, "audit") | page_of(
        request, form, reverse("workspaces:audit", args=[slug]), reverse("workspaces:audit-csv", args=[slug])
    )
    return render(request, "workspaces/audit/index.html", context, status=200 if form.is_valid() else 422)


@require_GET
@login_required
@asked_before_export
def download(request, slug):
    """The same acts as a file, all pages of them."""
    standing, form = come_in(request, slug)
    return as_file(download_trail(standing, form.narrowed()), f"{slug}-audit-trail.csv", CSV)


def come_in(request, slug):
    standing = enter(request, slug)
    standing.require(standing.may_read_audit)
    entries = AuditEntry.objects.acts(request.user).of_pair(standing.workspace.enrolment)
    return standing, TrailForm(request.GET, zone=clock_of(standing.workspace), entries=entries)


@administration.for_administrators
def platform(request):
    form = of_platform(request)
    context = administration.around("audit") | page_of(
        request, form, reverse("workspaces:platform-audit"), reverse("workspaces:platform-audit-csv")
    )
    return render(request, "workspaces/audit/platform.html", context, status=200 if form.is_valid() else 422)


@require_GET
@administration.for_administrators
@asked_before_export
def download_platform(request):
    form = of_platform(request)
    return as_file(download_platform_trail(request.user, form.narrowed(), form.zone), "platform-audit-trail.csv", CSV)


def of_platform(request):
    entries = AuditEntry.objects.acts(request.user).of_platform()
    return TrailForm(request.GET, zone=ZoneInfo(request.user.timezone), entries=entries)


# --- what both share


def page_of(request, form, here, file):
    """Template context of a page of what `form` lets through. `here` and `file`: the addresses of the page and the file."""
    pages = Paginator(form.narrowed(), ENTRIES_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    kept = request.GET.copy()
    kept.pop("page", None)

    def address_of(number):
        return f"{here}?{kept.urlencode()}{'&' if kept else ''}page={number}"

    return {
        "form": form,
        "entries": [read_entry(entry, form.zone) for entry in page],
        "is_narrowed": any(kept.values()),
        "all_url": here,
        "csv_url": f"{file}?{kept.urlencode()}".rstrip("?"),
        "newer_url": address_of(page.previous_page_number()) if page.has_previous() else "",
        "older_url": address_of(page.next_page_number()) if page.has_next() else "",
        "place": f"{page.start_index()} to {page.end_index()} of {pages.count}",
    }
