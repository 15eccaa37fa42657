"""Forms of an administrator's pages. The verbs check; a form asks, and shows what they say."""

from django import forms

from ..actions.invitations import MOST_DAYS
from ..calendars import ZONES
from ..models import Cohort, Enrolment, Office
from ..models.administrative_readings import LEAST_REASON
from .verbs import Complaining
from .versions import VersionedForm


class StepForm(Complaining, forms.Form):
    """Nothing is asked but to go on."""


class ReasonForm(StepForm):
    reason = forms.CharField(
        label="Your reason",
        min_length=LEAST_REASON,
        max_length=1000,
        help_text="In a sentence or two. The people concerned read it, and it stays in the audit trail.",
        error_messages={"min_length": f"Say why in a sentence, of {LEAST_REASON} characters at least."},
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class FindForm(forms.Form):
    """What narrows a list: words, and a choice."""

    q = forms.CharField(label="Find", required=False, max_length=100, widget=forms.TextInput(attrs={"type": "search"}))
    state = forms.ChoiceField(label="Show", required=False)

    def __init__(self, *args, states, label, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["q"].label = label
        self.fields["state"].choices = [("", "All"), *states]

    def asked(self):
        """`(words, state)`; what is not understood narrows nothing."""
        self.is_valid()
        return self.cleaned_data.get("q", ""), self.cleaned_data.get("state", "")


class NewCohortForm(Complaining, forms.ModelForm):
    beside = {"slug": "name"}

    class Meta:
        model = Cohort
        fields = ["name", "programme", "starts_on", "ends_on"]
        labels = {"starts_on": "First day", "ends_on": "Last day"}
        widgets = {name: forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d") for name in ("starts_on", "ends_on")}


class CohortForm(VersionedForm):
    class Meta(NewCohortForm.Meta):
        pass


class OfficeForm(VersionedForm):
    timezone = forms.ChoiceField(label="Time zone", choices=ZONES, help_text="Terms begin and end by its days.")

    class Meta:
        model = Office
        fields = ["name", "contact_email", "timezone"]
        labels = {"name": "Name", "contact_email": "Published contact"}
        help_texts = {
            "contact_email": "The address that the office itself publishes. It is asked whether all is right when somebody "
            "is to lead the office for the first time. The former one and the office’s people are told when you change it.",
        }

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        zone = self.instance.timezone
        if zone not in dict(ZONES):
            self.fields["timezone"].choices = [*ZONES, (zone, zone)]


class StartHandOverForm(ReasonForm):
    email = forms.EmailField(
        label="E-mail address of whoever leads the office now",
        help_text="The invitation works for this address alone. Nobody invites themselves.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    title = forms.CharField(
        label="Title", required=False, max_length=120, help_text="Printed beside the name. Left empty, it is the seat’s own."
    )
    term_days = forms.IntegerField(
        label="Days of the term",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="How long the seat is held, from the first day. Left empty, until it is handed over.",
    )
    field_order = ["email", "title", "term_days", "reason"]


class CitiesForm(Complaining, forms.Form):
    """Which of the cohort's cities a researcher sees and works with."""

    cities = forms.ModelMultipleChoiceField(
        label="Cities",
        queryset=Enrolment.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="What they see of a city ends at once when you take the tick away.",
    )

    def __init__(self, *args, cohort, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["cities"].queryset = cohort.enrolments.current().select_related("city", "prosecutor_office")
        self.fields["cities"].label_from_instance = lambda pair: f"{pair.city.name}, with the {pair.prosecutor_office}"
