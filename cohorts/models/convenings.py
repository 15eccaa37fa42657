"""Convenings: in-person meetings, webinars and symposia of a cohort, with their agenda and the answers to the invitation."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Count, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils.timezone import now
from guardian.models import GroupObjectPermissionBase

from ..permissions import Role
from .cohorts import Cohort
from .fields import LimitedTextField
from .holdings import granted
from .people import Person, validate_timezone
from .versions import Versioned


class ConveningQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(
            Q(cohort__in=granted(person, Cohort, "view_cohort")) | Q(pk__in=granted(person, Convening, "view_convening"))
        )

    def editable_by(self, person):
        return self.filter(cohort__in=granted(person, Cohort, "facilitate_cohort"))

    def answerable_by(self, person):
        """Whose invitation `person` may answer: those who take part, not those who only read along."""
        return self.filter(
            Q(cohort__in=granted(person, Cohort, "discuss_cohort")) | Q(pk__in=granted(person, Convening, "view_convening"))
        )

    def upcoming(self):
        return self.filter(ends_at__gte=now()).order_by("starts_at")

    def with_answers(self, person):
        """Adds `going_count`, `not_going_count` and `my_answer` (None before the first answer)."""
        return self.annotate(
            going_count=_count_of(Rsvp.Status.GOING),
            not_going_count=_count_of(Rsvp.Status.NOT_GOING),
            my_answer=Subquery(Rsvp.objects.filter(convening=OuterRef("pk"), person=person).values("status")),
        )


def _count_of(status):
    rows = Rsvp.objects.filter(convening=OuterRef("pk"), status=status).order_by()
    return Coalesce(Subquery(rows.values("convening").annotate(count=Count("pk")).values("count")), 0)


class Convening(Versioned):
    class Kind(models.TextChoices):
        IN_PERSON = "in_person", "In person"
        WEBINAR = "webinar", "Webinar"
        SYMPOSIUM = "symposium", "Symposium"

    permissions_by_role = {Role.GUEST: ("view_convening",)}

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="convenings")
    slug = models.SlugField(max_length=80)
    title = models.CharField(max_length=160)
    kind = models.CharField(max_length=10, choices=Kind)
    description = LimitedTextField(blank=True, max_length=4000)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    timezone = models.CharField(max_length=64, validators=[validate_timezone])
    venue = models.CharField(max_length=200, blank=True)
    joining_url = models.URLField(blank=True)
    capacity = models.PositiveIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(default=now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ConveningQuerySet.as_manager()

    class Meta:
        ordering = ["starts_at"]
        default_permissions = ()
        permissions = [("view_convening", "Sees the convening")]
        constraints = [
            models.UniqueConstraint(fields=["cohort", "slug"], name="convening_slug_once"),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="convening_ends_after_start",
                violation_error_message="A convening ends after it starts.",
            ),
        ]

    def __str__(self):
        return self.title

    @property
    def address(self):
        """The slug of its workspace. Wants the cohort."""
        return f"{self.cohort.slug}-{self.slug}"


class ConveningGrant(GroupObjectPermissionBase):
    content_object = models.ForeignKey(Convening, models.CASCADE, related_name="grants")


class Session(models.Model):
    """One item of a convening's agenda."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    convening = models.ForeignKey(Convening, models.CASCADE, related_name="sessions")
    title = models.CharField(max_length=160)
    description = LimitedTextField(blank=True, max_length=4000)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    room = models.CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["starts_at", "title"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")),
                name="session_ends_after_start",
                violation_error_message="A session ends after it starts.",
            )
        ]

    def __str__(self):
        return self.title

    def clean(self):
        if self.starts_at < self.convening.starts_at or self.ends_at > self.convening.ends_at:
            raise ValidationError("A session lies within its convening.")


class Speaker(models.Model):
    """Who speaks in a session, as they wish to be shown; they need not have an account."""

    session = models.ForeignKey(Session, models.CASCADE, related_name="speakers")
    name = models.CharField(max_length=120)
    label = models.CharField(max_length=120, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self):
        return self.name


class Rsvp(models.Model):
    """A person's answer to a convening's invitation; the latest answer stands."""

    class Status(models.TextChoices):
        GOING = "going", "Going"
        NOT_GOING = "not_going", "Not going"

    convening = models.ForeignKey(Convening, models.CASCADE, related_name="rsvps")
    person = models.ForeignKey(Person, models.PROTECT, related_name="rsvps")
    term = models.ForeignKey("cohorts.Term", models.PROTECT, null=True, related_name="+")
    status = models.CharField(max_length=10, choices=Status)
    answered_at = models.DateTimeField(default=now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["convening", "person"], name="rsvp_once")]
