"""Second readings: taking a place, one reader's own page, and the two side by side."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect
from django.views.decorators.http import require_POST

from cohorts.models import Conflict

from .. import criteria
from ..actions.evidence_reviews import require_researcher
from ..actions.readings import asked_of, give_back_reading, place_for, submit_reading, take_reading
from ..forms.readings import ReadingForm
from ..models import EvidenceReview, Reading, ReviewOutcome, researching_term
from ..models.readings import RATED, THIRD, differing, settled
from .reviewing import deed, page_of_form, review_or_404

LABELS = {
    "rating": dict(ReviewOutcome.Rating.choices),
    "direction": dict(ReviewOutcome.Direction.choices),
    "certainty": dict(ReviewOutcome.Certainty.choices),
}


@login_required
@require_POST
def create(request, pk):
    """Become a reader of it."""
    review = review_or_404(request, pk)
    require_researcher(request.user)
    try:
        taken = take_reading(review, request.user)
    except ValidationError as error:
        for message in error.messages:
            messages.error(request, message)
        return redirect("policies:review", pk)
    messages.success(request, "The place is yours. Read it, then say here what you make of it.")
    return redirect("policies:reading", pk, taken.pk)


@login_required
def detail(request, pk, reading_pk):
    """One's own reading: the form until it is in, then what was said."""
    review = review_or_404(request, pk)
    require_researcher(request.user)
    own = get_object_or_404(review.readings.filter(reader=request.user).select_related("reader", "term"), pk=reading_pk)
    is_open = review.status == EvidenceReview.Status.IN_REVIEW and own.round == review.round and own.submitted_at is None
    outcomes = asked_of(own, review) if is_open else []
    form = ReadingForm(request.POST or None, outcomes=outcomes)
    if request.method == "POST" and form.is_valid():
        try:
            submit_reading(own, request.user, **form.told)
        except ValidationError as error:
            form.complain(error)
        except Conflict:
            form.add_error(None, "You sent it already, from another page.")
        else:
            messages.success(request, "Your reading is in.")
            return redirect("policies:review", pk)
    context = {
        "review": review,
        "own": own,
        "form": form,
        "is_open": is_open,
        "said": said_in(own, review),
        "is_third": own.place == THIRD,
        "compared": compared(review, request.user) if own.place == THIRD else None,
        "sources": [criteria.RATING_SOURCE, criteria.GRADE_SOURCE],
    }
    return page_of_form(request, "reading", context, form)


@login_required
@require_POST
def give_back(request, pk, reading_pk):
    review = review_or_404(request, pk)
    require_researcher(request.user)
    own = get_object_or_404(review.readings.filter(reader=request.user), pk=reading_pk)
    return deed(request, review, "Somebody else can take the place now.", give_back_reading, own, request.user)


# --- what the review's page says of its readers


def readers_of(review, person):
    """`{readers, may_read, own, why_not, compared}` of the present round: who reads, what is asked of `person`, and, once both
    are in, the two side by side."""
    rows = list(review.readings.filter(round=review.round).select_related("reader", "term")) if review.round else []
    own = next((row for row in rows if row.reader_id == person.pk), None)
    may_read, why_not = False, ""
    if review.status == EvidenceReview.Status.IN_REVIEW and own is None and researching_term(person):
        try:
            place_for(review, person, rows)
        except (PermissionDenied, ValidationError) as refused:
            why_not = " ".join(getattr(refused, "messages", [str(refused)]))
        else:
            may_read = True
    return {
        "readers": rows,
        "own_reading": own,
        "may_read": may_read,
        "why_not": why_not,
        "compared": compared(review, person),
        "earlier": earlier_of(review, person),
    }


def compared(review, person):
    """The outcomes with what the authors and each reader said, where `person` may read the readings: `{readings, is_settled,
    differs, rows: [{outcome, authors, cells: [{reading, words, reason}], apart}]}`, or None."""
    seen = Reading.objects.visible_to(person).filter(review=review, round=review.round).submitted()
    readings = list(seen.select_related("reader", "term")) if review.round else []
    if not readings or (not review.is_public and len([each for each in readings if each.place != THIRD]) < 2):
        return None
    outcomes = list(review.outcomes.all())
    apart = differing(readings, outcomes) or {}
    told = settled(readings, outcomes)
    rows = [
        {
            "outcome": outcome,
            "authors": in_words({key: getattr(outcome, key) for key in RATED}),
            "cells": [
                {"reading": each, "words": in_words(each.of(outcome)), "reason": each.of(outcome).get("reason", "")}
                for each in readings
            ],
            "apart": list(apart.get(outcome.pk, ())),
            "settled": in_words(told[outcome.pk]) if told else "",
            "moves": bool(told) and any(getattr(outcome, key) != told[outcome.pk][key] for key in RATED),
        }
        for outcome in outcomes
    ]
    return {"readings": readings, "is_settled": told is not None, "differs": bool(apart), "rows": rows}


def in_words(told):
    """“Promising, favourable, moderate certainty”; empty where it was not rated."""
    if not all(key in told for key in RATED):
        return ""
    rating, direction, certainty = (LABELS[key][told[key]] for key in RATED)
    return f"{rating}, {direction.lower()}, {certainty.lower()} certainty"


def earlier_of(review, person):
    """What was said in rounds before this one, for who may read it."""
    rows = Reading.objects.visible_to(person).filter(review=review, round__lt=review.round).submitted()
    if review.status == EvidenceReview.Status.DRAFT and review.round:
        rows = Reading.objects.visible_to(person).filter(review=review).submitted()
    return [{"reading": each, "said": said_in(each, review)} for each in rows.select_related("reader", "term")]


def said_in(reading, review):
    """`[{outcome, words, reason}]` of the outcomes that the review has now."""
    names = {str(outcome.pk): outcome.outcome for outcome in review.outcomes.all()}
    return [
        {"outcome": names[key], "words": in_words(told), "reason": told["reason"]}
        for key, told in reading.ratings.items()
        if key in names
    ]
