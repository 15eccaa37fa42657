"""How a message reads, as ready strings: the same for every reader, on the page and through the socket. And how an act in the
audit trail does."""

from zoneinfo import ZoneInfo

from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils import timezone
from django.utils.text import get_text_list

from cohorts.acts import act_of, sentence

from .cards import targets_in
from .differences import differences
from .files.kinds import kind_called
from .gist import attachments_on, gist_of
from .markdown import to_html
from .models import Emoji, Pin

UTC = ZoneInfo("UTC")
NO_WORDS = "(no words)"  # of files alone, or taken out
TAKEN_OUT = "*Its words were taken out: somebody marked them as something that should not be here.*"


def clock_of(workspace):
    """The zone whose time a workspace speaks: its city's or its convening's. A cohort has none: it speaks UTC, and says so."""
    if workspace.convening_id:
        return ZoneInfo(workspace.convening.timezone)
    return ZoneInfo(workspace.enrolment.city.timezone) if workspace.enrolment_id else UTC


def at_words(at, zone):
    """“Mar 4, 10:02 AM EST”, with the year when it is another one."""
    local = at.astimezone(zone)
    year = "" if local.year == timezone.now().astimezone(zone).year else f", {local.year}"
    return f"{local:%b} {local.day}{year}, {local.hour % 12 or 12}:{local:%M %p %Z}"


def read_message(message):
    """Context of `_message.html`. Wants a message from `for_reading()`; no query."""
    workspace = message.stream.workspace
    term = message.term
    zone = clock_of(workspace)
    pin = pin_on(message)
    return {
        "id": message.pk,
        "version": message.version,
        "slug": workspace.slug,
        "client_id": message.client_id,
        "position": message.position,
        "url": reverse("workspaces:message", args=[workspace.slug, message.pk]),
        "tools_url": reverse("workspaces:message-tools", args=[workspace.slug, message.pk]),
        "reactions_url": reverse("workspaces:message-reactions", args=[workspace.slug, message.pk]),
        "author": message.author.name,
        "title": term.full_title if term else "",
        "at": message.created_at.isoformat(),
        "at_words": at_words(message.created_at, zone),
        "is_gone": message.deleted_at is not None,
        "is_edited": message.edited_at is not None,
        "edited_words": at_words(message.edited_at, zone) if message.edited_at else "",
        "history_url": reverse("workspaces:message-history", args=[workspace.slug, message.pk]),
        "sealed_note": message.sealed_note,
        "move_note": message.move_note,
        "removed_words": at_words(message.deleted_at, zone) if message.deleted_at else "",
        "html": to_html(message.body, names_in(message)),
        "files": file_rows(message),
        "acknowledgement": acknowledgement_row(message),
        "reactions": reaction_rows(message),
        "agreement": agreement_on(message),
        "pinned_by": pin.by.name if pin else "",
        "cards_url": reverse("workspaces:message-cards", args=[workspace.slug, message.pk]) if targets_in(message.body) else "",
    }


def read_wordings(message):
    """`[{who, at, at_words, parts, is_first}]`, newest first, with what each changed in the one before; none of a removed one.
    One query."""
    if message.deleted_at is not None:
        return []
    zone = clock_of(message.stream.workspace)
    revisions = list(message.revisions.select_related("replaced_by"))
    bodies = [*(revision.body or NO_WORDS for revision in revisions), message.body]
    since = [(message.author, message.created_at), *((revision.replaced_by, revision.replaced_at) for revision in revisions)]
    wordings = [
        {
            "who": who.name,
            "at": at.isoformat(),
            "at_words": at_words(at, zone),
            "parts": differences(former, body) if former is not None else [("same", body)],
            "is_first": former is None,
        }
        for former, body, (who, at) in zip([None, *bodies], bodies, since, strict=False)
    ]
    return wordings[::-1]


def acknowledgement_of(message):
    """`{asked_at, user_ids}`, or None where its author asks for none."""
    if message.acknowledgement_asked_at is None or message.deleted_at is not None:
        return None
    given = [each.person_id for each in message.acknowledgements.all()]
    return {"asked_at": message.acknowledgement_asked_at, "user_ids": given}


def acknowledgement_row(message):
    """Context of the line that asks for it, or None."""
    told = acknowledgement_of(message)
    return told and {
        "url": reverse("workspaces:message-acknowledgements", args=[message.stream.workspace.slug, message.pk]),
        "by": " ".join(map(str, [message.author_id, *told["user_ids"]])),
        "who": get_text_list([each.person.name for each in message.acknowledgements.all()], "and"),
    }


def attachments_of(message):
    """`[{id, name, size, content_type, sha256, download_url}]`."""
    slug = message.stream.workspace.slug
    return [
        {
            **{field: getattr(each, field) for field in ("id", "name", "size", "content_type", "sha256")},
            "download_url": reverse("workspaces:file-download", args=[slug, each.pk]),
        }
        for each in attachments_on(message)
    ]


