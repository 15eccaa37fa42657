"""What the demonstration's cities did: an intervention or two each, at different stages, moved there by real signatures, with a
few invented words. Everything is done by the verbs that people use, and then dated back."""

import datetime as dt
from dataclasses import dataclass

from cohorts.actions.commitments import accept_commitment, write_commitment
from cohorts.actions.convenings import answer_invitation
from cohorts.actions.elections import set_next_election
from cohorts.models import Enrolment, Person
from policies.actions.check_ins import complete_check_in, open_check_in, submit_answer
from policies.actions.commitments import make_action
from policies.actions.tracker_actions import edit_action
from policies.actions.trackers import edit_tracker, open_tracker, share_tracker
from policies.models import Intervention, Tracker
from workspaces.actions.sign_offs import propose, sign
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Standing, Topic, Workspace

from .clock import days_ago
from .meetings import weekday_near
from .people import DOMAIN, FIRST_CITY

STAGES = ["exploration", "preparation", "implementation", "sustainment"]
RATIONALE = {
    "preparation": "Both offices agree on the problem and on this answer to it; the partners are named.",
    "implementation": "The agreements are signed, staff are in place, and the first month's work is scheduled.",
    "sustainment": "A year of steady work; the budget carries it without the grant.",
}


@dataclass(frozen=True)
class Plan:
    """One city's tracker: how far it came, how it fares, how many actions are done, how long each office has been silent."""

    city: str
    intervention: str
    stage: str
    health: str = "on_track"
    note: str = ""
    done: int = 1
    mayor_quiet: int = 3  # days since the office's last act
    prosecutor_quiet: int = 5
    problem: str = ""
    waits_for: str = ""  # the office whose signature the next stage's proposal still needs


PLANS = [
    Plan(
        "rochester-ny",
        "group-violence-intervention",
        "preparation",
        done=2,
        mayor_quiet=1,
        prosecutor_quiet=2,
        problem="A small number of groups drive most shootings in a few neighborhoods, and arrests alone have not "
        "slowed the retaliation between them.",
    ),
    Plan("philadelphia-pa", "vacant-property-remediation", "implementation", done=3, mayor_quiet=2, prosecutor_quiet=6),
    Plan(
        "philadelphia-pa",
        "gun-possession-diversion",
        "preparation",
        health="at_risk",
        note="The treatment provider's contract is not signed.",
        mayor_quiet=4,
        prosecutor_quiet=3,
    ),
    Plan("dallas-tx", "hot-spots-policing", "implementation", done=3, mayor_quiet=5, prosecutor_quiet=9),
    Plan("denver-co", "community-responder", "sustainment", done=5, mayor_quiet=6, prosecutor_quiet=11),
    Plan(
        "memphis-tn",
        "group-violence-intervention",
        "preparation",
        health="at_risk",
        note="Outreach funding waits for the council.",
        mayor_quiet=12,
        prosecutor_quiet=4,
        waits_for="mayor",
    ),
    Plan("baltimore-md", "group-violence-intervention", "implementation", done=4, mayor_quiet=2, prosecutor_quiet=2),
    Plan("baltimore-md", "hospital-violence-intervention", "exploration", done=0, mayor_quiet=7, prosecutor_quiet=13),
    Plan("minneapolis-mn", "community-violence-intervention", "preparation", mayor_quiet=3, prosecutor_quiet=8),
    Plan("new-orleans-la", "court-date-reminders", "implementation", done=3, mayor_quiet=9, prosecutor_quiet=4),
    Plan("st-paul-mn", "youth-restorative-justice", "preparation", mayor_quiet=6, prosecutor_quiet=7),
    Plan("durham-nc", "misdemeanor-nonprosecution", "implementation", done=3, mayor_quiet=10, prosecutor_quiet=5),
    Plan(
        "richmond-va",
        "summer-youth-employment",
        "exploration",
        done=0,
        mayor_quiet=4,
        prosecutor_quiet=14,
        waits_for="mayor",
    ),
    Plan(
        "stockton-ca",
        "street-lighting",
        "exploration",
        health="off_track",
        note="The utility has not answered since the summer.",
        done=0,
        mayor_quiet=1,
        prosecutor_quiet=24,
    ),
    Plan("chattanooga-tn", "group-violence-intervention", "exploration", done=0, mayor_quiet=5, prosecutor_quiet=5),
    Plan("south-bend-in", "body-worn-cameras", "preparation", mayor_quiet=9, prosecutor_quiet=6),
    Plan("reading-pa", "adult-drug-court", "implementation", done=2, mayor_quiet=11, prosecutor_quiet=3),
    Plan("boulder-co", "pre-arrest-diversion-lead", "exploration", done=0, mayor_quiet=2, prosecutor_quiet=7),
]


