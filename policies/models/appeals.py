"""Appeals against what a review concludes, and the answers: both stand on its page for everyone who reads it."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cohorts.models import LimitedTextField, Person, Term

from .evidence_reviews import WORDS, EvidenceReview


class AppealQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(review__in=EvidenceReview.objects.visible_to(person))


class Appeal(models.Model):
    """Somebody of the library says why an edition is wrong; one of its authors answers, once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(EvidenceReview, models.PROTECT, related_name="appeals")
    body = LimitedTextField("what is wrong, and how it can be told", max_length=WORDS)
    made_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    answer = LimitedTextField(blank=True, max_length=WORDS)
    answered_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)

    objects = AppealQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(answer="", answered_by=None, answered_at=None)
                | (~Q(answer="") & Q(answered_by__isnull=False, answered_at__isnull=False)),
                name="appeal_answered_by_somebody",
            )
        ]
