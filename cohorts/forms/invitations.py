"""Forms of invitations. The verbs check again; a form asks, and shows what they say."""

from django import forms
from django.contrib.auth.password_validation import validate_password

from ..actions.guests import last_day_of_guests
from ..actions.invitation_lists import MOST_BYTES
from ..actions.invitations import MOST_DAYS, offices_without_principal, vacant_seats
from ..models import Person
from ..permissions import INVITED_BY_OFFICE, Role
from .verbs import Complaining, UploadForm

WHAT_THEY_DO = {
    Role.DELEGATE: "Delegate: does all that the principal does, signing too",
    Role.STAFF: "Staff: reads and writes for the office, and signs nothing",
    Role.ASSISTANT: "Assistant: sees what is asked and when, and signs nothing",
    Role.COUNSEL: "Counsel: reads what the office reads, and signs nothing",
    Role.IT_CONTACT: "IT contact: sees no conversation and no plan",
    Role.RECORDS_OFFICER: "Records officer: reads and keeps the office’s records, and writes nothing",
    Role.FACILITATOR: "Facilitator of this cohort",
    Role.RESEARCHER: "Researcher of this cohort",
}


class InvitationForm(Complaining, forms.Form):
    """What both forms ask. `seat` offers ready choices; `told()` is what the verb takes."""

    email = forms.EmailField(
        label="E-mail address",
        help_text="The invitation works for this address alone.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    seat = forms.ChoiceField()
    title = forms.CharField(
        label="Title",
        required=False,
        max_length=120,
        help_text="Printed beside the name on everything done in this seat. Left empty, it is the seat’s own.",
    )
    term_days = forms.IntegerField(
        label="Days of the term",
        required=False,
        min_value=1,
        max_value=MOST_DAYS,
        help_text="How long the seat is held, from the first day. Left empty, until it is handed over.",
    )

    def told(self):
        told = {name: value for name, value in self.cleaned_data.items() if name != "seat"}
        return told | self.choices[self.cleaned_data["seat"]]


class OfficeInvitationForm(InvitationForm):
    def __init__(self, *args, office, **kwargs):
        super().__init__(*args, **kwargs)
        vacant = {str(seat.pk): seat for seat in vacant_seats(office).order_by("name")}
        self.choices = {key: {"seat": seat} for key, seat in vacant.items()} | {
            role.value: {"role": role} for role in INVITED_BY_OFFICE
        }
        made = [(role.value, WHAT_THEY_DO[role]) for role in INVITED_BY_OFFICE]
        kept = [(key, f"{seat.name} ({seat.get_role_display().lower()})") for key, seat in vacant.items()]
        self.fields["seat"] = forms.ChoiceField(
            label="What for?",
            widget=forms.RadioSelect,
            choices=[("Vacant seats", kept), ("A new seat", made)] if kept else made,
            help_text="Your office’s own seat, the principal’s, passes on by hand-over.",
        )


class CohortInvitationForm(InvitationForm):
    contact = forms.EmailField(
        label="The office’s published contact",
        required=False,
        help_text="For a principal only: the address that the office itself publishes. A mail there asks whether all "
        "is right. Without an answer the seat is filled 48 hours later; everyone concerned is told before.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )

    def __init__(self, *args, cohort, **kwargs):
        super().__init__(*args, **kwargs)
        offices = {str(office.pk): office for office in offices_without_principal(cohort).order_by("name")}
        roles = (Role.FACILITATOR, Role.RESEARCHER)
        self.choices = {key: {"office": office} for key, office in offices.items()} | {
            role.value: {"role": role} for role in roles
        }
        principals = [(key, f"{office.title}, {office.name}") for key, office in offices.items()]
        own = [(role.value, WHAT_THEY_DO[role]) for role in roles]
        self.fields["seat"] = forms.ChoiceField(
            label="What for?",
            choices=[("", "Choose one"), *([("First principal of an office", principals)] if principals else []), *own],
            help_text="An office that has had its first principal adds its people itself.",
        )
        self.order_fields(["email", "seat", "title", "term_days", "contact"])


class GuestInvitationForm(Complaining, forms.Form):
    email = forms.EmailField(
        label="E-mail address",
        help_text="The invitation works for this address alone.",
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    name = forms.CharField(
        label="Name",
        required=False,
        max_length=120,
        help_text="As you know it. The guest says how they wish to be shown.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    title = forms.CharField(
        label="How they are presented",
        required=False,
        max_length=120,
        help_text="Shown beside the name, such as “Trauma surgeon, teaching hospital”. Left empty, it is “Guest”.",
    )
    ends_on = forms.DateField(
        label="Last day",
        help_text="From the day after, nothing of the convening is open to them any more.",
        widget=forms.DateInput(attrs={"type": "date"}),
    )

    def __init__(self, *args, convening, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["ends_on"].initial = last_day_of_guests(convening)


class InvitationListForm(UploadForm):
    file = forms.FileField(
        label="CSV file",
        help_text="The first row names the columns: email and role, and if you like office, title, term_days, contact. "
        "A role is principal, facilitator or researcher. At most 100 rows.",
        widget=forms.FileInput(attrs={"accept": ".csv"}),
    )
    is_dry_run = forms.BooleanField(
        required=False, initial=True, label="Only check it: say what would happen, and send nothing"
    )
    most_bytes, most = MOST_BYTES, "256 KB"


class JoinForm(forms.Form):
    """Who is new: a name and a password. Pasting is welcome."""

    name = forms.CharField(label="Your name", max_length=120, widget=forms.TextInput(attrs={"autocomplete": "name"}))
    password = forms.CharField(
        label="Password",
        strip=False,
        max_length=200,
        help_text="At least 15 characters: a few words that belong together only for you.",
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )

    def __init__(self, *args, email, **kwargs):
        super().__init__(*args, **kwargs)
        self.email = email

    def clean(self):
        told = super().clean()
        if told.get("password"):
            try:
                validate_password(told["password"], Person(email=self.email, name=told.get("name", "")))
            except forms.ValidationError as error:
                self.add_error("password", error)
        return told


class LabelForm(forms.Form):
    """A guest says what stands beside their name."""

    title = forms.CharField(
        label="How you are presented",
        max_length=120,
        help_text="Shown beside your name on everything you write, such as “Trauma surgeon, teaching hospital”.",
    )


class GuestJoinForm(LabelForm, JoinForm):
    field_order = ["name", "title", "password"]
