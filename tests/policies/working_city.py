"""Alder at work: two trackers with actions, signed moves, figures, evidence, commitments and check-ins."""

import datetime as dt
from types import SimpleNamespace

from django.utils import timezone

from cohorts.models import Acceptance, Commitment
from policies.models import (
    Action,
    CheckIn,
    CheckInAnswer,
    CheckInTemplate,
    ClearinghouseRating,
    Indicator,
    Intervention,
    Observation,
    Study,
    Tracker,
)
from tests.cast import day_here
from workspaces.actions.sign_offs import propose, sign

STEPS = [
    ("Problem analysis: group audit and shooting review complete", "joint", "done", -40),
    ("Partnership agreement signed by mayor, prosecutor, police and community lead", "joint", "done", -20),
    ("Service capacity contracted for those who accept help", "mayor", "doing", -9),
    ("First call-in or round of custom notifications held", "joint", "todo", 30),
    ("Weekly shooting review running for three months", "prosecutor", "todo", 60),
    ("Enforcement response policy written and reviewed by both offices", "prosecutor", "blocked", 20),
    ("Six-month performance review with researcher", "joint", "todo", 150),
]
REMINDERS = [
    ("Name the court and the message owner", "prosecutor", "done", -30),
    ("Pilot with one calendar part", "prosecutor", "todo", 14),
    ("Fund the text-message service", "mayor", "todo", 45),
]


def days(count):
    return dt.timedelta(days=count)


def build_working_city(cast, today=None):
    """`{today, trackers, interventions, check_in, indicator}`; dates are around `today`."""
    today = today or day_here()
    made = SimpleNamespace(today=today)
    made.interventions = [
        Intervention.objects.create(
            slug="group-violence-intervention", name="Group violence intervention", summary="…", lead="joint"
        ),
        Intervention.objects.create(slug="court-date-reminders", name="Court-date reminders", summary="…", lead="prosecutor"),
    ]
    add_evidence(*made.interventions)
    made.trackers = [
        add_tracker(
            cast,
            today,
            made.interventions[0],
            STEPS,
            problem_statement="A small number of groups drive most shootings in a few neighborhoods, and arrests alone have "
            "not slowed the retaliation between them.",
            health="at_risk",
            health_note="The outreach contract is not signed.",
            mayor_owner=cast.seats["amos"],
            prosecutor_owner=cast.seats["bea"],
            target_on=today + days(200),
        ),
        add_tracker(
            cast,
            today,
            made.interventions[1],
            REMINDERS,
            problem_statement="Missed court dates turn minor cases into warrants and jail nights that help nobody.",
            decided_by="prosecutor",
        ),
    ]
    move(cast, made.trackers[0], "preparation")
    propose(
        cast.standing("amos"),
        "stage_change",
        made.trackers[0].pk,
        rationale="The call-in has a date.",
        to_stage="implementation",
    )
    add_figures(made.trackers, today)
    made.indicator = made.trackers[0].indicators.get(is_context=False)
    add_commitments(cast)
    made.check_in = add_check_ins(cast, today)
    return made


def add_evidence(groups, reminders):
    address = "https://crimesolutions.ojp.gov/ratedprograms/example"
    ClearinghouseRating.objects.create(
        intervention=groups,
        clearinghouse="CrimeSolutions",
        scope="Ceasefire (Oakland, Calif.)",
        rating="Effective",
        address=address,
    )
    for position, direction in enumerate(["favourable", "favourable", "null"]):
        Study.objects.create(
            intervention=groups, position=position, title=f"Study {position}", outcome="shootings", direction=direction
        )
    Study.objects.create(intervention=reminders, position=0, title="Reminders", outcome="appearance", direction="favourable")


def add_tracker(cast, today, intervention, steps, **fields):
    start = timezone.now() - days(80)
    tracker = Tracker.objects.create(
        workspace=cast.alder, intervention=intervention, title=intervention.name, opened_by=cast.ada, created_at=start, **fields
    )
    for position, (title, office, status, due) in enumerate(steps):
        Action.objects.create(
            tracker=tracker,
            title=title,
            office=office,
            status=status,
            due_on=today + days(due),
            position=position,
            created_by=cast.ada,
            done_at=timezone.now() - days(12 + position) if status == "done" else None,
        )
    return tracker


def propose_move(cast, tracker, to_stage):
    return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Both offices are staffed.", to_stage=to_stage)


def move(cast, tracker, to_stage):
    sign_off = propose(
        cast.standing("amos"), "stage_change", tracker.pk, rationale="Both offices are staffed.", to_stage=to_stage
    )
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    sign(sign_off, cast.standing("bea"), seen=sign_off.content_sha256, reservation="Within the county’s charging policy.")


def add_figures(trackers, today):
    own = Indicator.objects.create(
        tracker=trackers[0],
        name="Fatal and nonfatal shooting victims",
        unit="count per month",
        baseline_value=34,
        target_value=24,
        source="Alder police department",
    )
    for back in range(8, 0, -1):
        add_month(own, month(today, back), 36 - 2 * (8 - back) + back % 3, office=trackers[0].workspace.offices[0])
    for position, (name, base) in enumerate(
        [
            ("Murders reported to police", 6),
            ("Aggravated assaults reported to police", 210),
            ("Robberies reported to police", 95),
            ("Motor vehicle thefts reported to police", 320),
        ]
    ):
        context = Indicator.objects.create(
            tracker=trackers[0],
            name=name,
            unit="count",
            is_context=True,
            is_published_source=True,
            position=position,
            source="AH Datalytics, Real-Time Crime Index",
        )
        for back in range(30):
            add_month(context, month(dt.date(2024, 7, 1), back), base + base * ((back * 7) % 5 - 2) // 8)


def month(day, back):
    years, place = divmod(day.month - 1 - back, 12)
    return dt.date(day.year + years, place + 1, 1)


def add_month(indicator, first, value, office=None, is_released=True):
    last = month(first, -1) - days(1)
    return Observation.objects.create(
        indicator=indicator, office=office, period_start=first, period_end=last, value=value, is_released=is_released
    )


def add_commitments(cast):
    kept = Commitment.objects.create(
        convening=cast.convening,
        enrolment=cast.alder.enrolment,
        text="Hold the first call-in before the winter, with both principals in the room.",
        status="accepted",
        written_by=cast.ada,
    )
    for name in ("ada", "ben"):
        term = cast.standing(name).term
        Acceptance.objects.create(commitment=kept, office=term.seat.office, person=term.person, term=term)


def add_check_ins(cast, today):
    template = CheckInTemplate.objects.create(
        name="Monthly", questions=[{"key": "progress", "text": "What moved?", "kind": "text"}]
    )
    done = CheckIn.objects.create(
        workspace=cast.alder,
        template=template,
        scheduled_for=today - days(20),
        status="completed",
        opened_by=cast.nora,
        summary="Both offices describe the same first steps. The services for those who accept help are the weak point: "
        "no provider is under contract, and the call-in should wait until one is.",
        fidelity="moderate",
        confidence="moderate",
    )
    CheckIn.objects.create(
        workspace=cast.alder, template=template, scheduled_for=today + days(5), status="open", opened_by=cast.nora
    )
    CheckInAnswer.objects.create(
        check_in=done,
        office=cast.offices["alder"][0],
        values={"progress": "CANARY answer of one office"},
        answered_by=cast.ada,
        submitted_at=timezone.now(),
    )
    return done
