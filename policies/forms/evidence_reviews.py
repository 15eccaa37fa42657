"""Forms of evidence reviews, each criterion beside its field. The verbs check again; a form asks, and shows what they say."""

from django import forms
from django.core.exceptions import ValidationError

from cohorts.forms.verbs import Complaining
from cohorts.forms.versions import VersionedForm
from cohorts.models import Person, Term
from cohorts.permissions import Role

from ..criteria import CERTAINTY_MEANS, CONCERNS, DESIGN_LEVELS, DOMAINS, NOT_REPORTED, RATING_MEANS, RIGOUR_ITEMS, SCORES
from ..models import EvidenceReview, ReviewOutcome, ReviewStudy, Study
from ..models.evidence_reviews import WORDS
from ..models.interventions import as_doi


def text(label, rows=3, help_text="", required=False, most=WORDS):
    widget = forms.Textarea(attrs={"rows": rows})
    return forms.CharField(label=label, help_text=help_text, required=required, max_length=most, widget=widget)


class DeclarationForm(Complaining, forms.Form):
    conflicts_of_interest = text(
        "Your conflicts of interest",
        help_text="Money, work, authorship of a study, a city that you advise. Everybody who reads the review reads this. "
        "Write “none” where there are none.",
        required=True,
    )


class OpenForm(DeclarationForm):
    title = forms.CharField(label="Title of the review", max_length=200)


class ReviewForm(VersionedForm):
    """The question in its four parts, and where the answer applies; of a later edition, what changed and why."""

    class Meta:
        model = EvidenceReview
        fields = ["title", "population", "tried", "comparison", "asked_outcome", "applicability", "what_changed", "why_changed"]
        labels = {
            "population": "For whom",
            "tried": "What is tried",
            "comparison": "Compared with what",
            "asked_outcome": "What should change",
            "applicability": "Where it applies, and where it may not",
            "what_changed": "What changed since the edition before",
            "why_changed": "Why it changed",
        }
        help_texts = {
            "population": "People or places: “young people shot and treated in a hospital”.",
            "tried": "The intervention, as the studies carried it out.",
            "comparison": "What the others got: “hospital care as usual”.",
            "asked_outcome": "The outcomes that matter to the two offices.",
        }
        widgets = {
            name: forms.Textarea(attrs={"rows": rows})
            for name, rows in (("population", 2), ("tried", 2), ("comparison", 2), ("asked_outcome", 2))
        } | {name: forms.Textarea(attrs={"rows": 4}) for name in ("applicability", "what_changed", "why_changed")}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if not self.instance.supersedes_id:
            del self.fields["what_changed"], self.fields["why_changed"]


class AuthorForm(Complaining, forms.Form):
    person = forms.ModelChoiceField(Person.objects.none(), label="Who writes along", empty_label="Choose a researcher")

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, **kwargs)
        researching = Term.objects.current().filter(seat__role=Role.RESEARCHER).values("person")
        people = Person.objects.filter(pk__in=researching, is_active=True)
        self.fields["person"].queryset = people.exclude(pk__in=review.authors.values("person")).order_by("name")


