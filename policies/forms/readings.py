"""Forms of second readings. The verbs check again; a form asks, and shows what they say."""

from django import forms

from cohorts.forms.verbs import Complaining

from ..criteria import CERTAINTY_MEANS, RATING_MEANS
from ..models import ReviewOutcome
from ..models.readings import RATED
from .evidence_reviews import DeclarationForm, meanings, text

REASON = 4000


class ReadingForm(DeclarationForm):
    """What one reader makes of each of `outcomes`, with their own conflicts of interest first."""

    beside = {"ratings": None}

    def __init__(self, *args, outcomes, **kwargs):
        super().__init__(*args, **kwargs)
        self.outcomes = list(outcomes)
        for number, outcome in enumerate(self.outcomes):
            name = outcome.outcome[:1].upper() + outcome.outcome[1:]
            self.fields[f"rating_{number}"] = forms.ChoiceField(
                label=f"{name}: rating",
                choices=meanings(ReviewOutcome.Rating.choices, RATING_MEANS),
                widget=forms.RadioSelect,
            )
            self.fields[f"direction_{number}"] = forms.ChoiceField(
                label=f"{name}: direction of the effect", choices=[("", "Choose"), *ReviewOutcome.Direction.choices]
            )
            self.fields[f"certainty_{number}"] = forms.ChoiceField(
                label=f"{name}: certainty",
                choices=meanings(ReviewOutcome.Certainty.choices, CERTAINTY_MEANS),
                widget=forms.RadioSelect,
            )
            self.fields[f"reason_{number}"] = text(f"{name}: your reason", rows=3, required=True, most=REASON)
        self.fields["remarks"] = text("Anything else for the authors", rows=3)

    @property
    def told(self):
        ratings = {
            outcome.outcome: {key: self.cleaned_data[f"{key}_{number}"] for key in (*RATED, "reason")}
            for number, outcome in enumerate(self.outcomes)
        }
        return {"ratings": ratings} | {name: self.cleaned_data[name] for name in ("conflicts_of_interest", "remarks")}


class ReturnForm(Complaining, forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
    reason = text("What the authors should look at again", rows=4)
