import threading

import pytest
from django.core.exceptions import ValidationError
from django.db import connections

from cohorts.actions.commitments import accept_commitment, reword_commitment, write_commitment
from cohorts.models import Commitment, Conflict
from policies.actions.commitments import make_action, title_of
from policies.models import Action, Tracker
from workspaces.models import Event

LIST = "/api/v1/commitments/"
WORDS = "A shared page of shootings every Monday, by noon."
PEOPLE = ["ada", "amos", "ben", "bea", "rhea", "cleo", "dora", "finn", "nora", "omar", "gus", "ivy", "otto"]
ALDER = {"ada", "amos", "ben", "bea", "rhea", "finn", "nora"}


def written(cast, by="amos", text=WORDS):
    return write_commitment(cast.standing(by), cast.convening, cast.alder.enrolment, text=text)


def accepted(cast):
    commitment = written(cast, by="ada")
    return accept_commitment(commitment, cast.standing("bea"))


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


def post(client, address, **told):
    return client.post(address, told, "application/json")


# --- who


@pytest.mark.parametrize("who", PEOPLE)
def test_who_sees_a_citys_commitment(cast, as_person, who):
    commitment = written(cast)
    client = as_person(who)
    assert client.get(f"{LIST}{commitment.pk}/").status_code == (200 if who in ALDER else 404)
    assert len(client.get(f"{LIST}?convening={cast.convening.pk}").json()["results"]) == (who in ALDER)
    page = client.get("/cohorts/first/convenings/september/").content.decode()
    assert (WORDS in page) == (who in ALDER)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_writes_for_a_city(cast, as_person, who):
    told = {"convening": str(cast.convening.pk), "workspace": cast.alder.slug, "text": WORDS}
    code = 201 if who in ALDER - {"rhea", "nora"} else 403 if who in ALDER else 404
    assert post(as_person(who), LIST, **told).status_code == code
    assert Commitment.objects.count() == (code == 201)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_accepts(cast, as_person, who):
    commitment = written(cast)
    code = 200 if who in {"ada", "ben", "bea"} else 403 if who in ALDER else 404
    assert post(as_person(who), f"{LIST}{commitment.pk}/accept/").status_code == code
    assert commitment.acceptances.count() == (code == 200)


@pytest.mark.parametrize("who", PEOPLE)
def test_who_makes_it_an_action(cast, as_person, tracker, who):
    commitment = accepted(cast)
    code = 200 if who in {"ada", "amos", "ben", "bea"} else 403 if who in ALDER else 404
    assert post(as_person(who), f"{LIST}{commitment.pk}/action/", tracker=str(tracker.pk)).status_code == code
    assert Action.objects.count() == (code == 200)


def test_on_the_page_a_city_that_is_not_theirs_cannot_be_chosen(cast, as_person):
    address = "/cohorts/first/convenings/september/commitments/"
    told = {"text": WORDS, "cities": [str(cast.birch.enrolment_id)]}
    assert as_person("ada").post(address, told).status_code == 302
    assert list(Commitment.objects.values_list("enrolment__slug", flat=True)) == [cast.alder.slug]
    for who, code in (("nora", 403), ("gus", 404), ("dora", 404)):
        assert as_person(who).post(address, told).status_code == code
    assert Commitment.objects.count() == 1


# --- what happens


def test_writing_by_one_who_signs_carries_their_own_offices_yes(cast):
    commitment = written(cast, by="ada")
    assert [acceptance.office for acceptance in commitment.acceptances.all()] == [cast.offices["alder"][0]]
    assert commitment.status == "proposed"
    assert written(cast, by="amos").acceptances.count() == 0


def test_accepted_when_both_offices_have_said_yes(cast):
    commitment = accept_commitment(written(cast), cast.standing("ada"))
    assert commitment.status == "proposed"
    assert accept_commitment(commitment, cast.standing("ada")).acceptances.count() == 1
    commitment = accept_commitment(commitment, cast.standing("bea"))
    assert (commitment.status, commitment.acceptances.get(person=cast.bea).term.title) == ("accepted", "First assistant")
    assert accept_commitment(commitment, cast.standing("ben")).acceptances.count() == 2
    events = Event.objects.filter(subject_id=commitment.pk).values_list("kind", "stream__workspace__slug")
    assert list(events) == [
        ("commitment.created", cast.alder.slug),
        ("commitment.updated", cast.alder.slug),
        ("commitment.updated", cast.alder.slug),
    ]


def test_new_words_need_both_offices_again(cast):
    commitment = reword_commitment(written(cast, by="ada"), cast.standing("ben"), version=1, text="Every Tuesday.")
    assert [acceptance.person for acceptance in commitment.acceptances.all()] == [cast.ben]
    with pytest.raises(Conflict):
        accept_commitment(commitment, cast.standing("ada"), version=1)
    assert accept_commitment(commitment, cast.standing("ada"), version=2).status == "accepted"


def test_accepted_words_stay(cast):
    commitment = accepted(cast)
    with pytest.raises(ValidationError):
        reword_commitment(commitment, cast.standing("ada"), version=1, text="Perhaps.")
    assert Commitment.objects.get().text == WORDS


@pytest.mark.parametrize("text", ["", "   ", "x" * 501])
def test_words_that_are_no_commitment(cast, as_person, text):
    with pytest.raises(ValidationError):
        written(cast, text=text)
    told = {"convening": str(cast.convening.pk), "workspace": cast.alder.slug, "text": text}
    assert post(as_person("ada"), LIST, **told).status_code == 400
    page = as_person("ada").post("/cohorts/first/convenings/september/commitments/", {"text": text})
    assert page.status_code == 422
    assert Commitment.objects.count() == 0


