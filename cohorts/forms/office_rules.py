"""The rules of an office, as its IT contact sets them. Only rules that something here obeys are asked."""

from django import forms

from ..models import OfficeRules

WORDS = {True: "Yes", False: "No"}


def rule(label, help_text):
    return forms.TypedChoiceField(
        label=label,
        help_text=help_text,
        choices=list(WORDS.items()),
        coerce=lambda value: value == "True",
        widget=forms.RadioSelect,
    )


class OfficeRulesForm(forms.ModelForm):
    allows_uploads = rule(
        "May people of this office upload files?",
        "Such as a table of figures. If not, figures are typed in. What is here already stays.",
    )
    allows_tokens = rule(
        "May people of this office make API tokens?",
        "A token lets a program read or write in a person’s name. If not, those made before rest at once, and work again once "
        "they are allowed.",
    )
    allows_feeds = rule(
        "May people of this office read their dates in a calendar elsewhere?",
        "By an address of their own, which anybody who has it can fetch. What is due is never named there. If not, addresses "
        "made before rest at once, and work again once they are allowed.",
    )
    allows_mail_text = rule(
        "May titles and words from here be in mails?",
        "In mails to people of this office, and what people of this office write in mails to anybody. If not, a mail says only "
        "that there is something, and where. What one office or the two offices keep to themselves is in no mail either way.",
    )
    allows_mail_replies = rule(
        "May people of this office write here by answering a mail?",
        "A mail about one topic then carries an address of its own, which posts what is written from their own address alone.",
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = OfficeRules
        fields = ["allows_uploads", "allows_tokens", "allows_feeds", "allows_mail_text", "allows_mail_replies"]

    def __init__(self, *args, instance, **kwargs):
        super().__init__(*args, instance=instance, **kwargs)
        self.initial["version"] = instance.version

    @property
    def told(self):
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def facts(self):
        """What each rule says, for who reads and does not set them."""
        return [
            {"label": field.label, "value": WORDS[field.value()], "help_text": field.help_text}
            for field in self.visible_fields()
        ]

    def differences(self, now):
        """Where the rules as they stand `now` are not what was chosen here."""
        return [
            {"label": self.fields[name].label, "theirs": WORDS[getattr(now, name)], "yours": WORDS[chosen]}
            for name, chosen in self.told.items()
            if chosen != getattr(now, name)
        ]

    def after(self, now):
        """The same choices, to be saved upon the rules as they stand `now`."""
        data = self.data.copy()
        data["version"] = now.version
        return type(self)(data, instance=now)