# Both offices of Baltimore, apart: (question key) → answer
ANSWERS = {
    "mayor-chief": {
        "moved": "Second round of call-ins held; outreach staff at full strength since last month.",
        "in_the_way": "The service provider’s waiting list.",
        "need_from_other": "A named contact for custom notifications.",
        "fidelity": "All of them",
        "confidence": "Very confident",
        "figures": "Yes",
        "talk_about": "What happens when the outreach grant ends.",
    },
    "prosecutor-chief": {
        "moved": "The response policy is in use in the homicide unit.",
        "in_the_way": "Two line prosecutors left; training of their successors takes until spring.",
        "need_from_other": "Earlier notice of call-in dates.",
        "fidelity": "Most of them",
        "confidence": "Fairly confident",
        "figures": "Partly",
        "talk_about": "Service uptake: our counts and the provider’s differ.",
    },
}

# city, what it commits to, and whether it became an action (None: the other office has not accepted yet)
COMMITMENTS = [
    ("st-paul-mn", "Offer restorative conferencing in every eligible youth case by the spring.", True),
    ("baltimore-md", "Name one contact for young people in each office and publish both.", False),
    ("rochester-ny", "Write one shared referral sheet for youth services and use it in both offices.", None),
]


class Stage:
    """One city's people, each acting in their own standing."""

    def __init__(self, slug):
        self.slug = slug
        self.workspace = Workspace.objects.select_related(
            "enrolment__cohort", "enrolment__city", "enrolment__mayor_office", "enrolment__prosecutor_office"
        ).get(slug=slug)
        self._standings = {}

    def __getitem__(self, local):
        """The standing of `mayor`, `prosecutor-chief`, …, or of a cohort account such as `researcher.one`."""
        if local not in self._standings:
            email = f"{local}@{DOMAIN}" if "." in local else f"{local}.{self.slug}@{DOMAIN}"
            self._standings[local] = Standing.of(Person.objects.get(email=email), self.workspace)
        return self._standings[local]


def build_work(first, other, convenings, today):
    stages = {slug: Stage(slug) for slug in Enrolment.objects.values_list("slug", flat=True)}
    for plan in PLANS:
        build_tracker(stages[plan.city], plan, today)
    baltimore = stages["baltimore-md"]
    with days_ago(40):
        share_tracker(Tracker.objects.filter(workspace=baltimore.workspace).first(), baltimore["mayor"])
    build_check_ins(stages[FIRST_CITY], stages["baltimore-md"], today)
    build_commitments(stages, convenings)
    build_cohort_topic(first)
    build_symposium_topics(convenings["gun-violence-symposium"])
    build_elections(today)


def build_tracker(stage, plan, today):
    intervention = Intervention.objects.get(slug=plan.intervention)
    with days_ago(150):
        tracker = open_tracker(
            stage["mayor-staff"] if intervention.lead != "prosecutor" else stage["prosecutor-staff"],
            intervention=intervention,
            problem_statement=plan.problem
            or f"{intervention.problem_areas[0].capitalize()}: the two offices’ shared concern here.",
            starts_on=today - dt.timedelta(days=150),
            target_on=today + dt.timedelta(days=270),
            mayor_owner=stage["mayor-chief"].term.seat,
            prosecutor_owner=stage["prosecutor-chief"].term.seat,
        )
        topic = Topic.objects.get(subject_id=tracker.pk)
        post_message(
            topic,
            stage["mayor-chief"],
            body="Opened from the library. The actions are the playbook’s; please correct what does not fit here.",
        )
        post_message(topic, stage["prosecutor-staff"], body="Thank you. We will look at ours this week.")
    for number, to_stage in enumerate(STAGES[1 : STAGES.index(plan.stage) + 1]):
        move(stage, tracker, to_stage, days=110 - 35 * number)
    settle_actions(stage, tracker, plan, today)
    if plan.waits_for:
        move(stage, tracker, STAGES[STAGES.index(plan.stage) + 1], days=10, waits_for=plan.waits_for)
    with days_ago(plan.prosecutor_quiet):
        post_message(topic, stage["prosecutor-chief"], body="Our part is on this week’s staff meeting.")
    with days_ago(plan.mayor_quiet):
        post_message(topic, stage["mayor-staff"], body="Noted for the next call. Dates on our side are in the tracker.")


