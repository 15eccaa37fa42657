from django import forms

from ..models import Audience, Standing, Topic, Workspace, audience_in_words

TOPICS_OFFERED = 300


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


class MessagesForm(forms.Form):
    """Which topic: of those the person writes in, the newest of each workspace, but the one where `message` is. Cleaned, a
    Topic."""

    to = forms.ChoiceField(label="To which topic?", error_messages={"required": "Choose a topic."})
    with_later = forms.BooleanField(label="And all messages after it in this topic", required=False)
    is_confirmed = forms.BooleanField(required=False)

    def __init__(self, *args, person, message, may_order, **kwargs):
        super().__init__(*args, **kwargs)
        if not may_order:
            del self.fields["with_later"]
        rows = Topic.objects.writable_by(person).filter(is_closed=False).exclude(pk=message.topic_id)
        topics = list(rows.select_related("workspace", "office").order_by("-created_at")[:TOPICS_OFFERED])
        self.topics = {str(topic.pk): topic for topic in topics}
        here = message.topic.workspace_id
        groups = {}
        for topic in sorted(topics, key=lambda each: (each.workspace_id != here, each.workspace.name)):
            groups.setdefault(topic.workspace.name, []).append((str(topic.pk), topic.title))
        self.fields["to"].choices = [("", "Choose a topic"), *groups.items()]

    def clean_to(self):
        return self.topics[self.cleaned_data["to"]]


def rings_in(workspace, person):
    """`[(audience, who can see it)]` in which the person speaks there."""
    office = Standing.of(person, workspace).office if workspace.offices else None
    rings = [Audience.WORKSPACE] + ([Audience.OFFICES, Audience.OFFICE] if office else [])
    return [(ring, audience_in_words(ring, workspace, office)) for ring in rings]
