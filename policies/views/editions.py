"""An edition’s way: to its readers and back, published, followed by the next, or thrown away."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from ..actions.editions import begin_edition, publish_review, return_review, submit_review
from ..actions.evidence_reviews import discard_review, require_researcher
from ..forms.evidence_reviews import DeclarationForm, PublishForm
from ..forms.readings import ReturnForm
from .reviewing import deed, done, own_review, page_of_form, review_or_404


@login_required
@require_POST
def publish(request, pk):
    review = own_review(request, pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Read it once more before you publish it.")
        return redirect("policies:review", pk)
    return deed(
        request,
        review,
        "Published. Everyone of the library reads it at this address from now on.",
        publish_review,
        review,
        request.user,
        version=form.cleaned_data["version"],
    )


@login_required
@require_POST
def submit(request, pk):
    review = own_review(request, pk)
    form = PublishForm(request.POST)
    if not form.is_valid():
        messages.error(request, "Read it once more before you give it to its readers.")
        return redirect("policies:review", pk)
    told = "It is in review. Researchers who neither wrote it nor advise a city that adopted it can read it now."
    return deed(request, review, told, submit_review, review, request.user, version=form.cleaned_data["version"])


@login_required
def send_back(request, pk):
    """Back to a draft: taken back by an author, or returned by a reader with a reason."""
    review = review_or_404(request, pk)
    require_researcher(request.user)
    is_author = review.authors.filter(person=request.user).exists()
    if not (is_author or review.readings.filter(reader=request.user, round=review.round).submitted().exists()):
        raise PermissionDenied
    form = ReturnForm(request.POST or None, initial={"version": review.version})
    form.fields["reason"].required = not is_author
    if request.method == "POST" and form.is_valid():
        told = "It is a draft again."
        if answer := done(request, form, review, told, return_review, review, request.user, **form.cleaned_data):
            return answer
    context = {"review": review, "form": form, "title": "Take it back" if is_author else "Return it to its authors"}
    context |= {"button": context["title"], "lead": "It becomes a draft again. The next round is read afresh."}
    return page_of_form(request, "form", context, form)


@login_required
def next_edition(request, pk):
    """Begin the edition after a published one."""
    review = review_or_404(request, pk)
    require_researcher(request.user)
    form = DeclarationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            draft = begin_edition(review, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The draft holds all of the edition before. Say what changed, and why.")
            return redirect("policies:review-edit", draft.pk)
    context = {"review": review, "form": form, "title": "Begin the next edition", "button": "Declare and begin"}
    context["lead"] = "It starts with all that this edition says. This one stays in force until the next is published."
    return page_of_form(request, "form", context, form)


@login_required
@require_POST
def discard(request, pk):
    review = own_review(request, pk)
    slug = review.intervention.slug
    try:
        discard_review(review, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("policies:review", pk)
    messages.success(request, "The draft is gone.")
    return redirect("policies:intervention", slug)
