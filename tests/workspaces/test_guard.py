"""Before words leave: what looks like case information is asked about once, and goes on the second word."""

import uuid

import pytest
from hypothesis import given, strategies

from cohorts.models import AuditEntry
from tests.case_examples import WITH, WITHOUT
from workspaces.actions.guard import CaseInformation
from workspaces.actions.topics import edit_message, open_topic, post_message
from workspaces.guarding import Finding, found_in
from workspaces.models import Message, Topic

CASE = "Please look at 24-CR-01234 before the call-in."
PLAIN = "Please look at the docket before the call-in."


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def address(topic):
    return f"/workspaces/alder-ny/topics/{topic.pk}/"


def noted():
    """`[(who, whose trail, what)]` of what was posted in spite of the question."""
    entries = AuditEntry.objects.filter(action="guard.passed", of=None).select_related("actor", "chain").order_by("at")
    return [(entry.actor.name, entry.chain.office_id or entry.chain.cohort_id, entry.subject_words) for entry in entries]


# --- how often it is right


def test_of_what_is_case_information_it_finds_60_in_64():
    missed = [line for line in WITH if not found_in(line)]
    assert (len(WITH), missed) == (64, WITH[-4:])  # names, and what only a reader understands


def test_of_ordinary_policy_talk_it_asks_about_2_in_73():
    asked = [line for line in WITHOUT if found_in(line)]
    assert (len(WITHOUT), asked) == (73, WITHOUT[-2:])


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("DOB 04/12/1998, he is on the list.", [Finding("a date of birth", "DOB 04/12/1998")]),
        ("SSN 212489931 as the jail has it.", [Finding("a Social Security number", "SSN 212489931")]),
        (
            "State v. Hollis (24-CR-01234), call 585-555-0142",
            [
                Finding("the name of a case", "State v. Hollis"),
                Finding("a docket or case number", "24-CR-01234"),
                Finding("a phone number", "585-555-0142"),
            ],
        ),
        ("See https://example.org/24-CR-01234 and 000-12-3456", []),
        ("See /workspaces/alder-ny/topics/0aa038c4-26fd-4751-a715-ca0a847eb5f1/ or 0aa038c4-26fd-4751-a715-ca0a847eb5f1", []),
        (
            "Either/or: DOB 04/12/1998 and/or 24-CR-01234",
            [Finding("a date of birth", "DOB 04/12/1998"), Finding("a docket or case number", "24-CR-01234")],
        ),
    ],
)
def test_what_it_found_is_said(words, found):
    assert found_in(words) == found


@given(strategies.text())
def test_any_text_is_looked_at(text):
    assert all(finding.words for finding in found_in(text))


# --- the page


def test_a_message_is_asked_about_and_goes_on_the_second_word(cast, as_person, topic):
    form = {"body": CASE, "client_id": str(uuid.uuid4())}
    asked = as_person("ada").post(address(topic), form)
    page = asked.content.decode()
    assert (asked.status_code, Message.objects.count(), noted()) == (422, 0, [])
    assert "This looks like a docket or case number (“24-CR-01234”)." in page and CASE in page
    assert 'name="anyway"' in page and "Post anyway" in page
    for _ in range(2):
        assert as_person("ada").post(address(topic), form | {"anyway": "1"}).status_code == 302
    assert Message.objects.get().body == CASE
    assert noted() == [("Ada", cast.offices["alder"][0].pk, "a docket or case number")]


def test_ordinary_words_are_not_asked_about(as_person, topic):
    page = as_person("ada").get(address(topic)).content.decode()
    assert "Post anyway" not in page
    assert as_person("ada").post(address(topic), {"body": PLAIN, "client_id": str(uuid.uuid4())}).status_code == 302
    assert noted() == []


def test_a_topic_and_its_first_message_are_asked_about_together(cast, as_person):
    form = {"title": "State v. Hollis", "audience": "workspace", "body": CASE}
    asked = as_person("ben").post("/workspaces/alder-ny/topics/new/", form)
    assert asked.status_code == 422 and "the name of a case (“State v. Hollis”)" in asked.content.decode()
    assert not Topic.objects.exists()
    assert as_person("ben").post("/workspaces/alder-ny/topics/new/", form | {"anyway": "1"}).status_code == 302
    prosecutor = cast.offices["alder"][1].pk
    assert noted() == [("Ben", prosecutor, "the name of a case"), ("Ben", prosecutor, "a docket or case number")]


