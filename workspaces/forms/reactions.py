from django import forms

from ..models import Emoji


class ReactionForm(forms.Form):
    """A reaction, and whether it stands from now on; without that word it is turned over."""

    emoji = forms.ChoiceField(choices=Emoji.choices)
    is_on = forms.TypedChoiceField(
        choices=[("1", "On"), ("0", "Off")], coerce=lambda value: value == "1", empty_value=None, required=False
    )
