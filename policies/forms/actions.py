"""Forms of a tracker's actions."""

from django import forms

from cohorts.forms.verbs import Complaining
from cohorts.forms.versions import VersionedForm

from ..models import Action, Decider
from .trackers import SeatField, date_input


class ActionForm(Complaining, forms.ModelForm):
    """Adds an action, or suggests one to whom it would belong."""

    class Meta:
        model = Action
        fields = ["title", "office", "owner", "due_on", "done_when", "depends_on"]
        labels = {"title": "What is to be done?", "office": "Whose is it?", "depends_on": "What must be done before it?"}
        widgets = {"office": forms.RadioSelect, "due_on": date_input(), "depends_on": forms.CheckboxSelectMultiple}

    def __init__(self, *args, tracker, **kwargs):
        super().__init__(*args, **kwargs)
        self.instance.tracker = tracker
        self.fields["office"].choices = Decider.choices
        self.fields["owner"] = SeatField(tracker.workspace.offices, label="Who sees to it?")
        others = tracker.actions.kept().exclude(pk=self.instance.pk).exclude(status=Action.Status.SUGGESTED)
        self.fields["depends_on"].queryset = others
        if not others.exists():
            del self.fields["depends_on"]


class ActionEditForm(VersionedForm, ActionForm):
    """Edits an action of one's own. `standing` keeps the other office from being handed work it did not take on."""

    class Meta(ActionForm.Meta):
        fields = ["title", "status", *ActionForm.Meta.fields[1:]]

    def __init__(self, *args, standing, **kwargs):
        super().__init__(*args, **kwargs)
        mine = (Decider.JOINT, standing.office_kind)
        self.fields["office"].choices = [each for each in Decider.choices if each[0] in mine]
        if self.instance.status != Action.Status.SUGGESTED:
            self.fields["status"].choices = [each for each in Action.Status.choices if each[0] != Action.Status.SUGGESTED]