def test_another_title_is_asked_about(as_person, topic):
    form = {"title": "People v. Aldana", "version": topic.version}
    asked = as_person("ada").post(f"{address(topic)}title/", form)
    assert asked.status_code == 422 and "Post anyway" in asked.content.decode()
    assert as_person("ada").post(f"{address(topic)}title/", form | {"anyway": "1"}).status_code == 302
    assert Topic.objects.get().title == "People v. Aldana"


def test_an_edit_is_asked_about_what_it_adds(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ada"), body=CASE, anyway=True)
    edit = f"/workspaces/alder-ny/messages/{message.pk}/"
    assert as_person("ada").post(edit, {"body": f"{CASE} Thanks.", "version": message.version}).status_code == 302
    message.refresh_from_db()
    more = {"body": f"{CASE} DOB 04/12/1998.", "version": message.version}
    asked = as_person("ada").post(edit, more)
    page = asked.content.decode()
    assert asked.status_code == 422 and "a date of birth" in page and "looks like a docket" not in page
    assert as_person("ada").post(edit, more | {"anyway": "1"}).status_code == 302
    assert [what for _, _, what in noted()] == ["a docket or case number", "a date of birth"]


# --- by API, and by mail


def test_by_api(cast, as_person, topic):
    told = {"topic": str(topic.pk), "body": CASE, "client_id": str(uuid.uuid4())}
    ada = as_person("ada")
    asked = ada.post("/api/v1/messages/", told, "application/json")
    (error,) = asked.json()["errors"]
    assert (asked.status_code, error["code"]) == (400, "case_information")
    assert error["detail"].startswith("This looks like a docket or case number (“24-CR-01234”).")
    made = ada.post("/api/v1/messages/", told | {"anyway": True}, "application/json")
    assert made.status_code == 201 and "anyway" not in made.json()
    patch = {"body": "SSN 212489931", "version": made.json()["version"]}
    url = f"/api/v1/messages/{made.json()['id']}/"
    assert ada.patch(url, patch, "application/json").json()["errors"][0]["code"] == "case_information"
    assert ada.patch(url, patch | {"anyway": True}, "application/json").status_code == 200
    title = {"title": "State v. Hollis", "version": Topic.objects.get().version}
    assert ada.patch(f"/api/v1/topics/{topic.pk}/", title, "application/json").status_code == 400
    assert ada.patch(f"/api/v1/topics/{topic.pk}/", title | {"anyway": True}, "application/json").status_code == 200
    new = {"workspace": "alder-ny", "title": "U.S. v. Lindqvist"}
    assert ada.post("/api/v1/topics/", new, "application/json").status_code == 400
    assert ada.post("/api/v1/topics/", new | {"anyway": True}, "application/json").status_code == 201
    assert len(noted()) == 4


def test_what_was_sent_once_is_not_asked_about_again(cast, topic):
    """Its answer was lost: the same `client_id` comes once more, without the second word."""
    client_id = uuid.uuid4()
    message, _ = post_message(topic, cast.standing("ada"), body=CASE, client_id=client_id, anyway=True)
    assert post_message(topic, cast.standing("ada"), body=CASE, client_id=client_id) == (message, False)


# --- who reads that it was posted anyway


def test_it_is_noted_for_the_office_alone_and_without_the_words(cast, as_person, topic):
    post_message(topic, cast.standing("ada"), body=CASE, anyway=True)
    mine = as_person("rhea").get("/workspaces/alder-ny/audit/").content.decode()
    assert "Ada was asked whether this belongs here, and posted it anyway: a docket or case number" in mine
    assert "posted it anyway" not in as_person("ben").get("/workspaces/alder-ny/audit/").content.decode()
    assert "01234" not in str(list(AuditEntry.objects.values()))


def test_a_facilitators_stands_in_the_trail_of_the_cohort(cast, topic):
    post_message(topic, cast.standing("finn"), body=CASE, anyway=True)
    assert noted() == [("Finn", cast.cohort.pk, "a docket or case number")]


def test_the_verbs_store_nothing_when_they_ask(cast, topic):
    message, _ = post_message(topic, cast.standing("ada"), body=PLAIN)
    ada = cast.standing("ada")
    for verb in (
        lambda: post_message(topic, ada, body=CASE),
        lambda: edit_message(message, ada, version=message.version, body=CASE),
        lambda: open_topic(ada, title="State v. Hollis"),
    ):
        with pytest.raises(CaseInformation):
            verb()
    assert list(Message.objects.values_list("body", flat=True)) == [PLAIN] and Topic.objects.count() == 1
