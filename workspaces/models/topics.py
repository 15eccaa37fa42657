"""Topics and the messages in them."""

import uuid

from django.db import models
from django.db.models import Count, Exists, F, OuterRef, Prefetch, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone

from cohorts.models import LimitedTextField, Person, Term, Versioned, holdings_of

from .audiences import AudienceQuerySet, ForAudience, rings_of
from .streams import Stream

MESSAGE_LENGTH = 10_000


class TopicQuerySet(AudienceQuerySet):
    def with_unread(self, person):
        """Adds `unread_count`: messages above the position `person` read up to, not their own, not removed."""
        read = ReadPosition.objects.filter(topic=OuterRef("pk"), person=person).values("position")
        unread = (
            Message.objects.unread_by(person)
            .filter(topic=OuterRef("pk"))
            .order_by()
            .values("topic")
            .annotate(count=Count("pk"))
            .values("count")
        )
        return self.annotate(
            read_position=Coalesce(Subquery(read), 0, output_field=models.PositiveIntegerField()),
            unread_count=Coalesce(Subquery(unread), 0, output_field=models.PositiveIntegerField()),
        )

    def counts_for(self, person):
        """`{topic: {read, turn, last, unread}}`: how far `person` has read, what the last position is, and how many messages
        between the two are news to them. One query, so that the numbers belong together."""
        turn = ReadPosition.objects.filter(topic=OuterRef("pk"), person=person).values("turn")
        topics = self.with_unread(person).annotate(turn=Coalesce(Subquery(turn), 0, output_field=models.PositiveIntegerField()))
        rows = topics.order_by().values_list("pk", "read_position", "turn", "message_count", "unread_count")
        return {str(pk): dict(zip(("read", "turn", "last", "unread"), numbers, strict=True)) for pk, *numbers in rows}


class Topic(ForAudience, Versioned):
    """A titled conversation. It may be tied to a thing of an app above, named by kind and id."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=160)
    is_closed = models.BooleanField(default=False)
    subject_kind = models.CharField(max_length=20, blank=True, editable=False)
    subject_id = models.UUIDField(null=True, blank=True, editable=False)
    opened_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    message_count = models.PositiveIntegerField(default=0, editable=False, help_text="Also the last message's position.")
    last_message_at = models.DateTimeField(null=True, editable=False)
    sealed_note = models.CharField(max_length=400, blank=True, editable=False, help_text="Taken out: who decides on it.")
    move_note = models.CharField(max_length=400, blank=True, editable=False, help_text="Who moved it here, and from where.")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)

    objects = TopicQuerySet.as_manager()

    class Meta(ForAudience.Meta):
        ordering = [F("last_message_at").desc(nulls_last=True), "-created_at"]
        indexes = [
            models.Index(fields=["workspace", "-last_message_at"]),
            models.Index(fields=["subject_id"]),
        ]

    def __str__(self):
        return self.title


class MessageQuerySet(models.QuerySet):
    def visible_to(self, person):
        return self.filter(rings_of(person, "topic__"))

    def unread_by(self, person):
        if not holdings_of(person).terms:  # an administrator reads for a reason, leaves no mark and is owed none
            return self.none()
        read = ReadPosition.objects.filter(topic=OuterRef("topic"), person=person).values("position")
        return self.filter(deleted_at=None, position__gt=Coalesce(Subquery(read), 0)).exclude(author=person)

    def to_acknowledge_by(self, person):
        """Those whose authors ask `person` to acknowledge them, and who has not."""
        from .acknowledgements import Acknowledgement  # noqa: PLC0415 (they point at messages)

        given = Exists(Acknowledgement.objects.filter(message=OuterRef("pk"), person=person))
        asking = self.visible_to(person).filter(acknowledgement_asked_at__isnull=False, deleted_at=None)
        return asking.exclude(author=person).exclude(given)

    def for_reading(self):
        """With all that a message shows; one query more a kind of thing that many can add to it."""
        from .acknowledgements import Acknowledgement  # noqa: PLC0415 (they point at messages)
        from .attachments import Attachment  # noqa: PLC0415
        from .decisions import Confirmation  # noqa: PLC0415
        from .reactions import Reaction  # noqa: PLC0415

        return self.select_related(
            *("author", "term__seat__office", "pin__by", "decision"),
            *("stream__workspace__enrolment__city", "stream__workspace__convening"),
            *("stream__workspace__enrolment__mayor_office", "stream__workspace__enrolment__prosecutor_office"),
        ).prefetch_related(
            Prefetch("acknowledgements", Acknowledgement.objects.select_related("person")),
            Prefetch("attachments", Attachment.objects.select_related("uploaded_by")),
            Prefetch("reactions", Reaction.objects.select_related("person")),
            Prefetch("decision__confirmations", Confirmation.objects.select_related("office", "person", "term")),
            "mentions",
        )


class Message(Versioned):
    """One message. `position` counts in its topic, `seq` in its stream; the same `client_id` of one author is one message."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="messages")
    stream = models.ForeignKey(Stream, models.PROTECT, related_name="+")
    seq = models.PositiveBigIntegerField()
    position = models.PositiveIntegerField()
    author = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    body = LimitedTextField(max_length=MESSAGE_LENGTH)
    client_id = models.UUIDField()
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    edited_at = models.DateTimeField(null=True, editable=False)
    acknowledgement_asked_at = models.DateTimeField(null=True, editable=False)
    moved_to = models.OneToOneField("self", models.PROTECT, null=True, editable=False, related_name="moved_from")
    move_note = models.CharField(max_length=400, blank=True, editable=False, help_text="Who moved it here, or away.")
    deleted_at = models.DateTimeField(null=True, editable=False)
    sealed_note = models.CharField(max_length=400, blank=True, editable=False, help_text="Taken out: who decides on it.")

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["author", "client_id"], name="message_sent_once"),
            models.UniqueConstraint(fields=["topic", "position"], name="message_position_once"),
            models.UniqueConstraint(fields=["stream", "seq"], name="message_number_once"),
        ]

    def __str__(self):
        return self.body[:60]


class MessageRevision(models.Model):
    """The words before an edit or a removal; nothing is overwritten without keeping them."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="revisions")
    body = models.TextField()
    replaced_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    replaced_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["replaced_at"]


class ReadPosition(models.Model):
    """How far a person has read in a topic."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="read_positions")
    position = models.PositiveIntegerField(default=0)
    turn = models.PositiveIntegerField(default=0, help_text="Counts the changes, so that a page knows which of two came last.")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["person", "topic"], name="read_position_once")]
