"""How what was found reads: its title and an excerpt, with the words that were asked for marked."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import datetime

from .kinds import Searchable, searchable
from .words import spans

LENGTH = 220  # characters of an excerpt
LEAD = 60  # of them before the first marked word


@dataclass(frozen=True)
class Result:
    """`title` and `excerpt` are lists of (text, whether it is marked)."""

    kind: Searchable
    id: object
    title: list
    excerpt: list
    url: str
    place: str
    workspace: str | None
    ring: str
    at: datetime
    author: str
    is_named: bool


def read_results(entries, person, asked):
    """The results of `entries`, in their order; one query for each kind among them. The things are read again as `person` may
    see them: what was removed meanwhile is left out."""
    things = {
        key: kind.reading(kind.visible_to(person)).in_bulk([entry.object_id for entry in entries if entry.kind == key])
        for key, kind in ((key, searchable(key)) for key in {entry.kind for entry in entries})
    }
    wanted = {stem for phrase in asked.wanted for stem in phrase}
    for entry in entries:
        if row := things[entry.kind].get(entry.object_id):
            yield result_of(searchable(entry.kind), row, wanted, is_named=getattr(entry, "is_named", False))


def result_of(kind, row, wanted, is_named):
    workspace, author = kind.workspace_of(row), kind.author_of(row)
    heading = (kind.heading or kind.name)(row)
    return Result(
        kind=kind,
        id=row.pk,
        title=marked(heading, wanted),
        excerpt=excerpt(kind.words(row) or "", wanted),
        url=kind.address(row),
        place=workspace.name if workspace else kind.place,
        workspace=workspace.slug if workspace else None,
        ring=kind.ring(row),
        at=kind.at_of(row),
        author=author.name if author else "",
        is_named=is_named,
    )


def excerpt(text, wanted):
    """The part of `text` in which most of the words stand, marked; its beginning when none does."""
    text = " · ".join(" ".join(line.split()) for line in text.splitlines() if line.strip())
    hits = [start for start, _, stem in spans(text) if stem in wanted]
    together = {start: bisect_left(hits, start + LENGTH - LEAD) - number for number, start in enumerate(hits)}
    first = max(hits, key=together.get, default=0)
    begin = max(0, min(first - LEAD, len(text) - LENGTH))
    end = min(len(text), begin + LENGTH)
    if begin:
        begin = text.find(" ", begin, first) + 1 or begin
    if end < len(text):
        end = max(text.rfind(" ", first, end), first + 1) if " " in text[first:end] else end
    pieces = marked(text[begin:end], wanted)
    return [*([("… ", False)] if begin else []), *pieces, *([(" …", False)] if end < len(text) else [])]


def marked(text, wanted):
    """`text` in pieces: (text, whether it is a word that was asked for)."""
    pieces, done = [], 0
    for start, end, stem in spans(text):
        if stem in wanted:
            pieces += [(text[done:start], False), (text[start:end], True)]
            done = end
    return [(piece, is_marked) for piece, is_marked in [*pieces, (text[done:], False)] if piece]
