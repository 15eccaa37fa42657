"""Who was called by name in a message: a person, or everybody of an office who could see it then."""

from django.db import models

from cohorts.models import Office, Person

from .topics import Message


class MentionQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(message__in=Message.objects.visible_to(person))

    def unread_by(self, person):
        """Calls on `person` in messages they have not read and may still see."""
        return self.filter(person=person, message__in=Message.objects.visible_to(person).unread_by(person))


class Mention(models.Model):
    """`words` are those of the message, such as “@Ada”; `office` when the person was called as one of an office."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="mentions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    words = models.CharField(max_length=200)

    objects = MentionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="mention_once")]
        indexes = [models.Index(fields=["person", "message"])]

    def __str__(self):
        return self.words
