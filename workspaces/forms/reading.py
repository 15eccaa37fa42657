from django import forms


class ReadForm(forms.Form):
    """How far a person says they have read."""

    position = forms.IntegerField(min_value=0, widget=forms.HiddenInput)
