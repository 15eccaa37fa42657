"""What a reader says to a message without writing one: one of a few emoji, each with a word for those who listen."""

from django.db import models
from django.utils import timezone

from cohorts.models import Person, Term

from .topics import Message


class Emoji(models.TextChoices):
    YES = "👍", "Yes"
    NO = "👎", "No"
    THANKS = "🙏", "Thank you"
    SEEN = "👀", "Seen"
    WELL_DONE = "🎉", "Well done"
    QUESTION = "❓", "Question"


class ReactionQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(message__in=Message.objects.visible_to(person))


class Reaction(models.Model):
    message = models.ForeignKey(Message, models.CASCADE, related_name="reactions")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    emoji = models.CharField(max_length=8, choices=Emoji)
    at = models.DateTimeField(default=timezone.now, editable=False)

    objects = ReactionQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [models.UniqueConstraint(fields=["message", "person", "emoji"], name="reaction_once")]

    def __str__(self):
        return f"{self.get_emoji_display()}, {self.person}"
