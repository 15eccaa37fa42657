"""Seats change hands: the story of an election, what a hand-over refuses, and two at once."""

import datetime as dt
import threading

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.test import Client

from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.actions.seats import create_seat, fill_seat
from cohorts.models import ApiToken, Conflict, HandOver, Person
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker
from tests.cast import come_in, give_factor
from workspaces.actions.sign_offs import propose, sign
from workspaces.models import Workspace


@pytest.fixture
def grace(cast):
    """Elected mayor; has an account and no seat."""
    person = Person.objects.create_user("grace@example.org", "Grace")
    give_factor(person)
    return person


def seen(seat):
    return mark_of(*seat.now_and_next())


def passed(cast, name, by, **told):
    seat = cast.seats[name]
    return hand_over(seat, by, **({"seen": seen(seat), "on": seat.office.today} | told))


def address(seat):
    return f"/people/seats/{seat.pk}/hand-over/"


def filled(seat, **told):
    return {"seen": seen(seat), "on": seat.office.today.isoformat(), "who": "person", "title": "Mayor"} | told


def signed_in(person):
    client = Client()
    come_in(client, person)
    return client


# --- the election


def test_an_election_before_during_and_after(cast, grace):
    """Ada hands her seat to Grace: what each of them, her office, the other office and the facilitator see."""
    tracker = open_tracker(
        cast.standing("amos"), title="Court-date reminders", decided_by="joint", mayor_owner=cast.seats["ada"]
    )
    add_action(tracker, cast.standing("amos"), title="Call the clinic", office="mayor", owner=cast.seats["ada"])
    move = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(move, cast.standing("ada"), seen=move.content_sha256)
    sign(move, cast.standing("ben"), seen=move.content_sha256)
    waits = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Ready.", to_stage="implementation")
    _, secret = ApiToken.objects.issue(cast.ada, "read", 30)
    bearer = {"Authorization": f"Bearer {secret}"}
    ada, her = signed_in(cast.ada), signed_in(grace)
    seat, office = cast.seats["ada"], f"/people/offices/{cast.offices['alder'][0].pk}/"

    # before
    assert ada.get(office).status_code == 200 and her.get(office).status_code == 404
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 200
    form = ada.get(address(seat)).content.decode()
    for words in ("Call the clinic", "Court-date reminders", "Move “Court-date reminders” to “doing”"):
        assert words in form

    # during
    told = filled(seat, email="grace@example.org", note="The clinic waits for a call.")
    review = ada.post(address(seat), told | {"review": "1"})
    assert "Grace" in review.content.decode() and "Nothing has been done yet" in review.content.decode()
    assert HandOver.objects.count() == 0 and seat.now_and_next()[0].person == cast.ada
    done = ada.post(address(seat), told | {"confirm": "1"})
    assert (done.status_code, done["Location"]) == (302, "/people/signed/")

    # after: Ada
    for gone in (office, "/workspaces/alder-ny/", f"/workspaces/alder-ny/sign-offs/{move.pk}/", "/cohorts/first/"):
        assert ada.get(gone).status_code == 404
    assert Client().get("/api/v1/me/", headers=bearer).status_code == 401
    copies = ada.get("/people/signed/").content.decode()
    assert "Move “Court-date reminders” to “getting ready”" in copies
    copy = move.signatures.get(person=cast.ada)
    page = ada.get(f"/people/signed/{copy.pk}/").content.decode()
    assert "Signed on" in page and "Ben" not in page and "Ready." not in page
    assert "What you signed" in ada.get("/").content.decode()

    # after: Grace
    needs = [(need["verb"], need["title"]) for need in her.get("/").context["needs"]]
    assert ("Sign", "Move “Court-date reminders” to “doing”") in needs
    assert ("Read", "What passed to you as Mayor") in needs
    record = her.get(f"/people/hand-overs/{HandOver.objects.get().pk}/").content.decode()
    assert "The clinic waits for a call." in record and "Call the clinic" in record
    standing = cast.standing("ada")
    assert standing.permissions == frozenset()
    assert (
        her.post(
            f"/workspaces/alder-ny/sign-offs/{waits.pk}/",
            {"sign-content_sha256": waits.content_sha256, "sign-is_confirmed": "on"},
        ).status_code
        == 302
    )
    assert waits.signatures.get().name == "Grace"
    assert move.signatures.get(person=cast.ada).title == "Mayor"  # as on that day

    # after: everybody else
    for name, reads_note in (("amos", 200), ("rhea", 200), ("ben", 404), ("finn", 404), ("otto", 404)):
        client = signed_in(getattr(cast, name))
        assert client.get(f"/people/hand-overs/{HandOver.objects.get().pk}/").status_code == reads_note, name
        people = client.get(office)
        assert people.status_code == (404 if name == "otto" else 200)
        if name != "otto":
            shown = people.content.decode()
            assert "Grace" in shown and "The clinic waits" not in shown
            assert [term.person.name for term in people.context["past"]] == ["Ada", "Otto"]


