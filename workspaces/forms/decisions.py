from django import forms

from ..models import MESSAGE_LENGTH, Audience, Topic


class DecisionForm(forms.Form):
    """What was decided by phone or in a meeting, as one office remembers it."""

    text = forms.CharField(
        label="What was decided?",
        max_length=MESSAGE_LENGTH,
        help_text="In the words that the other office will confirm.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    on = forms.DateField(label="On which day?", widget=forms.DateInput(attrs={"type": "date"}))
    topic = forms.ModelChoiceField(
        label="In which topic does it belong?", queryset=Topic.objects.none(), empty_label="Choose a topic"
    )

    def __init__(self, *args, standing, **kwargs):
        super().__init__(*args, **kwargs)
        shared = Topic.objects.visible_to(standing.person).filter(workspace=standing.workspace, is_closed=False)
        self.fields["topic"].queryset = shared.exclude(audience=Audience.OFFICE)
