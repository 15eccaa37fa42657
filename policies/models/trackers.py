"""Trackers: a pair's adoption of an intervention, with its stage, its actions and how it moved."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils import timezone
from simple_history.models import HistoricalRecords

from cohorts.models import Cohort, Commitment, LimitedTextField, Person, Seat, Term, Versioned, holdings_of
from workspaces.models import SignOff, Workspace

from .interventions import Intervention


class Decider(models.TextChoices):
    JOINT = "joint", "Both offices"
    MAYOR = "mayor", "Mayor’s office"
    PROSECUTOR = "prosecutor", "Prosecutor’s office"


class Stage(models.TextChoices):
    """The stages of the EPIS framework (Aarons, Hurlburt and Horwitz, 2011), in plain words."""

    EXPLORATION = "exploration", "Deciding"
    PREPARATION = "preparation", "Getting ready"
    IMPLEMENTATION = "implementation", "Doing"
    SUSTAINMENT = "sustainment", "Keeping it going"
    ENDED = "ended", "Ended"


class Health(models.TextChoices):
    ON_TRACK = "on_track", "On track"
    AT_RISK = "at_risk", "At risk"
    OFF_TRACK = "off_track", "Off track"
    PAUSED = "paused", "Paused"


class TrackerQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(workspace__in=Workspace.rooms(person))

    def editable_by(self, person):
        """A joint matter by both offices, an office's own by that office alone."""
        held = holdings_of(person).offices
        own = Q(decided_by=Decider.MAYOR, workspace__enrolment__mayor_office__in=held) | Q(
            decided_by=Decider.PROSECUTOR, workspace__enrolment__prosecutor_office__in=held
        )
        return self.filter(
            Q(decided_by=Decider.JOINT) | own,
            workspace__in=Workspace.rooms_granting("edit_city_work", person),
        )

    def shared_with(self, person):
        """Trackers that a city of one of the person's cohorts shared with that cohort, while it is in it."""
        return self.filter(
            shares__ended_at=None,
            shares__cohort__in=Cohort.objects.visible_to(person),
            workspace__enrolment__ended_at=None,
        ).distinct()

    def active(self):
        return self.exclude(stage=Stage.ENDED)


class Tracker(Versioned):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="trackers")
    intervention = models.ForeignKey(Intervention, models.PROTECT, null=True, blank=True, related_name="trackers")
    title = models.CharField(max_length=160)
    problem_statement = LimitedTextField(blank=True, max_length=4000)
    decided_by = models.CharField("who decides", max_length=10, choices=Decider, default=Decider.JOINT)
    stage = models.CharField(max_length=16, choices=Stage, default=Stage.EXPLORATION, editable=False)
    health = models.CharField(max_length=10, choices=Health, default=Health.ON_TRACK)
    health_note = models.CharField(max_length=300, blank=True)
    mayor_owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    prosecutor_owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    adopted_under = models.ManyToManyField("policies.ReviewOutcome", blank=True, editable=False, related_name="+")
    starts_on = models.DateField(null=True, blank=True)
    target_on = models.DateField(null=True, blank=True)
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+", editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects = TrackerQuerySet.as_manager()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(target_on=None) | Q(target_on__gte=models.F("starts_on")),
                name="tracker_target_after_start",
                violation_error_message="The target date is on or after the start.",
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.workspace.kind != Workspace.Kind.CITY:
            raise ValidationError("A tracker belongs to a city’s workspace.")
        enrolment = self.workspace.enrolment
        for field, office in (
            ("mayor_owner", enrolment.mayor_office),
            ("prosecutor_owner", enrolment.prosecutor_office),
        ):
            seat = getattr(self, field)
            if seat and seat.office_id != office.pk:
                raise ValidationError({field: f"Choose a seat of the {office.name}."})

    @property
    def deciders(self):
        enrolment = self.workspace.enrolment
        return enrolment.offices if self.decided_by == Decider.JOINT else [enrolment.office_of(self.decided_by)]


