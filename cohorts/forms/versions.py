"""What the forms of versioned rows share: the version that was read, and both texts when somebody else saved first."""

from django import forms
from django.db.models import Model, QuerySet

from .verbs import Complaining


class VersionedForm(Complaining, forms.ModelForm):
    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.initial["version"] = self.instance.version

    def differences(self, current):
        """[{label, theirs, yours}] of the fields in which `current`, the row as it is now, is not what was typed. The form then
        carries the newer version, so that saving once more is done knowing both."""
        self.data = self.data.copy()
        self.data[self.add_prefix("version")] = current.version
        rows = []
        for field in (each for each in self if each.name != "version"):
            theirs, yours = in_words(current, field.name), in_words(self.cleaned_data.get(field.name), field)
            if theirs != yours:
                rows.append({"label": field.label, "theirs": theirs, "yours": yours})
        return rows


def in_words(value, field):
    """A stored row's field by its name, or a typed value with its bound field, as one reads it."""
    if isinstance(value, Model) and isinstance(field, str):
        choices = getattr(value, f"get_{field}_display", None)
        return choices() if choices else in_words(getattr(value, field), None)
    if hasattr(value, "all") and not isinstance(value, QuerySet):
        value = value.all()
    if isinstance(value, QuerySet):
        return ", ".join(sorted(str(each) for each in value)) or "nothing"
    choices = dict(getattr(field.field, "choices", ()) if field and not isinstance(value, Model) else ())
    return str(choices.get(value, value)) if value not in (None, "") else "nothing"
