"""Forms by which a principal says who signs for the office."""

from django import forms

from cohorts.forms.verbs import Complaining

from ..subjects import subject_kinds, subject_named


class SeatForm(forms.Form):
    """`seats`: those that may be let sign, each with `holder`."""

    seat = forms.ChoiceField(label="Which seat?", widget=forms.RadioSelect)

    def __init__(self, *args, seats, **kwargs):
        super().__init__(*args, **kwargs)
        self.seats = {str(seat.pk): seat for seat in seats}
        self.fields["seat"].choices = [(key, in_words(seat)) for key, seat in self.seats.items()]

    @property
    def chosen(self):
        return self.seats[self.cleaned_data["seat"]]


class EndForm(SeatForm):
    pass


class DelegationForm(Complaining, SeatForm):
    kinds = forms.MultipleChoiceField(label="What may it sign?", widget=forms.CheckboxSelectMultiple)
    until = forms.DateField(
        label="Until which day?",
        required=False,
        help_text="The last day on which it may sign. Only a delegate’s seat may be left without one.",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["kinds"].choices = [(kind, subject_named(kind)) for kind in subject_kinds()]


def in_words(seat):
    return f"{seat.name}, {seat.holder.person.name}" if seat.holder else f"{seat.name}, nobody at present"
