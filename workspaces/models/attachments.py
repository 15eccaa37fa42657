"""Files that hang on messages. Who reads the topic reads them; until its message is sent, a file is its uploader's alone."""

import uuid

from django.db import models
from django.db.models import Q
from django.utils import timezone

from cohorts.models import Person, Term

from .audiences import rings_of
from .topics import Message, Topic

NAME_LENGTH = 150
STORED_IN = "attachments"  # in storage; sealed copies stand there, too


def storage_key(attachment, filename):
    """A random name: an address in storage tells nothing and cannot be guessed."""
    return f"{STORED_IN}/{uuid.uuid4().hex}"


class AttachmentQuerySet(models.QuerySet):
    def visible_to(self, person):
        theirs = Q(message=None, uploaded_by=person) | Q(message__isnull=False, message__deleted_at=None)
        return self.filter(theirs, rings_of(person, "topic__"), removed_at=None)

    def pending_of(self, person):
        """What `person` uploaded and has not sent yet."""
        return self.filter(message=None, uploaded_by=person)

    def waiting(self):
        """Those whose pictures are to be made."""
        return self.filter(preview=Attachment.Preview.WAITING)


class Attachment(models.Model):
    """One file as it was uploaded. It stands in its message's topic and goes where that goes."""

    class Preview(models.TextChoices):
        WAITING = "waiting", "Pictures are being made"
        MADE = "made", "Pictures of its pages"
        NONE = "none", "Nothing to show as a picture"
        FAILED = "failed", "Pictures could not be made"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    topic = models.ForeignKey(Topic, models.PROTECT, related_name="attachments")
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="attachments")
    uploaded_by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, related_name="+")
    name = models.CharField(max_length=NAME_LENGTH)
    size = models.PositiveIntegerField(help_text="Bytes.")
    content_type = models.CharField(max_length=100)
    sha256 = models.CharField(max_length=64)
    file = models.FileField(upload_to=storage_key, max_length=120)
    found = models.JSONField(default=list, help_text="[[kind, words]] of the guard, until the file is sent.")
    preview = models.CharField(max_length=10, choices=Preview, default=Preview.WAITING)
    page_count = models.PositiveIntegerField(default=0, help_text="Of the document, also where fewer are shown.")
    thumbnail = models.FileField(upload_to=storage_key, max_length=120, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    updated_at = models.DateTimeField(auto_now=True)
    removed_at = models.DateTimeField(null=True, editable=False)
    sealed_note = models.CharField(max_length=400, blank=True, editable=False, help_text="Taken out: who decides on it.")

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        ordering = ["created_at", "pk"]
        indexes = [
            models.Index(fields=["uploaded_by"], condition=Q(message=None), name="attachment_not_sent_yet"),
            models.Index(fields=["created_at"], condition=Q(preview="waiting"), name="attachment_without_pictures"),
        ]

    def __str__(self):
        return self.name

    @property
    def is_sent(self):
        """Whether it hangs on a message now."""
        return self.message is not None and self.message.deleted_at is None and self.removed_at is None

    @property
    def stored(self):
        """Every file in storage that belongs to it."""
        return [each for each in (self.file, self.thumbnail, *(page.image for page in self.pages.all())) if each]


class AttachmentPage(models.Model):
    """The picture of one page, made by the server; of a picture, the picture itself, made anew."""

    attachment = models.ForeignKey(Attachment, models.CASCADE, related_name="pages")
    number = models.PositiveSmallIntegerField()
    image = models.FileField(upload_to=storage_key, max_length=120)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["attachment", "number"], name="attachment_page_once")]
