"""A composed brief in words: what the paper and the page both print. Reads nothing but the dict it is given."""

import datetime as dt
from urllib.parse import urlsplit

from ..models import Brief, CheckIn, Health, ReviewOutcome, Stage, Study

STAGES = [stage for stage in Stage if stage != Stage.ENDED]
OWNER_WORDS = {
    "mayor": "Mayor’s office",
    "prosecutor": "Prosecutor’s office",
    "joint": "Both offices",
    "research": "Researcher",
}
DECIDER_WORDS = {"mayor": "the mayor’s office", "prosecutor": "the prosecutor’s office", "joint": "both offices"}
COMMITMENT_WORDS = {"proposed": "Proposed, not accepted yet", "accepted": "Accepted by both offices", "kept": "Kept"}


def brief_context(content):
    """Template context: the content with its dates, stages, actions, evidence and asks as printed words."""
    period = content["period"]
    return {
        "content": content,
        "scope": Brief.Scope(content["scope"]).label,
        "place": f"{content['city']['name']}, {content['city']['state']}",
        "period": span(date(period["start"]), date(period["end"])),
        "as_of": words(period["as_of"]),
        "offices": [content["offices"][side] | {"side": side} for side in ("mayor", "prosecutor")],
        "numbers": numbers(content["numbers"]),
        "voices": [
            {"office": content["offices"][side]["name"], "words": content["words"][side]}
            for side in ("mayor", "prosecutor")
            if content["words"][side]
        ],
        "trackers": [tracker_words(tracker, date(period["as_of"]).year) for tracker in content["trackers"]],
        "evidence": [evidence_words(row) for row in content["evidence"]],
        "commitments": [
            row | {"on": words(row["on"]), "status": COMMITMENT_WORDS.get(row["status"], row["status"])}
            for row in content["commitments"]
        ],
        "check_ins": [check_in_words(row) for row in content["check_ins"]],
        "asks": [
            {"owner": OWNER_WORDS[owner], "lines": [ask_words(row) for row in rows]}
            for owner, rows in content["asks"].items()
            if rows
        ],
        "sources": sources(content["charts"]),
    }


def sources(charts):
    """Where the figures come from, each source once: ["Crimes reported to police: AH Datalytics, …."]."""
    named = {}
    for chart in charts:
        if chart["source"]:
            name = "crimes reported to police" if chart["is_published_source"] else chart["name"]
            named.setdefault(chart["source"].rstrip("."), {})[name] = True
    return [f"{first_capital(', '.join(names))}: {source}." for source, names in named.items()]


def numbers(counts):
    """The strip of large numbers: [{value, label, is_needs}]."""
    one = {
        "trackers": ("tracker", "trackers"),
        "moves": ("stage moved", "stages moved"),
        "done": ("action done", "actions done"),
        "late": ("action late", "actions late"),
        "to_sign": ("proposal to sign", "proposals to sign"),
    }
    return [
        {"value": counts[key], "label": one[key][counts[key] != 1], "needs": key in ("late", "to_sign") and counts[key] > 0}
        for key in one
    ]


def tracker_words(tracker, year):
    """`year` is the brief's own, left out of the dates of actions."""
    stage = tracker["stage"]
    return tracker | {
        "decided_by": DECIDER_WORDS[tracker["decided_by"]],
        "owners": [{"office": OWNER_WORDS[side], "seat": seat} for side, seat in tracker["owners"].items()],
        "stage_word": Stage(stage).label,
        "steps": steps(stage),
        "health_word": Health(tracker["health"]).label,
        "target": words(tracker["target_on"]),
        "moves": [move_words(move) for move in tracker["moves"]],
        "late": action_words(tracker["late"], trouble_words),
        "done": action_words(tracker["done"], lambda row: words(row["on"], year)),
        "next": action_words(tracker["next"], lambda row: next_words(row, year)),
    }


