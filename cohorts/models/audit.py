"""The audit trail: who did what for whom, when and from where. Entries stand in chains, one for each ring, and each carries the
hash of the one before, so that a changed, missing or inserted row shows. Nothing changes or removes an entry.

What both offices of a pair read stands in the pair's chain, without a network address; the address of such an act is an entry
of its own in the chain of the acting person's office (`of` says for which act), as are sign-ins."""

import datetime as dt
import uuid

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from .canonical import content_sha256
from .cohorts import Cohort, Enrolment
from .holdings import holdings_of
from .people import Administrator, Person
from .places import Office
from .seats import Term


class AppendOnly(TypeError):
    """Somebody tried to change or remove what is only ever added to."""

    def __init__(self, words="The audit trail is only ever added to."):
        super().__init__(words)


class AuditChain(models.Model):
    """One ring's entries in their order. `last_number` and `last_hash` are of the newest, so that a missing end shows too."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    enrolment = models.ForeignKey(Enrolment, models.PROTECT, null=True, related_name="+")
    office = models.ForeignKey(Office, models.PROTECT, null=True, related_name="+")
    cohort = models.ForeignKey(Cohort, models.PROTECT, null=True, related_name="+")
    is_platform = models.BooleanField(default=False, help_text="Of administrators, and of people of no office.")
    last_number = models.PositiveBigIntegerField(default=0)
    last_hash = models.CharField(max_length=64, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(enrolment__isnull=False, office=None, cohort=None, is_platform=False)
                | Q(enrolment=None, office__isnull=False, cohort=None, is_platform=False)
                | Q(enrolment=None, office=None, cohort__isnull=False, is_platform=False)
                | Q(enrolment=None, office=None, cohort=None, is_platform=True),
                name="audit_chain_of_one_ring",
            ),
            *(
                models.UniqueConstraint(
                    fields=[ring], condition=Q(**{f"{ring}__isnull": False}), name=f"audit_chain_once_{ring}"
                )
                for ring in ("enrolment", "office", "cohort")
            ),
            models.UniqueConstraint(fields=["is_platform"], condition=Q(is_platform=True), name="audit_chain_once_platform"),
        ]

    def __str__(self):
        if self.enrolment_id:
            return f"{self.enrolment}, both offices"
        return str(self.office or self.cohort or "The platform")


class AuditEntryQuerySet(models.QuerySet):
    def visible_to(self, person):
        """What principals, delegates and records officers of an office read: their pair's chain and their own office's. The
        platform's is the administrators'."""
        enrolments, offices = holdings_of(person).trails()
        keeps = Exists(Administrator.objects.serving().filter(person=person.pk))
        return self.filter(
            Q(chain__enrolment__in=enrolments) | Q(chain__office__in=offices) | Q(keeps, chain__is_platform=True)
        )

    def of_platform(self):
        return self.filter(chain__is_platform=True)

    def of_pair(self, enrolment):
        """Entries that stand in a workspace's trail: of the pair and of its two offices."""
        offices = (enrolment.mayor_office_id, enrolment.prosecutor_office_id)
        return self.filter(Q(chain__enrolment=enrolment) | Q(chain__office__in=offices))

    def acts(self, person):
        """Those of `visible_to(person)` that are acts, newest first, each with `seen_address`: its own or, of an act on a
        shared thing, the one that the acting person's office keeps, where `person` reads that too."""
        visible = AuditEntry.objects.visible_to(person)
        kept = visible.filter(of=OuterRef("pk")).values("address")[:1]
        return (
            self.visible_to(person)
            .filter(of=None)
            .annotate(seen_address=Coalesce("address", Subquery(kept)))
            .select_related("chain", "actor", "term__seat__office", "for_whom")
            .order_by("-at", "-number", "pk")
        )

    def update(self, **changes):
        raise AppendOnly

    def delete(self):
        raise AppendOnly


class AuditEntry(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    chain = models.ForeignKey(AuditChain, models.PROTECT, related_name="entries")
    number = models.PositiveBigIntegerField(help_text="Its place in the chain; never shown.")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+", help_text="In which the actor acted.")
    for_whom = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    action = models.CharField(max_length=40)
    subject_kind = models.CharField(max_length=20, blank=True)
    subject_id = models.UUIDField(null=True)
    subject_words = models.CharField(max_length=300, blank=True, help_text="What it was called then.")
    detail = models.JSONField(default=dict, help_text="What else is to be known; never content.")
    address = models.CharField("network address", max_length=45, null=True)
    of = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", help_text="The act whose address this keeps.")
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64)

    objects = AuditEntryQuerySet.as_manager()

    class Meta:
        ordering = ["chain", "number"]
        constraints = [models.UniqueConstraint(fields=["chain", "number"], name="audit_entry_number_once")]
        indexes = [models.Index(fields=["chain", "-at"])]

    def __str__(self):
        return f"{self.action} at {self.at:%Y-%m-%d %H:%M}"

    def digest(self):
        """The SHA-256 of everything this entry says and of the entry before."""
        told = {field.attname: getattr(self, field.attname) for field in self._meta.concrete_fields if field.name != "hash"}
        told["at"] = self.at.astimezone(dt.UTC).isoformat()
        return content_sha256({name: str(value) if isinstance(value, uuid.UUID) else value for name, value in told.items()})

    def save(self, *args, **kwargs):
        if not self._state.adding:
            raise AppendOnly
        super().save(*args, **kwargs)

    def delete(self, *args, **kwargs):
        raise AppendOnly
