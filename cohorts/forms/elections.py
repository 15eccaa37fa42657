from django import forms

from .verbs import Complaining


class ElectionForm(Complaining, forms.Form):
    next_election_on = forms.DateField(
        label="Day of the next election",
        required=False,
        help_text="Everyone in the cohort can see it. Leave it empty while no day is known.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
