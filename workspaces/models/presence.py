"""Who sees that somebody is here, or typing."""

from django.db import models

from cohorts.models import Person


class PresenceChoice(models.Model):
    """A person's own choice; without one, their own office sees it and nobody else."""

    class ShownTo(models.TextChoices):
        OFFICE = "office", "My own office"
        EVERYONE = "everyone", "Everyone who is in the same workspace"
        NOBODY = "nobody", "Nobody"

    person = models.OneToOneField(Person, models.CASCADE, related_name="presence_choice")
    shown_to = models.CharField(max_length=10, choices=ShownTo, default=ShownTo.OFFICE)

    def __str__(self):
        return self.get_shown_to_display()
