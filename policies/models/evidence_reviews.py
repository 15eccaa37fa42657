"""Evidence reviews: what researchers concluded of an intervention, outcome by outcome, edition by edition.

An edition is a row of its own, so its address goes on saying what it said: nothing in it changes once it is published."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cohorts.models import Enrolment, LimitedTextField, Person, Term, Versioned, granted, holdings_of
from cohorts.permissions import Role

from ..criteria import CONCERNS, DESIGN_LEVELS, DOMAIN_KEYS, NOT_REPORTED, RIGOUR_KEYS, SCORES
from .interventions import Intervention, Study, opens_library
from .trackers import Tracker

WORDS = 4000


def researching_term(person):
    """The term in which `person` does research now, or None: whoever has one may write reviews and read others’."""
    return next((term for term in holdings_of(person).terms if term.seat.role == Role.RESEARCHER), None)


def advises_adopter(person, intervention):
    """Whether a city that `person` advises has adopted it: then they neither rate it nor read a review of it."""
    advised = granted(person, Enrolment, "research")
    return Tracker.objects.filter(intervention=intervention, workspace__enrolment__in=advised).exists()


class EvidenceReviewQuerySet(models.QuerySet):
    def visible_to(self, person):
        """What was published, by everyone of the library; one in review by researchers; a draft by its authors, and by who read
        it before."""
        from .readings import Reading  # noqa: PLC0415 (readings refer to reviews)

        is_author = Exists(ReviewAuthor.objects.filter(review=OuterRef("pk"), person=person.pk))
        is_reader = Exists(Reading.objects.filter(review=OuterRef("pk"), reader=person.pk))
        seen = Q(status__in=EvidenceReview.PUBLIC) | Q(is_author) | Q(is_reader)
        if researching_term(person):
            seen |= Q(status=EvidenceReview.Status.IN_REVIEW)
        return self.filter(opens_library(person), seen)

    def written_by(self, person):
        return self.filter(Exists(ReviewAuthor.objects.filter(review=OuterRef("pk"), person=person.pk)))

    def in_force(self):
        """Those whose ratings stand today, with their outcomes; the latest first."""
        return self.filter(status=EvidenceReview.Status.PUBLISHED).prefetch_related("outcomes").order_by("-published_at")


class EvidenceReview(Versioned):
    class Status(models.TextChoices):
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        PUBLISHED = "published", "Published"
        SUPERSEDED = "superseded", "Superseded"

    PUBLIC = (Status.PUBLISHED, Status.SUPERSEDED)

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    intervention = models.ForeignKey(Intervention, models.PROTECT, related_name="evidence_reviews")
    title = models.CharField(max_length=200)
    population = LimitedTextField("for whom", blank=True, max_length=600)
    tried = LimitedTextField("what is tried", blank=True, max_length=600)
    comparison = LimitedTextField("compared with what", blank=True, max_length=600)
    asked_outcome = LimitedTextField("what should change", blank=True, max_length=600)
    applicability = LimitedTextField("where it applies", blank=True, max_length=WORDS)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFT, editable=False)
    edition = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="next_edition", editable=False
    )
    what_changed = LimitedTextField(blank=True, max_length=WORDS)
    why_changed = LimitedTextField(blank=True, max_length=WORDS)
    round = models.PositiveSmallIntegerField(default=0, editable=False, help_text="How often it went into review.")
    returned_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    return_reason = LimitedTextField(blank=True, max_length=WORDS, editable=False)
    is_second_read = models.BooleanField(default=False, editable=False)
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    superseded_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = EvidenceReviewQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(status__in=["draft", "in_review"], edition=None, published_at=None)
                | Q(status__in=["published", "superseded"], edition__isnull=False, published_at__isnull=False),
                name="review_edition_once_published",
            )
        ]

    def __str__(self):
        return f"{self.title}, edition {self.edition}" if self.edition else self.title

    @property
    def edition_words(self):
        """“edition 2, March 4, 2026, not second-read”: beside every rating, wherever it is shown."""
        on = timezone.localdate(self.published_at)
        told = f"edition {self.edition}, {on:%B} {on.day}, {on.year}"
        return told if self.is_second_read else f"{told}, not second-read"

    @property
    def is_public(self):
        return self.status in self.PUBLIC

    @property
    def question(self):
        """`[(label, text)]` of the question, in its four parts."""
        parts = (("For whom", self.population), ("What is tried", self.tried))
        return [*parts, ("Compared with what", self.comparison), ("What should change", self.asked_outcome)]


class ReviewAuthor(models.Model):
    """Who writes a review, with the title of that day. They declare their conflicts of interest before anything else."""

    review = models.ForeignKey(EvidenceReview, models.CASCADE, related_name="authors")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(default=0)
    conflicts_of_interest = LimitedTextField(blank=True, max_length=WORDS)
    declared_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["review", "person"], name="review_author_once")]

    def __str__(self):
        return f"{self.person.name}, {self.term.title}"


class ReviewOutcome(Versioned):
    """One outcome with its rating, the direction of the effect, and how certain that is, domain by domain."""

    class Rating(models.TextChoices):
        EFFECTIVE = "effective", "Effective"
        PROMISING = "promising", "Promising"
        INEFFECTIVE = "ineffective", "Ineffective"
        NEGATIVE = "negative", "Negative effects"
        INCONCLUSIVE = "inconclusive", "Inconclusive"

    class Certainty(models.TextChoices):
        HIGH = "high", "High"
        MODERATE = "moderate", "Moderate"
        LOW = "low", "Low"
        VERY_LOW = "very_low", "Very low"

    Direction = Study.Direction

    review = models.ForeignKey(EvidenceReview, models.CASCADE, related_name="outcomes")
    position = models.PositiveSmallIntegerField(default=0)
    outcome = models.CharField(max_length=200)
    rating = models.CharField(max_length=12, choices=Rating)
    direction = models.CharField("direction of the effect", max_length=12, choices=Study.Direction)
    certainty = models.CharField(max_length=9, choices=Certainty)
    reasons = models.JSONField(default=dict, blank=True, help_text="{domain: {concern, reason}}")
    summary = LimitedTextField("what the studies found, in a few sentences", blank=True, max_length=WORDS)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "outcome"],
                name="review_outcome_once",
                violation_error_message="This outcome is in the review already.",
            )
        ]

    def __str__(self):
        return self.outcome

    @property
    def in_words(self):
        """“promising, moderate certainty, favourable”."""
        return f"{self.get_rating_display()}, {self.get_certainty_display()} certainty, {self.get_direction_display()}".lower()

    def clean(self):
        concerns = dict(CONCERNS)
        for domain, told in self.reasons.items():
            known = domain in DOMAIN_KEYS and isinstance(told, dict) and told.keys() <= {"concern", "reason"}
            if not known or told.get("concern") not in concerns or not isinstance(told.get("reason"), str):
                raise ValidationError(
                    {
                        "reasons": f"“{domain}” wants a concern ({', '.join(concerns)}) and a reason, of one of these domains: "
                        f"{', '.join(DOMAIN_KEYS)}."
                    }
                )
            if len(told["reason"]) > WORDS:
                raise ValidationError({"reasons": f"Keep the reason for “{domain}” to {WORDS:,} characters."})


class StudyList(models.Model):
    """The references of an uploaded file, kept while somebody chooses among them."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    review = models.ForeignKey(EvidenceReview, models.CASCADE, related_name="study_lists")
    name = models.CharField(max_length=120)
    references = models.JSONField()
    brought_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)


