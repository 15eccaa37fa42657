"""Sign-on with an office's own identity provider, by OpenID Connect, and the accounts there that people linked to theirs here.

Who somebody is, is told by issuer and subject, never by an address. An office may demand its sign-on: then its people come in
by it alone. A cohort's roles come from several organisations, so a cohort offers one and demands none."""

import uuid
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from .cohorts import Cohort
from .holdings import holdings_of
from .people import Person
from .places import Office
from .sealed import seal, unseal
from .seats import Term
from .versions import Versioned

LOOPBACK = ("localhost", "127.0.0.1", "::1")


def check_web_address(address):
    """An address that the platform may ask: https, or http to this machine in a demonstration. Raises ValidationError."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise ValidationError("This is not an address of the web.") from None
    is_here = settings.MPI_DEMO and host in LOOPBACK
    if parts.scheme != "https" and not (parts.scheme == "http" and is_here):
        raise ValidationError("The address must begin with https://")
    if not host or parts.username is not None or parts.fragment or any(sign.isspace() for sign in address):
        raise ValidationError("This is not an address of the web.")


def check_issuer(address):
    check_web_address(address)
    if urlsplit(address).query:
        raise ValidationError("An issuer’s address has no question mark.")


class SignOnQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Those of the offices in which `person` holds a seat, and of the cohorts that they facilitate."""
        return self.filter(Q(office__in=Office.objects.held_by(person)) | Q(cohort__in=Cohort.objects.facilitated_by(person)))

    def offered_to(self, person):
        """Those that `person` can sign in by: of the offices and cohorts in which they hold a seat."""
        terms = holdings_of(person).terms
        return self.filter(
            Q(office__in={term.seat.office_id for term in terms}) | Q(cohort__in={term.seat.cohort_id for term in terms})
        )

    def demanded_of(self, person):
        """Each of them binds, whichever of their offices it is of."""
        return self.filter(is_demanded=True, office__in={term.seat.office_id for term in holdings_of(person).terms})

    def for_address(self, email):
        """Those of the domain of `email`, whether or not somebody has an account under it."""
        domain = email.rpartition("@")[2].strip().lower()
        return self.filter(domains__contains=f" {domain} ") if domain else self.none()


class SignOn(Versioned):
    class Proof(models.TextChoices):
        """What in an answer of the provider shows that it asked for more than a password."""

        NONE = "none", "Always ask here"
        AMR = "amr", "Trust an answer whose “amr” says “mfa”"
        ACR = "acr", "Trust an answer whose “acr” is one of these"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False, help_text="The office's or the cohort's own.")
    office = models.OneToOneField(Office, models.PROTECT, null=True, blank=True, related_name="sign_on")
    cohort = models.OneToOneField(Cohort, models.PROTECT, null=True, blank=True, related_name="sign_on")
    name = models.CharField(max_length=60, help_text="On the button.")
    issuer = models.CharField(max_length=300, validators=[check_issuer])
    client_id = models.CharField("client ID", max_length=200)
    sealed_secret = models.TextField(blank=True, editable=False)
    domains = models.CharField(max_length=300, blank=True, help_text="Of its people's mail, each between two spaces.")
    proof = models.CharField(max_length=4, choices=Proof, default=Proof.NONE)
    acr_values = models.CharField(max_length=300, blank=True)
    edition = models.PositiveIntegerField(default=1, help_text="Raised when it leads to another provider or as another client.")
    is_demanded = models.BooleanField(default=False)
    changed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = SignOnQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(office__isnull=False, cohort=None) | Q(office=None, cohort__isnull=False),
                name="sign_on_of_one",
            ),
            models.CheckConstraint(
                condition=Q(is_demanded=False) | Q(office__isnull=False), name="sign_on_demanded_by_an_office"
            ),
            models.CheckConstraint(
                condition=~Q(proof="acr") | ~Q(acr_values=""),
                name="sign_on_acr_told",
                violation_error_message="Say which values of “acr” prove more than a password.",
            ),
        ]

    def __str__(self):
        return self.name

    @property
    def home(self):
        return self.office or self.cohort

    @property
    def home_id(self):
        return self.office_id or self.cohort_id

    @property
    def has_secret(self):
        return bool(self.sealed_secret)

    @property
    def secret(self):
        """The client secret, or None. Raises Unreadable."""
        return unseal(self.sealed_secret) if self.sealed_secret else None

    def keep_secret(self, secret):
        self.sealed_secret = seal(secret) if secret else ""

    def is_proved_by(self, claims):
        """Whether the provider says that it asked for more than a password, in the way its office trusts."""
        if self.proof == self.Proof.AMR:
            return "mfa" in (claims.get("amr") or [])
        if self.proof == self.Proof.ACR:
            return claims.get("acr") in self.acr_values.split()
        return False

    def is_open_to(self, person):
        """Whether `person` holds a seat of its office or cohort now."""
        return any(self.home_id in (term.seat.office_id, term.seat.cohort_id) for term in holdings_of(person).terms)


class SignOnLinkQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(person=person)

    def valid(self):
        """Those of the provider that their sign-on leads to now."""
        return self.filter(issuer=F("sign_on__issuer"))


class SignOnLink(models.Model):
    """An account at a provider that a person said is theirs."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    sign_on = models.ForeignKey(SignOn, models.CASCADE, related_name="links")
    person = models.ForeignKey(Person, models.CASCADE, related_name="sign_on_links")
    issuer = models.CharField(max_length=300)
    subject = models.CharField(max_length=255)
    linked_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = SignOnLinkQuerySet.as_manager()

    class Meta:
        ordering = ["person__name"]
        constraints = [
            models.UniqueConstraint(fields=["sign_on", "issuer", "subject"], name="sign_on_subject_once"),
            models.UniqueConstraint(fields=["sign_on", "person"], name="sign_on_person_once"),
        ]

    def __str__(self):
        return f"{self.person}, {self.sign_on}"
