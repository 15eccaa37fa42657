"""What a person holds: the same as keys, as a query of many, and as kept from request to request; and kept no longer than it is
true."""

import datetime as dt
import threading

import pytest
from django.db import connection, transaction
from django.utils import timezone

from cohorts.actions.seats import end_term
from cohorts.models import (
    City,
    Cohort,
    Convening,
    Enrolment,
    EnrolmentGrant,
    HoldingsMark,
    Office,
    Person,
    Seat,
    Term,
    granted,
    holdings_of,
    remembering,
)
from cohorts.models.holdings_mark import TABLES
from tests.cast import EVERYONE
from workspaces.models import Stream, Workspace, rooms

PLACES = (Workspace, Enrolment, Cohort, Convening, Stream)


def seen_by(person):
    """Keys of the places `person` sees, and of the cities in which they may do what."""
    may = ("view_city_work", "read_offices", "discuss", "edit_city_work", "sign", "facilitate", "research")
    seen = {place.__name__: set(place.objects.visible_to(person).values_list("pk", flat=True)) for place in PLACES}
    seen |= {codename: set(granted(person, Enrolment, codename)) for codename in may}
    for codename in may:
        of_rows = Stream.objects.filter(workspace__in=Workspace.rooms_granting(codename, person))
        seen[f"rooms {codename}"] = set(of_rows.values_list("workspace__enrolment", flat=True))
    seen["streams"] = {stream for each in Workspace.objects.all() for stream in Stream.objects.visible_in(each, person)}
    writable = Workspace.objects.writable_by(person)
    return seen | {"pending": set(Workspace.objects.pending_for(person)), "writable": set(writable)}


@pytest.mark.parametrize("who", EVERYONE)
def test_few_and_many_kept_or_not_are_the_same(cast, monkeypatch, who):
    Enrolment.objects.filter(pk=cast.birch.enrolment.pk).update(ended_at=timezone.now())
    Enrolment.objects.filter(pk=cast.cedar.enrolment.pk).update(activated_at=None)
    person = getattr(cast, who)
    few = seen_by(person)
    assert few["view_city_work"] <= {cast.alder.enrolment.pk}
    with remembering():
        assert seen_by(person) == few
    with remembering():  # as read before
        assert seen_by(person) == few
    monkeypatch.setattr("cohorts.models.holdings.MANY", -1)
    monkeypatch.setattr(rooms, "MANY", -1)
    assert seen_by(person) == few
    EnrolmentGrant.objects.filter(group=None).delete()
    Term.objects.update(title="Anew")  # what was made of the few is made again
    with remembering():
        assert seen_by(person) == few


# --- the mark: whoever writes, and however


def mark_it(cast):
    """`{table: a change that counts}`, none of which sends Django's signals."""
    grants = ("enrolmentgrant", "cohortgrant", "conveninggrant")
    delete = {f"cohorts_{grant}": f"DELETE FROM cohorts_{grant}" for grant in grants}
    name = {f"cohorts_{noun}": f"UPDATE cohorts_{noun} SET name = 'Another'" for noun in ("cohort", "office", "seat")}
    return (
        delete
        | name
        | {
            "cohorts_term": "UPDATE cohorts_term SET ended_at = begins_at",
            "cohorts_enrolment": "UPDATE cohorts_enrolment SET activated_at = NULL",
            "cohorts_person": "UPDATE cohorts_person SET is_active = (1 = 0)",
            "cohorts_administrator": "DELETE FROM cohorts_administrator",
            "cohorts_administrativereading": "DELETE FROM cohorts_administrativereading",
            "cohorts_convening": "UPDATE cohorts_convening SET title = 'Another'",
            "workspaces_workspace": "UPDATE workspaces_workspace SET name = 'Another'",
        }
    )


@pytest.mark.parametrize("table", [*TABLES, *rooms.TABLES])
def test_every_change_is_another_mark(cast, table):
    from cohorts.actions.administrative_readings import begin_reading  # noqa: PLC0415

    begin_reading(cast.alder.enrolment, cast.ivy, reason="The office asked what is wrong with its page.")
    before = HoldingsMark.now()
    assert HoldingsMark.now() == before
    with connection.cursor() as cursor:
        cursor.execute(mark_it(cast)[table])
        assert cursor.rowcount > 0 or connection.vendor == "sqlite"
    assert HoldingsMark.now() not in (before, None)