class ReviewStudy(Versioned):
    """A study’s result in a review: to which outcome it belongs, and how it scored."""

    review = models.ForeignKey(EvidenceReview, models.CASCADE, related_name="studies")
    study = models.ForeignKey(Study, models.PROTECT, related_name="in_reviews")
    outcome = models.ForeignKey(
        ReviewOutcome, models.SET_NULL, null=True, blank=True, related_name="studies", verbose_name="outcome of the review"
    )
    position = models.PositiveSmallIntegerField(default=0)
    design_level = models.PositiveSmallIntegerField(
        "design", null=True, blank=True, choices=[(level, name) for level, name, _ in DESIGN_LEVELS]
    )
    rigour = models.JSONField(default=dict, blank=True, help_text="{item: score, or not_reported}")
    note = LimitedTextField("why scored so", blank=True, max_length=WORDS)

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["review", "study"],
                name="review_study_once",
                violation_error_message="This study is in the review already.",
            )
        ]

    def clean(self):
        allowed = [score for score, _ in SCORES]
        for item, score in self.rigour.items():
            if item not in RIGOUR_KEYS or isinstance(score, bool) or score not in (*allowed, NOT_REPORTED):
                raise ValidationError(
                    {"rigour": f"“{item}” wants 0 to 3 or {NOT_REPORTED}; the items: {', '.join(RIGOUR_KEYS)}."}
                )
        if self.outcome_id and self.outcome.review_id != self.review_id:
            raise ValidationError({"outcome": "Choose an outcome of this review."})

    @property
    def is_scored(self):
        has_design = self.design_level is not None or self.study.is_meta_analysis
        return has_design and set(RIGOUR_KEYS) <= self.rigour.keys()
