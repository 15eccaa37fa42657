"""A review’s studies: entered by hand, taken from the library, scored, put right. By file and by DOI: `study_lists`."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cohorts.models import Conflict

from .. import criteria
from ..actions.evidence_reviews import STUDY_FIELDS, add_study, edit_study, remove_study, take_studies
from ..forms.evidence_reviews import CorrectionForm, ScoreForm, StudyForm, TakeForm
from .reviewing import attempted, deed, done, own_review, page_of_form, stand_on


@login_required
def create(request, pk):
    review = own_review(request, pk)
    form = StudyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            row = add_study(review, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The study is in. Score it next.")
            return redirect("policies:review-study", pk, row.pk)
    context = {"review": review, "form": form, "title": "Enter a study", "button": "Add it"}
    context["lead"] = "One result, one outcome. A study of two outcomes is entered twice."
    return page_of_form(request, "form", context, form)


@login_required
def take(request, pk):
    """Take studies that the library has already."""
    review = own_review(request, pk)
    form = TakeForm(request.POST or None, review=review)
    if request.method == "POST" and form.is_valid():
        told = "The studies are in. Score each of them next."
        if answer := done(request, form, review, told, take_studies, review, request.user, form.cleaned_data["studies"]):
            return answer
    context = {"review": review, "form": form, "title": "Take studies from the library", "button": "Take them"}
    context["is_empty"] = not form.fields["studies"].queryset.exists()
    return page_of_form(request, "form", context, form)


@login_required
def score(request, pk, number):
    """Score a study, with what it says beside."""
    review = own_review(request, pk)
    row = get_object_or_404(review.studies.select_related("study", "review"), pk=number)
    form = ScoreForm(request.POST or None, instance=row)
    conflict = None
    if request.method == "POST" and form.is_valid():
        version = form.cleaned_data["version"]
        is_done, conflict = attempted(form, edit_study, row, request.user, version=version, **form.told)
        if is_done:
            messages.success(request, "Scored.")
            return redirect("policies:review", pk)
    context = {
        "review": review,
        "row": row,
        "form": form,
        "conflict": conflict,
        "may_correct": row.study.entered_for_id == review.pk,
        "sources": [criteria.DESIGN_SOURCE, criteria.RIGOUR_SOURCE],
    }
    return page_of_form(request, "study", context, form, 409 if conflict else 200)


@login_required
def correct(request, pk, number):
    """Put right what is said of a study that was entered for this draft."""
    review = own_review(request, pk)
    row = get_object_or_404(review.studies.select_related("study", "review"), pk=number, study__entered_for=review)
    form = CorrectionForm(request.POST or None, instance=row.study, version=row.version)
    if request.method == "POST" and form.is_valid():
        told = {name: form.cleaned_data[name] for name in STUDY_FIELDS}
        try:
            edit_study(row, request.user, version=form.cleaned_data["version"], study=told)
        except ValidationError as error:
            form.complain(error)
        except Conflict as stopped:
            now = review.studies.select_related("study").filter(pk=row.pk).first()
            said = f"It now reads: {now.study.citation}" if now else "It was taken out"
            form.add_error(None, f"This changed while you were writing. {said}. Save again to put yours in its place.")
            stand_on(form, stopped.current.version)
        else:
            messages.success(request, "Put right.")
            return redirect("policies:review", pk)
    context = {"review": review, "form": form, "title": "Put a study right", "button": "Save"}
    return page_of_form(request, "form", context, form)


@login_required
@require_POST
def delete(request, pk, number):
    review = own_review(request, pk)
    row = get_object_or_404(review.studies.select_related("review"), pk=number)
    return deed(request, review, "Taken out.", remove_study, row, request.user)
