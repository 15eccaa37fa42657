"""What people do with appeals: make one against a published edition, answer one as an author of the review."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.models import Conflict, holdings_of

from ..models import Appeal, EvidenceReview, ReviewAuthor
from .evidence_reviews import require_researcher


@transaction.atomic
def make_appeal(review, person, *, body):
    """Say, under one's name and title of today, why a published edition is wrong. Its authors answer on the page."""
    review = EvidenceReview.objects.get(pk=review.pk)
    if not review.is_public:
        raise ValidationError("Only what is published can be appealed.")
    if review.authors.filter(person=person).exists():
        raise PermissionDenied("An author begins the next edition instead.")
    appeal = Appeal(review=review, body=body.strip(), made_by=person, term=next(iter(holdings_of(person).terms), None))
    appeal.full_clean()
    appeal.save()
    return appeal


@transaction.atomic
def answer_appeal(appeal, person, *, answer):
    """Answer, once, as an author of that edition or of a later one. Raises Conflict where another author was quicker."""
    require_researcher(person)
    if not may_answer(appeal.review, person):
        raise PermissionDenied
    appeal = Appeal.objects.select_for_update(no_key=True, of=("self",)).get(pk=appeal.pk)
    if appeal.answered_at:
        raise Conflict(appeal)
    if not answer.strip():
        raise ValidationError({"answer": "Write an answer."})
    appeal.answer, appeal.answered_by, appeal.answered_at = answer.strip(), person, timezone.now()
    appeal.full_clean()
    appeal.save()
    return appeal


def may_answer(review, person):
    """Whether `person` wrote this edition or one that followed it."""
    later = review
    while later is not None:
        if ReviewAuthor.objects.filter(review=later, person=person.pk).exists():
            return True
        later = getattr(later, "next_edition", None)
    return False
