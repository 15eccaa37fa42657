from django import forms

from ..models import PresenceChoice


class PresenceForm(forms.Form):
    shown_to = forms.ChoiceField(
        label="Who sees that you are here, or typing?",
        choices=PresenceChoice.ShownTo.choices,
        widget=forms.RadioSelect,
        help_text="Nobody is told in which topic you are. That you are typing is told only to those who see the topic.",
    )
