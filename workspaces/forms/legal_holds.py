from django import forms

from cohorts.forms.verbs import Complaining

from ..models import LegalHold


class HoldForm(Complaining, forms.ModelForm):
    class Meta:
        model = LegalHold
        fields = ["matter"]
        widgets = {"matter": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"matter": "A records request, a suit, an inquiry: enough for whoever holds this seat after you."}
