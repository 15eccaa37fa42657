"""The library: interventions, what each office does, their playbook, candidate indicators and evidence."""

import re
import uuid
from math import isfinite

from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, Prefetch, Q

from cohorts.models import Administrator, Term, Versioned


def opens_library(person):
    """The library is open to everyone who holds a seat now, and to administrators."""
    held = Term.objects.current().filter(person=person.pk)
    keeps = Administrator.objects.filter(person=person.pk)
    return Q(Exists(held)) | Q(Exists(keeps))


class InterventionQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(opens_library(person))

    def with_evidence(self):
        """Read along what stands of each: the library's studies, printed ratings, and the reviews in force."""
        from .evidence_reviews import EvidenceReview  # noqa: PLC0415 (reviews refer to interventions)

        return self.prefetch_related(
            Prefetch("studies", Study.objects.in_library().select_related("retraction"), to_attr="known_studies"),
            "clearinghouse_ratings",
            Prefetch("evidence_reviews", EvidenceReview.objects.in_force(), to_attr="reviews_in_force"),
        )

    def open_to(self, person):
        """As `visible_to`, but PermissionDenied for whom it is closed to: that there is a library is no secret."""
        if self.model.objects.exists() and not self.model.objects.visible_to(person).exists():
            raise PermissionDenied
        return self.visible_to(person)


class Intervention(Versioned):
    class Lead(models.TextChoices):
        MAYOR = "mayor", "Mayor"
        PROSECUTOR = "prosecutor", "Prosecutor"
        JOINT = "joint", "Both offices"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True, max_length=80)
    name = models.CharField(max_length=160)
    summary = models.TextField()
    problem_areas = models.JSONField(default=list)
    tags = models.JSONField(default=list, blank=True)
    lead = models.CharField(max_length=10, choices=Lead)
    mayor_role = models.TextField(blank=True)
    prosecutor_role = models.TextField(blank=True)
    core_components = models.JSONField(default=list, blank=True, help_text="Empty: not set.")
    cautions = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = InterventionQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def outcome_ratings(self):
        """Today's ratings of our own, an outcome each, of the reviews in force; no query after `with_evidence()`."""
        reviews = self.__dict__.get("reviews_in_force")
        reviews = self.evidence_reviews.in_force() if reviews is None else reviews
        return [outcome for review in reviews for outcome in review.outcomes.all()]


class PlaybookStep(models.Model):
    """A standard action. `offset_days` counts from the tracker's start; null where the source does not say."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="playbook")
    position = models.PositiveSmallIntegerField()
    title = models.CharField(max_length=200)
    office = models.CharField(max_length=10, choices=Intervention.Lead, blank=True, help_text="Empty: not set.")
    offset_days = models.PositiveSmallIntegerField(null=True, blank=True)
    done_when = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["position"]


DOI = re.compile(r"10\.[0-9]{4,9}/[^\s<>\"{}|\\^`]+")
YEARS = [MinValueValidator(1800), MaxValueValidator(2200)]


def as_doi(text):
    """The DOI in `text`, which may be an address or start with “doi:”. Raises ValidationError for what is none."""
    bare = re.sub(r"^(https?://(dx\.)?doi\.org/|doi:\s*)", "", text.strip(), flags=re.IGNORECASE)
    if not DOI.fullmatch(bare):
        raise ValidationError({"doi": f"“{text.strip()[:80]}” is not a DOI. One looks like 10.1111/1745-9133.12353."})
    return bare


class Direction(models.TextChoices):
    DECREASE = "decrease", "Lower is better"
    INCREASE = "increase", "Higher is better"
    MAINTAIN = "maintain", "Should stay as it is"


class IndicatorTemplate(models.Model):
    """A candidate indicator of an intervention."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="indicator_templates")
    position = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=160)
    unit = models.CharField(max_length=60)
    direction = models.CharField(max_length=10, choices=Direction)
    kind = models.CharField(max_length=30, blank=True)
    definition = models.CharField(max_length=200, blank=True)
    data_owner = models.CharField(max_length=80, blank=True)
    numerator = models.CharField(max_length=200, blank=True)
    denominator = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["position"]


class StudyQuerySet(models.QuerySet):
    def in_library(self):
        """Without those that so far stand in the drafts of reviews alone."""
        return self.filter(Q(entered_for=None) | Q(entered_for__status__in=["published", "superseded"]))


