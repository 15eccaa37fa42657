"""The editions of a cohort's participation agreement: who writes them, and that they stay as they were written."""

from importlib import import_module

import pytest
from django.apps import apps
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.agreements import write_agreement
from cohorts.actions.cohorts import enrol_city
from cohorts.models import Agreement, AppendOnly, AuditEntry, Conflict, Enrolment
from tests.cast import EVERYONE, city, pair

API = "/api/v1/agreements/"
PAGE = "/cohorts/first/agreement/"
COHORT = {"ada", "amos", "rhea", "ben", "bea", "cleo", "carl", "finn", "nora", "omar"}


@pytest.fixture
def first(cast):
    return write_agreement(cast.cohort, cast.finn, text="We work together.", edition=1)


@pytest.mark.parametrize("who", sorted(set(EVERYONE) - {"finn"}))
def test_only_a_facilitator_of_the_cohort_writes(cast, as_person, who):
    with pytest.raises(PermissionDenied):
        write_agreement(cast.cohort, getattr(cast, who), text="We work together.", edition=1)
    status = 403 if who in COHORT else 404
    told = {"cohort": "first", "text": "We work together.", "edition": 1}
    assert as_person(who).post(API, told, "application/json").status_code == status
    assert as_person(who).post(f"{PAGE}new/", told).status_code == status
    assert not Agreement.objects.exists()


def test_editions_follow_one_another_and_are_kept(cast, first):
    second = write_agreement(cast.cohort, cast.finn, text="We work together, weekly.\n", edition=2)
    assert list(cast.cohort.agreements.values_list("edition", "text")) == [
        (2, "We work together, weekly."),
        (1, "We work together."),
    ]
    first.text = "We do not."
    with pytest.raises(AppendOnly):
        first.save()
    with pytest.raises(AppendOnly):
        second.delete()
    acts = AuditEntry.objects.filter(action="agreement.written", of=None).order_by("number")
    assert [(act.chain.cohort, act.actor, act.subject_words) for act in acts] == [
        (cast.cohort, cast.finn, f"Participation agreement, First cohort, edition {number}") for number in (1, 2)
    ]


@pytest.mark.parametrize(
    "text, edition, refused",
    [
        ("  ", 2, ValidationError),
        ("x" * 20_001, 2, ValidationError),
        ("We work together.", 2, ValidationError),
        ("Another.", 1, Conflict),
        ("Another.", 3, Conflict),
    ],
)
def test_what_makes_no_sense_changes_nothing(cast, first, text, edition, refused):
    with pytest.raises(refused):
        write_agreement(cast.cohort, cast.finn, text=text, edition=edition)
    assert Agreement.objects.get() == first


def test_it_is_written_by_api(cast, as_person):
    told = {"cohort": "first", "text": "We work together.", "edition": 1}
    made = as_person("finn").post(API, told, "application/json")
    assert (made.status_code, made.json()["text"], made.json()["written_by"]) == (201, told["text"], str(cast.finn.pk))
    again = as_person("finn").post(API, told | {"text": "Mine."}, "application/json")
    assert (again.status_code, again.json()["current"]["text"]) == (409, "We work together.")
    assert [row["edition"] for row in as_person("cleo").get(f"{API}?cohort=first").json()["results"]] == [1]
    assert as_person("dora").get(API).json()["results"] == []


def test_it_is_written_on_its_page(cast, as_person):
    client = as_person("finn")
    assert "asks for no agreement" in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}new/", {"text": "", "edition": 1}).status_code == 422
    assert client.post(f"{PAGE}new/", {"text": "## Together\n\nWe work *weekly*.", "edition": 1}).url == PAGE
    shown = as_person("ada").get(PAGE).content.decode()
    assert "<h4>Together</h4>" in shown and "<em>weekly</em>" in shown
    assert "Write a new edition" not in shown and "Who has signed" not in shown


def test_both_texts_are_shown_when_two_write_at_once(cast, as_person, first):
    answer = as_person("finn").post(f"{PAGE}new/", {"text": "My own words.", "edition": 1})
    shown = answer.content.decode()
    assert (answer.status_code, "We work together." in shown, "My own words." in shown) == (409, True, True)
    assert 'name="edition" value="2"' in shown
    assert as_person("finn").post(f"{PAGE}new/", {"text": "My own words.", "edition": 2}).status_code == 302


def test_nobody_reads_what_is_not_there(cast, as_person):
    assert as_person("ada").get(PAGE).status_code == 404


def test_a_cohort_without_an_agreement_asks_for_none(cast):
    place = city("dover")
    assert enrol_city(cast.other, place, *pair(place)).activated_at is not None


def test_pairs_from_before_stay_active_since_they_came(cast):
    Enrolment.objects.update(activated_at=None)
    import_module("cohorts.migrations.0005_participation_agreement").keep_active(apps, None)
    assert {each.activated_at == each.started_at for each in Enrolment.objects.all()} == {True}


def test_as_many_queries_at_three_pairs_as_at_one(cast, as_person, first, django_assert_max_num_queries):
    client = as_person("finn")

    def count():
        with django_assert_max_num_queries(16) as counted:
            assert client.get(PAGE).status_code == 200
        return len(counted)

    for name in ("dover", "essex", "fargo"):
        place = city(name)
        enrol_city(cast.cohort, place, *pair(place))
        if name == "dover":
            one = count()
    assert count() == one