def test_what_passes_is_the_same_before_the_last_word_as_at_first(cast, as_person):
    """Whoever gives up their own seat is shown what would happen by trying it, and taking it back."""
    tracker = open_tracker(cast.standing("ada"), title="Outreach", decided_by="joint", mayor_owner=cast.seats["ada"])
    propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Ready.", to_stage="preparation")
    ada = as_person("ada")
    first = ada.get(address(cast.seats["ada"]))
    last = ada.post(address(cast.seats["ada"]), filled(cast.seats["ada"], who="vacant"))
    assert [len(part["items"]) for part in first.context["parts"]] == [0, 1, 1, 0]
    assert last.context["parts"] == first.context["parts"] and "Is this right?" in last.content.decode()


def test_a_later_day_does_its_work_by_itself(cast, grace):
    seat = cast.seats["ada"]
    day = seat.office.today + dt.timedelta(days=40)
    passed(cast, "ada", cast.ada, on=day, successor=grace, title="Mayor", ends_on=day + dt.timedelta(days=1400))
    outgoing, coming = seat.now_and_next()
    assert (outgoing.person, outgoing.ends_on, coming.person, coming.starts_on) == (
        cast.ada,
        day - dt.timedelta(days=1),
        grace,
        day,
    )
    assert outgoing.expires_at == coming.begins_at
    assert Workspace.objects.visible_to(cast.ada).exists() and not Workspace.objects.visible_to(grace).exists()
    at = coming.begins_at
    assert [term.person for term in seat.terms.current(at - dt.timedelta(seconds=1))] == [cast.ada]
    assert [term.person for term in seat.terms.current(at)] == [grace]
    shown = signed_in(cast.ben).get(f"/people/offices/{seat.office_id}/").content.decode()
    assert "Then Grace" in shown


def test_another_day_takes_the_place_of_the_first(cast, grace):
    """The earlier hand-over is called off: its successor does not come, and the term has its own end again."""
    seat, henry = cast.seats["ada"], Person.objects.create_user("henry@example.org", "Henry")
    near, far = (seat.office.today + dt.timedelta(days=days) for days in (40, 80))
    first = passed(cast, "ada", cast.ada, on=near, successor=grace)
    second = passed(cast, "ada", cast.ada, on=far, successor=henry)
    outgoing, coming = seat.now_and_next()
    assert (outgoing.ends_on, coming.person) == (far - dt.timedelta(days=1), henry)
    assert list(HandOver.objects.standing()) == [second]
    assert not seat.terms.current(first.incoming.begins_at).filter(person=grace).exists()
    shown = signed_in(cast.amos).get(f"/people/offices/{seat.office_id}/")
    assert "Called off before its day" in shown.content.decode()
    assert [term.person.name for term in shown.context["past"]] == ["Otto"]


def test_a_vacant_seat_is_filled_again(cast, grace):
    seat = cast.seats["amos"]
    passed(cast, "amos", cast.ada)
    assert seat.now_and_next() == (None, None)
    assert "Nobody at present" in signed_in(cast.ben).get(f"/people/offices/{seat.office_id}/").content.decode()
    passed(cast, "amos", cast.ada, successor=grace, title="Adviser")
    assert seat.now_and_next()[0].person == grace


def test_a_vacant_seat_cannot_be_left_vacant(cast):
    passed(cast, "amos", cast.ada)
    with pytest.raises(ValidationError, match="Nobody holds this seat"):
        passed(cast, "amos", cast.ada)


def test_a_term_is_not_made_longer_by_handing_it_over(cast, grace):
    seat = cast.seats["ada"]
    last = seat.office.today + dt.timedelta(days=10)
    term = seat.now_and_next()[0]
    term.ends_on = last
    term.save()
    passed(cast, "ada", cast.ada, on=last + dt.timedelta(days=20), successor=grace)
    assert seat.now_and_next()[0].ends_on == last


