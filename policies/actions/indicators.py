"""What people do with a tracker's indicators and their figures."""

import calendar
import datetime as dt
from decimal import Decimal

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.db.models import Max
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import Conflict

from .. import events
from ..charts import period_name
from ..models import Frequency, Indicator, Observation, PublishedSeries, Revision, Tracker
from .published_series import load_published_series

INDICATOR_FIELDS = (
    "name",
    "unit",
    "direction",
    "baseline_value",
    "baseline_on",
    "target_value",
    "target_on",
    "frequency",
    "source",
    "position",
)
OBSERVATION_FIELDS = (
    "period_start",
    "period_end",
    "value",
    "missing_reason",
    "numerator",
    "denominator",
    "is_provisional",
    "is_released",
    "note",
    "source",
    "source_version",
    "retrieved_on",
)
ROUNDING = Decimal("0.5")  # how far a rate that somebody typed may stand from the one its parts give


# --- what a tracker gets when it is opened


@transaction.atomic
def add_context_indicators(tracker):
    """Stand the city's published series beside the tracker's own indicators: all figures, and for a revised one the earlier
    value with the version and day it was published. A series that stands there already is left as it is."""
    city = tracker.workspace.enrolment.city
    if not PublishedSeries.objects.filter(city=city).exists():
        load_published_series(city)
    standing_there = tracker.indicators.filter(is_context=True).values("series")
    made = []
    for series in PublishedSeries.objects.filter(city=city).exclude(pk__in=standing_there).prefetch_related("figures"):
        indicator = Indicator.objects.create(
            tracker=tracker,
            series=series,
            is_context=True,
            is_published_source=True,
            name=series.name,
            unit=series.unit,
            direction=series.direction,
            frequency=series.frequency,
            source=series.source,
            position=series.position,
        )
        _copy_figures(indicator, series.figures.all())
        made.append(indicator)
    return made


def _copy_figures(indicator, figures):
    versions = {}
    for figure in figures:  # in the order of their publication
        versions.setdefault((figure.period_start, figure.period_end), []).append(figure)
    observations, revisions = [], []
    for (period_start, period_end), published in versions.items():
        latest = published[-1]
        observation = Observation(
            indicator=indicator,
            period_start=period_start,
            period_end=period_end,
            value=latest.value,
            is_released=True,
            source=latest.source,
            source_version=latest.source_version,
            retrieved_on=latest.retrieved_on,
        )
        observations.append(observation)
        for earlier, later in zip(published, published[1:], strict=False):
            if earlier.value != later.value:
                revisions.append(
                    Revision(
                        observation=observation,
                        value=earlier.value,
                        source_version=earlier.source_version,
                        published_on=earlier.published_on,
                    )
                )
    Observation.objects.bulk_create(observations, batch_size=500)
    Revision.objects.bulk_create(revisions)


@transaction.atomic
def add_template_indicators(tracker):
    """The intervention's candidate indicators, with no figures yet; those that stand there already are left as they are."""
    if not tracker.intervention_id:
        return []
    known = set(tracker.indicators.exclude(template=None).values_list("template", flat=True))
    return [
        Indicator.objects.create(
            tracker=tracker,
            template=template,
            name=template.name,
            unit=template.unit,
            direction=template.direction,
            frequency=frequency_of(template.unit),
            position=template.position,
        )
        for template in tracker.intervention.indicator_templates.all()
        if template.pk not in known
    ]


def frequency_of(unit):
    """How often a figure is expected, where a template's unit says so: “count per quarter”."""
    if "per quarter" in unit:
        return Frequency.QUARTERLY
    return Frequency.YEARLY if "per year" in unit else Frequency.MONTHLY


# --- indicators