class Study(models.Model):
    """One study result as it was read. `effect_text` stands beside the numbers; what was not read is empty or null.

    One that was entered for a review can be put right while that is a draft; from then on others rest on it."""

    class Direction(models.TextChoices):
        FAVOURABLE = "favourable", "Favourable"
        UNFAVOURABLE = "unfavourable", "Unfavourable"
        NULL = "null", "No difference found"
        MIXED = "mixed", "Mixed"

    class Measure(models.TextChoices):
        ODDS_RATIO = "odds_ratio", "Odds ratio"
        RISK_RATIO = "risk_ratio", "Risk ratio"
        RATE_RATIO = "rate_ratio", "Rate ratio"
        HAZARD_RATIO = "hazard_ratio", "Hazard ratio"
        PERCENT_CHANGE = "percent_change", "Change in percent"
        MEAN_DIFFERENCE = "mean_difference", "Difference of means"
        STANDARDIZED = "standardized", "Standardized mean difference"

    class LookUp(models.TextChoices):
        """How far the look-up of a DOI is. Without a network the DOI stays as it was typed, and the rest is asked."""

        ASKED = "asked", "Its details are being looked up. Fill in the rest, or come back in a minute."
        FOUND = "found", "Its title, authors, year and journal come from Crossref."
        UNKNOWN = "unknown", "Crossref knows no such DOI. Check it, and fill in the rest."
        UNREACHABLE = "unreachable", "Crossref could not be reached. The DOI stays as typed; fill in the rest."

    RATIOS = (Measure.ODDS_RATIO, Measure.RISK_RATIO, Measure.RATE_RATIO, Measure.HAZARD_RATIO)

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="studies")
    position = models.PositiveSmallIntegerField()
    authors = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True, validators=YEARS)
    title = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=200, blank=True)
    design = models.CharField(max_length=160, blank=True)
    setting = models.CharField(max_length=200, blank=True)
    sample = models.CharField(max_length=200, blank=True)
    sample_size = models.PositiveIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=200, blank=True)
    direction = models.CharField("direction of the effect", max_length=12, choices=Direction, blank=True)
    effect_text = models.TextField("effect, in the study’s words", blank=True)
    effect_measure = models.CharField(max_length=16, choices=Measure, blank=True)
    effect = models.FloatField(null=True, blank=True)
    ci_low = models.FloatField("lower end of the 95% interval", null=True, blank=True)
    ci_high = models.FloatField("upper end of the 95% interval", null=True, blank=True)
    ci95 = models.CharField("95% confidence interval", max_length=80, blank=True)
    is_meta_analysis = models.BooleanField("a meta-analysis or systematic review", default=False)
    doi = models.CharField("DOI", max_length=120, blank=True)
    read_at = models.CharField("address it was read at", max_length=400, blank=True)
    note = models.TextField(blank=True)
    is_verified = models.BooleanField(default=False)
    unverified_fields = models.JSONField(default=list, blank=True)
    retraction = models.ForeignKey(
        "policies.Retraction", models.SET_NULL, null=True, blank=True, related_name="studies", editable=False
    )
    doi_state = models.CharField(max_length=12, choices=LookUp, blank=True, editable=False)
    doi_asked_at = models.DateTimeField(null=True, blank=True, editable=False)
    entered_for = models.ForeignKey(
        "policies.EvidenceReview", models.PROTECT, null=True, blank=True, related_name="entered_studies", editable=False
    )

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "studies"

    def __str__(self):
        return self.citation

    def clean(self):
        if self.doi:
            self.doi = as_doi(self.doi)
        given = [value is not None for value in (self.effect, self.ci_low, self.ci_high)]
        if any(given) and not self.effect_measure:
            raise ValidationError({"effect_measure": "Say what the numbers are: a ratio, a change in percent, a difference."})
        if any(given[1:]) and not all(given):
            raise ValidationError({"effect": "An interval has an effect, a lower and an upper end."})
        if all(given) and not self.ci_low <= self.effect <= self.ci_high:
            raise ValidationError({"effect": "The effect lies between the lower and the upper end of its interval."})
        numbers = [value for value in (self.effect, self.ci_low, self.ci_high) if value is not None]
        if not all(isfinite(value) for value in numbers):
            raise ValidationError({"effect": "Enter numbers."})
        if self.effect_measure in self.RATIOS and any(value <= 0 for value in numbers):
            raise ValidationError({"effect": "A ratio is above zero; 1 is no difference."})

    @property
    def is_retracted(self):
        return bool(self.retraction_id) and self.retraction.nature == "retraction"

    @property
    def short(self):
        """As it is called among others: its title, else its DOI."""
        name = self.title or (f"doi:{self.doi}" if self.doi else "A study")
        return f"{name[:69]}…" if len(name) > 70 else name

    @property
    def citation(self):
        """As it is cited in a sentence: “Braga and others (2019): Title. Source”, as far as it is known."""
        year = f" ({self.year})" if self.year else ""
        head = f"{self.authors}{year}".strip()
        told = ": ".join(part for part in (head, self.title) if part) or (f"doi:{self.doi}" if self.doi else "A study")
        return f"{told}. {self.source}" if self.source else told


class ClearinghouseRating(models.Model):
    """A rating as a clearinghouse printed it, with where and when it was read. Ours come from published reviews alone."""

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="clearinghouse_ratings")
    clearinghouse = models.CharField(max_length=80)
    scope = models.CharField(max_length=200)
    rating = models.CharField(max_length=80)
    extent = models.CharField(max_length=80, blank=True)
    profile_date = models.CharField(max_length=20, blank=True, help_text="As printed; empty: not read.")
    address = models.CharField("address it was read at", max_length=400)
    note = models.TextField(blank=True)
    is_verified = models.BooleanField(default=False)

    class Meta:
        ordering = ["clearinghouse", "scope"]
