"""Indicators of a tracker with their observations, and the published monthly and yearly series of a city."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.db.models.functions import RowNumber
from django.utils import timezone
from simple_history.models import HistoricalRecords

from cohorts.models import City, Office, Person, Versioned, holdings_of

from .interventions import Direction, IndicatorTemplate
from .trackers import Tracker


class Frequency(models.TextChoices):
    MONTHLY = "monthly", "Monthly"
    QUARTERLY = "quarterly", "Quarterly"
    YEARLY = "yearly", "Yearly"


class PublishedSeries(models.Model):
    """A series that somebody publishes about a city, as it was read; nothing in it is filled in."""

    city = models.ForeignKey(City, models.CASCADE, related_name="published_series")
    key = models.SlugField(help_text="The publisher's column: murder, robbery, …")
    name = models.CharField(max_length=160)
    unit = models.CharField(max_length=60)
    direction = models.CharField(max_length=10, choices=Direction)
    frequency = models.CharField(max_length=10, choices=Frequency)
    source = models.CharField(max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["city", "key", "frequency"], name="published_series_once")]
        verbose_name_plural = "published series"


class PublishedFigure(models.Model):
    """One figure of one published version. A revision is a second row for the same period, with a later version."""

    series = models.ForeignKey(PublishedSeries, models.CASCADE, related_name="figures")
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=4)
    source = models.CharField(max_length=300)
    source_version = models.CharField(max_length=80)
    published_on = models.DateField()
    retrieved_on = models.DateField()

    class Meta:
        ordering = ["period_start", "published_on"]
        constraints = [
            models.UniqueConstraint(fields=["series", "period_start", "source_version"], name="published_figure_once")
        ]


class IndicatorQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(tracker__in=Tracker.objects.visible_to(person))

    def editable_by(self, person):
        return self.filter(tracker__in=Tracker.objects.editable_by(person), is_context=False)


class Indicator(Versioned):
    """What a tracker watches. A context indicator is a published series of the city, shown beside the tracker's own."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tracker = models.ForeignKey(Tracker, models.PROTECT, related_name="indicators")
    template = models.ForeignKey(IndicatorTemplate, models.SET_NULL, null=True, blank=True, related_name="+", editable=False)
    series = models.ForeignKey(PublishedSeries, models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    is_context = models.BooleanField(default=False, editable=False)
    is_published_source = models.BooleanField(default=False, editable=False)
    name = models.CharField(max_length=160)
    unit = models.CharField(max_length=60)
    direction = models.CharField(max_length=10, choices=Direction, default=Direction.DECREASE)
    baseline_value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    baseline_on = models.DateField(null=True, blank=True)
    target_value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    frequency = models.CharField(max_length=10, choices=Frequency, default=Frequency.MONTHLY)
    source = models.CharField(max_length=300, blank=True)
    position = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects = IndicatorQuerySet.as_manager()

    class Meta:
        ordering = ["is_context", "position", "created_at"]

    def __str__(self):
        return self.name


class ObservationQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Figures start within the office that enters them, and join the workspace's ring once released."""
        return self.filter(
            Q(is_released=True) | Q(office__in=holdings_of(person).offices),
            indicator__in=Indicator.objects.visible_to(person),
        )

    def editable_by(self, person):
        return self.filter(office__in=holdings_of(person).offices, indicator__in=Indicator.objects.editable_by(person))

    def charted(self):
        """With what a chart reads besides: the office, and the values that stood before as `earlier`."""
        return self.select_related("office").prefetch_related(models.Prefetch("revisions", to_attr="earlier"))

    def newest(self, periods):
        """Only the latest `periods` figures of each indicator and office."""
        place = models.Window(
            RowNumber(), partition_by=[models.F("indicator"), models.F("office")], order_by=models.F("period_start").desc()
        )
        return self.annotate(place=place).filter(place__lte=periods)


class Observation(Versioned):
    """One figure for one period, or the reason why there is none. Earlier values stay as revisions."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    indicator = models.ForeignKey(Indicator, models.PROTECT, related_name="observations")
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+", editable=False)
    period_start = models.DateField()
    period_end = models.DateField()
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    missing_reason = models.CharField("not available, because", max_length=200, blank=True)
    numerator = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    denominator = models.DecimalField(max_digits=14, decimal_places=4, null=True, blank=True)
    is_provisional = models.BooleanField(default=False)
    is_released = models.BooleanField(default=False)
    note = models.CharField(max_length=300, blank=True)
    source = models.CharField(max_length=300, blank=True)
    source_version = models.CharField(max_length=80, blank=True)
    retrieved_on = models.DateField(null=True, blank=True)
    entered_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ObservationQuerySet.as_manager()

    class Meta:
        ordering = ["period_start"]
        constraints = [
            models.UniqueConstraint(
                fields=["indicator", "period_start", "period_end", "office"],
                name="observation_once_a_period",
                violation_error_message="There is already a figure for this period.",
            ),
            models.UniqueConstraint(
                fields=["indicator", "period_start", "period_end"],
                condition=Q(office__isnull=True),
                name="published_observation_once_a_period",
            ),
            models.CheckConstraint(
                condition=Q(period_end__gte=models.F("period_start")),
                name="observation_period_in_order",
                violation_error_message="A period ends on or after the day it starts.",
            ),
            models.CheckConstraint(
                condition=(Q(value__isnull=False) & Q(missing_reason="")) | (Q(value__isnull=True) & ~Q(missing_reason="")),
                name="observation_value_or_reason",
                violation_error_message="Give a figure, or say why it is not available.",
            ),
        ]

    def clean(self):
        if self.value is not None and self.value < 0 and "percent" not in self.indicator.unit:
            raise ValidationError({"value": "A count is not negative."})
        if self.period_start and self.period_start > timezone.now().date():
            raise ValidationError({"period_start": "This period has not begun."})


class Revision(models.Model):
    """The figure that stood before: with its source's version, and when it was published or replaced."""

    observation = models.ForeignKey(Observation, models.CASCADE, related_name="revisions")
    value = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    source_version = models.CharField(max_length=80, blank=True)
    published_on = models.DateField(null=True)
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["replaced_at", "published_on"]
