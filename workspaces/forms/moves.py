from django import forms

from ..models import Audience, Standing, Workspace, audience_in_words


class MoveForm(forms.Form):
    """Where to: every ring that the person writes in, but the one where `topic` is. Cleaned, a (Workspace, audience)."""

    to = forms.ChoiceField(label="Where to?", error_messages={"required": "Choose a place."})
    is_confirmed = forms.BooleanField(required=False)

    def __init__(self, *args, person, topic, **kwargs):
        super().__init__(*args, **kwargs)
        self.places, groups = {}, []
        here = (topic.workspace_id, topic.audience)
        spaces = Workspace.objects.writable_by(person).select_related(
            "enrolment__mayor_office", "enrolment__prosecutor_office", "cohort", "convening"
        )
        for workspace in sorted(spaces, key=lambda each: (each.pk != topic.workspace_id, each.name)):
            rings = []
            for audience, words in rings_in(workspace, person):
                if (workspace.pk, audience) != here:
                    key = f"{workspace.slug}:{audience}"
                    self.places[key] = (workspace, audience)
                    rings.append((key, words))
            if rings:
                groups.append((workspace.name, rings))
        self.fields["to"].choices = [("", "Choose a place"), *groups]

    def clean_to(self):
        return self.places[self.cleaned_data["to"]]


def rings_in(workspace, person):
    """`[(audience, who can see it)]` in which the person speaks there."""
    office = Standing.of(person, workspace).office if workspace.offices else None
    rings = [Audience.WORKSPACE] + ([Audience.OFFICES, Audience.OFFICE] if office else [])
    return [(ring, audience_in_words(ring, workspace, office)) for ring in rings]
