"""The library."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render

from workspaces.models import Workspace

from ..models import Intervention


@login_required
def index(request):
    """The library by problem, narrowed by who leads and by words of the name or summary."""
    found = Intervention.objects.open_to(request.user)
    lead, words = request.GET.get("lead", ""), request.GET.get("q", "").strip()[:100]
    if lead in Intervention.Lead.values:
        found = found.filter(lead=lead)
    if words:
        found = found.filter(name__icontains=words) | found.filter(summary__icontains=words)
    shelves = {}
    for intervention in found.prefetch_related("studies", "clearinghouse_ratings"):
        for problem in intervention.problem_areas or ["other"]:
            shelves.setdefault(problem, []).append(intervention)
    return render(
        request,
        "policies/interventions/index.html",
        {"shelves": sorted(shelves.items()), "leads": Intervention.Lead.choices, "lead": lead, "words": words},
    )


@login_required
def detail(request, slug):
    interventions = Intervention.objects.open_to(request.user).prefetch_related(
        "playbook", "indicator_templates", "studies", "clearinghouse_ratings"
    )
    return render(
        request,
        "policies/interventions/detail.html",
        {
            "intervention": get_object_or_404(interventions, slug=slug),
            "openable": Workspace.objects.granting("edit_city_work", request.user),
        },
    )
