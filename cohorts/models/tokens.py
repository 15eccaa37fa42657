"""Personal API tokens: shown once, kept hashed, ended by date, by revocation, with the seat or with the person's account."""

import datetime as dt
import hashlib
import secrets
import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from .office_rules import refusing
from .people import Person
from .seats import Term


def digest(secret):
    """SHA-256 of a token as hex; the secret has 256 random bits, so no slow hash is needed."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ApiTokenQuerySet(models.QuerySet):
    def valid(self):
        """Those that still open something. A token ends with the seat it was made in: it needs a term that had begun when it
        was made and has not ended since, so a later seat does not wake it. An administrator's needs none. It rests while an
        office of its person allows no tokens."""
        made_in = Term.objects.current().filter(person=OuterRef("person"), begins_at__lte=OuterRef("created_at"))
        return self.filter(
            Q(expires_at=None) | Q(expires_at__gt=timezone.now()),
            Exists(made_in) | Q(person__administrator__isnull=False),
            ~Exists(refusing("allows_tokens").filter(person=OuterRef("person"))),
            revoked_at=None,
            person__is_active=True,
        )

    def visible_to(self, person):
        return self.filter(person=person, revoked_at=None)


class ApiTokenManager(models.Manager.from_queryset(ApiTokenQuerySet)):
    def issue(self, person, scope, days, name=""):
        """A new token for `person`: the row and its secret, which nothing stores."""
        secret = "mpi_" + secrets.token_urlsafe(32)
        expires_at = timezone.now() + dt.timedelta(days=days)
        return self.create(person=person, digest=digest(secret), scope=scope, name=name, expires_at=expires_at), secret


class ApiToken(models.Model):
    class Scope(models.TextChoices):
        READ = "read", "Read"
        WRITE = "write", "Read and write"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=60, blank=True, help_text="What it is for, in its person's words.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    scope = models.CharField(max_length=5, choices=Scope, default=Scope.READ)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = ApiTokenManager()

    def __str__(self):
        return f"{self.get_scope_display()} token of {self.person}"


class IdempotencyKey(models.Model):
    """A POST that named itself: the same person, key and body again finds the object that the first one made."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    key = models.CharField(max_length=200)
    path = models.CharField(max_length=200)
    body_sha256 = models.CharField(max_length=64)
    object_id = models.UUIDField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "key"], name="idempotency_key_once")]
