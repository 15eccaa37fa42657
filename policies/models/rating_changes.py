"""That a rating changed under a city's work: one notice a city, with before and after."""

import uuid

from django.db import models
from django.utils import timezone

from workspaces.models import Workspace

from .evidence_reviews import EvidenceReview


class RatingChangeQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(workspace__in=Workspace.rooms(person))


class RatingChange(models.Model):
    """An edition that rates otherwise than the one before it, told to a city that uses the intervention."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(EvidenceReview, models.PROTECT, related_name="rating_changes")
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="rating_changes")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = RatingChangeQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [models.UniqueConstraint(fields=["review", "workspace"], name="rating_change_once_a_city")]


def changes_of(review):
    """`[{outcome, before, after}]`: what the edition rates otherwise than the one before it; `before` or `after` is None where
    it was not rated then, or is no more."""
    before = {each.outcome.lower(): each for each in review.supersedes.outcomes.all()} if review.supersedes_id else {}
    after = {each.outcome.lower(): each for each in review.outcomes.all()}
    pairs = [(before.get(name), after.get(name)) for name in dict.fromkeys([*before, *after])]
    return [
        {"outcome": (now or then).outcome, "before": then, "after": now}
        for then, now in pairs
        if rating_of(then) != rating_of(now)
    ]


def rating_of(outcome):
    return outcome and (outcome.rating, outcome.direction, outcome.certainty)