def move(stage, tracker, to_stage, days, waits_for=""):
    """A stage change, proposed by one office and signed by those that decide; not yet by the one it `waits_for`."""
    deciders = {"joint": ["mayor", "prosecutor"]}.get(tracker.decided_by, [tracker.decided_by])
    with days_ago(days + 2):
        sign_off = propose(
            stage[f"{deciders[0]}-staff"], "stage_change", tracker.pk, rationale=RATIONALE[to_stage], to_stage=to_stage
        )
    for number, office in enumerate(office for office in deciders if office != waits_for):
        with days_ago(days - number):
            sign(sign_off, stage[office], seen=sign_off.content_sha256)


def settle_actions(stage, tracker, plan, today):
    """Due dates for all actions, the first ones done, the next one late where the tracker is not on track."""
    tracker.refresh_from_db()
    actions = list(tracker.actions.all())
    late = 9 if plan.health != "on_track" else -12
    for number, action in enumerate(actions):
        office = ["mayor", "joint", "prosecutor"][number % 3] if action.office == "joint" else action.office
        if tracker.decided_by != "joint":
            office = tracker.decided_by
        doer = stage["prosecutor-staff" if office == "prosecutor" else "mayor-staff"]
        is_done, is_next = number < plan.done, number == plan.done
        with days_ago(100 - 9 * min(number, 8) if is_done else 60 - 3 * min(number, 8)):
            edit_action(
                action,
                doer,
                version=action.version,
                office=office,
                status="done" if is_done else "doing" if is_next and plan.done else "todo",
                due_on=today - dt.timedelta(days=late if is_next else 95 - 9 * number)
                if is_done or is_next
                else today + dt.timedelta(days=21 * (number - plan.done)),
            )
    if plan.health != "on_track":
        tracker.refresh_from_db()
        editor = stage["prosecutor-chief" if tracker.decided_by == "prosecutor" else "mayor-chief"]
        with days_ago(max(plan.mayor_quiet, plan.prosecutor_quiet)):
            edit_tracker(tracker, editor, version=tracker.version, health=plan.health, health_note=plan.note)


def build_check_ins(rochester, baltimore, today):
    """Baltimore's is done, with both offices' answers and the researcher's summary; Rochester's is open and waits for both."""
    researchers = {slug: researcher_of(slug) for slug in (rochester.slug, baltimore.slug)}
    trackers = Tracker.objects.filter(workspace=baltimore.workspace)
    with days_ago(34):
        check_in = open_check_in(
            baltimore[researchers[baltimore.slug]], scheduled_for=weekday_near(today - dt.timedelta(days=27)), trackers=trackers
        )
    for number, (local, values) in enumerate(ANSWERS.items()):
        with days_ago(30 - number):
            submit_answer(check_in, baltimore[local], values=values)
    with days_ago(26):
        check_in.refresh_from_db()
        complete_check_in(
            check_in,
            baltimore[researchers[baltimore.slug]],
            version=check_in.version,
            summary="Both offices report steady call-ins and agree on the response policy. They differ on how sure they are of "
            "the target; the call settled on a joint look at service uptake.",
            fidelity="high",
            confidence="moderate",
            follow_ups=["Compare lists of people who accepted services with the provider’s intake."],
        )
    with days_ago(3):
        open_check_in(
            rochester[researchers[rochester.slug]],
            scheduled_for=weekday_near(today + dt.timedelta(days=6)),
            trackers=Tracker.objects.filter(workspace=rochester.workspace),
        )


