"""The library."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render

from workspaces.models import Workspace

from ..models import Intervention, researching_term


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
    for intervention in found.with_evidence():
        for problem in intervention.problem_areas or ["other"]:
            shelves.setdefault(problem, []).append(intervention)
    return render(
        request,
        "policies/interventions/index.html",
        {"shelves": sorted(shelves.items()), "leads": Intervention.Lead.choices, "lead": lead, "words": words},
    )


@login_required
def detail(request, slug):
    interventions = Intervention.objects.open_to(request.user).with_evidence()
    intervention = get_object_or_404(interventions.prefetch_related("playbook", "indicator_templates"), slug=slug)
    return render(
        request,
        "policies/interventions/detail.html",
        {
            "intervention": intervention,
            "ratings": intervention.outcome_ratings,
            "is_researcher": researching_term(request.user) is not None,
            "openable": Workspace.objects.granting("edit_city_work", request.user),
        },
    )
