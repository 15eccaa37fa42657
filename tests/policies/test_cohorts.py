import pytest

from policies.models import Tracker, TrackerShare

PAGE = "/cohorts/first/"


@pytest.fixture
def trackers(cast):
    return [
        Tracker.objects.create(workspace=space, title=title, opened_by=cast.ada)
        for space, title in ((cast.alder, "Court-date reminders"), (cast.birch, "Vacant property remediation"))
    ]


def test_a_member_sees_their_own_city_alone(cast, as_person, trackers):
    page = as_person("ada").get(PAGE).content.decode()
    assert "Court-date reminders" in page
    assert "September convening" in page
    assert "Birch" not in page and "Vacant property remediation" not in page


def test_what_a_city_shared_stands_for_all(cast, as_person, trackers):
    TrackerShare.objects.create(tracker=trackers[1], cohort=cast.cohort, shared_by=cast.cleo)
    page = as_person("ada").get(PAGE).content.decode()
    assert f"/cohorts/first/shared/trackers/{trackers[1].pk}/" in page
    assert f"/workspaces/birch-ny/trackers/{trackers[1].pk}/" not in page


def test_staff_of_the_cohort_are_named(cast, as_person):
    page = as_person("cleo").get(PAGE).content.decode()
    assert all(name in page for name in ("Finn", "Nora", "Omar"))


def test_a_researcher_without_a_city_here_still_has_the_page(cast, as_person, trackers):
    from cohorts.actions.seats import release_researcher  # noqa: PLC0415 (only here)

    release_researcher(cast.seats["omar"], cast.birch.enrolment)
    page = as_person("omar").get(PAGE)
    assert page.status_code == 200
    assert b"Your city" not in page.content


def test_as_many_queries_at_three_as_at_one(cast, as_person, trackers, django_assert_max_num_queries):
    client = as_person("ada")

    def count():
        with django_assert_max_num_queries(12) as counted:
            assert client.get(PAGE).status_code == 200
        return len(counted)

    TrackerShare.objects.create(tracker=trackers[1], cohort=cast.cohort, shared_by=cast.cleo)
    one = count()
    for number in range(2):
        for space in (cast.alder, cast.birch):
            tracker = Tracker.objects.create(workspace=space, title=f"Number {number}", opened_by=cast.ada)
            TrackerShare.objects.create(tracker=tracker, cohort=cast.cohort, shared_by=cast.cleo)
    assert count() == one