def researcher_of(slug):
    """Which of the two researchers is assigned to the city."""
    workspace = Workspace.objects.get(slug=slug)
    for local in ("researcher.one", "researcher.two"):
        if Standing.of(Person.objects.get(email=f"{local}@{DOMAIN}"), workspace).may_research:
            return local
    raise LookupError(slug)


def build_commitments(stages, convenings):
    """What three cities committed to at the juvenile justice convening, and who comes to the symposium."""
    past, next_one = convenings["juvenile-justice"], convenings["gun-violence-symposium"]
    for slug, text, is_action in COMMITMENTS:
        stage = stages[slug]
        with days_ago(74):
            commitment = write_commitment(stage["mayor"], past, stage.workspace.enrolment, text=text)
        if is_action is None:
            continue
        with days_ago(72):
            commitment = accept_commitment(commitment, stage["prosecutor"])
        if is_action:
            with days_ago(70):
                make_action(commitment, stage["mayor-chief"], Tracker.objects.filter(workspace=stage.workspace).first())
    for slug, locals_ in {
        "baltimore-md": ["mayor-chief", "prosecutor"],
        "memphis-tn": ["mayor"],
        "philadelphia-pa": ["mayor-chief", "prosecutor-chief"],
        "dallas-tx": ["prosecutor"],
    }.items():
        for local in locals_:
            with days_ago(9):
                answer_invitation(next_one, stages[slug][local].person, "going")


# days ago, topic, [(account, words)]: what is asked before the symposium, by its guest too
TALK = [
    (
        8,
        "Questions for the speakers",
        [
            ("facilitator.iip", "What would you like the speakers to answer? Write it here; they read it before they come."),
            ("mayor-chief.memphis-tn", "How do outreach teams keep their people past the second year?"),
            (
                "guest.one",
                "I will speak to that on the second day. It comes down to pay, and to somebody to call at night.",
            ),
        ],
    ),
    (
        5,
        "What to read before the first day",
        [
            (
                "researcher.two",
                "Two trials and one null result, six pages each. The library has all three under “group violence”.",
            ),
            ("prosecutor-chief.philadelphia-pa", "Thank you. The null result is the one our office asks about."),
        ],
    ),
]


# city, office, days from today. Invented, as the line on every page of the demonstration says
ELECTIONS = [
    ("rochester-ny", "prosecutor", 45),
    ("stockton-ca", "mayor", 75),
    ("durham-nc", "prosecutor", 330),
]


def build_elections(today):
    for slug, kind, days in ELECTIONS:
        person = Person.objects.get(email=f"{kind}.{slug}@{DOMAIN}")
        office = Enrolment.objects.select_related("mayor_office", "prosecutor_office").get(slug=slug).office_of(kind)
        day = today + dt.timedelta(days=days)
        with days_ago(30):
            set_next_election(office, person, day + dt.timedelta(days=(1 - day.weekday()) % 7))  # a Tuesday


def build_symposium_topics(convening):
    def standing(local):
        return Standing.of(Person.objects.get(email=f"{local}@{DOMAIN}"), convening.workspace)

    for days, title, said in TALK:
        for number, (local, words) in enumerate(said):
            with days_ago(days - number):
                if number == 0:
                    topic = open_topic(standing(local), title=title)
                post_message(topic, standing(local), body=words)


def build_cohort_topic(cohort):
    workspace = Workspace.objects.select_related("cohort").get(cohort=cohort)

    def standing(local):
        return Standing.of(Person.objects.get(email=f"{local}@{DOMAIN}"), workspace)

    with days_ago(15):
        topic = open_topic(standing("facilitator.nlc"), title="Questions for the symposium")
        post_message(
            topic,
            standing("facilitator.nlc"),
            body="What should the two days on gun violence answer for you? One line from each city is enough.",
        )
    with days_ago(13):
        post_message(
            topic, standing("mayor-chief.baltimore-md"), body="What others pay for outreach staff, and from which budget."
        )
