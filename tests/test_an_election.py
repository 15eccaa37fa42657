"""The election script: the table of who sees what, walked as everybody before a hand-over, between its entry and its day, and
after; and when a term ends by its date, an office leaves the cohort, a seat stays vacant.

What ends with a term within two seconds, sockets, tokens, feeds and links, is in the tables of ends: test_socket.py, `ENDS`;
test_hand_overs.py and test_calendar_feeds.py."""

import datetime as dt

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cohorts.actions.departures import leave_cohort
from cohorts.actions.feeds import make_feed
from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.actions.tokens import issue_token
from cohorts.models import Person, Term
from tests.cast import EVERYONE, come_in, day_here, give_factor
from tests.readable import COHORT, CONVENING, LIBRARY, MAYORS, PROSECUTORS, build
from tests.test_who_sees_what import text_of
from workspaces.actions.delegations import delegate
from workspaces.models import Standing

CONCERNED = ["ada", "grace", "amos", "ben", "finn", "nora"]  # whose pages are opened; the querysets are asked as everybody
ONES_OWN = {
    "token",
    "calendar feed",
    "signed copy",
    "link to a sign-on",
    "what one gets by mail",
}  # with the person, not with the seat
BEGUN = {"attachment not sent", "draft", "reminder"}  # nobody else's, and theirs as long as they are in the ring
SIGN = "stage_change"


@pytest.fixture
def rows(cast):
    cast.grace = Person.objects.create_user("grace@example.org", "Grace")  # elected; has an account and no seat yet
    give_factor(cast.grace)
    made, _ = build(cast)
    delegate(cast.seats["amos"], cast.ada, kinds=[SIGN], until=day_here() + dt.timedelta(days=90))
    return made


def everyone(cast):
    return [*EVERYONE, "grace"]


def as_told(rows, change=lambda label, people: people):
    """`{label: (readers, finders)}` of the table, changed by what happened meanwhile."""
    return {label: (change(label, set(row.readers)), change(label, set(row.finders))) for label, row in rows.items()}


def departures(cast, rows, told, people=CONCERNED):
    """`[(who, label, where, what)]` wherever somebody sees something else than told."""
    wrong = []
    kinds = {type(row.thing) for row in rows.values()}
    for who in everyone(cast):
        person = getattr(cast, who)
        seen = {kind: set(kind.objects.visible_to(person).values_list("pk", flat=True)) for kind in kinds}
        for label, row in rows.items():
            if (row.thing.pk in seen[type(row.thing)]) != (who in told[label][0]):
                wrong.append((who, label, "queryset"))
    for who in people:
        client, answers = Client(), {}
        come_in(client, getattr(cast, who))
        for label, row in rows.items():
            readers, finders = told[label]
            for asked, is_own in ((row.page, row.has_own_page), (row.api, row.has_own_api)):
                if not asked:
                    continue
                address = reverse(asked[0], args=asked[1])
                if address not in answers:
                    answer = client.get(address)
                    answers[address] = answer.status_code, text_of(answer)
                status, said = answers[address]
                if is_own and (status == 200) != (who in finders):
                    wrong.append((who, label, address, status))
                if row.word and row.word in said and who not in finders:
                    wrong.append((who, label, address, row.word))
                if is_own and row.word and who in finders and row.word not in said:
                    wrong.append((who, label, address, "nothing"))
    return wrong


def signs(cast, who):
    return Standing.of(getattr(cast, who), cast.alder).term_to_sign(SIGN) is not None


def comes_for(outgoing, incoming):
    """What changes when `incoming` (a name or None) takes the seat of `outgoing`."""

    def change(label, people):
        if label in ONES_OWN or outgoing not in people:
            return people
        passes = incoming is not None and label.partition(",")[0] not in BEGUN
        return people - {outgoing} | ({incoming} if passes else set())

    return change


def hand_on(cast, name, on, successor=None):
    seat = cast.seats[name]
    by = cast.ada if name in ("ada", "amos") else cast.ben
    return hand_over(seat, by, seen=mark_of(*seat.now_and_next()), on=on, successor=successor, title="Mayor")


