"""What somebody took out because it should not be here: a sealed copy, for the owning office to decide on."""

import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from cohorts.models import Cohort, Office, Person, Term, held_in
from cohorts.permissions import SIGNING_ROLES, Role

from .attachments import storage_key
from .audiences import Audience
from .legal_holds import LegalHold
from .topics import Topic

DECIDING_ROLES = (Role.RECORDS_OFFICER, Role.COUNSEL)


def deciders_of(office=None, cohort=None):
    """The current terms of those who decide for the owner: the office's records officers and counsel, where it has none its
    principal and delegates; what no office owns, the cohort's facilitators."""
    terms = Term.objects.current().filter(person__is_active=True).select_related("person", "seat__office", "seat__cohort")
    if office is None:
        return terms.filter(seat__cohort=cohort, seat__role=Role.FACILITATOR)
    of_office = terms.filter(seat__office=office)
    keeping = of_office.filter(seat__role__in=DECIDING_ROLES)
    return keeping if keeping.exists() else of_office.filter(seat__role__in=SIGNING_ROLES)


class SealedItemQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Those that `person` decides on, or is asked to say the second yes to."""
        deciding, signing = held_in(person, DECIDING_ROLES), held_in(person, SIGNING_ROLES)
        facilitating = held_in(person, [Role.FACILITATOR], "cohort_id")
        keepers = Term.objects.current().filter(
            seat__office=OuterRef("office"), seat__role__in=DECIDING_ROLES, person__is_active=True
        )
        is_theirs = ~Exists(keepers) | Q(destruction_asked_by__isnull=False)
        return self.filter(Q(office__in=deciding) | Q(is_theirs, office__in=signing) | Q(office=None, cohort__in=facilitating))

    def waiting(self):
        return self.filter(state=SealedItem.State.WAITING)


class SealedItem(models.Model):
    """One thing that was taken out. `content` and `file` are sealed: a copy of database and files tells nothing without the
    platform's key. `office` owns it, the author's of that day; where the author had none, it is the cohort's."""

    class Kind(models.TextChoices):
        MESSAGE = "message", "Message"
        FILE = "file", "File"
        TITLE = "title", "Title of a topic"

    class Why(models.TextChoices):
        CASE = "case", "It is about an open case"
        PEOPLE = "people", "It names a victim, a witness or a defendant"
        PERSONAL = "personal", "It holds somebody’s personal data"
        OTHER = "other", "Something else that does not belong here"

    class State(models.TextChoices):
        WAITING = "waiting", "Waits for a decision"
        RESTORED = "restored", "Put back"
        REDACTED = "redacted", "Put back without what did not belong"
        DESTROYED = "destroyed", "Destroyed"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    object_id = models.UUIDField()
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="sealed_items")
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="sealed_items")
    cohort = models.ForeignKey(Cohort, models.PROTECT, related_name="+")
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    why = models.CharField(max_length=10, choices=Why)
    content = models.TextField(blank=True)
    file = models.FileField(upload_to=storage_key, max_length=120, blank=True)
    marked_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    marked_at = models.DateTimeField(default=timezone.now, editable=False)
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    destruction_asked_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    destruction_asked_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)

    objects = SealedItemQuerySet.as_manager()

    class Meta:
        ordering = ["-marked_at", "pk"]
        indexes = [models.Index(fields=["object_id"])]
        constraints = [
            models.UniqueConstraint(fields=["object_id", "kind"], condition=Q(state="waiting"), name="sealed_item_once")
        ]

    def __str__(self):
        return f"{self.get_kind_display()} of {self.marked_at:%Y-%m-%d}"

    @property
    def owner(self):
        return self.office.name if self.office else f"{self.cohort.name}’s facilitators"

    @property
    def is_open(self):
        """Whether there is still something to decide: what was put back redacted can yet be destroyed."""
        return self.state in (self.State.WAITING, self.State.REDACTED)

    def holds(self):
        """The legal holds that keep it from being destroyed: of every office that reads its topic."""
        topic = self.topic
        readers = [topic.office] if topic.audience == Audience.OFFICE else topic.workspace.offices
        return LegalHold.objects.open().filter(office__in=[*readers, *filter(None, [self.office])])
