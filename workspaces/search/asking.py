"""What somebody typed into the search box, understood. Any input is valid input: what makes no sense as an operator is words,
and what cannot be followed is said in `notes`."""

import datetime as dt
import re
from dataclasses import dataclass, field

from django.utils import timezone

from .words import stems

LONGEST = 400  # characters
MOST_TERMS = 16
TERM = re.compile(
    r'(?P<minus>-)?(?:(?P<name>from|in|has|is|before|after):\s*)?(?:"(?P<quoted>[^"]*)"?|(?P<plain>[^\s"]+))', re.IGNORECASE
)
QUOTES = str.maketrans(dict.fromkeys("“”„«»", '"'))
COMMON = {
    "a", "an", "and", "are", "as", "at", "be", "by", "for", "from", "in", "is", "it", "of", "on", "or", "that", "the",
    "this", "to", "was", "were", "with",
}  # fmt: skip

MONTHS = [dt.date(2000, month, 1).strftime("%B").lower() for month in range(1, 13)]
DAY_FORMS = ["%Y-%m-%d", "%Y/%m/%d", "%m/%d/%Y", "%m/%d/%y", "%m-%d-%Y", "%B %d %Y", "%b %d %Y", "%d %B %Y", "%d %b %Y"]
PERIOD_FORMS = ["%Y-%m", "%m/%Y", "%B %Y", "%b %Y", "%Y"]
YEARS = range(1900, 2200)


@dataclass(frozen=True)
class Condition:
    """`from`, `in`, `has:…`, `is:…`, `before` or `after`, and its value: a text, or the instant of a day's beginning."""

    name: str
    value: object
    is_not: bool = False


@dataclass
class Asked:
    """`wanted` and `unwanted` are phrases, each a list of stems that stand next to each other; most are of one word."""

    text: str = ""
    wanted: list[list[str]] = field(default_factory=list)
    unwanted: list[list[str]] = field(default_factory=list)
    conditions: list[Condition] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __bool__(self):
        return bool(self.wanted or self.unwanted or self.conditions)

    def has(self, *names):
        return any(condition.name in names for condition in self.conditions)


def understand(text, marks, zone):
    """`text` as an Asked. `marks` are the values that `has:` and `is:` know; days are those of `zone`."""
    text = "".join(letter if letter.isprintable() else " " for letter in text.translate(QUOTES)).strip()
    asked = Asked(text=text[:LONGEST].strip())
    terms = list(TERM.finditer(asked.text))
    if len(text) > LONGEST or len(terms) > MOST_TERMS:
        asked.notes.append("That is a long question; only its beginning was looked for.")
    common = []
    for term in terms[:MOST_TERMS]:
        value = term["quoted"] if term["quoted"] is not None else term["plain"]
        name = (term["name"] or "").lower()
        if name and add_condition(asked, name, value.strip(), bool(term["minus"]), marks, zone):
            continue
        phrase = stems(value)
        if not phrase:
            continue
        if term["minus"]:
            asked.unwanted.append(phrase)
        elif term["plain"] and value.lower() in COMMON:
            common.append(phrase)
        else:
            asked.wanted.append(phrase)
    if not asked.wanted:
        asked.wanted = common  # nothing else was asked for
    return asked


def add_condition(asked, name, value, is_not, marks, zone):
    """Whether `name:value` was understood as an operator, if only to be told in a note."""
    if not value:
        return False
    if name in ("before", "after"):
        day = day_of(value, timezone.localdate(timezone=zone))
        if day is None:
            asked.notes.append(f"“{value}” is not a day that can be understood, so {name}: was left out.")
            return True
        value = dt.datetime.combine(day, dt.time.min, zone)
    elif name in ("has", "is"):
        mark = f"{name}:{singular(value)}"
        if mark not in marks:
            asked.notes.append(f"Nothing here can be found by {name}:{value}, so it was left out.")
            return True
        name = mark
    asked.conditions.append(Condition(name, value, is_not))
    return True


def singular(value):
    return value.lower().removesuffix("s")


def day_of(text, today):
    """The day that `text` names, or the first of its month or year; None when it names none."""
    text = " ".join(text.lower().replace(",", " ").split())
    if text in ("today", "yesterday"):
        return today - dt.timedelta(days=text == "yesterday")
    for month, name in enumerate(MONTHS, 1):
        if text in (name, name[:3]):  # the last one that began
            return dt.date(today.year - (month > today.month), month, 1)
    for form in (*DAY_FORMS, *PERIOD_FORMS):
        try:
            day = dt.datetime.strptime(text, form).date()
        except ValueError:
            continue
        return day if day.year in YEARS else None
    return None
