"""What a review concludes, outcome by outcome."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from .. import criteria
from ..actions.evidence_reviews import edit_outcome, rate_outcome, remove_outcome
from ..forms.evidence_reviews import OutcomeForm
from ..models import advises_adopter
from .reviewing import attempted, deed, own_review, page_of_form


@login_required
def create(request, pk):
    review = own_review(request, pk)
    return page_of_outcome(request, review, None)


@login_required
def update(request, pk, number):
    review = own_review(request, pk)
    return page_of_outcome(request, review, get_object_or_404(review.outcomes.select_related("review"), pk=number))


def page_of_outcome(request, review, rated):
    form = OutcomeForm(request.POST or None, instance=rated)
    conflict = None
    if request.method == "POST" and form.is_valid():
        if rated:
            version = form.cleaned_data["version"] or 0
            is_done, conflict = attempted(form, edit_outcome, rated, request.user, version=version, **form.told)
        else:
            is_done, conflict = attempted(form, rate_outcome, review, request.user, **form.told)
        if is_done:
            messages.success(request, "Saved.")
            return redirect("policies:review", review.pk)
    context = {
        "review": review,
        "rated": rated,
        "form": form,
        "conflict": conflict,
        "starts": criteria.CERTAINTY_STARTS,
        "sources": [criteria.RATING_SOURCE, criteria.GRADE_SOURCE],
        "is_adviser": advises_adopter(request.user, review.intervention),
    }
    return page_of_form(request, "outcome", context, form, 409 if conflict else 200)


@login_required
@require_POST
def delete(request, pk, number):
    review = own_review(request, pk)
    rated = get_object_or_404(review.outcomes.select_related("review"), pk=number)
    return deed(request, review, "Taken out.", remove_outcome, rated, request.user)
