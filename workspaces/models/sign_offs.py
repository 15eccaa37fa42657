"""Sign-offs: a proposal that takes effect only when every office that decides has signed the very content it saw.

A sign-off knows offices, a content and its hash, not what is signed: the subject's app registers how to lock it, what its
canonical content is, who decides, and what happens once it is approved (`workspaces.subjects`)."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cohorts.models import LimitedTextField, Office, Person, Term

from .workspaces import Workspace

AGREEMENT = "agreement"  # the kind that is signed before a workspace opens


class SignOffQuerySet(models.QuerySet):
    def visible_to(self, person):
        """The workspace's ring sees a sign-off, its signatures and its reasons; the participation agreement's, before the
        workspace opens too."""
        return self.filter(
            Q(workspace__in=Workspace.rooms(person))
            | Q(workspace__in=Workspace.objects.pending_for(person), subject_kind=AGREEMENT)
        )

    def open(self):
        return self.filter(status=SignOff.Status.OPEN)

    def awaiting(self, office):
        """Open ones that `office` decides on and has not answered."""
        return self.open().filter(deciders=office).exclude(signatures__office=office)


class SignOff(models.Model):
    class Status(models.TextChoices):
        OPEN = "open", "Open"
        APPROVED = "approved", "Approved"
        DECLINED = "declined", "Declined"
        WITHDRAWN = "withdrawn", "Withdrawn"
        STALE = "stale", "Overtaken by a change"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="sign_offs")
    subject_kind = models.CharField(max_length=20)
    subject_id = models.UUIDField()
    proposal = models.JSONField(
        default=dict, blank=True, help_text="What is proposed for the subject, such as the stage to move to."
    )
    rationale = LimitedTextField(max_length=4000)
    content = models.JSONField(help_text="The canonical content: what is signed.")
    content_sha256 = models.CharField(max_length=64)
    deciders = models.ManyToManyField(Office, related_name="+")
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    proposed_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")  # an administrator has none
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = SignOffQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id"],
                condition=Q(status="open"),
                name="sign_off_open_once",
                violation_error_message="A proposal is already waiting for signatures.",
            )
        ]
        indexes = [models.Index(fields=["workspace", "status"]), models.Index(fields=["subject_id"])]


class Signature(models.Model):
    """What one office said to a sign-off, by whom, under which title, and to which content."""

    class Decision(models.TextChoices):
        SIGNED = "signed", "Signed"
        DECLINED = "declined", "Declined"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_off = models.ForeignKey(SignOff, models.PROTECT, related_name="signatures")
    office = models.ForeignKey(Office, models.PROTECT, related_name="+")
    person = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    name = models.CharField(max_length=120)
    title = models.CharField(max_length=120)
    on_behalf_of = models.CharField(max_length=250, blank=True, help_text="The principal whom somebody else signs for.")
    decision = models.CharField(max_length=8, choices=Decision)
    reservation = LimitedTextField(blank=True, max_length=2000, help_text="Printed beside the signature.")
    reason = LimitedTextField(blank=True, max_length=2000)
    content_sha256 = models.CharField(max_length=64)
    signed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["signed_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["sign_off", "office"],
                name="signature_once_an_office",
                violation_error_message="Your office has already answered.",
            ),
            models.UniqueConstraint(
                fields=["sign_off", "person"],
                name="signature_once_a_person",
                violation_error_message="You have already answered.",
            ),
        ]


class SignedCopyQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Theirs alone, whatever they hold now: a seat that ended takes the sign-off, not the copy of one's own signature."""
        return self.filter(person=person).select_related("sign_off", "office").order_by("-signed_at")


class SignedCopy(Signature):
    """What a person keeps of what they signed: the content, and their own signature. Nobody else's, and nothing that came
    later."""

    objects = SignedCopyQuerySet.as_manager()

    class Meta:
        proxy = True
