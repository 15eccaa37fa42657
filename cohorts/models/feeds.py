"""Personal calendar feeds: an address that a calendar program fetches, shown once and kept hashed. It ends by revocation, with
the seat or with the person's account, and rests while an office of its person allows no feeds."""

import secrets
import uuid

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone

from .office_rules import refusing
from .people import Person
from .seats import Term
from .tokens import digest


class CalendarFeedQuerySet(models.QuerySet):
    def valid(self):
        """Those that still open a calendar. Like an API token, a feed needs a term that had begun when it was made and has not
        ended since, so a later seat does not wake it."""
        made_in = Term.objects.current().filter(person=OuterRef("person"), begins_at__lte=OuterRef("created_at"))
        return self.filter(
            Exists(made_in),
            ~Exists(refusing("allows_feeds").filter(person=OuterRef("person"))),
            revoked_at=None,
            person__is_active=True,
        )

    def of_token(self, token):
        return self.filter(digest=digest(token))

    def visible_to(self, person):
        return self.filter(person=person, revoked_at=None)


class CalendarFeedManager(models.Manager.from_queryset(CalendarFeedQuerySet)):
    def issue(self, person, name=""):
        """A new feed of `person`: the row and the token of its address, which nothing stores."""
        token = secrets.token_urlsafe(32)
        return self.create(person=person, digest=digest(token), name=name), token


class CalendarFeed(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="calendar_feeds")
    name = models.CharField(max_length=60, blank=True, help_text="Where it is used, in its person's words.")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = CalendarFeedManager()

    def __str__(self):
        return self.name or "Calendar"
