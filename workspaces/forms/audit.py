"""Which part of the audit trail one wants to see."""

import datetime as dt

from django import forms
from django.db.models import Q
from django.utils.text import slugify

from cohorts.acts import codes_of, kinds_of_act
from cohorts.models import Person


class TrailForm(forms.Form):
    """Narrows `entries` of a trail: by who acted or for whom, by kind of act, by days of the time of `zone`."""

    person = forms.ModelChoiceField(Person.objects.none(), label="Person", required=False, empty_label="Everyone")
    kind = forms.ChoiceField(label="Kind of act", required=False)
    since = forms.DateField(label="From", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label="To", required=False, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))

    def __init__(self, *args, zone, entries, **kwargs):
        super().__init__(*args, **kwargs)
        self.zone, self.entries = zone, entries
        bare = entries.order_by()
        named = Q(pk__in=bare.values("actor")) | Q(pk__in=bare.values("for_whom"))
        self.fields["person"].queryset = Person.objects.filter(named).order_by("name")
        self.fields["kind"].choices = [("", "Every kind"), *((slugify(kind), kind) for kind in kinds_of_act())]

    def clean(self):
        told = super().clean()
        if told.get("since") and told.get("until") and told["until"] < told["since"]:
            self.add_error("until", "Choose a day on or after the first.")
        return told

    def narrowed(self):
        """The entries asked for; none when a filter makes no sense."""
        if not self.is_valid():
            return self.entries.none()
        entries, told = self.entries, self.cleaned_data
        if told["person"]:
            entries = entries.filter(Q(actor=told["person"]) | Q(for_whom=told["person"]))
        if told["kind"]:
            (kind,) = (kind for kind in kinds_of_act() if slugify(kind) == told["kind"])
            entries = entries.filter(action__in=codes_of(kind))
        if told["since"]:
            entries = entries.filter(at__gte=self.midnight(told["since"]))
        if told["until"] and told["until"] < dt.date.max:
            entries = entries.filter(at__lt=self.midnight(told["until"] + dt.timedelta(days=1)))
        return entries

    def midnight(self, day):
        return dt.datetime.combine(day, dt.time.min, self.zone)
