"""From a draft to a published edition and the next one: into review and back, published, followed by another."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import Conflict
from workspaces.models import Workspace
from workspaces.search.index import index

from .. import events
from ..models import (
    EvidenceReview,
    RatingChange,
    ReviewAuthor,
    ReviewOutcome,
    ReviewStudy,
    Tracker,
    changes_of,
)
from .evidence_reviews import (
    FIELDS,
    OUTCOME_FIELDS,
    SCORE_FIELDS,
    as_author,
    check_whole,
    put_declaration,
    require_researcher,
)
from .readings import apply_readings, locked, round_of

Status = EvidenceReview.Status


@transaction.atomic
def submit_review(review, person, *, version):
    """Give a whole draft to its readers: it does not change while they read. Raises Conflict when somebody changed it since
    `version`, ValidationError with what it lacks."""
    review, author = as_author(review, person)
    if review.version != version:
        raise Conflict(review)
    check_whole(review)
    review.status, review.submitted_at, review.return_reason, review.returned_by = Status.IN_REVIEW, timezone.now(), "", None
    review.round += 1
    review.version += 1
    review.save()
    tell_of(review, author, "review.submitted")
    return review


@transaction.atomic
def return_review(review, person, *, version, reason=""):
    """Back to a draft: its authors take it back, or a reader whose reading is in returns it with a reason. What was read so far
    stays known to the authors; the next round is read afresh."""
    require_researcher(person)
    review = locked(review)
    reading = round_of(review).filter(reader=person).exclude(submitted_at=None).first()
    if reading is None and not review.authors.filter(person=person).exists():
        raise PermissionDenied
    if review.status != Status.IN_REVIEW:
        raise ValidationError("This is not in review.")
    if review.version != version:
        raise Conflict(review)
    if reading and not reason.strip():
        raise ValidationError({"reason": "Say what the authors should look at again."})
    review.status, review.submitted_at, review.return_reason, review.returned_by = Status.DRAFT, None, reason.strip(), person
    review.version += 1
    review.full_clean()
    review.save()
    return review


@transaction.atomic
def publish_review(review, person, *, version):
    """Publish it as the next edition, which then stays as it is; the edition before is superseded. Where two readers agreed, or
    a third settled it, the ratings are theirs; with fewer it is published as not second-read.

    Raises Conflict when somebody changed it since `version`, ValidationError with what it lacks."""
    review, author = as_author(review, person, of=(Status.DRAFT, Status.IN_REVIEW))
    if review.version != version:
        raise Conflict(review)
    check_whole(review)
    review.is_second_read = review.status == Status.IN_REVIEW and apply_readings(review)
    before = review.supersedes
    now = timezone.now()
    review.status, review.edition, review.published_at = Status.PUBLISHED, (before.edition if before else 0) + 1, now
    review.version += 1
    review.full_clean()
    review.save()
    if before:
        EvidenceReview.objects.filter(pk=before.pk).update(status=Status.SUPERSEDED, superseded_at=now)
        index("evidence_review", before.pk)
    index("intervention", review.intervention_id)
    tell_cities(review)
    tell_of(review, author, "review.published")
    return review


@transaction.atomic
def begin_edition(review, person, *, conflicts_of_interest):
    """The draft of the next edition: the question, studies, scores and ratings of this one, for `person` to change.

    Any researcher may; who wrote the last edition is named there. Raises ValidationError where a next one is begun already."""
    term = require_researcher(person)
    review = EvidenceReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    if review.status != Status.PUBLISHED:
        raise ValidationError("Only the published edition is followed by another.")
    if EvidenceReview.objects.filter(supersedes=review).exists():
        raise ValidationError("The next edition is begun already.")
    parts = {field: getattr(review, field) for field in FIELDS if field not in ("what_changed", "why_changed")}
    draft = EvidenceReview(intervention_id=review.intervention_id, supersedes=review, opened_by=person, **parts)
    draft.full_clean()
    draft.save()
    author = ReviewAuthor(review=draft, person=person, term=term)
    put_declaration(author, conflicts_of_interest)
    author.full_clean()
    author.save()
    copies = {}
    for outcome in review.outcomes.all():
        fields = {field: getattr(outcome, field) for field in OUTCOME_FIELDS}
        copies[outcome.pk] = ReviewOutcome.objects.create(review=draft, position=outcome.position, **fields)
    for row in review.studies.all():
        scores = {field: getattr(row, field) for field in SCORE_FIELDS if field != "outcome"}
        ReviewStudy.objects.create(
            review=draft, study_id=row.study_id, outcome=copies.get(row.outcome_id), position=row.position, **scores
        )
    return draft


def tell_cities(review):
    """One notice to every city that uses the intervention, however many trackers it has on it, where a rating changed."""
    if not changes_of(review):
        return
    using = Tracker.objects.active().filter(intervention=review.intervention_id)
    cities = Workspace.objects.filter(pk__in=using.values("workspace"), enrolment__ended_at=None)
    for workspace in cities.order_by("pk"):
        events.rating_changed(RatingChange.objects.create(review=review, workspace=workspace))


def tell_of(review, author, act):
    """In the trail of the author's cohort, whose facilitators read it."""
    record_act(
        act,
        author.term.seat.cohort,
        by=author.person,
        term=author.term,
        subject=("evidence_review", review.pk, str(review)),
    )
