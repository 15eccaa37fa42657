import uuid

from django import forms

from ..files.kinds import ENDINGS
from ..models import MESSAGE_LENGTH
from .guarded import Guarded


class SeveralFiles(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files at once, as a list. What kind they are and how large, the verb checks."""

    widget = SeveralFiles(attrs={"accept": ENDINGS})

    def clean(self, data, initial=None):
        return [super(FilesField, self).clean(each, initial) for each in data or [] if each]


class WordsField(forms.CharField):
    """Asked for like any other; whether a message may go without them is for its form to say."""

    def validate(self, value):
        pass


class KeysField(forms.Field):
    widget = forms.MultipleHiddenInput

    def clean(self, values):
        return [forms.UUIDField().clean(value) for value in values or []]


class MessageForm(Guarded):
    """A message to a topic. Its `client_id` makes a second press of the button the same message. `files` are new ones,
    `attachments` those that were uploaded before."""

    body = WordsField(label="Write a message", max_length=MESSAGE_LENGTH, widget=forms.Textarea(attrs={"rows": 3}))
    files = FilesField(required=False, label="Attach files")
    attachments = KeysField(required=False)
    client_id = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)

    def clean(self):
        told = super().clean()
        if not (told.get("body") or told.get("files") or told.get("attachments") or self.errors):
            self.add_error("body", "Write something first.")
        return told


class DraftForm(forms.Form):
    body = forms.CharField(max_length=MESSAGE_LENGTH, required=False, strip=False)
    client_id = forms.UUIDField(required=False)

    def clean_body(self):
        """A form sends its lines with carriage returns, which the field itself does not have."""
        return self.cleaned_data["body"].replace("\r\n", "\n")


class EditForm(Guarded):
    body = forms.CharField(
        label="Your message",
        max_length=MESSAGE_LENGTH,
        error_messages={"required": "A message has words. To take it away, remove it."},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
