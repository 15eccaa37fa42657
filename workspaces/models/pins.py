"""Messages that stand at the head of their topic."""

from django.db import models
from django.utils import timezone

from cohorts.models import Person, Term

from .topics import Message


class PinQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(message__in=Message.objects.visible_to(person))

    def of_topic(self, topic):
        """The pins of a topic in the order of its messages, each with what a line about it shows."""
        return (
            self.filter(message__topic=topic, message__deleted_at=None)
            .select_related("message__author", "by")
            .prefetch_related("message__attachments")
            .order_by("message__position")
        )


class Pin(models.Model):
    message = models.OneToOneField(Message, models.CASCADE, related_name="pin")
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = PinQuerySet.as_manager()

    def __str__(self):
        return f"{self.message}, by {self.by}"
