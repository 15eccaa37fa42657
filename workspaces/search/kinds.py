"""What can be found. Each app says of its kinds how they are read, and registers them with `workspaces.search.index`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import reduce
from typing import Any

from django.db.models import Model, Q, QuerySet


@dataclass(frozen=True)
class Searchable:
    """One kind of thing that can be found.

    `visible_to(person)` is the queryset of rows that `person` may find: asked in every search, and again as results are shown.
    `name(row)` is what it is called, if anything; `words(row)` what else it says, or None when there is nothing to find (any
    more). `fields` are those whose change changes either. `address(row)` is its page, `heading(row)` what a result is called
    where the name does not say it, `ring(row)` who can see it where that is fewer than the whole workspace.

    `at`, `author`, `workspace` and `topic` are lookups from the row: when it was written, by whom, and where it stands; `place`
    names the place of what stands in no workspace. `marks` are what `has:` and `is:` ask for: {"has:attachment": Q(…)}.
    `reading(rows)` reads along what all of these need. Kinds are offered by `order`."""

    key: str
    label: str
    plural: str
    model: type[Model]
    visible_to: Callable[[Any], QuerySet]
    fields: tuple[str, ...]
    order: int
    words: Callable[[Any], str | None]
    address: Callable[[Any], str]
    name: Callable[[Any], str] = lambda row: ""
    heading: Callable[[Any], str] | None = None
    ring: Callable[[Any], str] = lambda row: ""
    reading: Callable[[QuerySet], QuerySet] = lambda rows: rows
    at: str = "created_at"
    author: str | None = None
    workspace: str | None = None
    topic: str | None = None
    place: str = ""
    is_dated: bool = True  # whether the day says anything to a reader
    marks: Mapping[str, Q] = field(default_factory=dict)

    def at_of(self, row):
        return follow(self.at, row)

    def author_of(self, row):
        return follow(self.author, row) if self.author else None

    def workspace_of(self, row):
        return follow(self.workspace, row) if self.workspace else None


def follow(path, row):
    return reduce(getattr, path.split("__"), row)


_kinds: dict[str, Searchable] = {}


def keep(kind):
    _kinds[kind.key] = kind


def searchables():
    return sorted(_kinds.values(), key=lambda kind: kind.order)


def searchable(key):
    """Raises KeyError for a kind that no app registered."""
    return _kinds[key]
