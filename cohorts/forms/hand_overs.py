"""The form of a hand-over. The verb checks; the form asks, and shows what the verb says."""

from django import forms
from django.core.exceptions import ValidationError

from ..actions.hand_overs import successor_at
from ..models import HandOver, Term
from .verbs import Complaining

PERSON, VACANT = "person", "vacant"


def date_input():
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class HandOverForm(Complaining, forms.Form):
    """`outgoing`: the term that ends, or None where the seat is vacant already, and so only a successor makes sense."""

    seen = forms.CharField(max_length=200, widget=forms.HiddenInput)
    on = forms.DateField(
        label="On which day?",
        help_text="Today counts from the moment you confirm. A later day counts from its first minute, by the office’s clock.",
        widget=date_input(),
    )
    who = forms.ChoiceField(
        label="Who comes?",
        choices=[(PERSON, "Somebody who has an account here"), (VACANT, "Nobody yet: the seat is vacant")],
        widget=forms.RadioSelect,
    )
    email = forms.EmailField(
        label="Their e-mail address",
        required=False,
        help_text="Exactly as they sign in with it. Leave it empty when the seat is to be vacant.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    title = forms.CharField(
        label="Their title",
        required=False,
        max_length=Term._meta.get_field("title").max_length,
        help_text="Printed beside their name on everything they do in this seat.",
    )
    ends_on = forms.DateField(
        label="Last day of their term",
        required=False,
        help_text="Their access ends with it by itself. Leave it empty when no day is set.",
        widget=date_input(),
    )
    note = forms.CharField(
        label="Note for the office",
        required=False,
        max_length=HandOver._meta.get_field("note").max_length,
        help_text="What the next holder should know. Your office keeps and reads it; it may be a public record.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, *args, outgoing, **kwargs):
        super().__init__(*args, **kwargs)
        if outgoing is None:
            self.fields["who"].widget = forms.HiddenInput()
            self.fields["who"].initial = PERSON

    def clean(self):
        told = super().clean()
        self.successor = None
        if told.get("who") == PERSON and "email" in told:
            if not told["email"]:
                self.add_error("email", "Say who comes, or choose that the seat is vacant.")
            else:
                try:
                    self.successor = successor_at(told["email"])
                except ValidationError as error:
                    self.complain(error)
        return told

    def told(self):
        """The fields, as the verb takes them."""
        keys = ("seen", "on", "title", "ends_on", "note")
        return {key: self.cleaned_data[key] for key in keys} | {"successor": self.successor}
