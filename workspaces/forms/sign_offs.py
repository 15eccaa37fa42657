"""Forms of a sign-off. Each carries the hash of the content that was on the page."""

from django import forms


class SeenForm(forms.Form):
    content_sha256 = forms.CharField(min_length=64, max_length=64, widget=forms.HiddenInput)


class SignForm(SeenForm):
    reservation = forms.CharField(
        label="A reservation",
        help_text="Printed beside your signature wherever it is shown.",
        required=False,
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    is_confirmed = forms.BooleanField(
        label="I have read what is signed, and I sign for my office.",
        error_messages={"required": "Tick this to sign."},
    )


class DeclineForm(SeenForm):
    reason = forms.CharField(
        label="Why not?",
        help_text="The other office reads this. Declining ends this proposal; another can be made.",
        max_length=2000,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
