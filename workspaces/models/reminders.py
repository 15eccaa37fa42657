"""A message that somebody wants to be reminded of, on a day; theirs alone."""

import datetime as dt
import uuid

from django.db import models
from django.utils import timezone

from cohorts.models import Person

from .topics import Message


class ReminderQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Their own, as long as they may see the message."""
        readable = Message.objects.visible_to(person).filter(deleted_at=None)
        return self.filter(person=person, message__in=readable, done_at=None)

    def due(self, day: dt.date):
        return self.filter(on__lte=day)


class Reminder(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    message = models.ForeignKey(Message, models.CASCADE, related_name="reminders")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    on = models.DateField("day")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    mailed_at = models.DateTimeField(null=True, editable=False)
    done_at = models.DateTimeField(null=True, editable=False)

    objects = ReminderQuerySet.as_manager()

    class Meta:
        ordering = ["on", "created_at"]
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="reminder_once")]

    def __str__(self):
        return f"{self.message}, on {self.on}"
