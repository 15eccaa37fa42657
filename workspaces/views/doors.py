"""The door of every page of a workspace: who comes in, as what, and what stands around the page's own content."""

from functools import wraps

from django.db.models import Exists, OuterRef
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse

from cohorts.models import AdministrativeReading

from ..models import Standing, Stream, Topic, Workspace
from ..tabs import tabs_of


def enter(request, slug) -> Standing:
    """The person's standing in the workspace; a 404 when it is not theirs to know of. Before both offices have signed the
    participation agreement every page leads to it (`NotOpenYet`)."""
    return Standing.of(request.user, workspace_or_404(request.user, slug))


def come_to_the_door(request, slug) -> Standing:
    """As `enter`, before the workspace opens too: for the pages of its participation agreement alone."""
    return Standing.at_the_door(request.user, workspace_or_404(request.user, slug))


def workspace_or_404(person, slug):
    readings = AdministrativeReading.objects.open().filter(enrolment=OuterRef("enrolment"))
    workspaces = (
        Workspace.objects.known_to(person)
        .select_related(
            "cohort",
            "convening__cohort",
            "enrolment__city",
            "enrolment__cohort",
            "enrolment__mayor_office",
            "enrolment__prosecutor_office",
        )
        .annotate(is_read_by_administrator=Exists(readings))
    )
    return get_object_or_404(workspaces, slug=slug)


def around(standing, tab) -> dict:
    """Template context: `workspace`, `standing`, `tabs` (none before it opens), `administrative_readings` and `live`, with what
    is unread. Call it before reading content: the stream heads in `live` must not be newer than what the page shows."""
    workspace = standing.workspace
    live = live_of(standing.person, workspace)
    unread = Topic.objects.visible_in(workspace, standing.person).counts_for(standing.person)
    new = sum(counts["unread"] for counts in unread.values())
    return {
        "workspace": workspace,
        "standing": standing,
        "tabs": [] if standing.is_pending else tabs_of(standing, tab, unread=new),
        "administrative_readings": readings_of(workspace) if workspace.is_read_by_administrator else (),
        "live": live | {"unread": unread, "counts": reverse("workspace-unread", args=[workspace.slug])},
    }


def readings_of(workspace):
    """Which administrators read it now: whoever works here sees that, and why."""
    return AdministrativeReading.objects.open().filter(enrolment=workspace.enrolment_id).select_related("person")


def live_of(person, workspace) -> dict:
    """What the page's script needs to listen to `workspace`; one query, to be asked before the page's content."""
    return {
        "socket": f"/ws/workspaces/{workspace.slug}/",
        "events": f"/api/v1/workspaces/{workspace.slug}/events/",
        "page": reverse("workspaces:detail", args=[workspace.slug]),
        "streams": Stream.objects.visible_in(workspace, person).heads(),
        "workspace": workspace.slug,
        "me": str(person.pk),
    }


def lands(model, topic=""):
    """Around the view of a thing at `…/SLUG/…/PK/`: where it is not there any more, because its topic was moved, they are led
    to where it is, if they see it there. `topic` is the way from a row of `model` to its topic: “topic__”."""

    def around_view(view):
        @wraps(view)
        def landing(request, slug, pk, **more):
            try:
                return view(request, slug, pk, **more)
            except Http404:
                if request.method not in ("GET", "HEAD"):
                    raise
                moved = model.objects.visible_to(request.user).filter(pk=pk, **{f"{topic}move_note__gt": ""})
                now_at = moved.values_list(f"{topic}workspace__slug", flat=True).first()
                if now_at in (None, slug):
                    raise
                match = request.resolver_match
                query = f"?{request.GET.urlencode()}" if request.GET else ""
                return redirect(reverse(match.view_name, kwargs=match.kwargs | {"slug": now_at}) + query)

        return landing

    return around_view
