from django import forms

WORDS = {
    "label": "What will the two offices do?",
    "help_text": "One sentence. Say what will be done, and by when.",
    "max_length": 500,
    "widget": forms.Textarea(attrs={"rows": 3}),
}


class CommitmentForm(forms.Form):
    """What a pair commits to. `pairs`: the enrolments to choose from; with one alone there is nothing to choose."""

    cities = forms.TypedMultipleChoiceField(label="For which cities?", widget=forms.CheckboxSelectMultiple)
    text = forms.CharField(**WORDS)

    def __init__(self, *args, pairs, **kwargs):
        super().__init__(*args, **kwargs)
        self.pairs = {str(pair.pk): pair for pair in pairs}
        self.fields["cities"].choices = [(key, pair.city.name) for key, pair in self.pairs.items()]
        if len(pairs) == 1:
            del self.fields["cities"]

    @property
    def chosen(self):
        return [self.pairs[key] for key in self.cleaned_data.get("cities", self.pairs)]


class RewordForm(forms.Form):
    text = forms.CharField(**WORDS)
    version = forms.IntegerField(widget=forms.HiddenInput)
