"""What of this app can be found: topics, and the messages in them."""

from django.urls import reverse

from .markdown import to_text
from .models import Audience, Message, Topic
from .search.index import register_searchable
from .search.kinds import Searchable


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
    )
)
