from django import forms


class PinForm(forms.Form):
    """Whether a message stands at the head of its topic from now on."""

    is_pinned = forms.TypedChoiceField(choices=[("1", "Pinned"), ("0", "Not pinned")], coerce=lambda value: value == "1")
