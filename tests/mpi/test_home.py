import datetime as dt

import pytest
from django.utils import timezone

from cohorts.actions.commitments import write_commitment
from cohorts.actions.convenings import answer_invitation, open_convening
from cohorts.models import Convening, Person
from policies.models import Action, CheckIn, CheckInAnswer, CheckInTemplate, Tracker
from tests.cast import come_in, day_here, give_factor, seat
from workspaces.actions.sign_offs import propose, sign
from workspaces.actions.topics import open_topic, post_message


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


def asked(client):
    """What home asks of the person: [(verb, title)]."""
    page = client.get("/")
    assert page.status_code == 200
    return [(need["verb"], need["title"]) for need in page.context["needs"] if need["verb"] != "Invitation"]


def late(tracker, cast, title="Outreach contract", **fields):
    due_on = day_here() - dt.timedelta(days=9)
    return Action.objects.create(tracker=tracker, title=title, due_on=due_on, created_by=cast.ada, **fields)


def check_in(cast, **fields):
    template, _ = CheckInTemplate.objects.get_or_create(name="Monthly", defaults={"questions": []})
    fields = {"workspace": cast.alder, "scheduled_for": day_here(), "opened_by": cast.nora} | fields
    return CheckIn.objects.create(template=template, **fields)


def proposed(cast, tracker):
    return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")


@pytest.mark.parametrize("who", ["ada", "amos", "ben", "bea", "rhea", "cleo", "dora", "nora", "finn"])
def test_who_is_asked_to_sign(cast, as_person, tracker, who):
    proposed(cast, tracker)
    move = ("Sign", "Move “Court-date reminders” to “getting ready”")
    if who == "finn":
        return
    assert asked(as_person(who)) == ([move] if who in {"ada", "ben", "bea"} else [])


def test_the_other_offices_signature_is_told_and_ones_own_ends_it(cast, as_person, tracker):
    sign_off = proposed(cast, tracker)
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    assert asked(as_person("ada")) == []
    assert as_person("ben").get("/").context["needs"][0]["note"] == "Mayor’s office signed today"


