"""Forms of studies by the file and by DOI."""

from django import forms

from cohorts.forms.verbs import Complaining

from ..references import MOST_BYTES


class ListForm(Complaining, forms.Form):
    file = forms.FileField(
        label="RIS or BibTeX file",
        help_text="As Zotero, EndNote or a database exports it. You see each record before it is brought in.",
        widget=forms.FileInput(attrs={"accept": ".ris,.bib,.txt"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MOST_BYTES:
            raise forms.ValidationError("The file has more than 2 MB. Export fewer records at a time.")
        return file


class ChosenForm(Complaining, forms.Form):
    records = forms.TypedMultipleChoiceField(
        coerce=int, label="Records", error_messages={"required": "Choose at least one record."}
    )

    def __init__(self, *args, rows, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["records"].choices = [(row["number"], row["number"]) for row in rows if row["may_take"]]


class DoiForm(Complaining, forms.Form):
    doi = forms.CharField(
        label="DOI",
        max_length=200,
        help_text="Such as 10.1111/1745-9133.12353, or its address. Title, authors, year and journal are looked up where there "
        "is a network; you fill in the rest.",
    )
