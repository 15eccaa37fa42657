"""People who sign in. What a person may do comes from the seats they hold, never from the person."""

import uuid
from functools import cache
from zoneinfo import available_timezones

from allauth.mfa.models import Authenticator
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils.timezone import now


@cache
def known_timezones():
    return available_timezones()  # reads the zone files of the machine each time


def validate_timezone(name):
    if name not in known_timezones():
        raise ValidationError(f"“{name}” is not a time zone.")


class PersonQuerySet(models.QuerySet):
    def with_factor(self):
        """Each with `has_factor`: a passkey or an authenticator app of theirs. Recovery codes alone are none."""
        factors = Authenticator.objects.filter(user=OuterRef("pk")).exclude(type=Authenticator.Type.RECOVERY_CODES)
        return self.annotate(has_factor=Exists(factors))

    def with_demand(self):
        """Each with `is_sign_on_demanded`: whether an office in which they hold a seat lets them in by its sign-on alone."""
        from .seats import Term  # noqa: PLC0415 (terms refer to people)

        demanding = Term.objects.current().filter(person=OuterRef("pk"), seat__office__sign_on__is_demanded=True)
        return self.annotate(is_sign_on_demanded=Exists(demanding))

    def found_by(self, words):
        """Those whose name or address holds each of `words`."""
        people = self
        for word in words.split():
            people = people.filter(Q(name__icontains=word) | Q(email__icontains=word))
        return people

    def in_state(self, state):
        """`open`, `closed`, `administrators`, or `unprotected`: they must add a second step before they come in."""
        from .seats import Term  # noqa: PLC0415 (terms refer to people)

        if state == "unprotected":
            held = Exists(Term.objects.current().filter(person=OuterRef("pk"))) | Q(administrator__isnull=False)
            return self.with_factor().filter(held, has_factor=False, is_active=True, is_demo=False)
        told = {"open": Q(is_active=True), "closed": Q(is_active=False), "administrators": Q(administrator__isnull=False)}
        return self.filter(told.get(state, Q()))


class PersonManager(BaseUserManager.from_queryset(PersonQuerySet)):
    def create_user(self, email, name, password=None, **fields):
        person = self.model(email=self.normalize_email(email).lower(), name=name, **fields)
        person.set_password(password)
        person.full_clean()
        person.save()
        return person

    def get_by_natural_key(self, email):
        return self.get(email__iexact=email)


class Person(AbstractBaseUser):
    """Someone who signs in; the e-mail address is the name they sign in with."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail address")
    name = models.CharField(max_length=120)
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[validate_timezone])
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False, help_text="Signs in only while the demonstration is on.")
    access_epoch = models.PositiveIntegerField(
        default=0, help_text="Raised when every open page of this person must be let in anew."
    )
    created_at = models.DateTimeField(default=now, editable=False)

    objects = PersonManager()
    has_factor = False  # until it is read: `with_factor()`
    is_sign_on_demanded = False  # until it is read: `with_demand()`

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    class Meta:
        verbose_name_plural = "people"
        constraints = [
            models.UniqueConstraint(
                Lower("email"),
                name="person_email_once",
                violation_error_message="Someone with this address is already here.",
            )
        ]

    def __str__(self):
        return self.name

    def save(self, *args, update_fields=None, **kwargs):
        # The epoch only rises, by `renew_access` in the database; a copy that was read before must not lower it again.
        if update_fields is None and not self._state.adding:
            update_fields = [field.name for field in self._meta.concrete_fields if field.name not in ("id", "access_epoch")]
        super().save(*args, update_fields=update_fields, **kwargs)

    def get_full_name(self):
        return self.name


class AdministratorQuerySet(models.QuerySet):
    def serving(self):
        """Those who can sign in: of them at least one stays."""
        return self.filter(person__is_active=True)


class Administrator(models.Model):
    """Keeps accounts, offices and settings. Holds no seat, so sees no city's content but for a written reason."""

    person = models.OneToOneField(Person, models.PROTECT, related_name="administrator")
    appointed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    appointed_at = models.DateTimeField(default=now, editable=False)

    objects = AdministratorQuerySet.as_manager()

    def clean(self):
        if self.appointed_by_id == self.person_id:
            raise ValidationError("Nobody appoints themselves.")
        if self.person.terms.lasting().exists():
            raise ValidationError("An administrator holds no seat. Let the seat be handed over first.")


def is_administrator(person):
    return Administrator.objects.serving().filter(person=person.pk).exists()
