"""Progress briefs: drafted from the data of a period, edited, and drawn as a PDF by a job."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone
from simple_history.models import HistoricalRecords

from cohorts.models import LimitedTextField, Person, Term, Versioned
from workspaces.models import Workspace

from .trackers import Tracker


def brief_path(brief, filename):
    """A random name: an address in storage tells nothing and cannot be guessed."""
    return f"briefs/{uuid.uuid4().hex}.pdf"


class BriefQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(workspace__in=Workspace.rooms(person))

    def waiting(self):
        """Briefs whose PDF is still to be made; the row is the work, the job only does it."""
        return self.filter(status=Brief.Status.DRAFTING)


class Brief(Versioned):
    """A city's progress in a period. `content` is what was composed, as JSON; `sha256` is its hash, printed in the footer."""

    class Scope(models.TextChoices):
        TRACKER = "tracker", "Tracker"
        CITY = "city", "City"

    class Status(models.TextChoices):
        DRAFTING = "drafting", "Being drawn"
        DRAFT = "draft", "Draft"
        IN_REVIEW = "in_review", "In review"
        RELEASED = "released", "Released"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="briefs")
    scope = models.CharField(max_length=10, choices=Scope, default=Scope.CITY)
    tracker = models.ForeignKey(Tracker, models.PROTECT, null=True, blank=True, related_name="briefs")
    number = models.PositiveIntegerField(help_text="Counts in its workspace.")
    period_start = models.DateField("from")
    period_end = models.DateField("to")
    narrative = LimitedTextField("joint paragraph", blank=True, max_length=1200)
    mayor_paragraph = LimitedTextField("the mayor’s office says", blank=True, max_length=800)
    prosecutor_paragraph = LimitedTextField("the prosecutor’s office says", blank=True, max_length=800)
    status = models.CharField(max_length=10, choices=Status, default=Status.DRAFTING)
    content = models.JSONField(default=dict, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    pdf = models.FileField(upload_to=brief_path, blank=True)
    pdf_sha256 = models.CharField(max_length=64, blank=True, help_text="The content hash that the stored PDF shows.")
    pages = models.PositiveSmallIntegerField(null=True, blank=True)
    problem = models.CharField(max_length=300, blank=True, help_text="Why the last drawing failed, in plain words.")
    drafted_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords(excluded_fields=["content", "pdf"])
    objects = BriefQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "number"], name="brief_number_once"),
            models.CheckConstraint(
                condition=models.Q(period_end__gte=models.F("period_start")),
                name="brief_period_in_order",
                violation_error_message="A period ends on or after the day it starts.",
            ),
        ]

    def __str__(self):
        return f"Brief {self.number}, {self.workspace}"

    @property
    def is_ready(self):
        """Whether the stored PDF shows the brief as it stands."""
        return bool(self.pdf) and self.status != self.Status.DRAFTING and self.pdf_sha256 == self.sha256

    def clean(self):
        if (self.scope == self.Scope.TRACKER) != bool(self.tracker_id):
            raise ValidationError({"tracker": "A tracker’s brief names its tracker; a city’s names none."})
        if self.tracker_id and self.tracker.workspace_id != self.workspace_id:
            raise ValidationError({"tracker": "Choose a tracker of this workspace."})