# --- who may


@pytest.mark.parametrize(
    "who, status",
    [
        *((who, 200) for who in ("ada",)),
        *((who, 403) for who in ("amos", "rhea", "ben", "bea", "finn", "nora")),
        *((who, 404) for who in ("cleo", "carl", "dora", "omar", "gus", "ivy", "otto")),
    ],
)
def test_who_hands_over_a_seat_of_the_mayors_office(as_person, cast, who, status):
    client = as_person(who)
    assert client.get(address(cast.seats["amos"])).status_code == status
    told = filled(cast.seats["amos"], who="vacant", confirm="1")
    if status != 200:
        assert client.post(address(cast.seats["amos"]), told).status_code == status
        assert HandOver.objects.count() == 0


def test_a_delegate_hands_over_the_offices_seats_but_not_the_principals(cast, as_person, grace):
    page = as_person("bea").get(address(cast.seats["ben"]))
    assert page.status_code == 403
    assert "cannot be delegated. Ben, District Attorney, hands it over in person." in page.content.decode()
    with pytest.raises(PermissionDenied):
        passed(cast, "ben", cast.bea, successor=grace)
    passed(cast, "bea", cast.bea, successor=grace, title="First assistant")
    assert cast.seats["bea"].now_and_next()[0].person == grace


def test_a_vacant_principals_seat_can_be_filled_by_the_delegate_with_somebody_else(cast, grace):
    passed(cast, "ben", cast.ben)
    with pytest.raises(ValidationError, match="Nobody appoints themselves"):
        passed(cast, "ben", cast.bea, successor=cast.bea)
    passed(cast, "ben", cast.bea, successor=grace, title="District Attorney")
    assert cast.seats["ben"].now_and_next()[0].person == grace


# --- what is refused


@pytest.mark.parametrize(
    "email, words",
    [
        ("nobody@example.org", "Nobody signs in with this address yet."),
        ("ada@example.org", "Nobody appoints themselves."),
        ("amos@example.org", "Amos holds this seat already."),
        ("ben@example.org", "Nobody holds seats in both offices of a pair."),
        ("ivy@example.org", "An administrator holds no seat."),
        ("", "Say who comes, or choose that the seat is vacant."),
    ],
)
def test_a_successor_who_may_not(as_person, cast, email, words):
    told = filled(cast.seats["amos"], email=email)
    for step in ("review", "confirm"):
        answer = as_person("ada").post(address(cast.seats["amos"]), told | {step: "1"})
        assert (answer.status_code, words in answer.content.decode()) == (422, True)
    assert HandOver.objects.count() == 0 and cast.seats["amos"].now_and_next()[0].person == cast.amos


def test_a_successor_who_will_sit_in_the_other_office_by_then(cast, grace):
    """It is asked of the days of the term, not of today."""
    day = cast.seats["ada"].office.today + dt.timedelta(days=30)
    desk = create_seat("staff", "Analyst", office=cast.offices["alder"][1])
    fill_seat(desk, grace, title="Analyst", starts_on=day - dt.timedelta(days=5))
    with pytest.raises(ValidationError, match="both offices of a pair"):
        passed(cast, "ada", cast.ada, on=day, successor=grace)
    assert HandOver.objects.count() == 0 and cast.seats["ada"].now_and_next()[1] is None


def test_days_that_make_no_sense(as_person, cast, grace):
    day = cast.seats["amos"].office.today
    late = filled(cast.seats["amos"], email=grace.email, on=(day - dt.timedelta(days=1)).isoformat(), confirm="1")
    answer = as_person("ada").post(address(cast.seats["amos"]), late)
    assert (answer.status_code, "Choose today or a later day." in answer.content.decode()) == (422, True)
    ends_first = filled(cast.seats["amos"], email=grace.email, ends_on=(day - dt.timedelta(days=1)).isoformat(), confirm="1")
    answer = as_person("ada").post(address(cast.seats["amos"]), ends_first)
    assert (answer.status_code, "A term ends on or after the day it starts." in answer.content.decode()) == (422, True)
    assert HandOver.objects.count() == 0 and cast.seats["amos"].now_and_next()[0].person == cast.amos


