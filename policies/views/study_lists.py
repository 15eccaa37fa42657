"""Studies by the file and by DOI, and a review's studies as a file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from cohorts.views.files import as_file

from ..actions.study_lists import add_by_doi, bring_in, look_up_again, looked_through, upload_list
from ..exports import studies_as
from ..forms.study_lists import ChosenForm, DoiForm, ListForm
from .reviewing import deed, own_review, page_of_form, review_or_404


@login_required
def create(request, pk):
    """Upload a file of references."""
    review = own_review(request, pk)
    form = ListForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            found = upload_list(review, request.user, name=file.name, data=file.read())
        except ValidationError as error:
            form.add_error("file", error.messages)
        else:
            return redirect("policies:review-list", pk, found.pk)
    context = {"review": review, "form": form, "title": "Studies from a file", "button": "Look through it"}
    return page_of_form(request, "form", context, form)


@login_required
def detail(request, pk, list_pk):
    """Each record of the file with what is known of it; the chosen ones are brought in."""
    review = own_review(request, pk)
    found = get_object_or_404(review.study_lists.select_related("review"), pk=list_pk)
    rows = looked_through(found)
    form = ChosenForm(request.POST if request.method == "POST" else None, rows=rows)
    if request.method == "POST" and form.is_valid():
        try:
            brought = bring_in(found, request.user, form.cleaned_data["records"])
        except ValidationError as error:
            form.complain(error)
        else:
            count = len(brought)
            messages.success(
                request, f"{count} stud{'y is' if count == 1 else 'ies are'} in. Say of each what it found, and score it."
            )
            return redirect("policies:review", pk)
    chosen = set(request.POST.getlist("records")) if form.is_bound else None
    for row in rows:
        row["is_chosen"] = row["may_take"] and (chosen is None or str(row["number"]) in chosen)
    context = {"review": review, "found": found, "rows": rows, "form": form, "can_take": any(row["may_take"] for row in rows)}
    return page_of_form(request, "list", context, form)


@login_required
def by_doi(request, pk):
    review = own_review(request, pk)
    form = DoiForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            add_by_doi(review, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The study is in. Its details are filled in as soon as they are found.")
            return redirect("policies:review", pk)
    context = {"review": review, "form": form, "title": "A study by its DOI", "button": "Add it"}
    return page_of_form(request, "form", context, form)


@login_required
@require_POST
def ask_again(request, pk, number):
    review = own_review(request, pk)
    row = get_object_or_404(review.studies.select_related("review", "study"), pk=number)
    return deed(request, review, "It is looked up once more.", look_up_again, row, request.user)


@login_required
def export(request, pk, kind):
    """The studies of a review as a file, for whoever reads the review."""
    review = review_or_404(request, pk)
    try:
        content, content_type = studies_as(kind, review)
    except KeyError:
        raise Http404
    name = f"{slugify(review.title)[:60] or 'review'}-edition-{review.edition or 'draft'}.{kind}"
    return as_file(content, name, f"{content_type}; charset=utf-8")
