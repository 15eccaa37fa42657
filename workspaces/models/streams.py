"""Numbered streams: one for each audience of a workspace. Whoever has seen event N of a stream has seen all up to N."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cohorts.models import Enrolment, Office, Person, Term

from .audiences import Audience, AudienceQuerySet
from .workspaces import Workspace


class StreamQuerySet(AudienceQuerySet):
    def visible_to(self, person):
        """And a pending workspace's own: it tells who has signed the agreement, for nothing else happens there."""
        visible = super().visible_to(person)
        if not Enrolment.objects.keys_pending_for(person):
            return visible
        return visible | self.filter(audience=Audience.WORKSPACE, workspace__in=Workspace.objects.pending_for(person))

    def visible_in(self, workspace, person):
        if Enrolment.objects.keys_pending_for(person):
            return self.visible_to(person).filter(workspace=workspace)
        return super().visible_in(workspace, person)

    def heads(self):
        """`{name: last number}` of these streams. Read it before the content it numbers."""
        return dict(self.values_list("audience", "last_seq"))


class Stream(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="streams")
    audience = models.CharField(max_length=10, choices=Audience)
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="+")
    last_seq = models.PositiveBigIntegerField(default=0)

    objects = StreamQuerySet.as_manager()

    class Meta:
        constraints = [  # two, because one would let NULLs repeat
            models.UniqueConstraint(
                fields=["workspace", "audience"],
                condition=Q(office__isnull=True),
                name="stream_once_an_audience",
            ),
            models.UniqueConstraint(
                fields=["workspace", "office"],
                condition=Q(office__isnull=False),
                name="stream_once_an_office",
            ),
        ]

    def __str__(self):
        return f"{self.workspace_id} {self.audience}"


class Event(models.Model):
    """That something happened, as number `seq` of its stream. It holds no content: what is told is read when it is told,
    for that ring."""

    stream = models.ForeignKey(Stream, models.CASCADE, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["stream", "seq"]
        constraints = [models.UniqueConstraint(fields=["stream", "seq"], name="event_number_once")]
        indexes = [models.Index(fields=["subject_id"]), models.Index(fields=["stream", "-at"])]
