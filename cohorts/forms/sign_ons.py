"""The sign-on of an office or a cohort, as its IT contact or facilitator sets it."""

import re

from django import forms

from ..actions.sign_ons import people_of
from ..models import SignOn
from .verbs import Complaining

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}")


class SignOnForm(Complaining, forms.ModelForm):
    secret = forms.CharField(
        label="Client secret",
        required=False,
        max_length=500,
        strip=True,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
    )
    forget_secret = forms.BooleanField(label="It has no client secret any more", required=False)
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    class Meta:
        model = SignOn
        fields = ["name", "issuer", "client_id", "secret", "forget_secret", "domains", "proof", "acr_values"]
        widgets = {"proof": forms.RadioSelect, "issuer": forms.TextInput(attrs={"inputmode": "url"})}
        labels = {
            "name": "Name on the button",
            "issuer": "Issuer address",
            "client_id": "Client ID",
            "domains": "Mail domains of your people",
            "proof": "When is the second step asked here?",
            "acr_values": "Values of “acr” to trust",
        }
        help_texts = {
            "name": "As your people know it: “Alder city sign-on”.",
            "issuer": "As your provider prints it, letter for letter. It begins with https://",
            "client_id": "The provider gives it when you register this platform there.",
            "domains": "Such as alder.gov, with a space between two. Who types an address of yours when signing in is led to "
            "your button, whether or not they have an account.",
            "proof": "Your provider may ask for more than a password and say so in its answer. What it says counts for people "
            "who hold seats in your office alone.",
            "acr_values": "With a space between two. They are also asked of the provider.",
        }

    def __init__(self, *args, instance, **kwargs):
        instance.domains = instance.domains.strip()
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["version"] = 0 if instance._state.adding else instance.version
        self.fields["proof"].choices = SignOn.Proof.choices
        self.fields["acr_values"].required = False
        if instance.has_secret:
            self.fields["secret"].help_text = "One is kept, and never shown. Leave this empty to keep it."
        else:
            words = "It is kept sealed and never shown again. Leave this empty if your provider gives none."
            self.fields["secret"].help_text = words
            del self.fields["forget_secret"]

    def clean_issuer(self):
        return self.cleaned_data["issuer"].strip()

    def clean_domains(self):
        """Only those at which somebody of the office has an address: nobody draws another's people to their own button."""
        told = sorted(set(re.split(r"[\s,;]+", self.cleaned_data["domains"].lower().strip())) - {""})
        wrong = [domain for domain in told if not DOMAIN.fullmatch(domain)]
        if wrong:
            raise forms.ValidationError(f"“{wrong[0]}” is not a domain, such as alder.gov.")
        theirs = {person.email.rpartition("@")[2].lower() for person in people_of(self.instance)}
        strange = [domain for domain in told if domain not in theirs]
        if strange:
            raise forms.ValidationError(f"Nobody who holds a seat here has an address at {strange[0]}.")
        return f" {' '.join(told)} " if told else ""

    def clean(self):
        cleaned = super().clean()
        if cleaned.get("proof") == SignOn.Proof.ACR and not cleaned.get("acr_values", "").strip():
            self.add_error("acr_values", "Say which values of “acr” prove more than a password.")
        return cleaned

    @property
    def told(self):
        """What the verb takes."""
        fields = ("name", "issuer", "client_id", "domains", "proof", "acr_values")
        return {name: self.cleaned_data[name] for name in fields} | {
            "secret": self.cleaned_data["secret"] or None,
            "forget_secret": self.cleaned_data.get("forget_secret", False),
        }


class AddressForm(forms.Form):
    email = forms.EmailField(
        label="Your work e-mail", max_length=254, widget=forms.EmailInput(attrs={"autocomplete": "username"})
    )


class NameForm(forms.Form):
    """Of somebody new who comes in by their office's sign-on, and so has no password here."""

    name = forms.CharField(label="Your name", max_length=120, help_text="As it stands beside what you write and sign.")
