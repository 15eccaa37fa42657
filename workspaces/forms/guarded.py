from django import forms


class Guarded(forms.Form):
    """Words that the guard looks at. `warning` is what it asked; the button “Post anyway” sends the same once more."""

    anyway = forms.BooleanField(required=False, widget=forms.HiddenInput)
    warning = ""

    def ask_back(self, asked):
        """Show the question of `asked`, a CaseInformation."""
        self.warning = asked.message
