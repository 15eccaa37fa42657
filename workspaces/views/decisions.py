"""The decision log of a city: what both offices agreed, and what waits for one of them."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from ..actions.decisions import confirm, enter_decision, mark_agreement, take_mark_back
from ..forms.decisions import DecisionForm
from ..models import Decision
from ..reading import read_decision
from .doors import around, enter
from .messages import done, in_topic, message_or_404, page_of

DECISIONS_A_PAGE = 30


@login_required
def index(request, slug):
    """POST enters what was decided by phone or in a meeting."""
    standing = enter(request, slug)
    if not standing.workspace.enrolment_id:
        raise Http404
    if request.method != "POST":
        return log(request, standing)
    standing.require(standing.signing_term is not None)
    form = DecisionForm(request.POST, standing=standing)
    if form.is_valid():
        try:
            enter_decision(standing=standing, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, "Entered for your office. It becomes a decision when the other office confirms it.")
            return redirect("workspaces:decisions", slug)
    return log(request, standing, form, status=422)


def log(request, standing, form=None, status=200):
    context = around(standing, "decisions")
    here = Decision.objects.visible_to(standing.person).filter(message__topic__workspace=standing.workspace)
    decisions = here.select_related("message__topic", "proposed_by").with_confirmations()
    page = Paginator(decisions, DECISIONS_A_PAGE).get_page(request.GET.get("page"))
    signing = standing.signing_term
    rows = [row(decision, standing, signing) for decision in page]
    return render(
        request,
        "workspaces/decisions/index.html",
        context
        | {
            "waiting": [row for row in rows if not row["is_made"]],
            "made": [row for row in rows if row["is_made"]],
            "may_enter": signing is not None,
            "office": signing and signing.seat.office,
            "form": form or DecisionForm(standing=standing),
            "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
            "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
        },
        status=status,
    )


def row(decision, standing, signing):
    """Context of `_decision.html`."""
    told = read_decision(decision, standing.workspace)
    message = decision.message
    return told | {
        "is_asked": signing is not None and not told["is_made"] and signing.seat.office_id not in told["agreed"],
        "proposed_by": decision.proposed_by.name,
        "topic": message.topic.title,
        "url": in_topic(standing, message),
    }


@require_POST
@login_required
def create(request, slug, pk):
    """Mark a message as a working agreement."""
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    try:
        mark_agreement(message, standing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return page_of(request, standing, pk, status=422)
    return done(request, standing, message)


@require_POST
@login_required
def remove(request, slug, pk):
    """Take the mark off a message again."""
    standing = enter(request, slug)
    decision = decision_or_404(standing, pk)
    try:
        take_mark_back(decision, standing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return done(request, standing, decision.message)


@require_POST
@login_required
def yes(request, slug, pk):
    """Confirm for one's office."""
    standing = enter(request, slug)
    decision = confirm(decision_or_404(standing, pk), standing)
    if request.htmx:
        return done(request, standing, decision.message)
    if decision.decided_at:
        messages.success(request, "Both offices have confirmed: it is a decision now.")
    else:
        messages.success(request, "Confirmed for your office. It waits for the other one.")
    return redirect("workspaces:decisions", slug)


def decision_or_404(standing, pk):
    decisions = Decision.objects.visible_to(standing.person).filter(message__topic__workspace=standing.workspace)
    return get_object_or_404(decisions.select_related("message__topic"), pk=pk)
