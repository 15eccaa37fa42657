"""What one person can do with one message, as rows for `_tools.html`. Asked for as that person: what a message shows in itself
reads the same to everyone."""

from django.urls import reverse

from .actions.moves import may_order
from .models import Audience, Emoji
from .reading import acknowledgement_of, agreement_on, at_words, clock_of, pin_on

QUOTED = 1_000  # characters of a message that a quote takes along


def tools_of(standing, message):
    """Wants a message from `for_reading()`, with its topic; no query."""
    slug = standing.workspace.slug
    own = {reaction.emoji for reaction in message.reactions.all() if reaction.person_id == standing.person.pk}
    is_mine = message.author_id == standing.person.pk
    return {
        "topic": message.topic_id,
        "before": message.position - 1,
        "is_pinned": pin_on(message) is not None,
        **agreement_tools(standing, message),
        "may_ask": is_mine and standing.may_discuss and message.deleted_at is None and not message.acknowledgement_asked_at,
        "may_acknowledge": may_acknowledge(standing, message),
        "may_move": standing.may_discuss and message.deleted_at is None and (is_mine or may_order(standing)),
        "may_be_reminded": bool(standing.terms) and message.deleted_at is None,
        "may_take_out": bool(standing.terms) and message.deleted_at is None,
        "may_discuss": standing.may_discuss and message.deleted_at is None,
        "is_mine": standing.may_discuss and is_mine and message.deleted_at is None,
        "emoji": [{"emoji": each.value, "word": each.label, "is_on": each in own} for each in Emoji],
        "quote": quote_of(message),
        "source": source_of(message),
        "quote_url": f"{reverse('workspaces:topic', args=[slug, message.topic_id])}?quote={message.pk}#compose",
    }


def may_acknowledge(standing, message):
    told = acknowledgement_of(message)
    is_asked = told is not None and standing.person.pk not in [message.author_id, *told["user_ids"]]
    return is_asked and bool(standing.terms)


def agreement_tools(standing, message):
    """Whether the person may ask both offices to agree to the message, take that back, or confirm it for their own."""
    agreement = agreement_on(message)
    shared = standing.workspace.enrolment_id and message.topic.audience != Audience.OFFICE and message.deleted_at is None
    is_waiting = agreement is not None and not agreement["is_made"]
    signing = standing.signing_term
    return {
        "agreement": agreement,
        "may_mark": bool(shared and standing.may_edit and agreement is None),
        "may_unmark": is_waiting and standing.may_edit,
        "may_confirm": bool(is_waiting and signing and signing.seat.office_id not in agreement["agreed"]),
    }


def quote_of(message):
    """The message as a quote in Markdown, with a link to where it was said."""
    words = message.body if len(message.body) <= QUOTED else f"{message.body[:QUOTED].rstrip()} …"
    lines = [f"> {line}".rstrip() for line in words.splitlines()]
    return "\n".join([*lines, ">", f"> {source_of(message)}"]) + "\n\n"


def source_of(message):
    """“[Ada, Mar 4, 10:02 AM EST](/workspaces/…)”"""
    workspace = message.stream.workspace
    name = message.author.name.replace("[", "(").replace("]", ")")
    at = at_words(message.created_at, clock_of(workspace))
    return f"[{name}, {at}]({reverse('workspaces:message', args=[workspace.slug, message.pk])})"