def test_an_own_matter_is_not_asked_of_the_other_office(cast, as_person, tracker):
    Tracker.objects.update(decided_by="prosecutor")
    propose(cast.standing("bea"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    assert asked(as_person("ada")) == []
    assert len(asked(as_person("ben"))) == 1


@pytest.mark.parametrize("who, expected", [("amos", True), ("ben", False), ("rhea", False), ("cleo", False), ("nora", False)])
def test_who_is_asked_to_answer_a_check_in(cast, as_person, who, expected):
    opened = check_in(cast)
    CheckInAnswer.objects.create(
        check_in=opened, office=cast.offices["alder"][1], answered_by=cast.ben, submitted_at=timezone.now()
    )
    assert asked(as_person(who)) == ([("Answer", str(opened))] if expected else [])


def test_a_researcher_is_asked_to_summarise(cast, as_person):
    answered = check_in(cast, status="answered")
    check_in(cast, scheduled_for=day_here() + dt.timedelta(days=1))
    assert [each["text"] for each in as_person("nora").get("/").context["awaited"]] == [
        f"{answered}, Alder: the offices are answering; the call is tomorrow"
    ]
    assert asked(as_person("nora")) == [("Summarise", f"{answered}, Alder")]
    assert asked(as_person("omar")) == []


@pytest.mark.parametrize(
    "who, titles",
    [("amos", ["Joint", "Ours"]), ("bea", ["Joint", "Theirs"]), ("rhea", []), ("nora", []), ("cleo", [])],
)
def test_late_actions_of_ones_office_or_of_both(cast, as_person, tracker, who, titles):
    late(tracker, cast, "Joint")
    late(tracker, cast, "Ours", office="mayor")
    late(tracker, cast, "Theirs", office="prosecutor")
    late(tracker, cast, "Done", status="done")
    late(tracker, cast, "Removed", removed_at=timezone.now())
    assert sorted(asked(as_person(who))) == [("Overdue", title) for title in titles]


@pytest.mark.parametrize("who, expected", [("ada", False), ("ben", True), ("bea", True), ("amos", False), ("cleo", False)])
def test_commitments_to_accept(cast, as_person, who, expected):
    write_commitment(cast.standing("ada"), cast.convening, cast.alder.enrolment, text="Every Monday.")
    assert asked(as_person(who)) == ([("Accept", "Every Monday.")] if expected else [])


@pytest.mark.parametrize("who, expected", [("ada", 1), ("rhea", 0), ("dora", 0)])
def test_invitations_to_answer(cast, as_person, who, expected):
    page = as_person(who).get("/")
    assert [need["title"] for need in page.context["needs"]] == ["September convening"] * expected
    if expected:
        answer_invitation(cast.convening, getattr(cast, who), "not_going")
        assert as_person(who).get("/").context["needs"] == []


def test_unread_messages_by_topic(cast, as_person):
    topic = open_topic(cast.standing("ben"), title="Call-in date")
    private = open_topic(cast.standing("ben"), title="Press", audience="office", office=cast.offices["alder"][1])
    for body in ("One", "Two"):
        post_message(topic, cast.standing("ben"), body=body)
        post_message(private, cast.standing("ben"), body=body)
    unread = as_person("ada").get("/").context["unread"]
    assert (unread["count"], [line["text"] for line in unread["lines"]]) == (2, ["2 new in “Call-in date”, Alder"])


def test_a_facilitator_lands_on_the_cohort(cast, as_person):
    assert as_person("finn").get("/").url == "/cohorts/first/"


def test_a_guest_lands_on_the_convening(cast, as_person):
    assert as_person("gus").get("/").url == "/cohorts/first/convenings/september/"


def test_a_guest_of_two_convenings_chooses(cast, as_person):
    then = timezone.now() - dt.timedelta(days=2)
    spring = open_convening(
        cast.cohort,
        slug="spring",
        title="Spring webinar",
        kind="webinar",
        starts_at=then,
        ends_at=then + dt.timedelta(hours=1),
        timezone="America/New_York",
    )
    seat(cast.gus, "guest", "Panelist", convening=spring)
    answer_invitation(cast.convening, cast.gus, "going")
    page = as_person("gus").get("/").content.decode()
    assert "Thank you for coming" in page and "/convenings/september/" in page and "/convenings/spring/" in page


@pytest.mark.parametrize(
    "who, words",
    [
        ("rhea", "All done for now"),
        ("otto", "hold no seat at present"),
    ],
)
def test_an_empty_home_says_what_it_is_for(cast, as_person, who, words):
    answer = cast.convening
    Convening.objects.filter(pk=answer.pk).update(
        starts_at=timezone.now() - dt.timedelta(days=3), ends_at=timezone.now() - dt.timedelta(days=2)
    )
    assert words in as_person(who).get("/").content.decode()


def test_an_administrator_lands_on_their_own_page(cast, as_person):
    assert as_person("ivy").get("/").url == "/people/administration/"
    assert "You keep accounts" in as_person("ivy").get("/people/administration/").content.decode()


def test_home_needs_a_sign_in(client, cast):
    assert client.get("/").url == "/accounts/login/?next=/"


def test_nobody_elses_work_shows(cast, as_person, tracker):
    proposed(cast, tracker)
    late(tracker, cast)
    check_in(cast)
    for who in ("cleo", "dora", "omar", "gus", "ivy", "otto"):
        page = as_person(who).get("/", follow=True).content.decode()
        assert "Alder" not in page and "Court-date reminders" not in page and "Outreach" not in page


def test_as_many_queries_at_three_as_at_one(cast, as_person, tracker, django_assert_max_num_queries):
    client = as_person("ada")

    def fill(number):
        tracker = Tracker.objects.create(workspace=cast.alder, title=f"Number {number}", opened_by=cast.ada)
        late(tracker, cast)
        sign_off = proposed(cast, tracker)
        sign(sign_off, cast.standing("ben"), seen=sign_off.content_sha256)
        check_in(cast, scheduled_for=day_here() + dt.timedelta(days=number))
        write_commitment(cast.standing("ben"), cast.convening, cast.alder.enrolment, text="Every Monday.")
        post_message(open_topic(cast.standing("ben"), title="Call-in date"), cast.standing("ben"), body="One")

    def count():
        with django_assert_max_num_queries(19) as counted:
            assert client.get("/").status_code == 200
        return len(counted)

    fill(1)
    one = count()
    fill(2)
    fill(3)
    assert count() == one


def test_a_person_of_no_seat_is_welcome(client, db):
    client.force_login(Person.objects.create_user("new@example.org", "New"))
    assert "hold no seat at present" in client.get("/").content.decode()


def test_an_assistant_sees_what_waits_for_the_principal_and_signs_nothing(cast, client, tracker):
    alex = Person.objects.create_user("alex@example.org", "Alex")
    give_factor(alex)
    seat(alex, "assistant", "Scheduler", office=cast.offices["alder"][0])
    come_in(client, alex)
    page = client.get("/")
    assert [(queue["who"].person.name, asked_in(queue)) for queue in page.context["queues"]] == [("Ada", [])]
    sign_off = proposed(cast, tracker)
    check_in(cast)
    commitment = write_commitment(cast.standing("amos"), cast.convening, cast.alder.enrolment, text="We will call.")
    page = client.get("/")
    assert page.context["needs"] == []
    assert asked_in(page.context["queues"][0]) == [
        ("Sign", "Move “Court-date reminders” to “getting ready”"),
        ("Answer", str(CheckIn.objects.get())),
        ("Accept", commitment.text),
    ]
    text = page.content.decode()
    assert "What waits for Ada, Mayor" in text and "September convening" in text  # the calendar too
    assert "Nothing waits for you" not in text
    for need in page.context["queues"][0]["needs"]:
        assert client.get(need["url"]).status_code == 200
    answer = client.post(
        f"/workspaces/alder-ny/sign-offs/{sign_off.pk}/",
        {"sign-content_sha256": sign_off.content_sha256, "sign-is_confirmed": "on"},
    )
    assert answer.status_code == 403 and not sign_off.signatures.exists()
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    assert ("Sign", "Move “Court-date reminders” to “getting ready”") not in asked_in(client.get("/").context["queues"][0])


def test_of_what_waits_for_a_principal_elsewhere_their_assistant_here_sees_nothing(cast, client):
    """Ada signs for another office too, of a city that is not Alex's."""
    tracker = Tracker.objects.create(workspace=cast.birch, title="Elsewhere", opened_by=cast.cleo)
    seat(cast.ada, "delegate", "Adviser", office=cast.offices["birch"][0])
    alex = Person.objects.create_user("alex@example.org", "Alex")
    give_factor(alex)
    seat(alex, "assistant", "Scheduler", office=cast.offices["alder"][0])
    propose(cast.standing("cleo", cast.birch), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    come_in(client, cast.ada)
    assert len(asked(client)) == 1
    come_in(client, alex)
    assert asked_in(client.get("/").context["queues"][0]) == []


def asked_in(queue):
    return [(need["verb"], need["title"]) for need in queue["needs"] if need["verb"] != "Invitation"]
