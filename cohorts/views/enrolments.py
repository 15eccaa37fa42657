"""A city comes into a cohort, as a pair."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from ..actions.cohorts import enrol_pair
from ..forms.enrolments import CityForm, PairForm
from .asking import asked_again
from .invitations import around_cohort, cohort_or_refuse, posted


@login_required
@asked_again
def create(request, slug):
    """First which city (`?city=`), then its two offices, with the city beside them."""
    cohort = cohort_or_refuse(request.user, slug)
    context = around_cohort(cohort, request.user)
    which = CityForm(posted(request) or (request.GET if "city" in request.GET else None))
    if not which.is_valid():
        return render(request, "cohorts/enrolments/city.html", context | {"form": which}, status=422 if which.errors else 200)
    form = PairForm(posted(request), city=which.chosen)
    if form.is_valid():
        try:
            enrolment = enrol_pair(cohort, request.user, **form.told())
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"{enrolment.city} is enrolled. Now invite the first principal of each office.")
            return redirect("cohorts:cohort-invitation-new", slug)
    context["opens"] = (
        "The pair’s workspace opens once both offices have signed the participation agreement. Its people come by invitation."
        if cohort.agreements.exists()
        else "The pair’s workspace opens at once, empty. Its people come by invitation."
    )
    slug = which.cleaned_data["city"]
    context |= {"form": form, "city": which.chosen, "slug": slug, "name": dict(which.fields["city"].choices)[slug]}
    return render(request, "cohorts/enrolments/form.html", context, status=422 if form.errors else 200)