class StudyForm(Complaining, forms.ModelForm):
    """What a study says, entered by hand."""

    doi = forms.CharField(label="DOI", required=False, max_length=200, help_text="Such as 10.1111/1745-9133.12353.")

    class Meta:
        model = Study
        fields = [
            *("doi", "title", "authors", "year", "source", "is_meta_analysis", "design", "setting", "sample", "sample_size"),
            *(
                "outcome",
                "direction",
                "effect_text",
                "effect_measure",
                "effect",
                "ci_low",
                "ci_high",
                "ci95",
                "read_at",
                "note",
            ),
        ]
        labels = {
            "source": "Where it was published",
            "is_meta_analysis": "It is a meta-analysis or a systematic review",
            "setting": "Where it took place",
            "sample": "Who or what was studied",
            "sample_size": "How many, as a number",
            "outcome": "Outcome, as the study names it",
            "direction": "What it found",
            "effect_text": "The effect, as the study says it",
            "effect_measure": "What the number below is",
            "effect": "Effect, as a number",
            "ci_low": "Lower end of the 95% interval",
            "ci_high": "Upper end of the 95% interval",
            "ci95": "The interval as printed, where it is more than two numbers",
            "read_at": "Address where it was read",
            "note": "Note for readers",
        }
        help_texts = {
            "authors": "As they are cited.",
            "direction": "Favourable means better for the people it is meant for.",
            "effect_text": "Leave empty what the study does not say. It is then shown as “not set”.",
            "effect": "With its interval it is drawn beside the other studies.",
        }
        widgets = {
            "effect_text": forms.Textarea(attrs={"rows": 2}),
            "note": forms.Textarea(attrs={"rows": 2}),
            "read_at": forms.URLInput,
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["direction"].choices = [("", "Not set"), *Study.Direction.choices]
        self.fields["effect_measure"].choices = [("", "Not set"), *Study.Measure.choices]

    def clean_doi(self):
        doi = self.cleaned_data["doi"]
        if not doi:
            return ""
        try:
            return as_doi(doi)
        except ValidationError as error:
            raise ValidationError(error.messages)

    def clean(self):
        told = super().clean()
        if not (told.get("title") or told.get("doi") or "doi" in self.errors):
            self.add_error("title", "Give its title, or its DOI.")
        return told


class CorrectionForm(StudyForm):
    """Puts right what a study says, over what was read: `version` is that of its row in the review."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, version, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = version


class ScoreForm(Complaining, forms.ModelForm):
    """How a study scores: its design, then item by item."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = ReviewStudy
        fields = ["outcome", "design_level", "note"]
        labels = {"outcome": "Which outcome of the review does it speak to?", "note": "Why it scores so"}
        widgets = {"note": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.fields["outcome"].queryset = self.instance.review.outcomes.all()
        self.fields["outcome"].empty_label = "None yet"
        self.fields["design_level"] = forms.TypedChoiceField(
            label="Design",
            choices=[("", "Not scored"), *((level, f"{name}. {asks}") for level, name, asks in DESIGN_LEVELS)],
            coerce=int,
            empty_value=None,
            required=False,
            widget=forms.RadioSelect,
            initial=self.instance.design_level or "",
            help_text="For a meta-analysis leave it at “not scored”: the scale is for single studies."
            if self.instance.study.is_meta_analysis
            else "",
        )
        for item in RIGOUR_ITEMS:
            self.fields[f"rigour_{item.key}"] = forms.ChoiceField(
                label=item.name,
                help_text=item.asks,
                choices=[("", "Not scored"), *((str(score), name) for score, name in SCORES), (NOT_REPORTED, "Not reported")],
                required=False,
                initial=str(self.instance.rigour.get(item.key, "")),
            )
        self.order_fields(["version", "outcome", "design_level", *(f"rigour_{each.key}" for each in RIGOUR_ITEMS), "note"])

    @property
    def told(self):
        given = {item.key: self.cleaned_data[f"rigour_{item.key}"] for item in RIGOUR_ITEMS}
        rigour = {key: score if score == NOT_REPORTED else int(score) for key, score in given.items() if score}
        return {name: self.cleaned_data[name] for name in ("outcome", "design_level", "note")} | {"rigour": rigour}


class TakeForm(Complaining, forms.Form):
    studies = forms.ModelMultipleChoiceField(
        Study.objects.none(), label="Studies in the library", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args, review, **kwargs):
        super().__init__(*args, **kwargs)
        known = Study.objects.in_library().filter(intervention=review.intervention_id)
        self.fields["studies"].queryset = known.exclude(pk__in=review.studies.values("study"))
        self.fields["studies"].label_from_instance = lambda study: f"{study.citation}: {study.outcome or 'outcome not set'}"


def meanings(choices, means):
    return [(value, f"{label}: {means[value]}") for value, label in choices]


class OutcomeForm(Complaining, forms.ModelForm):
    """An outcome’s rating, direction and certainty, and of each of GRADE’s domains the concern with its reason."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput, required=False)

    class Meta:
        model = ReviewOutcome
        fields = ["outcome", "rating", "direction", "certainty", "summary"]
        labels = {"summary": "What the studies found, in a few sentences"}
        widgets = {
            "rating": forms.RadioSelect,
            "certainty": forms.RadioSelect,
            "summary": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version
        self.fields["rating"].choices = meanings(ReviewOutcome.Rating.choices, RATING_MEANS)
        self.fields["certainty"].choices = meanings(ReviewOutcome.Certainty.choices, CERTAINTY_MEANS)
        self.fields["direction"].choices = [("", "Choose"), *Study.Direction.choices]
        for domain in DOMAINS:
            told = self.instance.reasons.get(domain.key, {})
            self.fields[f"{domain.key}_concern"] = forms.ChoiceField(
                label=domain.name, help_text=domain.asks, choices=CONCERNS, initial=told.get("concern", "none")
            )
            reason = text(f"{domain.name}: the reason", rows=2)
            reason.initial = told.get("reason", "")
            self.fields[f"{domain.key}_reason"] = reason
        domains = [f"{domain.key}_{part}" for domain in DOMAINS for part in ("concern", "reason")]
        self.order_fields(["version", "outcome", "summary", "rating", "direction", *domains, "certainty"])

    @property
    def told(self):
        reasons = {
            domain.key: {
                "concern": self.cleaned_data[f"{domain.key}_concern"],
                "reason": self.cleaned_data[f"{domain.key}_reason"].strip(),
            }
            for domain in DOMAINS
        }
        return {name: self.cleaned_data[name] for name in self.Meta.fields} | {"reasons": reasons}


class PublishForm(Complaining, forms.Form):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)
