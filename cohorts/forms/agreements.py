from django import forms

from ..models import AGREEMENT_LENGTH
from .verbs import Complaining


class AgreementForm(Complaining, forms.Form):
    """The text of the edition after the newest, whose number it carries."""

    text = forms.CharField(
        label="The agreement",
        max_length=AGREEMENT_LENGTH,
        help_text="Plain paragraphs. A line that starts with ## is a heading, one that starts with - a point of a list.",
        widget=forms.Textarea(attrs={"rows": 18}),
    )
    edition = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def after(self, current):
        """The form as typed, to be saved after `current`, which somebody wrote meanwhile."""
        self.data = self.data.copy()
        self.data["edition"] = current.edition + 1
