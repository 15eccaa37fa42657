"""Forms of trackers. The verbs check again; a form asks, and shows what they say."""

from django import forms
from django.db.models import Prefetch

from cohorts.forms.verbs import Complaining
from cohorts.forms.versions import VersionedForm
from cohorts.models import Seat, Term
from cohorts.permissions import Role

from ..models import Decider, Stage, Tracker

OWNING_ROLES = (Role.PRINCIPAL, Role.DELEGATE, Role.STAFF)


class SeatField(forms.ModelChoiceField):
    """A seat, named with whoever holds it today."""

    def __init__(self, offices, **kwargs):
        holders = Prefetch("terms", Term.objects.current().select_related("person"), to_attr="holders")
        seats = Seat.objects.filter(office__in=offices, role__in=OWNING_ROLES).select_related("office")
        super().__init__(seats.prefetch_related(holders), required=False, empty_label="Not set", **kwargs)
        self.is_of_both = len(offices) > 1

    def label_from_instance(self, seat):
        parts = [seat.name, *(term.person.name for term in seat.holders)]
        return ", ".join([*parts, seat.office.get_kind_display()] if self.is_of_both else parts)


def date_input():
    return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class TrackerForm(Complaining, forms.ModelForm):
    """Opens a tracker. `standing` limits who may decide it to both offices and the person's own."""

    class Meta:
        model = Tracker
        fields = ["title", "decided_by", "problem_statement", "mayor_owner", "prosecutor_owner", "starts_on", "target_on"]
        labels = {
            "problem_statement": "The problem, in a sentence or two",
            "starts_on": "Work starts on",
            "target_on": "Target date",
        }
        help_texts = {
            "title": "What the two offices call this work.",
            "decided_by": "A joint matter moves only when both offices sign. An office’s own matter is its own.",
            "problem_statement": "In words that both offices would use.",
        }
        widgets = {
            "decided_by": forms.RadioSelect,
            "problem_statement": forms.Textarea(attrs={"rows": 4}),
            "starts_on": date_input(),
            "target_on": date_input(),
        }

    def __init__(self, *args, standing, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.workspace = standing.workspace
        mayor, prosecutor = standing.workspace.offices
        self.fields["mayor_owner"] = SeatField([mayor], label="Who answers for the mayor’s office?")
        self.fields["prosecutor_owner"] = SeatField([prosecutor], label="Who answers for the prosecutor’s office?")
        self.fields["decided_by"].choices = [
            each for each in Decider.choices if each[0] in (Decider.JOINT, standing.office_kind)
        ]


class TrackerEditForm(VersionedForm, TrackerForm):
    """Edits a tracker. What is joint stays joint, so only an office's own matter is asked who decides."""

    class Meta(TrackerForm.Meta):
        fields = ["title", "health", "health_note", *TrackerForm.Meta.fields[1:]]
        labels = TrackerForm.Meta.labels | {"health_note": "Why, in a sentence"}
        help_texts = TrackerForm.Meta.help_texts | {"health_note": "Needed when it gets worse or is paused."}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        if self.instance.decided_by == Decider.JOINT:
            del self.fields["decided_by"]


class StageMoveForm(Complaining, forms.Form):
    """Proposes another stage, forth or back."""

    to_stage = forms.ChoiceField(label="Move to", widget=forms.RadioSelect)
    rationale = forms.CharField(
        label="Why now?",
        help_text="Both offices read this before they sign. It becomes part of what is signed.",
        max_length=4000,
        widget=forms.Textarea(attrs={"rows": 5}),
    )

    def __init__(self, *args, tracker, **kwargs):
        super().__init__(*args, **kwargs)
        order = list(Stage)
        here = order.index(tracker.stage)
        self.fields["to_stage"].choices = [
            (stage, f"{stage.label} (a step back)" if order.index(stage) < here else stage.label)
            for stage in order
            if stage != tracker.stage
        ]