def test_who_hands_over_what_somebody_just_handed_over_is_told(as_person, cast, grace):
    told = filled(cast.seats["amos"], email=grace.email, note="Mine.")
    passed(cast, "amos", cast.ada, on=cast.seats["amos"].office.today + dt.timedelta(days=3))
    answer = as_person("ada").post(address(cast.seats["amos"]), told | {"confirm": "1"})
    shown = answer.content.decode()
    assert (answer.status_code, "just before you" in shown, "Mine." in shown) == (409, True, True)
    assert HandOver.objects.count() == 1
    again = told | {"seen": seen(cast.seats["amos"]), "confirm": "1"}
    assert as_person("ada").post(address(cast.seats["amos"]), again).status_code == 302
    assert cast.seats["amos"].now_and_next()[0].person == grace


@pytest.mark.django_db(transaction=True)
def test_two_at_the_same_instant(cast, grace):
    """One seat, two successors: one of them has it, whoever was second is told, and nothing is done by half."""
    henry = Person.objects.create_user("henry@example.org", "Henry")
    seat, mark = cast.seats["bea"], seen(cast.seats["bea"])
    gate, ended = threading.Barrier(2), [None, None]

    def run(number, by, successor):
        try:
            gate.wait(10)
            hand_over(seat, by, seen=mark, on=seat.office.today, successor=successor, title="First assistant")
        except Exception as error:  # whatever it is, the test looks at it
            ended[number] = error
        finally:
            connections.close_all()

    threads = [
        threading.Thread(target=run, args=(number, cast.ben, successor)) for number, successor in enumerate((grace, henry))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    assert sorted(type(each).__name__ for each in ended) == ["Conflict", "NoneType"]
    winner = (grace, henry)[ended.index(None)]
    assert [term.person for term in seat.terms.current()] == [winner]
    assert (HandOver.objects.count(), seat.terms.count()) == (1, 2)


# --- tokens


def test_a_token_ends_with_its_seat_and_no_later_seat_wakes_it(cast):
    token, _ = ApiToken.objects.issue(cast.amos, "read", 30)
    assert ApiToken.objects.valid().contains(token)
    passed(cast, "amos", cast.ada)
    assert not ApiToken.objects.valid().contains(token)
    passed(cast, "amos", cast.ada, successor=cast.amos, title="Policy adviser")
    assert not ApiToken.objects.valid().contains(token)
    fresh, _ = ApiToken.objects.issue(cast.amos, "read", 30)
    assert ApiToken.objects.valid().contains(fresh)


def test_whoever_holds_another_seat_keeps_what_that_opens(cast):
    desk = create_seat("staff", "Analyst", office=cast.offices["alder"][0])
    fill_seat(desk, cast.amos, title="Analyst", starts_on=dt.date(2025, 1, 1))
    token, _ = ApiToken.objects.issue(cast.amos, "read", 30)
    passed(cast, "amos", cast.ada)
    assert ApiToken.objects.valid().contains(token)
    assert Workspace.objects.visible_to(cast.amos).filter(slug="alder-ny").exists()


def test_an_administrators_token_needs_no_seat(cast):
    token, _ = ApiToken.objects.issue(cast.ivy, "read", 30)
    assert ApiToken.objects.valid().contains(token)


def test_as_many_queries_at_three_as_at_one(cast, as_person, django_assert_max_num_queries):
    tracker = open_tracker(cast.standing("amos"), title="Reminders", decided_by="joint")
    client = as_person("ada")
    pages = [address(cast.seats["amos"]), f"/people/offices/{cast.offices['alder'][0].pk}/"]

    def count():
        counts = []
        for page in pages:
            with django_assert_max_num_queries(14) as counted:
                assert client.get(page).status_code == 200
            counts.append(len(counted))
        return counts

    def one_more(number):
        add_action(tracker, cast.standing("amos"), title=f"Call {number}", office="mayor", owner=cast.seats["amos"])
        open_tracker(cast.standing("amos"), title=f"T {number}", decided_by="joint", mayor_owner=cast.seats["amos"])
        seat = create_seat("staff", f"Adviser {number}", office=cast.offices["alder"][0])
        who = Person.objects.create_user(f"adviser{number}@example.org", f"Adviser {number}")
        fill_seat(seat, who, title="Adviser", starts_on=dt.date(2025, 1, 1))
        hand_over(seat, cast.ada, seen=seen(seat), on=seat.office.today)

    one_more(1)
    one = count()
    one_more(2)
    one_more(3)
    assert count() == one


def test_a_conflict_is_told_by_the_verb(cast):
    with pytest.raises(Conflict):
        passed(cast, "amos", cast.ada, seen="other")
