"""The library."""

from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, render

from workspaces.models import Workspace

from ..forms.library import LibraryForm
from ..models import Intervention, researching_term


@login_required
def index(request):
    """The library by problem, and what of it one asks for."""
    form = LibraryForm(request.GET, person=request.user, found=Intervention.objects.open_to(request.user))
    shelves = form.shelves()
    context = {"form": form, "shelves": shelves, "number": len({each.pk for _, some in shelves for each in some})}
    return render(request, "policies/interventions/index.html", context, status=200 if form.is_valid() else 422)


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
