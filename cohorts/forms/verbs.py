"""What forms share whose verb may refuse. The verb checks; the form says it where it belongs."""

from django import forms


class Complaining:
    """Puts what a verb refused beside its field; `beside` names the field that stands for a model's own."""

    beside = {}

    def complain(self, error):
        for field, messages in getattr(error, "message_dict", {None: error.messages}).items():
            name = self.beside.get(field, field)
            self.add_error(name if name in self.fields else None, messages)


class UploadForm(Complaining, forms.Form):
    """A file of rows, all taken or none, that can be checked first. `most_bytes`: what the verb takes; `most`: in words."""

    file = forms.FileField()
    is_dry_run = forms.BooleanField(required=False, initial=True)
    most_bytes: int
    most: str

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > self.most_bytes:
            raise forms.ValidationError(f"The file has more than {self.most}.")
        return file