def test_what_does_not_count_leaves_the_mark(cast):
    before = HoldingsMark.now()
    Person.objects.update(timezone="America/Chicago")
    City.objects.update(population=1)
    assert HoldingsMark.now() == before


def test_a_change_that_tells_nobody_ends_access_with_the_next_request(cast):
    for _ in range(2):
        with remembering():
            assert granted(cast.ada, Enrolment, "sign") == {cast.alder.enrolment_id}
    Term.objects.filter(person=cast.ada).update(ended_at=timezone.now())
    with remembering():
        assert not granted(cast.ada, Enrolment, "sign")
        assert not Workspace.objects.visible_to(cast.ada).exists()


def test_what_was_rolled_back_was_never_held(cast):
    with pytest.raises(RuntimeError), transaction.atomic():
        Term.objects.filter(person=cast.ada).update(ended_at=timezone.now())
        with remembering():
            assert not holdings_of(cast.ada).terms
        raise RuntimeError
    with remembering():
        assert granted(cast.ada, Enrolment, "sign") == {cast.alder.enrolment_id}


@pytest.mark.parametrize("transaction_of_its_own", [False, pytest.param(True, marks=pytest.mark.django_db(transaction=True))])
def test_what_was_only_tried_within_a_request_is_held_still(cast, transaction_of_its_own):
    with remembering():
        with transaction.atomic():
            end_term(holdings_of(cast.ada).terms[0])
            assert not holdings_of(cast.ada).terms
            transaction.set_rollback(True)
        assert granted(cast.ada, Enrolment, "sign") == {cast.alder.enrolment_id}


def test_a_date_alone_ends_and_begins_what_is_held(cast, monkeypatch):
    """Ada's term ends in an hour, Amos's second one begins in two: nothing is written then."""
    now = timezone.now()
    Term.objects.filter(person=cast.ada).update(expires_at=now + dt.timedelta(hours=1))
    Term.objects.filter(person=cast.amos).update(begins_at=now + dt.timedelta(hours=2))
    seen = []
    for hours in (0, 0.9, 1.1, 1.9, 2.1, 0):  # a clock that was wrong is set back
        monkeypatch.setattr(timezone, "now", lambda hours=hours: now + dt.timedelta(hours=hours))
        with remembering():
            seen.append((bool(holdings_of(cast.ada).terms), bool(holdings_of(cast.amos).terms)))
    assert seen == [(True, False), (True, False), (False, False), (False, False), (False, True), (True, False)]


def test_no_two_requests_share_a_row(cast):
    with remembering():
        holdings_of(cast.ada).terms[0].title = "Only thought of"
    with remembering():
        assert holdings_of(cast.ada).terms[0].title == "Mayor"


def test_without_a_mark_nothing_is_kept(cast):
    HoldingsMark.objects.all().delete()
    for _ in range(2):
        with remembering():
            assert granted(cast.ada, Enrolment, "sign") == {cast.alder.enrolment_id}
    with connection.cursor() as cursor:  # the trigger finds no row to mark
        cursor.execute("UPDATE cohorts_term SET ended_at = begins_at")
    with remembering():
        assert not holdings_of(cast.ada).terms


@pytest.mark.django_db(transaction=True)
def test_a_change_counts_for_others_once_it_is_committed(cast):
    """Two connections at the same time: until the commit Ada is mayor for everybody else, and not after it."""
    ended, looked = threading.Event(), threading.Event()

    def end():
        with transaction.atomic():
            Term.objects.filter(person=cast.ada).update(ended_at=timezone.now())
            ended.set()
            looked.wait(10)
        connection.close()

    other = threading.Thread(target=end)
    other.start()
    assert ended.wait(10)
    for _ in range(2):
        with remembering():
            assert holdings_of(cast.ada).terms
    looked.set()
    other.join()
    with remembering():
        assert not holdings_of(cast.ada).terms


def test_the_offices_and_seats_of_terms_are_as_they_are_called_now(cast):
    with remembering():
        assert holdings_of(cast.ada).terms[0].seat.office.name == cast.offices["alder"][0].name
    Office.objects.filter(pk=cast.offices["alder"][0].pk).update(name="Office of the Mayor, renamed")
    Seat.objects.filter(pk=cast.seats["ada"].pk).update(name="Mayor, renamed")
    with remembering():
        (term,) = holdings_of(cast.ada).terms
    assert (term.seat.office.name, term.seat.name) == ("Office of the Mayor, renamed", "Mayor, renamed")
