"""Convenings as iCalendar, and their days and times in words. An entry names nobody: neither who is invited nor who speaks."""

import datetime as dt
from zoneinfo import ZoneInfo

from icalendar import Calendar, Event

ZONES = [
    ("America/New_York", "Eastern"),
    ("America/Chicago", "Central"),
    ("America/Denver", "Mountain"),
    ("America/Phoenix", "Arizona"),
    ("America/Los_Angeles", "Pacific"),
    ("America/Anchorage", "Alaska"),
    ("Pacific/Honolulu", "Hawaii"),
    ("America/Puerto_Rico", "Atlantic (Puerto Rico)"),
]


def calendar_of(convening, address) -> bytes:
    """A file with the convening alone. `address` is the absolute address of its page."""
    return file_of([event_of(convening, address)])


def file_of(events, name="") -> bytes:
    """The file's bytes, with the VTIMEZONE of each zone in it; `name` is what a calendar program calls it."""
    calendar = Calendar()
    calendar.add("prodid", "-//Mayor-Prosecutor Initiative//Convenings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    for event in events:
        calendar.add_component(event)
    calendar.add_missing_timezones()
    return calendar.to_ical()


def event_of(convening, address, before=""):
    """The convening in its own zone; `before` stands above what it is about. Wants its sessions.

    The UID stays with the convening and SEQUENCE follows its version, so a later file replaces the earlier entry."""
    zone = ZoneInfo(convening.timezone)
    event = Event()
    event.add("uid", f"{convening.pk}@convenings.mpi")
    event.add("sequence", convening.version - 1)
    event.add("dtstamp", convening.updated_at)
    event.add("last-modified", convening.updated_at)
    event.add("dtstart", convening.starts_at.astimezone(zone))
    event.add("dtend", convening.ends_at.astimezone(zone))
    event.add("summary", convening.title)
    event.add("location", convening.venue or convening.joining_url or "Place to be announced")
    event.add("description", "\n\n".join(filter(None, [before, description_of(convening, zone)])))
    event.add("url", address)
    event.add("status", "CONFIRMED")
    return event


def description_of(convening, zone):
    parts = [convening.description] if convening.description else []
    if convening.joining_url:
        parts.append(f"Join: {convening.joining_url}")
    agenda = [
        f"{session.starts_at.astimezone(zone):%a %b %-d, %-I:%M %p} {session.title}"
        + (f" ({session.room})" if session.room else "")
        for session in convening.sessions.all()
    ]
    return "\n\n".join([*parts, "\n".join(agenda)] if agenda else parts)


def clock(moment):
    """`moment`, in the zone it carries, as Americans read it: “9 a.m.”, “1:30 p.m.”"""
    hour = f"{moment:%-I:%M}".removesuffix(":00")
    return f"{hour} {'a.m.' if moment.hour < 12 else 'p.m.'}"


def span(starts_at, ends_at):
    """Two moments of a day: “9 to 9:30 a.m.”, “11:15 a.m. to 12:15 p.m.”"""
    start, end = clock(starts_at), clock(ends_at)
    if start[-4:] == end[-4:]:
        start = start[:-5]
    return f"{start} to {end}"


def day(moment):
    return f"{moment:%A, %B %-d, %Y}"


def when(convening):
    """When a convening is, in its own zone: “Tuesday, March 2, 2027, 9 a.m. to 3 p.m. EST”."""
    zone = ZoneInfo(convening.timezone)
    start, end = convening.starts_at.astimezone(zone), convening.ends_at.astimezone(zone)
    if start.date() == end.date():
        return f"{day(start)}, {span(start, end)} {end.tzname()}"
    return f"{day(start)}, {clock(start)}, to {day(end)}, {clock(end)} {end.tzname()}"


def zone_in_words(convening):
    """The zone's common name: “Eastern”; of one that has none here, the city it is named after."""
    return dict(ZONES).get(convening.timezone, convening.timezone.rpartition("/")[2].replace("_", " "))


def agenda(convening):
    """The sessions by day, in the convening's zone: [{day, sessions: [{time, starts_at, session}]}]."""
    zone = ZoneInfo(convening.timezone)
    days = []
    for session in convening.sessions.all():
        start, end = session.starts_at.astimezone(zone), session.ends_at.astimezone(zone)
        if not days or days[-1]["date"] != start.date():
            days.append({"date": start.date(), "day": day(start), "sessions": []})
        days[-1]["sessions"].append({"time": span(start, end), "starts_at": session.starts_at, "session": session})
    return days
