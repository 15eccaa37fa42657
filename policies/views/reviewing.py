"""What the pages of evidence reviews share: who comes in, and how a verb's refusal is said."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from cohorts.models import Conflict

from ..actions.evidence_reviews import require_researcher
from ..models import EvidenceReview, Intervention

PAGES = "policies/evidence_reviews"


def review_or_404(request, pk):
    """The review, for whoever may read it."""
    Intervention.objects.open_to(request.user)
    reviews = EvidenceReview.objects.visible_to(request.user).select_related("intervention", "supersedes", "next_edition")
    return get_object_or_404(reviews, pk=pk)


def own_review(request, pk):
    """The review, for one of its authors: others who read it may not change it, to anybody else it is not there."""
    Intervention.objects.open_to(request.user)
    require_researcher(request.user)
    review = review_or_404(request, pk)
    if not review.authors.filter(person=request.user).exists():
        raise PermissionDenied
    return review


def page_of_form(request, name, context, form, status=200):
    return render(request, f"{PAGES}/{name}.html", context, status=422 if form.errors else status)


def attempted(form, verb, *args, **told):
    """`(is_done, newer)`. What the verb refused stands on the form; where somebody saved meanwhile, `newer` is what they saved,
    and the form stands on it."""
    try:
        verb(*args, **told)
    except ValidationError as error:
        form.complain(error)
    except Conflict as stopped:
        stand_on(form, stopped.current.version)
        return False, stopped.current
    else:
        return True, None
    return False, None


def done(request, form, review, words, verb, *args, **told):
    """Do it and go back to the review; None where the verb refused, which the form then says."""
    try:
        verb(*args, **told)
    except ValidationError as error:
        form.complain(error)
    except Conflict:
        form.add_error(None, "Somebody else changed this meanwhile. Look at it again.")
    else:
        messages.success(request, words)
        return redirect("policies:review", review.pk)


def deed(request, review, words, verb, *args, **told):
    """A button without a form: do it, or say on the page why not."""
    try:
        verb(*args, **told)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
    except Conflict:
        messages.error(request, "Somebody else changed this meanwhile. Look at it again.")
    else:
        messages.success(request, words)
    return redirect("policies:review", review.pk)


def stand_on(form, version):
    """Let what was typed stand on the newer `version`: saving once more is done knowing both."""
    form.data = form.data.copy()
    form.data["version"] = version