@pytest.mark.parametrize("convening", ["nonsense", None, []])
def test_a_convening_that_is_no_id(cast, as_person, convening):
    told = {"convening": convening, "workspace": cast.alder.slug, "text": WORDS}
    assert post(as_person("ada"), LIST, **told).status_code == 400


def test_a_convening_of_another_cohort(cast, as_person):
    elsewhere = {"convening": str(cast.convening.pk), "workspace": cast.cedar.slug, "text": WORDS}
    assert post(as_person("dora"), LIST, **elsewhere).status_code == 404
    with pytest.raises(ValidationError):
        write_commitment(cast.standing("dora", cast.cedar), cast.convening, cast.cedar.enrolment, text=WORDS)


def test_a_cohorts_workspace_commits_to_nothing(cast, as_person):
    told = {"convening": str(cast.convening.pk), "workspace": "first", "text": WORDS}
    assert post(as_person("finn"), LIST, **told).status_code == 404


def test_a_facilitator_proposes_for_several_cities(cast, as_person):
    told = {"text": WORDS, "cities": [str(cast.alder.enrolment_id), str(cast.birch.enrolment_id)]}
    assert as_person("finn").post("/cohorts/first/convenings/september/commitments/", told).status_code == 302
    assert set(Commitment.objects.values_list("enrolment__slug", "status")) == {
        (cast.alder.slug, "proposed"),
        (cast.birch.slug, "proposed"),
    }


def test_the_page_of_new_words_keeps_both_on_a_conflict(cast, as_person):
    commitment = written(cast)
    reword_commitment(commitment, cast.standing("ben"), version=1, text="Every Tuesday.")
    late = as_person("ada").post(f"/commitments/{commitment.pk}/edit/", {"text": "Every Friday.", "version": 1})
    assert late.status_code == 409
    assert b"Every Tuesday." in late.content and b"Every Friday." in late.content
    again = as_person("ada").post(f"/commitments/{commitment.pk}/edit/", {"text": "Every Friday.", "version": 2})
    assert again.status_code == 302
    api = as_person("ada").patch(f"{LIST}{commitment.pk}/", {"text": "Never.", "version": 1}, "application/json")
    assert (api.status_code, api.json()["current"]["text"]) == (409, "Every Friday.")


def test_the_status_is_not_written(cast, as_person):
    commitment = written(cast)
    told = as_person("amos").patch(f"{LIST}{commitment.pk}/", {"status": "accepted", "version": 1}, "application/json")
    assert told.json()["status"] == "proposed"


# --- the action


def test_it_becomes_one_joint_action(cast, as_person, tracker):
    commitment = accepted(cast)
    address = f"/commitments/{commitment.pk}/action/"
    for _ in range(2):
        assert as_person("amos").post(address, {"tracker": str(tracker.pk)}).status_code == 302
    action = Action.objects.get()
    assert (action.title, action.office, action.commitment, action.status) == (WORDS, "joint", commitment, "todo")
    assert Event.objects.filter(kind="action.created").count() == 1
    assert as_person("ada").get(f"{LIST}{commitment.pk}/").json()["action"] == str(action.pk)
    page = as_person("ada").get("/cohorts/first/convenings/september/").content.decode()
    assert f"/trackers/{tracker.pk}/" in page


def test_not_before_both_have_accepted(cast, as_person, tracker):
    commitment = written(cast, by="ada")
    with pytest.raises(ValidationError):
        make_action(commitment, cast.standing("amos"), tracker)
    assert post(as_person("amos"), f"{LIST}{commitment.pk}/action/", tracker=str(tracker.pk)).status_code == 400


def test_only_on_a_tracker_of_the_city(cast, as_person):
    commitment = accepted(cast)
    elsewhere = Tracker.objects.create(workspace=cast.birch, title="Birch", opened_by=cast.cleo)
    told = post(as_person("ada"), f"{LIST}{commitment.pk}/action/", tracker=str(elsewhere.pk))
    assert (told.status_code, told.json()["errors"][0]["code"]) == (400, "does_not_exist")
    with pytest.raises(ValidationError):
        make_action(commitment, cast.standing("ada"), elsewhere)
    as_person("ada").post(f"/commitments/{commitment.pk}/action/", {"tracker": str(elsewhere.pk)})
    assert Action.objects.count() == 0


def test_long_words_are_cut_at_a_word():
    assert title_of(("word " * 60).strip()) == "word " * 38 + "word…"
    assert title_of("Short.") == "Short."


@pytest.mark.django_db(transaction=True)
def test_both_offices_at_the_same_instant(cast):
    commitment = written(cast)
    start, failures = threading.Barrier(2), []

    def accept(who):
        try:
            start.wait()
            accept_commitment(commitment, cast.standing(who))
        except Exception as error:  # told below, in the test's own thread
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=accept, args=[who]) for who in ("ada", "ben")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert (Commitment.objects.get().status, commitment.acceptances.count()) == ("accepted", 2)


def test_as_many_queries_at_three_as_at_one(cast, as_person, tracker, django_assert_max_num_queries):
    client = as_person("ada")
    addresses = [LIST, "/cohorts/first/convenings/september/"]

    def count():
        counts = []
        for address in addresses:
            with django_assert_max_num_queries(100) as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        return counts

    make_action(accepted(cast), cast.standing("ada"), tracker)
    few = count()
    for _ in range(2):
        make_action(accepted(cast), cast.standing("ada"), tracker)
        accepted(cast)
        written(cast)
    assert count() == few