def file_rows(message):
    """Rows for `_message.html`, the removed ones too: that there was one stays to be read."""
    slug = message.stream.workspace.slug
    return [read_file(each, slug) for each in message.attachments.all()]


def read_file(attachment, slug):
    """A file as ready strings; no query."""
    has_pictures = attachment.preview == attachment.Preview.MADE
    return {
        "id": attachment.pk,
        "name": attachment.name,
        "label": kind_called(attachment.content_type).label,
        "size_words": filesizeformat(attachment.size).replace("\xa0", " "),
        "url": reverse("workspaces:file", args=[slug, attachment.pk]),
        "download_url": reverse("workspaces:file-download", args=[slug, attachment.pk]),
        "thumbnail_url": reverse("workspaces:file-thumbnail", args=[slug, attachment.pk]) if has_pictures else "",
        "by": attachment.uploaded_by.name,
        "is_removed": attachment.removed_at is not None,
        "sealed_note": attachment.sealed_note,
    }


def names_in(message):
    return [mention.words[1:] for mention in message.mentions.all()]


def mentions_of(message):
    """Keys of those whom it calls; nobody once it is removed."""
    return sorted(mention.person_id for mention in message.mentions.all()) if message.deleted_at is None else []


def pin_on(message):
    pin = getattr(message, "pin", None)
    return pin if message.deleted_at is None else None


def pinned(message):
    """`{by, at}`, or None."""
    pin = pin_on(message)
    return pin and {"by": pin.by_id, "at": pin.at}


def read_pins(topic):
    """Lines for the head of a topic; one query."""
    return [
        {
            "url": f"?at={pin.message.position}#message-{pin.message_id}",
            "author": pin.message.author.name,
            "words": gist_of(pin.message),
        }
        for pin in Pin.objects.of_topic(topic)
    ]


def is_decision(message):
    decision = getattr(message, "decision", None)
    return decision is not None and decision.decided_at is not None


def agreement_on(message):
    """Context of the line about a working agreement, or None."""
    decision = getattr(message, "decision", None)
    return decision and read_decision(decision, message.stream.workspace)


def read_decision(decision, workspace):
    """An agreement with who confirmed it, when and for whom. Wants one from `with_confirmations()`; no query."""
    zone = clock_of(workspace)
    confirmed = list(decision.confirmations.all())
    agreed = {each.office_id for each in confirmed}
    return {
        "id": decision.pk,
        "is_made": decision.decided_at is not None,
        "on_words": f"{decision.decided_on:%B} {decision.decided_on.day}, {decision.decided_on.year}"
        if decision.decided_on
        else "",
        "html": to_html(decision.text or TAKEN_OUT),
        "agreed": agreed,
        "confirmed": [
            {
                "who": each.person.name,
                "title": ", ".join([each.term.title, each.office.name]),
                "at_words": at_words(each.at, zone),
            }
            for each in confirmed
        ],
        "missing": [office.name for office in workspace.offices if office.pk not in agreed],
        "is_made_elsewhere": decision.is_made_elsewhere,
    }


def reactions_of(message):
    """`[{emoji, user_ids}]`, in the order in which they are offered; none on a removed message."""
    by_emoji = {}
    if message.deleted_at is not None:
        return []
    for reaction in message.reactions.all():
        by_emoji.setdefault(reaction.emoji, []).append(reaction.person_id)
    return [{"emoji": emoji, "user_ids": by_emoji[emoji]} for emoji in Emoji.values if emoji in by_emoji]


def reaction_rows(message):
    """Rows for `_message.html`: each emoji with its word, and who gave it."""
    people = {reaction.person_id: reaction.person.name for reaction in message.reactions.all()}
    return [
        {
            "emoji": told["emoji"],
            "word": Emoji(told["emoji"]).label,
            "count": len(told["user_ids"]),
            "who": get_text_list([people[pk] for pk in told["user_ids"]], "and"),
            "by": " ".join(map(str, told["user_ids"])),
        }
        for told in reactions_of(message)
    ]


def read_entry(entry, zone):
    """An act as one reads it in a trail that speaks the time of `zone`. Wants an entry from `acts()`; no query."""
    return {
        "id": entry.pk,
        "at": entry.at,
        "at_words": at_words(entry.at, zone),
        "sentence": sentence(entry),
        "kind": act_of(entry.action).kind,
        "who": entry.actor.name if entry.actor else "",
        "title": entry.term.full_title if entry.term else "",
        "for_whom": entry.for_whom.name if entry.for_whom else "",
        "address": entry.seen_address or "",
        "readers": readers_of(entry.chain),
    }


def readers_of(chain):
    """Of a chain that the reader reads, in words."""
    if chain.is_platform:
        return "Administrators"
    return "Both offices" if chain.enrolment_id else "Only your office"
