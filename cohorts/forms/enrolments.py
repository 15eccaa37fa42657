"""Forms to enroll a city with its pair: which city, then its two offices."""

from django import forms

from ..actions.cities import known_cities, offices_of
from ..calendars import ZONES
from ..models import City, Office
from .verbs import Complaining

OTHER = "other"
NEW = "new"
MAYOR, PROSECUTOR = Office.Kind.MAYOR, Office.Kind.PROSECUTOR


class CityForm(forms.Form):
    """Which city. `chosen` is a City, a row of the known cities, or None for one that is in neither."""

    city = forms.ChoiceField(label="City", help_text="A city that is not in the list is the last choice.")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        here = {city.slug: city for city in City.objects.all()}
        known = {row["slug"]: row for row in known_cities() if row["slug"] not in here}
        self.cities = here | known
        names = {slug: f"{city.name}, {city.state}" for slug, city in here.items()}
        names |= {slug: f"{row['city']}, {row['state']}" for slug, row in known.items()}
        self.fields["city"].choices = [
            ("", "Choose one"),
            *sorted(names.items(), key=lambda pair: pair[1]),
            (OTHER, "Another city"),
        ]

    @property
    def chosen(self):
        return self.cities.get(self.cleaned_data["city"])


class PairForm(Complaining, forms.Form):
    """The two offices: those that the city has here, or new ones with their titles. `city` as `CityForm.chosen` tells it."""

    def __init__(self, *args, city, **kwargs):
        super().__init__(*args, **kwargs)
        self.city = city
        self.known = {kind: {} for kind in Office.Kind}
        told = {kind: {} for kind in Office.Kind}
        if isinstance(city, City):
            for office in city.offices.order_by("name"):
                self.known[office.kind][str(office.pk)] = office
        elif city:
            told = offices_of(city)
        else:
            self.fields["name"] = forms.CharField(label="Name of the city", max_length=80)
            self.fields["state"] = forms.RegexField(
                r"^[A-Za-z]{2}$",
                label="State",
                help_text="Two letters, such as NY.",
                error_messages={"invalid": "Two letters."},
            )
            self.fields["timezone"] = forms.ChoiceField(label="Time zone", choices=ZONES)
        for kind in Office.Kind:
            self.add_office(kind, told[kind])

    def add_office(self, kind, told):
        whose = "mayor’s" if kind == MAYOR else "prosecutor’s"
        known = self.known[kind]
        if known:
            self.fields[f"{kind}_office"] = forms.ChoiceField(
                label=f"The {whose} office",
                widget=forms.RadioSelect,
                choices=[*((key, office.name) for key, office in known.items()), (NEW, "Another office, named below")],
                initial=next(iter(known)),
            )
        texts = [("name", f"Name of the {whose} office", 120), ("title", f"Title of the {kind.value}", 80)]
        if kind == PROSECUTOR:
            texts.append(("jurisdiction", "Jurisdiction", 120))
        for name, label, length in texts:
            self.fields[f"{kind}_{name}"] = forms.CharField(
                label=label, max_length=length, required=not known and name != "jurisdiction", initial=told.get(name, "")
            )
        self.fields[f"{kind}_title"].help_text = "As the office prints it." if kind == MAYOR else "Such as District Attorney."
        if not known:  # else it is given with the invitation of the first principal
            self.fields[f"{kind}_contact_email"] = forms.EmailField(
                label=f"Published contact of the {whose} office",
                required=False,
                help_text="The address that the office itself publishes. Its first principal is confirmed there.",
            )

    def clean(self):
        told = super().clean()
        for kind, known in self.known.items():
            if known and told.get(f"{kind}_office") == NEW:
                for name in ("name", "title"):
                    if not told.get(f"{kind}_{name}") and f"{kind}_{name}" not in self.errors:
                        self.add_error(f"{kind}_{name}", "Say this of the other office.")
        return told

    def told(self):
        """What the verb takes."""
        told = self.cleaned_data
        city = self.city or {"name": told["name"], "state": told["state"].upper(), "timezone": told["timezone"]}
        return {"city": city, "offices": {kind: self.office(kind) for kind in Office.Kind}}

    def office(self, kind):
        chosen = self.known[kind].get(self.cleaned_data.get(f"{kind}_office"))
        names = ("name", "title", "jurisdiction", "contact_email")
        return chosen or {name: self.cleaned_data[f"{kind}_{name}"] for name in names if f"{kind}_{name}" in self.fields}
