"""The convenings of the demonstration, modelled on the programme’s own year: a September convening on juvenile justice, an
April convening on immigrant communities that led to pilot programmes, a two-day virtual
symposium on guns, and monthly webinars.
Speakers are roles; dates are relative to the day the demonstration is first loaded."""

import datetime as dt

from cohorts.actions.convenings import open_convening
from cohorts.actions.seats import create_seat, fill_seat
from cohorts.permissions import Role

from .clock import EASTERN
from .people import account

# days from today, slug, title, kind, venue, description, [(day, from, to, title, room, [(speaker, label)])]
YEAR = [
    (
        -75,
        "juvenile-justice",
        "Juvenile justice convening",
        "in_person",
        "City hall, council chamber",
        "Mayors and chief prosecutors on what keeps young people out of court, and what the evidence says.",
        [
            (0, "09:00", "09:30", "Welcome", "Council chamber", [("Facilitator", "National League of Cities")]),
            (
                0,
                "09:30",
                "11:00",
                "Restorative justice conferencing: what two trials found",
                "Council chamber",
                [("Researcher", "Institute for Innovation in Prosecution")],
            ),
            (0, "11:15", "12:15", "Working session: each city's pair", "Rooms 201 to 212", []),
            (0, "13:30", "15:00", "What each pair commits to", "Council chamber", [("Facilitator", "IIP")]),
        ],
    ),
    (
        -20,
        "webinar-victim-services",
        "Webinar: services for victims of shootings",
        "webinar",
        "",
        "One hour, with questions. Hospital-based programmes and the prosecutor's victim advocates.",
        [(0, "14:00", "15:00", "Presentation and questions", "", [("Trauma surgeon", "Teaching hospital")])],
    ),
    (
        12,
        "webinar-court-reminders",
        "Webinar: court-date reminders",
        "webinar",
        "",
        "One hour, with questions. How two cities write and send reminders, and what happened to failures to appear.",
        [(0, "14:00", "15:00", "Presentation and questions", "", [("Court administrator", "County court")])],
    ),
    (
        17,
        "gun-violence-symposium",
        "Virtual symposium on gun violence",
        "symposium",
        "",
        "Two days online: focused deterrence, hospital programmes, diversion for gun possession, and what to measure.",
        [
            (0, "12:00", "12:30", "Opening", "", [("Facilitator", "National League of Cities")]),
            (
                0,
                "12:30",
                "14:00",
                "Focused deterrence: designs, results and cautions",
                "",
                [("Researcher", "University partner"), ("Chief of staff", "A mayor's office")],
            ),
            (0, "14:15", "15:30", "Diversion for gun possession", "", [("First assistant", "A prosecutor's office")]),
            (1, "12:00", "13:30", "Hospital-based intervention", "", [("Outreach supervisor", "Community partner")]),
            (1, "13:45", "15:00", "What each pair commits to", "", [("Facilitator", "IIP")]),
        ],
    ),
    (
        140,
        "immigrant-communities",
        "April convening: immigrant communities and public safety",
        "in_person",
        "Public library, main hall",
        "Charging with immigration consequences in view, victim certification, and trust in reporting. "
        "The earlier convening of this kind led to pilot programmes.",
        [
            (0, "09:00", "09:30", "Welcome", "Main hall", [("Facilitator", "National League of Cities")]),
            (0, "09:30", "11:00", "Charging and certification", "Main hall", [("Line prosecutor", "Immigration unit")]),
            (0, "11:15", "12:30", "From convening to pilot", "Room 2", [("Policy adviser", "A mayor's office")]),
            (0, "13:30", "15:00", "What each pair commits to", "Main hall", [("Facilitator", "IIP")]),
        ],
    ),
]


def weekday_near(day):
    """The Tuesday to Thursday nearest to `day`: nobody convenes at a weekend."""
    return day + dt.timedelta(days=(1 - day.weekday()) % 7 if day.weekday() not in (1, 2, 3) else 0)


def moment(day, clock):
    hour, minute = map(int, clock.split(":"))
    return dt.datetime.combine(day, dt.time(hour, minute), EASTERN)


def build_convenings(cohort, today):
    """The year's convenings, and the guest of the symposium. Returns `{slug: convening}`."""
    made = {}
    for offset, slug, title, kind, venue, description, agenda in YEAR:
        first_day = weekday_near(today + dt.timedelta(days=offset))
        times = [
            (moment(first_day + dt.timedelta(days=day), start), moment(first_day + dt.timedelta(days=day), end))
            for day, start, end, *_ in agenda
        ]
        sessions = [
            {
                "title": name,
                "room": room,
                "starts_at": starts_at,
                "ends_at": ends_at,
                "speakers": [{"name": who, "label": label} for who, label in speakers],
            }
            for (starts_at, ends_at), (_, _, _, name, room, speakers) in zip(times, agenda, strict=True)
        ]
        made[slug] = open_convening(
            cohort,
            sessions=sessions,
            slug=slug,
            title=title,
            kind=kind,
            description=description,
            starts_at=min(start for start, _ in times),
            ends_at=max(end for _, end in times),
            timezone=EASTERN.key,
            venue=venue,
            capacity=60 if kind == "in_person" else None,
            joining_url="" if kind == "in_person" else f"https://meet.example.org/{slug}",
        )
    guest = create_seat(Role.GUEST, "Panelist", convening=made["gun-violence-symposium"])
    fill_seat(
        guest,
        account("guest.one", "Panelist (demo)"),
        title="Panelist",
        starts_on=today - dt.timedelta(days=10),
        ends_on=made["gun-violence-symposium"].ends_at.date() + dt.timedelta(days=30),
    )
    return made