def the_day_comes(passed):
    """As if the terms' days had been so from the first: the clock of the database is the clock."""
    now = timezone.now()
    Term.objects.filter(pk=passed.outgoing_id).update(expires_at=now)
    Term.objects.filter(pk=passed.incoming_id).update(begins_at=now)


def test_before_during_and_after_an_election_everyones_view_of_everything(cast, rows):
    _, secret = issue_token(cast.ada, name="For the sheet", scope="write", days=30)
    _, feed = make_feed(cast.ada)
    before = as_told(rows)
    assert departures(cast, rows, before) == []
    assert (signs(cast, "ada"), signs(cast, "amos"), signs(cast, "ben")) == (True, True, True)

    passed = hand_on(cast, "ada", on=day_here() + dt.timedelta(days=40), successor=cast.grace)
    assert departures(cast, rows, before) == []  # entered, and its day has not come: nobody sees less, or more
    assert (signs(cast, "ada"), signs(cast, "amos")) == (True, True)

    the_day_comes(passed)
    after = as_told(rows, comes_for("ada", "grace"))
    assert departures(cast, rows, after) == []
    assert (signs(cast, "grace"), signs(cast, "ben")) == (True, True)
    assert not signs(cast, "amos")  # the word of a principal ends with the principal
    bearer = {"authorization": f"Bearer {secret}"}
    assert Client().get(reverse("me"), headers=bearer).status_code == 401
    assert Client().get(reverse("policies:calendar-feed", args=[feed])).status_code == 404


def test_at_once_it_is_the_same(cast, rows):
    hand_on(cast, "ada", on=cast.seats["ada"].office.today, successor=cast.grace)
    assert departures(cast, rows, as_told(rows, comes_for("ada", "grace"))) == []


def test_a_seat_that_is_left_vacant(cast, rows):
    hand_on(cast, "ada", on=cast.seats["ada"].office.today)
    assert departures(cast, rows, as_told(rows, comes_for("ada", None)), people=["ada", "amos", "ben"]) == []


def test_a_term_that_ends_by_its_date(cast, rows):
    """Without a hand-over, a job or anybody who thinks of it."""
    Term.objects.filter(person=cast.ben).update(ends_on=day_here() - dt.timedelta(days=1), expires_at=timezone.now())
    assert departures(cast, rows, as_told(rows, comes_for("ben", None)), people=["ada", "ben", "finn"]) == []
    assert not signs(cast, "ben") and signs(cast, "bea")


def test_an_office_leaves_the_cohort(cast, rows):
    """The pair's work is closed to everybody, the cohort to the pair; what is an office's own stays with it."""
    leave_cohort(cast.alder.enrolment, cast.offices["alder"][0], cast.ada)
    pair = MAYORS | PROSECUTORS
    of_office = {
        "hand-over",
        "delegation",
        "rules of an office",
        "invitation of an office",
        "departure",
        "sign-on of an office",
        "sealed message",
        "legal hold",
    }
    of_cohort = {"cohort", "convening", "workspace of a cohort", "workspace of a convening", "agreement of a cohort"}
    said = ("topic", "message", "pin", "reaction", "stream", "attachment", "acknowledgement")
    of_cohort |= {f"{thing}, {ring}" for thing in said for ring in of_cohort}

    def change(label, people):
        kind = label.partition(",")[0]
        if kind == "office":  # with its own people alone
            return people & (MAYORS if "mayor" in label else PROSECUTORS)
        if label in ONES_OWN or kind in of_office or people == LIBRARY or not people & pair:
            return people
        if people in (COHORT, CONVENING) and label in of_cohort:
            return people - pair  # whose researcher stays the cohort's
        return people & {"ivy"} if label == "administrative reading" else set()

    wrong = departures(cast, rows, as_told(rows, change), people=["ada", "ben", "finn", "nora"])
    assert wrong == []
