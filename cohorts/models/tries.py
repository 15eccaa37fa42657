"""Tries at the door, each a row until its time is over: so they count in every process, after a restart, and while Redis is
down. A row says whose and from where by a keyed hash alone."""

from django.db import models


class Try(models.Model):
    key = models.CharField(max_length=64, help_text="Of what, and from where: HMAC-SHA-256.")
    at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        verbose_name_plural = "tries"
        indexes = [models.Index(fields=["key", "at"])]

    def __str__(self):
        return f"{self.key[:8]} at {self.at:%Y-%m-%d %H:%M:%S}"
