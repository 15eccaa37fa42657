"""The library: interventions, what each office does, their playbook, candidate indicators and evidence."""

import uuid

from django.core.exceptions import PermissionDenied
from django.db import models
from django.db.models import Exists, Q

from cohorts.models import Administrator, Term, Versioned


class InterventionQuerySet(models.QuerySet):
    def visible_to(self, person):
        """The library is open to everyone who holds a seat now, and to administrators."""
        held = Term.objects.current().filter(person=person.pk)
        keeps = Administrator.objects.filter(person=person.pk)
        return self.filter(Q(Exists(held)) | Q(Exists(keeps)))

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


class Study(models.Model):
    """One study result as it was read. `effect_text` stands beside the numbers; what was not read is null."""

    class Direction(models.TextChoices):
        FAVOURABLE = "favourable", "Favourable"
        UNFAVOURABLE = "unfavourable", "Unfavourable"
        NULL = "null", "No difference found"
        MIXED = "mixed", "Mixed"

    intervention = models.ForeignKey(Intervention, models.CASCADE, related_name="studies")
    position = models.PositiveSmallIntegerField()
    authors = models.CharField(max_length=300, blank=True)
    year = models.PositiveSmallIntegerField(null=True, blank=True)
    title = models.CharField(max_length=300)
    source = models.CharField(max_length=200, blank=True)
    design = models.CharField(max_length=160, blank=True)
    setting = models.CharField(max_length=200, blank=True)
    sample = models.CharField(max_length=200, blank=True)
    outcome = models.CharField(max_length=200)
    direction = models.CharField(max_length=12, choices=Direction)
    effect_text = models.TextField(blank=True)
    ci95 = models.CharField("95% confidence interval", max_length=80, blank=True)
    doi = models.CharField(max_length=120, blank=True)
    read_at = models.CharField("address it was read at", max_length=400, blank=True)
    note = models.TextField(blank=True)
    is_verified = models.BooleanField(default=False)
    unverified_fields = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["position"]
        verbose_name_plural = "studies"


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
