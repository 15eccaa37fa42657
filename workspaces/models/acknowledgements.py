"""Who has acknowledged a message whose author asked everybody who sees it to."""

from django.db import models
from django.utils import timezone

from cohorts.models import Person, Term

from .topics import Message


class AcknowledgementQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(message__in=Message.objects.visible_to(person))


class Acknowledgement(models.Model):
    message = models.ForeignKey(Message, models.CASCADE, related_name="acknowledgements")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = AcknowledgementQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["message", "person"], name="acknowledged_once")]

    def __str__(self):
        return f"{self.message}, by {self.person}"
