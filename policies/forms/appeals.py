"""Forms of appeals."""

from django import forms

from cohorts.forms.verbs import Complaining

from .evidence_reviews import text


class AppealForm(Complaining, forms.Form):
    body = text(
        "What is wrong, and how it can be told",
        help_text="A study that is missing or read wrongly, a conclusion that it does not bear. Everyone who reads the review "
        "reads this, with your name.",
        required=True,
    )


class AnswerForm(Complaining, forms.Form):
    answer = text("Your answer", help_text="It stands below the appeal for everyone who reads the review.", required=True)
