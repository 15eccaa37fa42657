"""What of this app can be found: topics, the messages in them, and the files that hang on those."""

from django.db.models import Q
from django.urls import reverse

from .markdown import to_text
from .models import Attachment, Audience, Message, Topic
from .search.index import register_searchable
from .search.kinds import Searchable

SENT = Attachment.objects.filter(message__isnull=False, removed_at=None).order_by()


def ring_of(topic):
    """Who can see it, where that is not everyone who comes into the workspace."""
    return "" if topic.audience == Audience.WORKSPACE else f"{topic.audience_words} can see this"


def address_of_message(message):
    topic = reverse("workspaces:topic", args=[message.topic.workspace.slug, message.topic_id])
    return f"{topic}?at={message.position}#message-{message.pk}"


register_searchable(
    Searchable(
        key="topic",
        label="Topic",
        plural="Topics",
        model=Topic,
        visible_to=Topic.objects.visible_to,
        fields=("title",),
        order=10,
        name=lambda topic: topic.title,
        words=lambda topic: "",
        address=lambda topic: reverse("workspaces:topic", args=[topic.workspace.slug, topic.pk]),
        ring=ring_of,
        reading=lambda topics: topics.select_related("workspace", "office", "opened_by"),
        author="opened_by",
        workspace="workspace",
        topic="pk",
    )
)
register_searchable(
    Searchable(
        key="message",
        label="Message",
        plural="Messages",
        model=Message,
        visible_to=lambda person: Message.objects.visible_to(person).filter(deleted_at=None),
        fields=("body", "deleted_at"),
        order=20,
        heading=lambda message: message.topic.title,
        words=lambda message: to_text(message.body) if message.deleted_at is None else None,
        address=address_of_message,
        ring=lambda message: ring_of(message.topic),
        reading=lambda messages: messages.select_related("topic__workspace", "topic__office", "author"),
        author="author",
        workspace="topic__workspace",
        topic="topic",
        marks={"has:attachment": Q(pk__in=SENT.values("message"))},
    )
)
register_searchable(
    Searchable(
        key="file",
        label="File",
        plural="Files",
        model=Attachment,
        visible_to=lambda person: Attachment.objects.visible_to(person).filter(message__isnull=False),
        fields=("name", "message", "removed_at"),
        order=25,
        name=lambda file: file.name,
        words=lambda file: "" if file.is_sent else None,
        address=lambda file: reverse("workspaces:file", args=[file.topic.workspace.slug, file.pk]),
        ring=lambda file: ring_of(file.topic),
        reading=lambda files: files.select_related("topic__workspace", "topic__office", "message", "uploaded_by"),
        author="uploaded_by",
        workspace="topic__workspace",
        topic="topic",
        marks={"has:attachment": Q(pk__isnull=False)},
    )
)
