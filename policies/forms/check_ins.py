"""Forms of check-ins. The verbs check again; a form asks, and shows what they say."""

from django import forms

from cohorts.forms.verbs import Complaining
from workspaces.forms.guarded import Guarded
from workspaces.models import Workspace

from ..actions.check_ins import ANSWER_LENGTH
from ..models import CheckIn, CheckInAnswer, Tracker


class CheckInForm(Complaining, forms.ModelForm):
    """Opens a check-in, or moves its call. `workspace` limits the trackers."""

    version = forms.IntegerField(min_value=1, required=False, widget=forms.HiddenInput)

    class Meta:
        model = CheckIn
        fields = ["scheduled_for", "trackers"]
        labels = {"trackers": "About which trackers?"}
        help_texts = {"scheduled_for": "Each office answers before this day. Both see who has answered, not what."}
        widgets = {
            "scheduled_for": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "trackers": forms.CheckboxSelectMultiple,
        }

    def __init__(self, *args, workspace: Workspace, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.workspace = workspace
        self.fields["trackers"].queryset = Tracker.objects.filter(workspace=workspace).active()


class AnswerForm(Complaining, Guarded):
    """One office's answers: a field a question, named `values.KEY` as the verbs name it in their complaints.

    A draft may leave out what is needed only when the answer is sent."""

    use_required_attribute = False

    audience = forms.ChoiceField(
        label="Who may read your answers?",
        choices=CheckInAnswer.Audience,
        initial=CheckInAnswer.Audience.OFFICES,
        widget=forms.RadioSelect,
    )
    version = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, *args, questions, answer=None, is_draft=False, **kwargs):
        initial = {"version": 0}
        if answer:
            initial = {"version": answer.version, "audience": answer.audience}
            initial |= {f"values.{key}": text for key, text in answer.values.items()}
        super().__init__(*args, initial=initial, **kwargs)
        for question in questions:
            self.fields[f"values.{question['key']}"] = question_field(question)
            self.fields[f"values.{question['key']}"].required = bool(question.get("is_required")) and not is_draft
        self.order_fields([*(f"values.{question['key']}" for question in questions), "audience", "version", "anyway"])

    @property
    def values(self):
        return {name.removeprefix("values."): text for name, text in self.cleaned_data.items() if name.startswith("values.")}


def question_field(question):
    asked = {"label": question["text"], "help_text": question["help"]}
    if question["kind"] == "choice":
        return forms.ChoiceField(**asked, choices=[(each, each) for each in question["choices"]], widget=forms.RadioSelect)
    return forms.CharField(**asked, max_length=ANSWER_LENGTH, widget=forms.Textarea(attrs={"rows": 4}))


class SummaryForm(Complaining, forms.ModelForm):
    """The researcher's own words on a check-in, and what follows from it."""

    follow_ups = forms.CharField(
        label="What follows from it?",
        help_text="One a line. Each can be made an action on a tracker with one click.",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    class Meta:
        model = CheckIn
        fields = ["summary", "fidelity", "confidence"]
        labels = {
            "fidelity": "Fidelity to the core components",
            "confidence": "Confidence that the target is reached in time",
        }
        help_texts = {"summary": "Both offices and the facilitators read this."}
        widgets = {"summary": forms.Textarea(attrs={"rows": 6}), "fidelity": forms.RadioSelect, "confidence": forms.RadioSelect}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        for field in ("summary", "fidelity", "confidence"):
            self.fields[field].required = True
        for field in ("fidelity", "confidence"):
            self.fields[field].choices = CheckIn.Rating.choices

    def clean_follow_ups(self):
        return self.cleaned_data["follow_ups"].splitlines()


class FollowUpForm(Complaining, forms.Form):
    """Which tracker a follow-up goes on."""

    tracker = forms.ModelChoiceField(Tracker.objects.none(), label="On which tracker?", empty_label=None)

    def __init__(self, *args, workspace, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["tracker"].queryset = Tracker.objects.filter(workspace=workspace).active()
