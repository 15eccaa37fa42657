"""Forms of indicators and their figures. The verbs check again; a form asks, and shows what they say."""

from django import forms

from cohorts.forms.verbs import Complaining, UploadForm

from ..models import Frequency, Indicator
from ..sheets import MOST_BYTES, Wrong, read_day

HINTS = {
    Frequency.MONTHLY: "Such as 2025-07 or July 2025.",
    Frequency.QUARTERLY: "The first month of the quarter, such as 2025-07 or July 2025.",
    Frequency.YEARLY: "Such as 2025.",
}


class IndicatorForm(Complaining, forms.ModelForm):
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    class Meta:
        model = Indicator
        fields = [
            "name",
            "unit",
            "direction",
            "frequency",
            "baseline_value",
            "baseline_on",
            "target_value",
            "target_on",
            "source",
        ]
        labels = {
            "name": "What is counted or measured",
            "direction": "Which way is better",
            "frequency": "How often there is a figure",
            "baseline_value": "Baseline: the figure to start from",
            "baseline_on": "Day of the baseline",
            "target_value": "Target: the figure to reach",
            "target_on": "To reach by",
            "source": "Where the figures come from",
        }
        help_texts = {"unit": "Such as shootings, percent, days, or per 100,000 people."}
        widgets = {
            "baseline_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "target_on": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        }

    @property
    def told(self):
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}


class PeriodField(forms.CharField):
    def clean(self, value):
        text = super().clean(value)
        try:
            return read_day(text) if text else None
        except Wrong as wrong:
            raise forms.ValidationError(str(wrong))


class ObservationForm(Complaining, forms.Form):
    """A figure of one's own office. `period` is any day in words; the first of the month when only the month is named."""

    beside = {"period_start": "period", "period_end": "period"}

    period = PeriodField(max_length=40, label="Period")
    value = forms.DecimalField(max_digits=14, decimal_places=4, required=False, label="Figure")
    missing_reason = forms.CharField(max_length=200, required=False, label="Or: not available, because")
    numerator = forms.DecimalField(
        max_digits=14, decimal_places=4, required=False, help_text="For a rate: give both parts and leave the figure empty."
    )
    denominator = forms.DecimalField(max_digits=14, decimal_places=4, required=False)
    is_provisional = forms.BooleanField(required=False, label="Provisional: it may still change")
    note = forms.CharField(max_length=300, required=False)
    source = forms.CharField(max_length=300, required=False, label="Source, if not the indicator’s own")
    is_released = forms.BooleanField(
        required=False, label="Release it now: both offices, facilitators and the city’s researchers see it"
    )
    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    def __init__(self, *args, indicator, observation=None, may_release=False, **kwargs):
        initial = {}
        if observation:
            initial = {name: getattr(observation, name) for name in self.base_fields if name != "period"}
            initial["period"] = period_as_typed(observation.period_start, indicator.frequency)
            self.parts = {name: initial[name] for name in ("value", "numerator", "denominator")}
            initial |= {name: plain(value) for name, value in self.parts.items()}
        super().__init__(*args, initial=initial, **kwargs)
        self.fields["period"].help_text = HINTS[indicator.frequency]
        self.fields["value"].help_text = f"In {indicator.unit}."
        if not may_release or (observation and observation.is_released):
            del self.fields["is_released"]
        self.observation = observation

    @property
    def told(self):
        """Fields for the verb. A period that was not touched stays as it is, its last day too."""
        told = {name: self.cleaned_data[name] for name in self.cleaned_data if name not in ("period", "version")}
        if self.observation is None or self.fields["period"].clean(self.initial["period"]) != self.cleaned_data["period"]:
            told |= {"period_start": self.cleaned_data["period"], "period_end": None}
        if self.observation and told["numerator"] is not None:
            changed = {name for name, was in self.parts.items() if told[name] != was}
            if changed and "value" not in changed:
                told["value"] = None  # worked out again from its parts
        return told


class ImportForm(UploadForm):
    file = forms.FileField(
        label="CSV or XLSX file",
        help_text="The first row names the columns: period_start and value, and if you like period_end, missing_reason, "
        "numerator, denominator, note, source. At most 25 MB.",
        widget=forms.FileInput(attrs={"accept": ".csv,.xlsx"}),
    )
    is_dry_run = forms.BooleanField(
        required=False, initial=True, label="Only check it: say what would happen, and store nothing"
    )
    most_bytes, most = MOST_BYTES, "25 MB"


def period_as_typed(start, frequency):
    """The shortest text that `PeriodField` reads as this day."""
    if start.day != 1:
        return start.isoformat()
    return f"{start.year:04d}" if frequency == Frequency.YEARLY and start.month == 1 else f"{start:%Y-%m}"


def plain(value):
    """A stored decimal as somebody would type it."""
    return None if value is None else f"{value.normalize():f}"