def steps(stage):
    """The four stages of the track: [{word, state: done|now|ahead}]; an ended tracker has none."""
    if stage == Stage.ENDED:
        return []
    now = STAGES.index(stage)
    states = ["done" if place < now else "now" if place == now else "ahead" for place in range(len(STAGES))]
    return [{"word": step.label, "state": state} for step, state in zip(STAGES, states, strict=True)]


def move_words(move):
    return {
        "what": f"From {Stage(move['from']).label.lower()} to {Stage(move['to']).label.lower()}",
        "on": words(move["on"]),
        "signatures": [
            {
                "who": f"{row['name']}, {row['title']}" + (f", for {row['on_behalf_of']}" if row["on_behalf_of"] else ""),
                "on": words(row["on"]),
                "reservation": row["reservation"],
            }
            for row in move["signatures"]
        ],
    }


def action_words(rows, note):
    return {
        "listed": [{"title": row["title"], "office": row["office"], "note": note(row)} for row in rows["listed"]],
        "others": rows["others"],
    }


def trouble_words(row):
    late = f"{days(row['days_late'])} late" if row["days_late"] else ""
    return ", ".join(filter(None, ["blocked" if row["is_blocked"] else "", late]))


def next_words(row, year):
    due = f"due {words(row['due_on'], year)}" if row["due_on"] else "no date yet"
    return f"under way, {due}" if row["is_under_way"] else due


def own_rating_words(rated):
    """A rating of our own as a clause: with its edition and day, and that nobody read it twice where nobody did."""
    as_of = dt.date.fromisoformat(rated["as_of"])
    unread = "" if rated["is_second_read"] else ", not second-read"
    rating = ReviewOutcome.Rating(rated["rating"]).label.lower()
    certainty = ReviewOutcome.Certainty(rated["certainty"]).label.lower()
    return {
        "head": f"{rated['outcome'][:1].upper()}{rated['outcome'][1:]}: {rating}",
        "rest": f"{certainty} certainty; our review, edition {rated['edition']}, {as_of:%B} {as_of.day}, {as_of.year}{unread}",
    }


def evidence_words(row):
    total = sum(row["studies"].values())
    found = [
        f"{row['studies'][direction]} {Study.Direction(direction).label.lower()}"
        for direction in Study.Direction.values
        if row["studies"][direction]
    ]
    return {
        "intervention": row["intervention"],
        "ours": [own_rating_words(rated) for rated in row.get("ours", [])],
        "ratings": [
            rating
            | {
                "date": f"profile of {rating['profile_date']}" if rating["profile_date"] else "profile date not set",
                "host": urlsplit(rating["address"]).hostname.removeprefix("www.") if "://" in rating["address"] else "",
            }
            for rating in row["ratings"]
        ],
        "total": total,
        "found": ", ".join(found),
    }


def check_in_words(row):
    rated = [f"{name} {CheckIn.Rating(row[name]).label.lower()}" for name in ("fidelity", "confidence") if row[name]]
    return {"on": words(row["on"]), "summary": row["summary"], "rated": first_capital(", ".join(rated))}


def ask_words(row):
    match row["kind"]:
        case "sign":
            return f"Sign or decline: “{row['title']}” to {Stage(row['to']).label.lower()}"
        case "late":
            return f"{row['title']}: {days(row['days'])} late"
        case "blocked":
            return f"{row['title']}: blocked"
        case "answer":
            return f"Answer the check-in of {words(row['on'])}"
        case _:
            return f"Summarize the check-in of {words(row['on'])}"


def first_capital(text):
    return text[:1].upper() + text[1:]


def days(count):
    return "1 day" if count == 1 else f"{count} days"


def date(text):
    return dt.date.fromisoformat(text) if text else None


def words(text, year=None):
    """“Nov 3, 2026”, without the year when it is `year`; empty for no date."""
    day = date(text)
    if day is None:
        return ""
    return f"{day:%b} {day.day}" + (f", {day.year}" if day.year != year else "")


def span(start, end):
    """“August 1 to November 23, 2026”."""
    first = f"{start:%B} {start.day}" + (f", {start.year}" if start.year != end.year else "")
    return f"{first} to {end:%B} {end.day}, {end.year}"
