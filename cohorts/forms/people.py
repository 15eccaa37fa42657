"""Forms of a person's own settings."""

from allauth.mfa.webauthn.forms import AddWebAuthnForm
from django import forms

from ..calendars import ZONES
from ..models import ApiToken, Person


class PersonForm(forms.ModelForm):
    timezone = forms.ChoiceField(label="Time zone", choices=ZONES, help_text="Times on pages are in this zone.")

    class Meta:
        model = Person
        fields = ["name", "timezone"]
        help_texts = {"name": "As it stands beside what you write and sign."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = self.instance.timezone
        if zone not in dict(ZONES):
            self.fields["timezone"].choices = [*ZONES, (zone, zone)]


class TokenForm(forms.Form):
    name = forms.CharField(label="What is it for?", max_length=60, help_text="Such as “Monthly figures, city hall”.")
    scope = forms.ChoiceField(label="What may it do?", choices=ApiToken.Scope, widget=forms.RadioSelect, initial="read")
    days = forms.TypedChoiceField(
        label="Works for",
        choices=[(30, "30 days"), (90, "90 days"), (365, "A year")],
        coerce=int,
        initial=90,
        help_text="It ends sooner when your seat does.",
    )


class FeedForm(forms.Form):
    name = forms.CharField(label="Where will you use it?", max_length=60, help_text="Such as “My phone”.")


class AddPasskeyForm(AddWebAuthnForm):
    name = forms.CharField(label="Name of the device", max_length=60, required=False)
    passwordless = forms.BooleanField(
        label="Sign in with it instead of the password",
        required=False,
        initial=True,
        help_text="The device asks for a fingerprint, a face or its PIN. Else it is a second step after the password.",
    )
