"""From what was asked to entries: a search is one query, after one for the kinds that have the words, and each of those kinds
tells in it who may see its rows."""

from dataclasses import dataclass

from django.db.models import Q

from cohorts.models import Person

from ..models import SearchEntry, Topic, Workspace
from ..models.search import Holds
from .kinds import searchables


def known_marks():
    return {mark for kind in searchables() for mark in kind.marks}


def find(person, asked, *, workspace=None, kind=None):
    """Entries of what `person` may see and asked for; in one `workspace` and of one `kind` (its key), where these are given.
    Places that nobody knows are noted in `asked`."""
    narrowings = [Place([workspace.pk], [], is_not=False)] if workspace else []
    entries = SearchEntry.objects.all()
    for condition in asked.conditions:
        if condition.name == "in":
            place = place_called(condition, person)
            if not (place.workspaces or place.topics):
                asked.notes.append(f"You have no workspace or topic called “{condition.value}”.")
            narrowings.append(place)
        elif condition.name in ("before", "after", "from"):
            q = of_entry(condition, person)
            entries = entries.filter(~q if condition.is_not else q)
        else:
            narrowings.append(Mark(condition.name, condition.is_not))
    if asked.wanted:
        entries = entries.filter(Holds(asked.wanted))
    if asked.unwanted:
        entries = entries.exclude(Holds(asked.unwanted, is_any=True))
    # who may see a kind is costly to ask where somebody is in many workspaces: not of kinds that have none of the words
    kinds = {kind} if kind else set(entries.values_list("kind", flat=True).distinct()) if asked.wanted else None
    return entries.among(
        {
            each.key: rows
            for each in searchables()
            if (kinds is None or each.key in kinds)
            and (rows := narrowed(each, each.visible_to(person), narrowings)) is not None
        }
    )


def of_entry(condition, person):
    if condition.name == "before":
        return Q(at__lt=condition.value)
    if condition.name == "after":
        return Q(at__gte=condition.value)
    called = condition.value
    if called.lower() == "me":
        return Q(author=person)
    # a name by any part of it; an address only whole, or by what stands on one side of its @, so that nobody finds it letter
    # by letter
    address = Q(email__iexact=called) | Q(email__istartswith=f"{called}@") | Q(email__iendswith=f"@{called}")
    return Q(author__in=Person.objects.filter(Q(name__icontains=called) | address))


@dataclass(frozen=True)
class Place:
    """Keys of workspaces and topics. A kind that stands in none is not found there."""

    workspaces: list
    topics: list
    is_not: bool

    def q(self, kind):
        q = Q(**{f"{kind.workspace}__in": self.workspaces}) if kind.workspace and self.workspaces else None
        if kind.topic and self.topics:
            of_topic = Q(**{f"{kind.topic}__in": self.topics})
            q = q | of_topic if q else of_topic
        return q


@dataclass(frozen=True)
class Mark:
    """What `has:` or `is:` asks for. A kind that knows no such mark has no such rows."""

    name: str
    is_not: bool

    def q(self, kind):
        return kind.marks.get(self.name)


def narrowed(kind, rows, narrowings):
    """`rows` of `kind` that all `narrowings` leave, or None when they leave none of the kind."""
    for narrowing in narrowings:
        q = narrowing.q(kind)
        if q is None and not narrowing.is_not:
            return None
        if q is not None:
            rows = rows.exclude(q) if narrowing.is_not else rows.filter(q)
    return rows


def place_called(condition, person):
    called = condition.value
    workspaces = Workspace.objects.visible_to(person).filter(Q(slug__iexact=called) | Q(name__icontains=called))
    topics = Topic.objects.visible_to(person).filter(title__icontains=called)
    return Place(
        list(workspaces.values_list("pk", flat=True)),
        list(topics.order_by("pk").values_list("pk", flat=True)),
        condition.is_not,
    )
