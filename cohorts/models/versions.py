"""What people edit carries a version; whoever saves says which version they saw, and an old one is a conflict."""

from django.db import models


class Conflict(Exception):
    """Someone else saved first. `current` is the row as it stands now."""

    def __init__(self, current):
        super().__init__("Someone else changed this while you were writing.")
        self.current = current


class Versioned(models.Model):
    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True

    def save_version(self, seen):
        """Validate and save this row as the version after `seen`, within the caller's transaction.

        Raises Conflict when the stored row is no longer at `seen`, ValidationError when a field is wrong."""
        stored = type(self)._default_manager.select_for_update(no_key=True).get(pk=self.pk)
        if stored.version != seen:
            raise Conflict(stored)
        self.version = seen + 1
        self.full_clean()
        self.save()
