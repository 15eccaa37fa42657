"""The subject protocol: what an app above must say of a thing that two offices can sign."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Subject:
    """How sign-offs handle one kind of thing.

    `lock(id)` returns the row, locked for the transaction, or raises DoesNotExist; `visible_to(person)` is the queryset of
    rows a person may see; `editable_by(person)` of those they may propose for; `workspace(obj)`, `deciders(obj)` name where it
    stands and the offices that decide; `check(obj, proposal)` raises ValidationError when the proposal makes no sense now;
    `canonical(obj, proposal, rationale)` is the JSON-able content that is signed; `approved(obj, sign_off)` makes it so, in the
    signing transaction; `title(obj, proposal)` says it in a plain sentence; `words(content)` tells a canonical content to
    people, as [(label, value)]; `text(content)`, where there is one, is the Markdown of the document in it; `address(obj)` is
    its page, "" where it has none but its sign-off's; `tab` is the one its pages stand under. `name` is what is signed, as one
    says it to choose from a list; `heading(content)` says in a sentence what was signed, from the content alone, for those who
    keep a copy."""

    kind: str
    lock: Callable[[Any], Any]
    visible_to: Callable[[Any], Any]
    editable_by: Callable[[Any], Any]
    workspace: Callable[[Any], Any]
    deciders: Callable[[Any], list]
    check: Callable[[Any, dict], None]
    canonical: Callable[[Any, dict, str], dict]
    approved: Callable[[Any, Any], None]
    title: Callable[[Any, dict], str]
    words: Callable[[dict], list[tuple[str, str]]]
    address: Callable[[Any], str]
    name: str = ""
    heading: Callable[[dict], str] | None = None
    text: Callable[[dict], str] | None = None
    tab: str = ""


_subjects: dict[str, Subject] = {}


def register(subject):
    _subjects[subject.kind] = subject


def subject_of(kind) -> Subject:
    """Raises KeyError for a kind that no app registered."""
    return _subjects[kind]


def subject_kinds():
    return sorted(_subjects)


def subject_named(kind):
    """“Stage changes”: a kind of sign-off in words."""
    subject = _subjects.get(kind)
    return (subject and subject.name) or kind.replace("_", " ").capitalize()
