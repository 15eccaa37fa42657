"""Researcher check-ins: each office answers apart, and sees the other's answers only when both are in."""

import uuid
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cohorts.models import LimitedTextField, Office, Person, Term, Versioned, holdings_of
from workspaces.models import Workspace

from .trackers import Tracker


class CheckInTemplate(models.Model):
    """The questions of a check-in, in one edition that never changes once it is used.

    `questions`: [{key, text, help, kind: "text"|"choice", choices: [str], is_required}]."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=120)
    edition = models.PositiveSmallIntegerField(default=1)
    questions = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "edition"], name="check_in_template_edition_once")]

    def __str__(self):
        return f"{self.name}, edition {self.edition}"


class CheckInQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(workspace__in=Workspace.rooms(person))

    def open(self):
        return self.filter(status=CheckIn.Status.OPEN)

    def with_sheets(self, person):
        """Reads along what `CheckIn.sheet` tells `person`, in a constant number of queries."""
        return self.select_related(
            "template", "workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office"
        ).prefetch_related(
            # what is in first: an answer that comes in between the two queries is then read whole, or not at all
            models.Prefetch("answers", CheckInAnswer.objects.known_to_be_in(), to_attr="answers_in"),
            models.Prefetch(
                "answers",
                CheckInAnswer.objects.visible_to(person).select_related("answered_by", "term__seat__office"),
                to_attr="answers_readable",
            ),
        )


class CheckIn(Versioned):
    class Status(models.TextChoices):
        SCHEDULED = "scheduled", "Scheduled"
        OPEN = "open", "Open"
        ANSWERED = "answered", "Both offices answered"
        COMPLETED = "completed", "Completed"
        MISSED = "missed", "Missed"

    class Rating(models.TextChoices):
        LOW = "low", "Low"
        MODERATE = "moderate", "Moderate"
        HIGH = "high", "High"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="check_ins")
    template = models.ForeignKey(CheckInTemplate, models.PROTECT, related_name="+")
    trackers = models.ManyToManyField(Tracker, related_name="check_ins", blank=True)
    scheduled_for = models.DateField("day of the call")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+", editable=False)
    summary = LimitedTextField(blank=True, max_length=6000)
    fidelity = models.CharField(max_length=10, choices=Rating, blank=True)
    confidence = models.CharField(max_length=10, choices=Rating, blank=True)
    follow_ups = models.JSONField(default=list, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = CheckInQuerySet.as_manager()

    class Meta:
        ordering = ["-scheduled_for"]
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "scheduled_for"],
                name="check_in_once_a_day",
                violation_error_message="There is a check-in for that day already.",
            )
        ]

    def __str__(self):
        return f"Check-in of {self.scheduled_for:%B %Y}"

    def clean(self):
        if self.workspace.kind != Workspace.Kind.CITY:
            raise ValidationError("A check-in belongs to a city’s workspace.")

    @property
    def takes_answers(self):
        return self.status in (self.Status.SCHEDULED, self.Status.OPEN)

    @property
    def sheet(self):
        """Each office's answer, mayor's first, as the person of `with_sheets` may know it: [OfficeAnswer]."""
        known = {answer.office_id: answer for answer in self.answers_in}
        readable = {answer.office_id: answer for answer in self.answers_readable}
        return [OfficeAnswer(office, readable.get(office.pk), known.get(office.pk)) for office in self.workspace.offices]


@dataclass(frozen=True)
class OfficeAnswer:
    """What one reader may know of one office's answer: `readable` with its values (a draft of their own office's too), or only
    that it is in, by whom and since when."""

    office: Office
    readable: "CheckInAnswer | None"
    known: "CheckInAnswer | None"

    @property
    def told(self):
        """The submitted answer, for what the whole workspace knows of it, or None."""
        return self.known or (self.readable if self.readable and self.readable.submitted_at else None)

    @property
    def is_in(self):
        return self.told is not None


class CheckInAnswerQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Whose values `person` may read: their own office's; for the assigned researcher all, at once; for the other office
        those given to both offices, and only when both offices' answers are in. Facilitators read none, and who does not answer
        for an office (records officer, counsel, assistant) reads their own office's alone."""
        both_in = Exists(
            CheckInAnswer.objects.filter(check_in=OuterRef("check_in"), submitted_at__isnull=False).exclude(
                office=OuterRef("office")
            )
        )
        return self.filter(
            Q(office__in=holdings_of(person).offices)
            | Q(
                check_in__workspace__in=Workspace.rooms_granting("research", person),
                submitted_at__isnull=False,
            )
            | Q(
                both_in,
                check_in__workspace__in=Workspace.rooms_granting("edit_city_work", person),
                submitted_at__isnull=False,
                audience=CheckInAnswer.Audience.OFFICES,
            ),
            check_in__in=CheckIn.objects.visible_to(person),
        )

    def known_to_be_in(self):
        """Submitted answers without what they say: which office, by whom, when. The whole workspace may know that."""
        return (
            self.filter(submitted_at__isnull=False)
            .select_related("answered_by", "term__seat__office")
            .defer("values", "audience", "created_at", "updated_at", "version")
        )


class CheckInAnswer(Versioned):
    """One office's answers. `values`: {question key: text}. A draft, seen by its office alone, until `submitted_at`."""

    class Audience(models.TextChoices):
        OFFICES = "offices", "Both offices and the researcher, once both have answered"
        RESEARCHER = "researcher", "Only the research team"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    check_in = models.ForeignKey(CheckIn, models.PROTECT, related_name="answers")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    audience = models.CharField("who may read them", max_length=10, choices=Audience, default=Audience.OFFICES)
    values = models.JSONField(default=dict, blank=True)
    answered_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    submitted_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = CheckInAnswerQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["check_in", "office"], name="check_in_answer_once_an_office")]
