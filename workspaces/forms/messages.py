import uuid

from django import forms

from ..models import MESSAGE_LENGTH
from .guarded import Guarded


class MessageForm(Guarded):
    """A message to a topic. Its `client_id` makes a second press of the button the same message."""

    body = forms.CharField(
        label="Write a message",
        max_length=MESSAGE_LENGTH,
        error_messages={"required": "Write something first."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    client_id = forms.UUIDField(initial=uuid.uuid4, widget=forms.HiddenInput)


class EditForm(Guarded):
    body = forms.CharField(
        label="Your message",
        max_length=MESSAGE_LENGTH,
        error_messages={"required": "A message has words. To take it away, remove it."},
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
