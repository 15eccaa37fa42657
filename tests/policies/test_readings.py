"""Nora writes; Omar, Rita and Sam read. All do research in the first cohort; Omar advises Birch, Nora advises Alder."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections

from policies.actions.editions import publish_review, return_review, submit_review
from policies.actions.evidence_reviews import edit_review
from policies.actions.readings import give_back_reading, submit_reading, take_reading
from policies.actions.trackers import open_tracker
from policies.models import Reading
from tests.cast import give_factor, person, seat
from tests.policies.reviewing import add_reminders, begin, follow, make_whole, published

AGREED = {"rating": "promising", "direction": "favourable", "certainty": "moderate", "reason": "Two trials, both large."}


@pytest.fixture
def people(cast):
    for name in ("rita", "sam"):
        setattr(cast, name, person(name))
        give_factor(getattr(cast, name))
        cast.seats[name] = seat(getattr(cast, name), "researcher", "Researcher", cohort=cast.cohort)
    return cast


@pytest.fixture
def reminders(people):
    return add_reminders()


@pytest.fixture
def review(people, reminders):
    made = make_whole(begin(people.nora, reminders), people.nora)
    return submit_review(made, people.nora, version=made.version)


def say(review, who, **rating):
    told = {"failure to appear": AGREED | rating}
    return submit_reading(take_reading(review, who), who, conflicts_of_interest="none", ratings=told)


def refused(verb, *args, **told):
    with pytest.raises(ValidationError) as stopped:
        verb(*args, **told)
    return stopped.value.messages


def publish(review, who):
    review.refresh_from_db()
    return publish_review(review, who, version=review.version)


def readable(review, *people):
    """Of each, how many submitted readings of the review they may read."""
    return [Reading.objects.visible_to(who).filter(review=review).submitted().count() for who in people]


def test_nothing_changes_while_it_is_read(people, review):
    assert refused(edit_review, review, people.nora, version=review.version, title="Other") == [
        "This is in review by now, so it cannot be changed."
    ]
    with pytest.raises(PermissionDenied):
        return_review(review, people.omar, version=review.version, reason="Not good.")
    back = return_review(review, people.nora, version=review.version)
    assert edit_review(back, people.nora, version=back.version, title="Other").title == "Other"


def test_neither_an_author_nor_an_adviser_reads_it(people, review, reminders):
    with pytest.raises(PermissionDenied, match="Nobody reads their own review"):
        take_reading(review, people.nora)
    open_tracker(people.standing("cleo", people.birch), intervention=reminders)
    with pytest.raises(PermissionDenied, match="You advise a city that has adopted this"):
        take_reading(review, people.omar)
    for name in ("ada", "finn", "ivy"):
        with pytest.raises(PermissionDenied):
            take_reading(review, getattr(people, name))
    take_reading(review, people.rita)
    assert refused(take_reading, review, people.rita) == ["You are a reader of it already."]


def test_who_came_to_advise_an_adopter_after_taking_it_does_not_send_it(people, review, reminders):
    reading = take_reading(review, people.omar)
    open_tracker(people.standing("cleo", people.birch), intervention=reminders)
    told = {"conflicts_of_interest": "none", "ratings": {"failure to appear": AGREED}}
    assert refused(submit_reading, reading, people.omar, **told) == [
        "A city that you advise has adopted this by now. Give the reading back; somebody else reads it."
    ]
    give_back_reading(reading, people.omar)
    take_reading(review, people.rita)


def test_each_is_blind_to_the_other_until_both_are_in(people, review, as_person):
    everyone = (people.nora, people.omar, people.rita, people.sam, people.ada)
    say(review, people.omar, reason="Omar’s reason")
    assert readable(review, *everyone) == [0, 1, 0, 0, 0]
    page = f"/library/reviews/{review.pk}/"
    for name in ("nora", "rita", "sam"):
        assert "Omar’s reason" not in as_person(name).get(page).content.decode()
        told = as_person(name).get(f"/api/v1/evidence-reviews/{review.pk}/")
        assert "Omar’s reason" not in told.content.decode()
        assert [(each["name"], each["ratings"]) for each in told.json()["readers"]] == [("Omar", None)]
    say(review, people.rita, certainty="low", reason="Rita’s reason")
    assert readable(review, *everyone) == [2, 2, 2, 2, 0]
    shown = as_person("nora").get(page).content.decode()
    assert "Omar’s reason" in shown and "Rita’s reason" in shown and "the readers differ in certainty" in shown
    assert as_person("ada").get(page).status_code == 404


def test_two_who_agree_make_it_second_read(people, review):
    say(review, people.omar, rating="effective")
    say(review, people.rita, rating="effective")
    assert refused(take_reading, review, people.sam) == ["It has its readers already."]
    edition = publish(review, people.nora)
    outcome = edition.outcomes.get()
    assert (edition.is_second_read, outcome.rating, outcome.certainty) == (True, "effective", "moderate")
    assert readable(review, people.ada) == [2]


def test_a_third_settles_what_two_saw_differently(people, review):
    say(review, people.omar, rating="effective")
    say(review, people.rita, direction="mixed")
    assert refused(publish, review, people.nora) == ["The two readers differ. A third settles that before it is published."]
    third = take_reading(review, people.sam)
    assert third.place == 3
    submit_reading(
        third,
        people.sam,
        conflicts_of_interest="none",
        ratings={
            "failure to appear": {"rating": "ineffective", "direction": "mixed", "certainty": "very_low", "reason": "So."}
        },
    )
    edition = publish(review, people.nora)
    outcome = edition.outcomes.get()
    assert (outcome.rating, outcome.direction, outcome.certainty) == ("ineffective", "mixed", "moderate")  # not what both saw
    assert edition.is_second_read


@pytest.mark.parametrize("count", [0, 1])
def test_with_fewer_it_is_published_as_not_second_read(people, review, as_person, count):
    for who in (people.omar, people.rita)[:count]:
        say(review, who, rating="negative")
    edition = publish(review, people.nora)
    assert (edition.is_second_read, edition.outcomes.get().rating) == (False, "promising")
    assert "not second-read" in as_person("ada").get("/library/interventions/court-reminders/").content.decode()


def test_what_a_reader_returns_goes_through_another_round(people, review):
    say(review, people.omar)
    say(review, people.rita)
    review.refresh_from_db()
    assert refused(return_review, review, people.omar, version=review.version) == ["Say what the authors should look at again."]
    back = return_review(review, people.omar, version=review.version, reason="Look at the second study.")
    assert (back.status, back.returned_by, back.return_reason) == ("draft", people.omar, "Look at the second study.")
    assert readable(review, people.nora, people.omar, people.sam) == [2, 1, 0]
    again = submit_review(back, people.nora, version=back.version)
    assert (again.round, again.return_reason) == (2, "")
    say(again, people.sam)
    assert readable(review, people.omar, people.sam, people.nora) == [1, 1, 2]
    assert not publish(again, people.nora).is_second_read


def test_an_incomplete_reading_is_refused_with_the_outcome(people, review):
    reading = take_reading(review, people.omar)
    for rating, message in [
        ({}, "“failure to appear”: choose its rating and direction and certainty."),
        (AGREED | {"rating": "best"}, "“failure to appear”: choose its rating."),
        (AGREED | {"reason": " "}, "“failure to appear”: give your reason."),
        (AGREED | {"reason": "x" * 4001}, "“failure to appear”: keep the reason to 4,000 characters."),
        ("good", "“failure to appear”: choose its rating and direction and certainty."),
    ]:
        told = {"conflicts_of_interest": "none", "ratings": {"failure to appear": rating}}
        assert refused(submit_reading, reading, people.omar, **told) == [message]
    assert refused(submit_reading, reading, people.omar, conflicts_of_interest=" ", ratings={"failure to appear": AGREED}) == [
        "Declare them first; “none” is an answer too."
    ]
    reading.refresh_from_db()
    assert reading.submitted_at is None


def test_a_reading_taken_back_meanwhile_is_not_sent(people, review):
    reading = take_reading(review, people.omar)
    return_review(review, people.nora, version=review.version)
    told = {"conflicts_of_interest": "none", "ratings": {"failure to appear": AGREED}}
    assert refused(submit_reading, reading, people.omar, **told) == [
        "The authors took it back meanwhile, so this round is over."
    ]


def test_reading_without_a_script(people, review, as_person):
    page = f"/library/reviews/{review.pk}/"
    assert "Read it for the authors" in as_person("omar").get(page).content.decode()
    assert "Read it for the authors" not in as_person("nora").get(page).content.decode()
    own = as_person("omar").post(f"{page}readings/").headers["Location"]
    answer = as_person("omar").post(own, {"conflicts_of_interest": "none", "rating_0": "effective"})
    assert answer.status_code == 422 and 'value="effective"' in answer.content.decode()
    told = {"conflicts_of_interest": "none"} | {f"{key}_0": value for key, value in AGREED.items()}
    assert as_person("omar").post(own, told).headers["Location"] == page
    assert "Two trials, both large." in as_person("omar").get(own).content.decode()
    assert as_person("rita").get(own).status_code == 404
    as_person("rita").post(as_person("rita").post(f"{page}readings/").headers["Location"], told | {"rating_0": "negative"})
    third = as_person("sam").post(f"{page}readings/").headers["Location"]
    shown = as_person("sam").get(third).content.decode()
    assert "Settle it" in shown and "the readers differ in rating" in shown
    as_person("sam").post(third, told | {"rating_0": "ineffective"})
    shown = as_person("nora").get(page).content.decode()
    assert "On publishing this becomes: Ineffective, favourable, moderate certainty." in " ".join(shown.split())
    review.refresh_from_db()
    as_person("nora").post(f"{page}publish/", {"version": review.version})
    review.refresh_from_db()
    assert (review.status, review.is_second_read) == ("published", True)


def test_the_api_submits_reads_and_returns(people, review, as_person):
    api = f"/api/v1/evidence-reviews/{review.pk}/"

    def post(name, what, body):
        return as_person(name).post(f"{api}{what}/", json.dumps(body), content_type="application/json")

    rating = {"outcome": "failure to appear", **AGREED}
    body = {"conflicts_of_interest": "none", "ratings": [rating]}
    assert post("nora", "readings", body).status_code == 403
    assert post("omar", "readings", body | {"ratings": []}).status_code == 400
    assert post("omar", "readings", body).status_code == 201
    assert post("omar", "readings", body).status_code == 409
    assert post("rita", "return", {"version": review.version, "reason": "x"}).status_code == 403
    told = post("omar", "return", {"version": review.version, "reason": "Again."}).json()
    assert told["status"] == "draft"
    told = post("nora", "submit", {"version": told["version"]}).json()
    assert (told["status"], told["readers"]) == ("in_review", [])
    assert post("nora", "submit", {"version": told["version"]}).status_code == 400
    assert post("nora", "publish", {"version": 1}).status_code == 409


@pytest.mark.django_db(transaction=True)
def test_three_who_want_the_two_places_at_once(people, review):
    """Raced on PostgreSQL; SQLite lets one writer in at a time."""

    def take(name):
        try:
            return take_reading(review, getattr(people, name)).place
        except ValidationError:
            return None
        finally:
            connections.close_all()

    names = ("omar", "rita", "sam")
    if connection.vendor == "postgresql":
        with ThreadPoolExecutor(3) as racing:
            places = list(racing.map(take, names))
    else:
        places = [take_reading(review, getattr(people, name)).place for name in names[:2]] + [None]
    assert sorted(places, key=str) == [1, 2, None]


def test_the_next_edition_starts_its_own_rounds(people, reminders):
    first = published(people.nora, reminders)
    second = follow(first, people.nora, rating="effective")
    assert (second.round, second.is_second_read, second.readings.count()) == (0, False, 0)
