import datetime as dt

from django import forms

from cohorts.forms.verbs import Complaining

OTHER = "other"


class ReminderForm(Complaining, forms.Form):
    """When: one of the days that people mostly mean, or any other."""

    when = forms.ChoiceField(label="When?", widget=forms.RadioSelect, error_messages={"required": "Choose a day."})
    on = forms.DateField(
        label="On this day",
        required=False,
        help_text="For “another day” alone.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, today, **kwargs):
        super().__init__(*args, **kwargs)
        self.days = days_from(today)
        shown = [(key, f"{label}, {day:%A}, {day:%B} {day.day}") for key, (label, day) in self.days.items()]
        self.fields["when"].choices = [*shown, (OTHER, "Another day")]

    def clean(self):
        told = super().clean()
        if told.get("when") == OTHER and not told.get("on") and "on" not in self.errors:
            self.add_error("on", "Choose the day.")
        elif told.get("when") in self.days:
            told["on"] = self.days[told["when"]][1]
        return told


def days_from(today):
    monday = today + dt.timedelta(days=7 - today.weekday())
    return {
        "tomorrow": ("Tomorrow", today + dt.timedelta(days=1)),
        "monday": ("Next week", monday),
        "month": ("In four weeks", today + dt.timedelta(days=28)),
    }
