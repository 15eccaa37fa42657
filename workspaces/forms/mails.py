"""What a person chooses to get by mail."""

from django import forms

from ..models import MailChoice


class MailChoiceForm(forms.ModelForm):
    mentions = forms.ChoiceField(
        label="When somebody calls you by name",
        choices=MailChoice.Mentions,
        widget=forms.RadioSelect,
        help_text="At once means the first of a day. What follows it waits for the next morning.",
    )
    rest = forms.ChoiceField(
        label="Everything else that is new",
        choices=MailChoice.Rest,
        widget=forms.RadioSelect,
        help_text="In one mail for all workspaces. What you have read here is left out.",
    )
    signatures = forms.TypedChoiceField(
        label="When your signature is asked",
        choices=[(True, "A mail at once, and one reminder"), (False, "No mail")],
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
        help_text="Only if you may sign for your office. It comes besides the one mail a day.",
    )

    class Meta:
        model = MailChoice
        fields = ["mentions", "rest", "signatures"]


def in_words(choice):
    """“Called by name: a mail at once. The rest: once a day. Signatures: at once.”"""
    signatures = "a mail at once" if choice.signatures else "no mail"
    return (
        f"Called by name: {lower(choice.get_mentions_display())}. The rest: {lower(choice.get_rest_display())}. "
        f"Signatures: {signatures}."
    )


def lower(words):
    return words[0].lower() + words[1:]
