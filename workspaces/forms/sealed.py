from django import forms

from cohorts.forms.verbs import Complaining

from ..models import MESSAGE_LENGTH, SealedItem
from .guarded import Guarded


class TakeOutForm(forms.Form):
    why = forms.ChoiceField(
        label="Why should it not be here?",
        choices=SealedItem.Why.choices,
        widget=forms.RadioSelect,
        error_messages={"required": "Choose one.", "invalid_choice": "Choose one."},
    )


class RedactForm(Complaining, Guarded):
    words = forms.CharField(
        label="What is to stand there instead",
        max_length=MESSAGE_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": "Write what is to stand there."},
    )
