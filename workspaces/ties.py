"""What a topic can be about: things of the apps above, which register how to find one and where its page is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError


@dataclass(frozen=True)
class Tie:
    """`visible_to(person)` is the queryset of rows a person may see, each with `workspace_id`; `address(obj)` is its page.

    The row itself, printed, is its name."""

    kind: str
    visible_to: Callable[[Any], Any]
    address: Callable[[Any], str]


_ties: dict[str, Tie] = {}


def register_tie(tie):
    _ties[tie.kind] = tie


def check_tie(kind, subject_id, workspace, person):
    """Raises ValidationError unless `person` sees such a thing in `workspace`."""
    tie = _ties.get(kind)
    if tie is None or not tie.visible_to(person).filter(pk=subject_id, workspace=workspace).exists():
        raise ValidationError({"subject": ValidationError("There is no such thing here.", code="does_not_exist")})


def tie_of(topic, person):
    """`{label, url}` of what the topic is about, or None. At most one query."""
    tie = _ties.get(topic.subject_kind)
    thing = tie and tie.visible_to(person).select_related("workspace").filter(pk=topic.subject_id).first()
    return {"label": str(thing), "url": tie.address(thing)} if thing else None
