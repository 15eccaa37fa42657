"""What people do with files: upload them to a topic, send them with a message, take them away."""

import datetime as dt
import errno
import hashlib
from contextlib import contextmanager

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.models import require_rule

from .. import events
from ..files.kinds import clean_name, kind_of
from ..files.reading import text_of
from ..guarding import Finding, found_in
from ..models import STORED_IN, Attachment, AttachmentPage, Decision, Message, SealedItem
from ..search.index import index

MOST_A_MESSAGE = 10
MOST_PENDING = 30  # files that one person has uploaded and not sent
STRAY_FOR = dt.timedelta(days=1)
KEPT_UNSENT = dt.timedelta(days=7)  # long enough for a text that waits for its connection


class StorageFull(OSError):
    """There is no room left for the file; nothing of it was kept."""


def attach(topic, standing, *, file, name=None):
    """Take `file` (binary, seekable, with its `size`) for a message that is not sent yet; only its uploader sees it.

    Raises NotAccepted or TooLarge for the file, ValidationError for too many or a resolved topic, StorageFull, PermissionDenied
    for who only reads here or whose office allows no uploads."""
    standing.require(standing.may_discuss)
    require_rule(standing.person, "allows_uploads")
    if topic.is_closed:
        raise ValidationError("This topic is resolved. Reopen it to write in it.")
    name = clean_name(name or file.name)
    kind = kind_of(name, file)
    if Attachment.objects.pending_of(standing.person).count() >= MOST_PENDING:
        raise ValidationError(f"You have {MOST_PENDING} files here that you have not sent. Send or remove some first.")
    words = text_of(file)
    attachment = Attachment(
        topic=topic,
        uploaded_by=standing.person,
        term=standing.term,
        name=name,
        size=file.size,
        content_type=kind.content_type,
        sha256=hash_of(file),
        found=[[finding.kind, finding.words] for finding in [*found_in(name), *found_in(words)][:50]],
        preview=Attachment.Preview.WAITING if kind.has_pictures else Attachment.Preview.NONE,
    )
    with stored(attachment, file):
        attachment.save(force_insert=True)
    if kind.has_pictures:
        transaction.on_commit(lambda: ask_for_pictures(attachment.pk))
    return attachment


def hash_of(file):
    told = hashlib.sha256()
    for chunk in file.chunks():
        told.update(chunk)
    return told.hexdigest()


@contextmanager
def stored(attachment, file):
    """The file is in storage before its row is there, and gone when the row does not come to be."""
    file.seek(0)
    storage = attachment.file.storage
    name = storage.get_available_name(attachment.file.field.generate_filename(attachment, attachment.name))
    try:
        attachment.file = storage.save(name, file)
        with transaction.atomic():
            yield
    except BaseException as error:
        storage.delete(name)
        if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise StorageFull from error
        raise


def ask_for_pictures(pk):
    from ..tasks import draw_pictures  # noqa: PLC0415 (jobs call verbs)

    draw_pictures(pk)


@transaction.atomic
def discard(attachment, person):
    """Take back a file that was not sent yet; nothing of it stays."""
    mine = Attachment.objects.pending_of(person).select_for_update().filter(pk=attachment.pk)
    for each in mine:
        forget(each)


def forget(attachment):
    delete_after(attachment.stored)
    attachment.delete()


def delete_after(files):
    """Take `files` (FieldFiles) out of storage once what is done now is committed."""
    for name, storage in [(file.name, file.storage) for file in files if file]:
        transaction.on_commit(lambda name=name, storage=storage: storage.delete(name))


@transaction.atomic
def remove_attachment(attachment, standing):
    """Take one's own file off a message that was sent: a line says so in its place, and the file is kept for the record.

    Raises PermissionDenied for another's, ValidationError on a decision of both offices."""
    standing.require(standing.may_discuss and attachment.uploaded_by_id == standing.person.pk)
    message = Message.objects.select_for_update(no_key=True, of=("self",)).for_reading().get(pk=attachment.message_id)
    locked = Attachment.objects.select_for_update(no_key=True, of=("self",)).get(pk=attachment.pk)
    if locked.removed_at is None and message.deleted_at is None:
        Decision.objects.release(message)
        locked.removed_at = timezone.now()
        locked.save(update_fields=["removed_at", "updated_at"])
        events.message_edited(message, standing)


def claimed(topic, person, keys):
    """The files `keys` that `person` uploaded to `topic` and has not sent, locked until the message is stored.

    Raises ValidationError for more than a message takes, and for what is not there (any more)."""
    if not keys:
        return []
    keys = set(keys)
    if len(keys) > MOST_A_MESSAGE:
        raise ValidationError({"attachments": f"A message takes {MOST_A_MESSAGE} files. Send the others in a second one."})
    mine = Attachment.objects.pending_of(person).filter(topic=topic, pk__in=keys)
    files = list(mine.select_for_update(no_key=True, of=("self",)))
    if len(files) != len(keys):
        raise ValidationError({"attachments": "A file is no longer here. Add it again."})
    return files


def send_along(files, message):
    """The files are the message's from now on, and what the guard found in them is not kept."""
    for file in files:
        file.message, file.found = message, []
        file.save(update_fields=["message", "found", "updated_at"])


def findings_in(files):
    return [Finding(kind, words, file.name) for file in files for kind, words in file.found]


def discard_left_over(now=None):
    """Files that nobody sent for a week; returns how many."""
    left = Attachment.objects.filter(message=None, created_at__lte=(now or timezone.now()) - KEPT_UNSENT)
    count = 0
    for pk in left.values_list("pk", flat=True):
        with transaction.atomic():
            for attachment in Attachment.objects.select_for_update().filter(pk=pk, message=None):
                forget(attachment)
                count += 1
    return count


def sweep_storage(now=None):
    """Files in storage that no row names, and that no upload can still be about to name: what a killed process left. Returns
    how many."""
    before = (now or timezone.now()) - STRAY_FOR
    storage = Attachment._meta.get_field("file").storage
    try:
        _, names = storage.listdir(STORED_IN)
    except FileNotFoundError:  # nobody has uploaded anything yet
        return 0
    count = 0
    for name in {f"{STORED_IN}/{name}" for name in names} - named_in_rows():
        if storage.get_modified_time(name) < before:
            storage.delete(name)
            count += 1
    return count


def named_in_rows():
    fields = [(Attachment, "file"), (Attachment, "thumbnail"), (AttachmentPage, "image"), (SealedItem, "file")]
    return {name for model, field in fields for name in model.objects.values_list(field, flat=True) if name}


def index_files(message):
    """The files of a message are found as long as it is there."""
    index("file", *message.attachments.values_list("pk", flat=True))
