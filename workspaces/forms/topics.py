from django import forms

from ..models import MESSAGE_LENGTH, Audience, Topic, audience_in_words
from .guarded import Guarded


class TopicForm(Guarded):
    """A topic and its first message. Only the rings that the person speaks in are offered."""

    title = forms.CharField(
        label="What is it about?",
        max_length=Topic._meta.get_field("title").max_length,
        help_text="A few words, such as “Call-in date”.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    audience = forms.ChoiceField(label="Who can see it?", widget=forms.RadioSelect, initial=Audience.WORKSPACE)
    body = forms.CharField(
        label="First message",
        max_length=MESSAGE_LENGTH,
        required=False,
        help_text="You can also write it later. No names of victims or defendants, and no open cases.",
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args, standing, **kwargs):
        super().__init__(*args, **kwargs)
        workspace = standing.workspace
        if not workspace.offices:
            del self.fields["audience"]
            return
        rings = [Audience.WORKSPACE] + ([Audience.OFFICES, Audience.OFFICE] if standing.office else [])
        self.fields["audience"].choices = [(ring, audience_in_words(ring, workspace, standing.office)) for ring in rings]


class TitleForm(Guarded):
    title = forms.CharField(label="Title", max_length=Topic._meta.get_field("title").max_length)
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ClosingForm(forms.Form):
    """Whether a topic is resolved from now on."""

    is_closed = forms.TypedChoiceField(
        choices=[("1", "Resolved"), ("0", "Open")], coerce=lambda value: value == "1", widget=forms.HiddenInput
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
