"""The audit trail of a city: who did what for whom, when and from where."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from cohorts.models import AuditEntry
from cohorts.views.asking import asked_before_export

from ..actions.audit import download_trail
from ..forms.audit import TrailForm
from ..reading import read_entry
from .doors import around, enter

ENTRIES_A_PAGE = 50


@login_required
def index(request, slug):
    standing, form = come_in(request, slug)
    context = around(standing, "audit")
    pages = Paginator(form.narrowed(), ENTRIES_A_PAGE)
    page = pages.get_page(request.GET.get("page"))
    here = reverse("workspaces:audit", args=[slug])
    kept = request.GET.copy()
    kept.pop("page", None)

    def address_of(number):
        return f"{here}?{kept.urlencode()}{'&' if kept else ''}page={number}"

    context |= {
        "form": form,
        "entries": [read_entry(entry, standing.workspace) for entry in page],
        "is_narrowed": any(kept.values()),
        "csv_url": f"{reverse('workspaces:audit-csv', args=[slug])}?{kept.urlencode()}".rstrip("?"),
        "newer_url": address_of(page.previous_page_number()) if page.has_previous() else "",
        "older_url": address_of(page.next_page_number()) if page.has_next() else "",
        "place": f"{page.start_index()} to {page.end_index()} of {pages.count}",
    }
    return render(request, "workspaces/audit/index.html", context, status=200 if form.is_valid() else 422)


@require_GET
@login_required
@asked_before_export
def download(request, slug):
    """The same acts as a file, all pages of them."""
    standing, form = come_in(request, slug)
    response = HttpResponse(download_trail(standing, form.narrowed()), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(True, f"{slug}-audit-trail.csv")
    response["Cache-Control"] = "private, no-store"
    return response


def come_in(request, slug):
    standing = enter(request, slug)
    standing.require(standing.may_read_audit)
    entries = AuditEntry.objects.acts(request.user).of_pair(standing.workspace.enrolment)
    return standing, TrailForm(request.GET, workspace=standing.workspace, entries=entries)
