"""Which part of the library one wants to see."""

from django import forms
from django.db.models import Exists, OuterRef

from ..models import EvidenceReview, Intervention, ReviewOutcome, Tracker

NOT_RATED = "none"
OURS, SHARED = "ours", "shared"


class LibraryForm(forms.Form):
    """Narrows `found`, the interventions that `person` may read, by words, problem, who leads, rating and use."""

    q = forms.CharField(label="Words", max_length=100, required=False, widget=forms.TextInput(attrs={"type": "search"}))
    problem = forms.ChoiceField(label="Problem", required=False)
    lead = forms.ChoiceField(label="Who leads", required=False, choices=[("", "Anyone"), *Intervention.Lead.choices])
    rating = forms.ChoiceField(
        label="Rated, for any outcome",
        required=False,
        choices=[("", "In any way, or not"), *ReviewOutcome.Rating.choices, (NOT_RATED, "Not rated here yet")],
    )
    use = forms.ChoiceField(
        label="In use",
        required=False,
        choices=[
            ("", "Anywhere, or nowhere"),
            (OURS, "By a city I work in"),
            (SHARED, "By a city that shares it with my cohort"),
        ],
    )

    def __init__(self, *args, person, found, **kwargs):
        super().__init__(*args, **kwargs)
        self.found = found.annotate(
            is_ours=Exists(Tracker.objects.visible_to(person).filter(intervention=OuterRef("pk"))),
            is_shared=Exists(Tracker.objects.shared_with(person).filter(intervention=OuterRef("pk"))),
        )
        problems = {problem for problems in found.values_list("problem_areas", flat=True) for problem in problems}
        self.fields["problem"].choices = [("", "Any"), *((each, each.capitalize()) for each in sorted(problems))]

    @property
    def is_narrowed(self):
        return any(self.data.get(name) for name in self.fields)

    def shelves(self):
        """`[(problem, [interventions])]`, an intervention on the shelf of each problem that it is for; none where what was
        asked makes no sense."""
        shelves = {}
        for intervention in self.narrowed().with_evidence():
            for problem in intervention.problem_areas or ["other"]:
                if self.cleaned_data["problem"] in ("", problem):
                    shelves.setdefault(problem, []).append(intervention)
        return sorted(shelves.items())

    def narrowed(self):
        if not self.is_valid():
            return self.found.none()
        found, told = self.found, self.cleaned_data
        if words := told["q"]:
            found = found.filter(name__icontains=words) | found.filter(summary__icontains=words)
        if told["lead"]:
            found = found.filter(lead=told["lead"])
        if told["rating"]:
            in_force = EvidenceReview.objects.in_force().filter(intervention=OuterRef("pk"))
            is_rated = Exists(in_force.filter(outcomes__rating=told["rating"]))
            found = found.filter(~Exists(in_force) if told["rating"] == NOT_RATED else is_rated)
        if told["use"]:
            found = found.filter(**{f"is_{told['use']}": True})
        return found
