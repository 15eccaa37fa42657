"""From a waiting row to stored pictures. The row is the work: a job makes them, and a sweep takes up what a killed worker
left."""

import datetime as dt
import logging
from uuid import uuid4

from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone

from .. import events
from ..models import STORED_IN, Attachment, AttachmentPage
from .reading import NotReadable, pictures_of

log = logging.getLogger(__name__)

GRACE = dt.timedelta(minutes=3)  # how long the pictures may take before the sweep believes their worker dead


def draw_pictures(pk):
    """Make the pictures of a waiting attachment; returns whether they were made. Safe to run twice: the first to finish is the
    one. A file that cannot be shown says so, and can be downloaded all the same."""
    attachment = Attachment.objects.waiting().filter(pk=pk).first()
    if attachment is None:
        return False
    stored = []
    try:
        with attachment.file.open() as file, pictures_of(file) as (count, pages, small):
            kept = [(keep(path, stored), width, height) for path, width, height in pages]
            is_done = finish(pk, Attachment.Preview.MADE, count, kept, keep(small, stored))
    except (NotReadable, OSError):
        log.warning("attachment_without_pictures", extra={"attachment": str(pk)}, exc_info=True)
        finish(pk, Attachment.Preview.FAILED)
        is_done = False
    if not is_done:
        for name in stored:
            attachment.file.storage.delete(name)
    return is_done


def keep(path, stored):
    name = Attachment._meta.get_field("file").storage.save(f"{STORED_IN}/{uuid4().hex}.webp", ContentFile(path.read_bytes()))
    stored.append(name)
    return name


def finish(pk, preview, count=0, pages=(), thumbnail=""):
    """Whether it was still waiting. Open pages hear of it where the file was sent."""
    with transaction.atomic():
        locked = Attachment.objects.select_for_update(no_key=True, of=("self",)).select_related("message__stream")
        attachment = locked.waiting().filter(pk=pk).first()
        if attachment is None:
            return False
        attachment.preview, attachment.page_count, attachment.thumbnail = preview, count, thumbnail
        attachment.save(update_fields=["preview", "page_count", "thumbnail", "updated_at"])
        AttachmentPage.objects.bulk_create(
            AttachmentPage(attachment=attachment, number=number, image=image, width=width, height=height)
            for number, (image, width, height) in enumerate(pages, 1)
        )
        if attachment.message and attachment.message.deleted_at is None:
            events.message_previewed(attachment.message)
    return True


def draw_left_over(grace=GRACE):
    """Make the pictures that wait for longer than `grace`; returns how many were made."""
    left = Attachment.objects.waiting().filter(created_at__lte=timezone.now() - grace)
    return sum(draw_pictures(pk) for pk in left.values_list("pk", flat=True))
