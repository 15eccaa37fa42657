"""An office leaves a cohort: what happens is said before, and its principal signs."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from cohorts.actions.departures import leave_cohort, who_leaves
from cohorts.forms.departures import DepartureForm
from cohorts.models import Enrolment
from cohorts.views.asking import asked_again

from .offices import office_of


@login_required
@asked_again
def create(request, pk, slug):
    office = office_of(request, pk)
    pairs = Enrolment.objects.known_to(request.user).of_office(office)
    enrolment = get_object_or_404(pairs.select_related("cohort", "city", "mayor_office", "prosecutor_office"), slug=slug)
    who_leaves(request.user, office)
    form = DepartureForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            leave_cohort(enrolment, office, request.user, reason=form.cleaned_data["reason"])
        except ValidationError as error:
            form.add_error(None, error)
        else:
            messages.success(request, f"Signed. The office has left {enrolment.cohort}, and the others are told.")
            return redirect("workspaces:office", office.pk)
    other = next(each for each in enrolment.offices if each != office)
    context = {"office": office, "other": other, "enrolment": enrolment, "form": form}
    return render(request, "workspaces/offices/leave.html", context, status=422 if form.errors else 200)
