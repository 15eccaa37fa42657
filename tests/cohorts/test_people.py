import datetime as dt

from cohorts.actions.people import renew_access
from cohorts.actions.seats import create_seat, end_term, fill_seat
from cohorts.models import Enrolment, Person, granted, remembering
from workspaces.models import Standing, Workspace


def test_a_stale_copy_of_a_person_does_not_let_ended_pages_in_again(cast):
    stale = Person.objects.get(pk=cast.ada.pk)
    renew_access(cast.ada)
    before = stale.access_epoch
    stale.name = "Ada B."
    stale.save()
    stored = Person.objects.get(pk=cast.ada.pk)
    assert (stored.name, stored.access_epoch) == ("Ada B.", before + 1)


def test_what_a_person_holds_is_asked_once_a_request(cast, django_assert_num_queries):
    with remembering():
        with django_assert_num_queries(1):  # whether what was read of it before still holds
            granted(cast.ada, Enrolment, "sign")
            Standing.of(cast.ada, cast.alder)
        with django_assert_num_queries(1):
            list(Workspace.objects.visible_to(cast.ada))


def test_a_change_within_a_request_is_seen_in_it(cast):
    with remembering():
        term = Standing.of(cast.ada, cast.alder).term
        end_term(term)
        assert not Workspace.objects.visible_to(cast.ada).exists()
        assert Standing.of(cast.ada, cast.alder).permissions == frozenset()
        desk = create_seat("staff", "Adviser", office=term.seat.office)
        fill_seat(desk, cast.ada, title="Adviser", starts_on=dt.date(2025, 1, 1))
        assert Standing.of(cast.ada, cast.alder).may_edit


def test_a_city_that_left_its_cohort_is_closed_within_the_request_too(cast):
    with remembering():
        assert granted(cast.ada, Enrolment, "sign") == {cast.alder.enrolment_id}
        cast.alder.enrolment.ended_at = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        cast.alder.enrolment.save()
        assert granted(cast.ada, Enrolment, "sign") == set()
