from django import forms

from ..models import Departure


class DepartureForm(forms.Form):
    reason = forms.CharField(
        label="Why?",
        required=False,
        max_length=Departure._meta.get_field("reason").max_length,
        help_text="The other office and the cohort’s facilitators can read it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_confirmed = forms.BooleanField(
        label="I have read what happens, and I sign my office out of the cohort.",
        error_messages={"required": "Tick this to sign."},
    )