@transaction.atomic
def add_indicator(standing, tracker, **fields):
    """Raises PermissionDenied unless the tracker is the person's to edit, ValidationError for wrong fields."""
    standing.require(Tracker.objects.editable_by(standing.person).contains(tracker))
    last = tracker.indicators.filter(is_context=False).aggregate(last=Max("position"))["last"]
    fields = {"position": 0 if last is None else last + 1} | _only(fields, INDICATOR_FIELDS)
    indicator = Indicator(tracker=tracker, **fields)
    _check_definition(indicator)
    indicator.full_clean()
    indicator.save()
    events.indicator_updated(indicator, standing)
    return indicator


@transaction.atomic
def edit_indicator(indicator, standing, *, version, **changes):
    """Change the definition, baseline or target. A published series is nobody's to change.

    Raises PermissionDenied, Conflict when somebody saved since `version`, ValidationError."""
    standing.require(Indicator.objects.editable_by(standing.person).contains(indicator))
    for field, value in _only(changes, INDICATOR_FIELDS).items():
        setattr(indicator, field, value)
    _check_definition(indicator)
    indicator.save_version(version)
    events.indicator_updated(indicator, standing)
    return indicator


def _check_definition(indicator):
    """A line on the chart needs its day: a baseline and a target each come with one, and a day with its value."""
    wrong = {}
    for name in ("baseline", "target"):
        value, on = getattr(indicator, f"{name}_value"), getattr(indicator, f"{name}_on")
        if value is None and on is not None:
            wrong[f"{name}_value"] = f"Give the {name}, or take its date away."
    if wrong:
        raise ValidationError(wrong)


# --- figures


@transaction.atomic
def enter_observation(indicator, standing, **fields):
    """A figure for a period, or the reason why there is none. It stays within the person's office until it is released.

    Raises PermissionDenied unless the indicator is theirs to give figures for (a released one only by who may sign for the
    office), ValidationError for wrong or missing fields and for a period that has a figure of this office."""
    standing.require(standing.office and Indicator.objects.editable_by(standing.person).contains(indicator))
    fields = _only(fields, OBSERVATION_FIELDS)
    standing.require(standing.may_sign or not fields.get("is_released"))
    observation = Observation(indicator=indicator, office=standing.office, entered_by=standing.person, **fields)
    fill_in(observation)
    observation.full_clean()
    try:
        with transaction.atomic():
            observation.save()
    except IntegrityError:  # a colleague entered the same period at the same moment
        raise ValidationError("There is already a figure for this period.")
    events.observation_changed(observation, standing)
    if observation.is_released:
        record_release(indicator, standing, [observation])
    return observation


@transaction.atomic
def edit_observation(observation, standing, *, version, **changes):
    """Change a figure of one's own office; an earlier value stays as a revision once it was released. What is released is
    corrected only by who may release, and stays released.

    Raises PermissionDenied, Conflict when somebody saved since `version`, ValidationError."""
    stored = _edit(observation, standing, version, changes)
    if observation.is_released and not stored.is_released:
        record_release(observation.indicator, standing, [observation])
    return observation


def _edit(observation, standing, version, changes):
    """Save the changes and return the row as it stood before."""
    stored = _own(observation, standing)
    changes = _only(changes, OBSERVATION_FIELDS)
    standing.require(standing.may_sign or not (stored.is_released or changes.get("is_released")))
    if stored.is_released and changes.get("is_released") is False:
        raise ValidationError({"is_released": "Others have seen this figure. Correct it; the earlier value stays beside it."})
    for field, value in changes.items():
        setattr(observation, field, value)
    if {"numerator", "denominator"} & changes.keys() and "value" not in changes and not observation.missing_reason:
        observation.value = None  # worked out again from its parts
    fill_in(observation)
    observation.save_version(version)
    if observation.value != stored.value and stored.is_released:
        revision_of(stored).save()
    events.observation_changed(observation, standing)
    return stored


def release_observation(observation, standing, *, version):
    """Show the figure to the whole workspace, for good. Only a principal or delegate of its office may."""
    return edit_observation(observation, standing, version=version, is_released=True)


