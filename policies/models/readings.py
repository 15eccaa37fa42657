"""Second readings of an evidence review: two readers, blind to each other until both are in, and a third where they differ."""

import uuid

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Q
from django.utils import timezone

from cohorts.models import LimitedTextField, Person, Term

from .evidence_reviews import WORDS, EvidenceReview, ReviewAuthor

FIRST_TWO = (1, 2)
THIRD = 3
RATED = ("rating", "direction", "certainty")


class ReadingQuerySet(models.QuerySet):
    def visible_to(self, person):
        """One's own; others' once both of the round are in, or the review is published. What was said in a round before, by
        the authors alone until then: whoever reads now reads afresh."""
        seen = EvidenceReview.objects.visible_to(person)
        both = (
            Reading.objects.filter(review=OuterRef("review"), round=OuterRef("round"), place__in=FIRST_TWO)
            .exclude(submitted_at=None)
            .values("review")
            .annotate(count=Count("pk"))
            .filter(count=2)
        )
        is_author = Exists(ReviewAuthor.objects.filter(review=OuterRef("review"), person=person.pk))
        is_open = Q(review__status__in=EvidenceReview.PUBLIC)
        is_now = Q(round=F("review__round"), review__status=EvidenceReview.Status.IN_REVIEW)
        is_open |= Q(Exists(both)) & (Q(is_author) | is_now)
        return self.filter(Q(reader=person.pk) | Q(submitted_at__isnull=False) & is_open, review__in=seen)

    def submitted(self):
        return self.exclude(submitted_at=None)


class Reading(models.Model):
    """What one reader made of a review in one round. `ratings`: {outcome’s key: {rating, direction, certainty, reason}}; the
    third rates only what the first two saw differently."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(EvidenceReview, models.CASCADE, related_name="readings")
    round = models.PositiveSmallIntegerField()
    place = models.PositiveSmallIntegerField()
    reader = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    conflicts_of_interest = LimitedTextField(blank=True, max_length=WORDS)
    ratings = models.JSONField(default=dict, blank=True)
    remarks = LimitedTextField(blank=True, max_length=WORDS)
    taken_at = models.DateTimeField(default=timezone.now)
    submitted_at = models.DateTimeField(null=True, blank=True)

    objects = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["round", "place"]
        constraints = [
            models.UniqueConstraint(fields=["review", "round", "place"], name="reading_place_once"),
            models.UniqueConstraint(fields=["review", "round", "reader"], name="reading_reader_once"),
        ]

    def __str__(self):
        return f"{self.reader.name}, {self.term.title}"

    def of(self, outcome):
        return self.ratings.get(str(outcome.pk), {})


def differing(readings, outcomes):
    """`{outcome’s key: [which of its three ratings]}` in which the first two readers differ; None until both are in."""
    pair = [each for each in readings if each.place in FIRST_TWO and each.submitted_at]
    if len(pair) < 2:
        return None
    first, second = sorted(pair, key=lambda each: each.place)
    told = {o.pk: [key for key in RATED if first.of(o).get(key) != second.of(o).get(key)] for o in outcomes}
    return {pk: keys for pk, keys in told.items() if keys}


def settled(readings, outcomes):
    """`{outcome’s key: {rating, direction, certainty}}`, as the readers agreed or a third settled; None while that is open."""
    apart = differing(readings, outcomes)
    if apart is None:
        return None
    by_place = {each.place: each for each in readings if each.submitted_at}
    if apart and THIRD not in by_place:
        return None
    told = {}
    for outcome in outcomes:
        keys = apart.get(outcome.pk, ())
        told[outcome.pk] = {key: by_place[THIRD if key in keys else 1].of(outcome)[key] for key in RATED}
    return told
