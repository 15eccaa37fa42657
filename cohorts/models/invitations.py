"""Invitations: how people come in. Each is bound to an address and to one seat, ends by its day, and works once."""

import datetime as dt
import secrets
import uuid
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Q
from django.utils import timezone

from ..permissions import INVITED_BY_COHORT, INVITED_BY_OFFICE, Role
from .administrative_readings import reason_field
from .cohorts import Cohort
from .convenings import Convening
from .people import Person
from .places import Office
from .seats import Seat, Term
from .tokens import digest

LIFE = dt.timedelta(days=14)
DELAY = dt.timedelta(hours=48)


class InvitationQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Those of the offices, cohorts and convenings that `person` invites for. A first principal's is the cohort's."""
        return self.filter(
            Q(cohort=None, office__in=Office.objects.staffed_by(person))
            | Q(cohort__in=Cohort.objects.staffed_by(person))
            | Q(convening__in=Convening.objects.editable_by(person))
        )

    def open(self):
        """Sent and still good to be accepted."""
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=timezone.now())

    def waiting(self):
        """Accepted by a first principal whose seat is not theirs yet."""
        return self.filter(accepted_at__isnull=False, revoked_at=None, term=None)

    def of_first_principals(self):
        return self.filter(office__isnull=False, cohort__isnull=False)

    def due(self):
        """Waiting, and the delay is over."""
        return self.waiting().filter(takes_effect_at__lte=timezone.now())

    def of_token(self, token):
        return self.filter(digest=digest(token))

    def of_confirmation(self, token):
        return self.filter(confirmation_digest=digest(token))


class Invitation(models.Model):
    """Somebody at `email` is asked into a seat: a vacant one, or one that is made with `role` and `seat_name` on acceptance.

    An office invites its own people (`office`). A cohort invites its own roles (`cohort`) and the first principal of an office
    in it (both); a first principal takes the seat once the office's published contact confirms, or after the delay. A convening
    (`convening`) has guests, each until a day (`ends_on`), under a name and label that the guest may put right."""

    class State(models.TextChoices):
        SENT = "sent", "Sent"
        WAITING = "waiting", "Accepted, not yet confirmed"
        ACCEPTED = "accepted", "Accepted"
        EXPIRED = "expired", "Expired"
        REVOKED = "revoked", "Revoked"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address")
    office = models.ForeignKey(Office, models.PROTECT, null=True, blank=True, related_name="invitations")
    cohort = models.ForeignKey(Cohort, models.PROTECT, null=True, blank=True, related_name="invitations")
    convening = models.ForeignKey(Convening, models.PROTECT, null=True, blank=True, related_name="invitations")
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, blank=True, related_name="invitations")
    role = models.CharField(max_length=16, choices=Role)
    seat_name = models.CharField(max_length=120)
    name = models.CharField(max_length=120, blank=True, help_text="What a guest is called, until they say themselves.")
    title = models.CharField(max_length=120)
    ends_on = models.DateField("last day", null=True, blank=True)
    term_days = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How long the seat is held from the first day."
    )
    reason = reason_field(blank=True, help_text="Why an administrator starts the hand-over of an office that nobody leads.")
    invited_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    sent_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True, help_text="When the mail server took the mail.")
    accepted_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    takes_effect_at = models.DateTimeField(null=True, blank=True)
    confirmation_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    term = models.OneToOneField(Term, models.PROTECT, null=True, blank=True, related_name="invitation")
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    ended_because = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(office__isnull=False, cohort=None, convening=None, role__in=INVITED_BY_OFFICE)
                | Q(office__isnull=False, cohort__isnull=False, convening=None, role=Role.PRINCIPAL)
                | Q(office=None, cohort__isnull=False, convening=None, role__in=INVITED_BY_COHORT)
                | Q(office=None, cohort=None, convening__isnull=False, role=Role.GUEST, ends_on__isnull=False),
                name="invitation_to_an_office_a_cohort_or_a_convening",
                violation_error_message="This role does not belong there.",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None) | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="invitation_accepted_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(term_days=None) | Q(term_days__gte=1),
                name="invitation_term_of_a_day_at_least",
                violation_error_message="A term lasts a day at least.",
            ),
        ]

    def __str__(self):
        return f"{self.title}, {self.home}"

    def save(self, *args, **kwargs):
        self.email = self.email.lower()
        super().save(*args, **kwargs)

    @property
    def home(self):
        return self.office or self.cohort or self.convening

    @property
    def is_first_principal(self):
        return self.office_id is not None and self.cohort_id is not None

    @property
    def is_hand_over(self):
        """Of an office that was led before and has nobody left: an administrator started it, for a written reason."""
        return self.is_first_principal and bool(self.reason)

    @property
    def is_for_guest(self):
        return self.convening_id is not None

    @property
    def end_of_last_day(self):
        """The instant after the last day, where the convening is; None where no last day is set."""
        if self.ends_on is None:
            return None
        return dt.datetime.combine(self.ends_on + dt.timedelta(days=1), dt.time.min, ZoneInfo(self.convening.timezone))

    @property
    def state(self):
        if self.revoked_at:
            return self.State.REVOKED
        if self.accepted_at:
            return self.State.ACCEPTED if self.term_id else self.State.WAITING
        return self.State.SENT if self.expires_at > timezone.now() else self.State.EXPIRED

    def renew(self):
        """A new token, good from now on; the former one is good no longer. Returns the token, which nothing stores."""
        token = secrets.token_urlsafe(32)
        self.digest = digest(token)
        self.sent_at = timezone.now()
        self.expires_at = min(filter(None, [self.sent_at + LIFE, self.end_of_last_day]))
        self.mailed_at = None
        return token

    def ask_for_confirmation(self):
        """Start the delay of a first principal. Returns the token for the office's published contact."""
        token = secrets.token_urlsafe(32)
        self.confirmation_digest = digest(token)
        self.takes_effect_at = self.accepted_at + DELAY
        return token