@transaction.atomic
def release_all(indicator, standing):
    """Release every figure that the person's office keeps to itself; returns how many."""
    standing.require(standing.may_sign and Indicator.objects.editable_by(standing.person).contains(indicator))
    kept = list(indicator.observations.select_for_update(no_key=True).filter(office=standing.office, is_released=False))
    for observation in kept:
        _edit(observation, standing, observation.version, {"is_released": True})
    if kept:
        record_release(indicator, standing, kept)
    return len(kept)


def record_release(indicator, standing, observations):
    """One entry for what was released at once."""
    one = f"the figure of {period_name(observations[0].period_start, indicator.frequency)}"
    record_act(
        "figures.released",
        indicator.tracker.workspace.enrolment,
        by=standing.person,
        term=standing.term,
        subject=("indicator", indicator.pk, indicator.name),
        figures=one if len(observations) == 1 else f"{len(observations)} figures",
        periods=[str(observation.period_start) for observation in observations],
    )


@transaction.atomic
def remove_observation(observation, standing, *, version=None):
    """Take out a figure that has not been released. A released one is corrected instead: others have relied on it."""
    stored = _own(observation, standing)
    if version is not None and stored.version != version:
        raise Conflict(stored)
    if stored.is_released:
        raise ValidationError("This figure was released. Correct it, or say why it is not available; it cannot be removed.")
    events.observation_changed(stored, standing)
    stored.delete()


def _own(observation, standing):
    """The stored row, locked; PermissionDenied unless it is the person's office's."""
    standing.require(Observation.objects.editable_by(standing.person).contains(observation))
    return (
        Observation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("indicator__tracker__workspace", "office")
        .get(pk=observation.pk)
    )


def revision_of(observation):
    """The value that `observation` shows now, to be kept before another one takes its place."""
    return Revision(
        observation=observation,
        value=observation.value,
        source_version=observation.source_version,
        published_on=observation.retrieved_on or timezone.localdate(observation.updated_at),
    )


def fill_in(observation):
    """What follows from the rest: the period's last day from the indicator's frequency, the rate from its two parts.

    Raises ValidationError for a denominator of 0 or a numerator without one."""
    if observation.period_start and not observation.period_end:
        observation.period_end = last_day(observation.period_start, observation.indicator.frequency)
    numerator, denominator = observation.numerator, observation.denominator
    if (numerator is None) != (denominator is None):
        raise ValidationError({"denominator": "A rate has two parts: give both, or neither."})
    if denominator is None:
        return
    if denominator <= 0:
        raise ValidationError({"denominator": "The denominator is more than 0."})
    scale = scale_of(observation.indicator.unit)
    rate = (numerator / denominator * scale).quantize(Decimal("0.0001"))
    if observation.value is None and not observation.missing_reason:
        observation.value = rate
    elif observation.value is not None and scale > 1 and abs(observation.value - rate) > ROUNDING:
        raise ValidationError({"value": "The two parts give another figure. Leave this empty to have it worked out."})


def scale_of(unit):
    """What a numerator by a denominator is multiplied by to be told in `unit`."""
    words = unit.lower().replace(",", "")
    for scale in (100_000, 10_000, 1_000, 100):
        if f"per {scale}" in words:
            return scale
    return 100 if "percent" in words or "%" in words else 1


def last_day(start, frequency):
    """The last day of the period that begins on `start`."""
    if start.year == dt.MAXYEAR:  # refused by the model as not begun; there is no later day to count to
        return start
    months = {Frequency.MONTHLY: 1, Frequency.QUARTERLY: 3, Frequency.YEARLY: 12}[frequency]
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, calendar.monthrange(year, month + 1)[1])
    return dt.date(year, month + 1, day) - dt.timedelta(days=1)


def _only(fields, names):
    return {name: fields[name] for name in names if name in fields}
