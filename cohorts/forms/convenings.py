"""Forms of convenings. Times are read and shown in the convening's own zone: activate it around the form."""

from django import forms

from ..calendars import ZONES
from ..models import Convening, Rsvp, Session


class MomentInput(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self):
        super().__init__(format="%Y-%m-%dT%H:%M")


class AnswerForm(forms.Form):
    status = forms.ChoiceField(choices=Rsvp.Status)


class ConveningForm(forms.ModelForm):
    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    timezone = forms.ChoiceField(label="Time zone", choices=ZONES, help_text="All times below are in this zone.")
    joining_url = forms.URLField(
        label="Address to join online",
        required=False,
        assume_scheme="https",
        help_text="Shown to everyone who sees the convening.",
    )

    class Meta:
        model = Convening
        fields = ["title", "kind", "description", "timezone", "starts_at", "ends_at", "venue", "joining_url", "capacity"]
        labels = {"starts_at": "Starts", "ends_at": "Ends"}
        help_texts = {"capacity": "How many people fit in. Leave it empty when there is no limit."}
        widgets = {"starts_at": MomentInput, "ends_at": MomentInput, "description": forms.Textarea(attrs={"rows": 4})}

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = self.instance.timezone
        if zone and zone not in dict(ZONES):
            self.fields["timezone"].choices = [*ZONES, (zone, zone)]
        self.initial.setdefault("version", self.instance.version)

    def told(self):
        """The fields, as the verbs take them."""
        return {key: value for key, value in self.cleaned_data.items() if key != "version"}


class SessionForm(forms.ModelForm):
    speakers = forms.CharField(
        label="Speakers",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One a line: name, then a comma and how they are presented.",
    )

    class Meta:
        model = Session
        fields = ["title", "starts_at", "ends_at", "room"]
        labels = {"starts_at": "Starts", "ends_at": "Ends"}
        widgets = {"starts_at": MomentInput, "ends_at": MomentInput}

    def _post_clean(self):
        """A session is checked by the verb that sets the agenda, which knows its convening."""

    def clean_speakers(self):
        lines = (line.strip() for line in self.cleaned_data["speakers"].splitlines())
        split = (line.partition(",") for line in lines if line)
        return [{"name": name.strip(), "label": label.strip()} for name, _, label in split]


class SessionFormSet(forms.BaseFormSet):
    def add_fields(self, form, index):
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = "Take this session off the agenda"

    def told(self):
        """The agenda as the verbs take it: the filled rows that are not to go."""
        return [
            {key: form.cleaned_data[key] for key in ("title", "starts_at", "ends_at", "room", "speakers")}
            for form in self.forms
            if form.cleaned_data.get("title") and not form.cleaned_data.get("DELETE")
        ]


SessionForms = forms.formset_factory(
    SessionForm, SessionFormSet, extra=2, can_delete=True, can_delete_extra=False, max_num=100, absolute_max=100
)


def sessions_as_initial(convening):
    return [
        {
            "title": session.title,
            "starts_at": session.starts_at,
            "ends_at": session.ends_at,
            "room": session.room,
            "speakers": "\n".join(f"{each.name}, {each.label}" if each.label else each.name for each in session.speakers.all()),
        }
        for session in convening.sessions.all()
    ]
