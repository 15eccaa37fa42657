"""What a link to a page of this platform unfolds into, where it is pasted: a card, made for each reader when they read it, and
only of what that reader may see. To everybody else it stays a link. Apps above register theirs."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.urls import Resolver404, resolve

from .gist import gist_of
from .markdown import links
from .models import Message, SignOff, Topic, audience_in_words
from .subjects import subject_of

SHOWN = 5  # cards a message


@dataclass(frozen=True)
class Card:
    """`url_name` is a page's, with the thing's `pk` in its address; `visible_to(person)` the queryset of what a person may see;
    `read(thing)` gives `{title, note}`, or None for what has nothing to show."""

    url_name: str
    kind: str
    visible_to: Callable[[Any], Any]
    read: Callable[[Any], dict | None]


_cards: dict[str, Card] = {}


def register_card(card):
    _cards[card.url_name] = card


def targets_in(text):
    """`[(card, pk, url)]` of the links in `text` that lead to a page with a card, each once; whoever reads it."""
    found = {}
    for href in links(text) if "/workspaces/" in text else []:
        try:
            parts = urlsplit(href)
            match = resolve(parts.path)
        except (ValueError, Resolver404):  # no address at all, or none of ours
            continue
        if parts.netloc and parts.netloc not in own_hosts():
            continue
        if card := _cards.get(match.view_name):
            found.setdefault((card.url_name, match.kwargs["pk"]), (card, match.kwargs["pk"], parts.path))
    return list(found.values())[:SHOWN]


def own_hosts():
    return {urlsplit(settings.SITE_URL).netloc, *settings.ALLOWED_HOSTS}


def cards_in(message, person):
    """`[{kind, title, note, url}]` of what `message` links to and `person` may see. A query or two a kind."""
    targets = [] if message.deleted_at else targets_in(message.body)
    things = {}
    for card in {card.url_name: card for card, _, _ in targets}.values():
        asked = [pk for each, pk, _ in targets if each is card]
        things |= {(card.url_name, thing.pk): thing for thing in card.visible_to(person).filter(pk__in=asked)}
    told = []
    for card, pk, url in targets:
        thing = things.get((card.url_name, pk))
        read = thing and card.read(thing)
        if read:
            told.append({"kind": card.kind, "url": url, **read})
    return told


def read_message(message):
    if message.deleted_at:
        return None
    return {
        "title": f"{message.author.name} in “{message.topic.title}”",
        "note": gist_of(message),
    }


def read_topic(topic):
    seen_by = audience_in_words(topic.audience, topic.workspace, topic.office)
    resolved = "Resolved. " if topic.is_closed else ""
    return {"title": topic.title, "note": f"{resolved}{seen_by} can see it, in {topic.workspace.name}."}


def read_sign_off(sign_off):
    heading = subject_of(sign_off.subject_kind).heading
    title = heading(sign_off.content) if heading else "A proposal"
    return {"title": title, "note": f"{sign_off.get_status_display()}, in {sign_off.workspace.name}"}


register_card(
    Card(
        "workspaces:message",
        "Message",
        lambda person: Message.objects.visible_to(person).select_related("author", "topic").prefetch_related("attachments"),
        read_message,
    )
)
register_card(
    Card(
        "workspaces:topic",
        "Topic",
        lambda person: Topic.objects.visible_to(person).select_related("office", "workspace"),
        read_topic,
    )
)
register_card(
    Card(
        "workspaces:sign-off",
        "Sign-off",
        lambda person: SignOff.objects.visible_to(person).select_related("workspace"),
        read_sign_off,
    )
)
