"""What somebody began to write in a topic, kept for them alone until it is sent."""

from django.db import models

from cohorts.models import LimitedTextField, Person

from .audiences import rings_of
from .topics import MESSAGE_LENGTH, Topic


class DraftQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(rings_of(person, "topic__"), person=person)


class Draft(models.Model):
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="drafts")
    body = LimitedTextField(max_length=MESSAGE_LENGTH)
    updated_at = models.DateTimeField(auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="draft_once")]

    def __str__(self):
        return self.body[:60]
