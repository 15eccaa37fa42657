"""Legal holds of an office, for its records officer."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cohorts.views.asking import asked_again

from ..actions.legal_holds import holding, lift_hold, place_hold
from ..forms.legal_holds import HoldForm
from ..models import LegalHold
from .offices import office_of


@login_required
@asked_again
def index(request, pk):
    """The office's holds; POST places one."""
    office = office_of(request, pk)
    holding(office, request.user)
    form = HoldForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            place_hold(office, request.user, matter=form.cleaned_data["matter"])
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "Placed. Nothing that your office reads is destroyed until it is lifted.")
            return redirect("workspaces:holds", pk)
    rows = LegalHold.objects.visible_to(request.user).filter(office=office).select_related("placed_by", "lifted_by", "term")
    context = {
        "office": office,
        "where": [{"label": office.name, "url": reverse("workspaces:office", args=[office.pk])}],
        "form": form,
        "open": [hold for hold in rows if hold.lifted_at is None],
        "lifted": [hold for hold in rows if hold.lifted_at],
    }
    return render(request, "workspaces/legal_holds/index.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@asked_again
def lift(request, pk):
    hold = get_object_or_404(LegalHold.objects.visible_to(request.user).select_related("office"), pk=pk)
    lift_hold(hold, request.user)
    messages.success(request, "Lifted.")
    return redirect("workspaces:holds", hold.office_id)