class StageMove(models.Model):
    """A stage that moved, by an approved sign-off."""

    tracker = models.ForeignKey(Tracker, models.PROTECT, related_name="stage_moves")
    from_stage = models.CharField(max_length=16, choices=Stage)
    to_stage = models.CharField(max_length=16, choices=Stage)
    sign_off = models.OneToOneField(SignOff, models.PROTECT, related_name="stage_move")
    moved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["moved_at"]


class TrackerShare(models.Model):
    """A tracker shared with its cohort: by whom, since when, and until when."""

    tracker = models.ForeignKey(Tracker, models.PROTECT, related_name="shares")
    cohort = models.ForeignKey("cohorts.Cohort", models.PROTECT, related_name="+")
    shared_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    shared_at = models.DateTimeField(default=timezone.now)
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["tracker", "cohort"], condition=Q(ended_at__isnull=True), name="tracker_shared_once"
            )
        ]


class ActionQuerySet(models.QuerySet):
    def kept(self):
        return self.filter(removed_at=None)

    def visible_to(self, person):
        return self.kept().filter(tracker__in=Tracker.objects.visible_to(person))

    def editable_by(self, person):
        """A joint action by whoever edits the tracker, an office's own by that office alone."""
        held = holdings_of(person).offices
        return self.kept().filter(
            Q(office=Decider.JOINT, tracker__in=Tracker.objects.editable_by(person))
            | Q(office=Decider.MAYOR, tracker__workspace__enrolment__mayor_office__in=held)
            | Q(office=Decider.PROSECUTOR, tracker__workspace__enrolment__prosecutor_office__in=held),
            tracker__workspace__in=Workspace.rooms_granting("edit_city_work", person),
        )

    def unfinished(self):
        return self.filter(status__in=[Action.Status.TODO, Action.Status.DOING, Action.Status.BLOCKED])

    def overdue(self, on):
        return self.unfinished().filter(due_on__lt=on)


class Action(Versioned):
    """A thing to do, of one office or of both; changed by its owner alone, suggested by anyone in the workspace."""

    class Status(models.TextChoices):
        SUGGESTED = "suggested", "Suggested"
        TODO = "todo", "To do"
        DOING = "doing", "Under way"
        BLOCKED = "blocked", "Blocked"
        DONE = "done", "Done"
        DROPPED = "dropped", "Dropped"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tracker = models.ForeignKey(Tracker, models.PROTECT, related_name="actions")
    title = models.CharField(max_length=200)
    office = models.CharField("whose", max_length=10, choices=Decider, default=Decider.JOINT)
    owner = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="+")
    due_on = models.DateField("due", null=True, blank=True)
    done_when = models.CharField("how will you know it is done?", max_length=300, blank=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.TODO)
    depends_on = models.ManyToManyField("self", symmetrical=False, blank=True, related_name="followed_by")
    position = models.PositiveIntegerField(default=0)
    commitment = models.OneToOneField(Commitment, models.PROTECT, null=True, blank=True, related_name="action", editable=False)
    created_by = models.ForeignKey(Person, models.PROTECT, related_name="+", editable=False)
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+", editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    removed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    history = HistoricalRecords()
    objects = ActionQuerySet.as_manager()

    class Meta:
        ordering = ["position", "created_at"]

    def __str__(self):
        return self.title

    def days_late(self, on):
        """Days past the due day, 0 when it is not late or needs no doing any more."""
        is_waiting = self.status in (self.Status.TODO, self.Status.DOING, self.Status.BLOCKED)
        return max((on - self.due_on).days, 0) if is_waiting and self.due_on else 0

    def clean(self):
        enrolment = self.tracker.workspace.enrolment
        allowed = {
            Decider.JOINT: [office.pk for office in enrolment.offices],
            Decider.MAYOR: [enrolment.mayor_office_id],
            Decider.PROSECUTOR: [enrolment.prosecutor_office_id],
        }
        if self.owner_id and self.office in allowed and self.owner.office_id not in allowed[self.office]:
            raise ValidationError({"owner": "Choose a seat of the office that this action belongs to."})
