"""Retractions, as the Crossref / Retraction Watch list tells them: whatever rests on a retracted study is flagged."""

from django.db import models


class Retraction(models.Model):
    """What was last said of a publication. `doi` is in small letters: a DOI does not tell them apart."""

    class Nature(models.TextChoices):
        RETRACTION = "retraction", "Retracted"
        CONCERN = "concern", "Expression of concern"

    doi = models.CharField(max_length=200, unique=True)
    nature = models.CharField(max_length=10, choices=Nature)
    on = models.DateField(null=True, blank=True)
    reasons = models.TextField(blank=True)
    notice_doi = models.CharField(max_length=200, blank=True)
