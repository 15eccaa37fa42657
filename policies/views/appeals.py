"""Appeals against a published edition, and their answers."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404

from ..actions.appeals import answer_appeal, make_appeal, may_answer
from ..actions.evidence_reviews import require_researcher
from ..forms.appeals import AnswerForm, AppealForm
from .reviewing import done, page_of_form, review_or_404


@login_required
def create(request, pk):
    review = review_or_404(request, pk)
    if review.authors.filter(person=request.user).exists():
        raise PermissionDenied("An author begins the next edition instead.")
    form = AppealForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = "Your appeal stands on the page. Its authors answer there."
        if answer := done(request, form, review, told, make_appeal, review, request.user, **form.cleaned_data):
            return answer
    context = {"review": review, "form": form, "title": "Appeal against this review", "button": "Put it on the page"}
    context["lead"] = "Its authors answer on the page. Where you are right, the next edition says so."
    return page_of_form(request, "form", context, form)


@login_required
def answer(request, pk, appeal_pk):
    review = review_or_404(request, pk)
    require_researcher(request.user)
    if not may_answer(review, request.user):
        raise PermissionDenied
    appeal = get_object_or_404(review.appeals.select_related("review"), pk=appeal_pk)
    form = AnswerForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        told = "Answered, for everyone who reads the review."
        if answered := done(request, form, review, told, answer_appeal, appeal, request.user, **form.cleaned_data):
            return answered
    context = {"review": review, "form": form, "title": "Answer an appeal", "button": "Answer", "lead": appeal.body}
    return page_of_form(request, "form", context, form)
