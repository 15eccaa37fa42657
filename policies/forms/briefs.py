"""Forms of briefs. The verbs check again; a form asks, and shows what they say."""

import datetime as dt

from django import forms
from django.utils import timezone

from cohorts.forms.verbs import Complaining

from ..models import Brief, Tracker

LABELS = {
    "narrative": "Both offices say together",
    "mayor_paragraph": "The mayor’s office says",
    "prosecutor_paragraph": "The prosecutor’s office says",
}


def quarter_until(today):
    """The default period: from the first day of the month three months before `today` until `today`."""
    years, month = divmod(today.month - 1 - 3, 12)
    return dt.date(today.year + years, month + 1, 1), today


class DraftForm(Complaining, forms.Form):
    """Which days, about what. `workspace` limits the trackers."""

    period_start = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    period_end = forms.DateField(label="To", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    tracker = forms.ModelChoiceField(
        Tracker.objects.none(), label="About", required=False, empty_label="All of the city’s trackers"
    )
    narrative = forms.CharField(
        label=LABELS["narrative"],
        required=False,
        max_length=1200,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="A paragraph for the top of page one. It can be written later; each office has its own paragraph too.",
    )

    def __init__(self, *args, workspace, **kwargs):
        start, end = quarter_until(timezone.localdate())
        super().__init__(*args, initial={"period_start": start, "period_end": end} | kwargs.pop("initial", {}), **kwargs)
        self.fields["tracker"].queryset = Tracker.objects.filter(workspace=workspace)

    @property
    def told(self):
        """What the verb takes."""
        tracker = self.cleaned_data["tracker"]
        return self.cleaned_data | {"scope": Brief.Scope.TRACKER if tracker else Brief.Scope.CITY}


class WordsForm(Complaining, forms.ModelForm):
    """The paragraphs that this person may write, `fields`."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = Brief
        fields = list(LABELS)
        labels = LABELS
        widgets = {name: forms.Textarea(attrs={"rows": 6}) for name in LABELS}
        help_texts = {
            "narrative": "Stands at the top of page one. Up to 1,200 characters.",
            "mayor_paragraph": "In your office’s own words; nobody else can change it. Up to 800 characters.",
            "prosecutor_paragraph": "In your office’s own words; nobody else can change it. Up to 800 characters.",
        }

    def __init__(self, *args, editable, **kwargs):
        super().__init__(*args, **kwargs)
        for name in set(LABELS) - set(editable):
            del self.fields[name]
        self.initial["version"] = self.instance.version

    def _post_clean(self):
        """The verb sets the fields, so that the row stays as it was read until it is saved."""

    @property
    def words(self):
        return {name: self.cleaned_data[name] for name in LABELS if name in self.cleaned_data}

    def stand_on(self, version):
        """Take `version` as the one seen, so that sending again is a decision made with both texts in view."""
        self.data = self.data.copy()
        self.data["version"] = version
