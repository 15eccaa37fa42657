"""Check-ins: opened by a researcher, answered apart, read when both are in, summed up.

Ada, Amos: Alder's mayor's office. Ben, Bea: its prosecutor's office. Nora: its researcher. Finn: facilitator. Rhea: records
officer of the mayor's office. Cleo: mayor of another city."""

import datetime as dt
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cohorts.models import AuditEntry, Conflict
from policies.actions.check_ins import (
    complete_check_in,
    edit_check_in,
    load_check_in_template,
    make_follow_up_action,
    open_check_in,
    save_draft,
    submit_answer,
)
from policies.models import Action, CheckIn, CheckInAnswer, Tracker
from tests.cast import EVERYONE, day_here
from workspaces.models import Event, Stream
from workspaces.realtime.payloads import after, encode

SOON = day_here() + dt.timedelta(days=5)
MAYORS, PROSECUTORS = "heliotrope", "carnelian"  # words that only an answer holds
VALUES = {
    "moved": "The partnership agreement",
    "in_the_way": "The budget",
    "fidelity": "Most of them",
    "confidence": "Fairly confident",
    "figures": "Yes",
}


def answer_of(canary, **others):
    return VALUES | {"moved": f"We moved the {canary}."} | others


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


@pytest.fixture
def check_in(cast):
    return open_check_in(cast.standing("nora"), scheduled_for=SOON)


def told(workspace):
    """Kinds of what the workspace heard of check-ins, in order."""
    events = Event.objects.filter(stream__workspace=workspace, kind__startswith="check_in").order_by("stream", "seq")
    return list(events.values_list("kind", flat=True))


def page(check_in, name="check-in"):
    return reverse(f"policies:{name}", args=[check_in.workspace.slug, check_in.pk])


def posted(values, do="submit", version=0, audience="offices"):
    return {f"values.{key}": text for key, text in values.items()} | {"do": do, "version": version, "audience": audience}


# --- opening


@pytest.mark.parametrize(
    "who, status",
    [("nora", 302), ("finn", 302), ("ada", 403), ("amos", 403), ("ben", 403), ("rhea", 403), ("cleo", 404), ("omar", 404)]
    + [(who, 404) for who in ("carl", "dora", "gus", "ivy", "otto")],
)
def test_who_may_open_one(as_person, cast, tracker, who, status):
    address = reverse("policies:check-in-new", args=[cast.alder.slug])
    answer = as_person(who).post(address, {"scheduled_for": SOON.isoformat(), "trackers": [tracker.pk]})
    assert (answer.status_code, CheckIn.objects.count()) == (status, int(status == 302))
    api = as_person(who).post(
        "/api/v1/check-ins/",
        {"workspace": cast.alder.slug, "scheduled_for": "2027-01-05", "trackers": [str(tracker.pk)]},
        content_type="application/json",
    )
    refused = api.status_code == 400 and api.json()["errors"][0]["code"] == "does_not_exist"  # they cannot know the tracker
    assert api.status_code == {302: 201}.get(status, status) or (status == 404 and refused)
    assert (CheckIn.objects.count(), told(cast.alder)) == ((2, ["check_in.opened"] * 2) if status == 302 else (0, []))


def test_a_hidden_workspace_is_a_404_and_another_citys_tracker_does_not_exist(as_person, cast):
    elsewhere = Tracker.objects.create(workspace=cast.birch, title="Elsewhere", opened_by=cast.cleo)
    body = {"workspace": "cedar-ny", "scheduled_for": SOON.isoformat()}
    client = as_person("nora")
    assert client.post("/api/v1/check-ins/", body, content_type="application/json").status_code == 404
    body |= {"workspace": cast.alder.slug, "trackers": [str(elsewhere.pk)]}
    refused = client.post("/api/v1/check-ins/", body, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "does_not_exist")
    assert CheckIn.objects.count() == 0
    with pytest.raises(ValidationError):  # a facilitator sees both cities; a tracker still belongs to one
        open_check_in(cast.standing("finn"), scheduled_for=SOON, trackers=[elsewhere])


def test_one_a_day(cast, check_in, as_person):
    with pytest.raises(ValidationError, match="for that day already"):
        open_check_in(cast.standing("finn"), scheduled_for=SOON)
    address = reverse("policies:check-in-new", args=[cast.alder.slug])
    again = as_person("finn").post(address, {"scheduled_for": SOON.isoformat()})
    assert (again.status_code, "for that day already" in again.content.decode(), CheckIn.objects.count()) == (422, True, 1)


def test_the_template_is_loaded_once_and_every_question_is_whole(db):
    first = load_check_in_template()
    assert load_check_in_template() == first
    for question in first.questions:
        assert question.keys() == {"key", "text", "help", "kind", "choices", "is_required"}
        assert (question["kind"] == "choice") == bool(question["choices"])


def test_moving_the_call(cast, check_in, as_person):
    moved = edit_check_in(check_in, cast.standing("finn"), version=1, scheduled_for=SOON + dt.timedelta(days=7))
    assert (moved.scheduled_for, moved.version) == (SOON + dt.timedelta(days=7), 2)
    late = as_person("nora").post(page(check_in, "check-in-edit"), {"scheduled_for": SOON.isoformat(), "version": 1})
    assert (late.status_code, late.context["form"]["version"].value()) == (409, 2)
    api = as_person("nora").patch(
        f"/api/v1/check-ins/{check_in.pk}/",
        {"scheduled_for": SOON.isoformat(), "version": 1},
        content_type="application/json",
    )
    assert (api.status_code, api.json()["current"]["version"]) == (409, 2)
    fresh = as_person("nora").patch(
        f"/api/v1/check-ins/{check_in.pk}/",
        {"scheduled_for": SOON.isoformat(), "version": 2, "status": "completed", "summary": "Not by this way."},
        content_type="application/json",
    )
    assert (fresh.status_code, fresh.json()["status"], fresh.json()["summary"]) == (200, "open", "")
    refused = as_person("ada").patch(f"/api/v1/check-ins/{check_in.pk}/", {"version": 3}, content_type="application/json")
    assert refused.status_code == 403


# --- answering


@pytest.mark.parametrize(
    "who, status",
    [("ada", 302), ("amos", 302), ("ben", 302), ("bea", 302), ("rhea", 403), ("finn", 403), ("nora", 403)]
    + [(who, 404) for who in ("cleo", "carl", "dora", "omar", "gus", "ivy", "otto")],
)
def test_who_may_answer(as_person, check_in, who, status):
    api_status = 200 if status == 302 else status
    body = {"values": answer_of(MAYORS)}
    api = as_person(who).post(f"/api/v1/check-ins/{check_in.pk}/answer/", body, content_type="application/json")
    assert (api.status_code, CheckInAnswer.objects.count()) == (api_status, int(api_status == 200))
    sent = as_person(who).post(page(check_in, "check-in-answer"), posted(answer_of(MAYORS)))  # the same again is the same
    assert (sent.status_code, CheckInAnswer.objects.count()) == (status, int(status == 302))


def test_nobody_answers_for_the_other_office(as_person, check_in):
    body = {"values": answer_of(MAYORS), "office": "prosecutor"}
    refused = as_person("ada").post(f"/api/v1/check-ins/{check_in.pk}/answer/", body, content_type="application/json")
    assert (refused.status_code, CheckInAnswer.objects.count()) == (403, 0)


def test_one_in_is_open_and_both_in_is_answered(cast, check_in):
    submit_answer(check_in, cast.standing("amos"), values=answer_of(MAYORS))
    check_in.refresh_from_db()
    assert check_in.status == "open"
    submit_answer(check_in, cast.standing("ben"), values=answer_of(PROSECUTORS))
    check_in.refresh_from_db()
    assert (check_in.status, told(cast.alder)) == ("answered", ["check_in.opened", "check_in.answered", "check_in.answered"])


def test_the_same_answer_twice_is_one(cast, check_in):
    first = submit_answer(check_in, cast.standing("ada"), values=answer_of(MAYORS))
    again = submit_answer(check_in, cast.standing("ada"), values=answer_of(MAYORS))
    assert (again.pk, again.submitted_at, told(cast.alder).count("check_in.answered")) == (first.pk, first.submitted_at, 1)
    with pytest.raises(Conflict):
        submit_answer(check_in, cast.standing("ada"), values=answer_of("another"))
    with pytest.raises(Conflict):
        save_draft(check_in, cast.standing("amos"), values=answer_of("another"), seen=first.version)
    assert CheckInAnswer.objects.get().values == answer_of(MAYORS)


def test_a_draft_is_taken_up_by_a_colleague_and_tells_nobody(cast, check_in, as_person):
    as_person("amos").post(page(check_in, "check-in-answer"), posted({"moved": MAYORS}, do="draft"))
    draft = CheckInAnswer.objects.get()
    assert (draft.values, draft.submitted_at, told(cast.alder)) == ({"moved": MAYORS}, None, ["check_in.opened"])
    assert MAYORS in as_person("ada").get(page(check_in, "check-in-answer")).content.decode()
    sent = as_person("ada").post(page(check_in, "check-in-answer"), posted(answer_of(MAYORS), version=1))
    draft.refresh_from_db()
    assert (sent.status_code, draft.answered_by, draft.submitted_at is not None) == (302, cast.ada, True)


def test_what_looks_like_a_case_is_asked_about_before_it_is_sent(cast, check_in, as_person):
    case = answer_of(MAYORS, in_the_way="We wait for 24-CR-01234.")
    amos, where = as_person("amos"), page(check_in, "check-in-answer")
    assert amos.post(where, posted(case, do="draft")).status_code == 302  # a draft leaves the office nowhere
    answer = amos.post(where, posted(case, version=1))
    words = answer.content.decode()
    assert (answer.status_code, "24-CR-01234" in words, "Send anyway" in words) == (422, True, True)
    assert check_in.answers.get().submitted_at is None
    told = {"values": case, "version": 1}
    refused = amos.post(f"/api/v1/check-ins/{check_in.pk}/answer/", told, content_type="application/json")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "case_information")
    assert amos.post(where, posted(case, version=1) | {"anyway": "1"}).status_code == 302
    assert check_in.answers.get().submitted_at is not None
    entry = AuditEntry.objects.get(action="guard.passed", of=None)
    assert (entry.subject_kind, entry.subject_id, entry.subject_words) == ("check_in", check_in.pk, "a docket or case number")


def test_two_colleagues_at_once_lose_nothing(cast, check_in, as_person):
    save_draft(check_in, cast.standing("amos"), values={"moved": "The words of Amos"})
    late = as_person("ada").post(page(check_in, "check-in-answer"), posted({"moved": "The words of Ada"}, do="draft"))
    text = late.content.decode()
    assert (late.status_code, "The words of Amos" in text, text.count("The words of Ada")) == (409, True, 2)
    assert CheckInAnswer.objects.get().values == {"moved": "The words of Amos"}
    kept = as_person("ada").post(
        page(check_in, "check-in-answer"),
        posted({"moved": "The words of both"}, do="draft", version=late.context["form"]["version"].value()),
    )
    assert (kept.status_code, CheckInAnswer.objects.get().values) == (302, {"moved": "The words of both"})
    submit_answer(check_in, cast.standing("amos"), values=answer_of(MAYORS), seen=2)
    later = as_person("ada").post(page(check_in, "check-in-answer"), posted(answer_of("malachite"), version=2))
    assert (later.status_code, "malachite" in later.content.decode(), MAYORS in later.content.decode()) == (409, True, True)
    body = {"values": answer_of("malachite"), "version": 2}
    api = as_person("ada").post(f"/api/v1/check-ins/{check_in.pk}/answer/", body, content_type="application/json")
    assert (api.status_code, api.json()["current"]["answers"][0]["values"]) == (409, answer_of(MAYORS))


@pytest.mark.parametrize(
    "values, attr",
    [
        ({"nobody_asked": "x"}, "values"),
        (VALUES | {"moved": "x" * 4001}, "values.moved"),
        (VALUES | {"confidence": "Somewhat"}, "values.confidence"),
        ({key: text for key, text in VALUES.items() if key != "moved"}, "values.moved"),
        (VALUES | {"moved": "   "}, "values.moved"),
        (VALUES | {"moved": ["x"]}, "values.moved"),
        (VALUES | {"moved": None}, "values.moved"),
        (VALUES | {"moved": "x\0y"}, "values.moved"),
        (VALUES | {"moved": "\ud800"}, "values.moved"),
        ("x", "values"),
        ([], "values"),
        ({}, "values.moved"),
    ],
)
def test_what_is_no_answer(as_person, check_in, values, attr):
    refused = as_person("ada").post(
        f"/api/v1/check-ins/{check_in.pk}/answer/", {"values": values}, content_type="application/json"
    )
    assert (refused.status_code, refused.json()["errors"][0]["attr"]) == (400, attr)
    assert CheckInAnswer.objects.count() == 0


def test_a_page_that_lacks_an_answer_keeps_the_rest(as_person, check_in):
    lacking = {key: text for key, text in answer_of(MAYORS).items() if key != "figures"}
    back = as_person("ada").post(page(check_in, "check-in-answer"), posted(lacking))
    assert (back.status_code, MAYORS in back.content.decode(), CheckInAnswer.objects.count()) == (422, True, 0)


def test_addresses_of_another_city(as_person, cast, check_in):
    assert as_person("cleo").get(page(check_in)).status_code == 404
    mixed = reverse("policies:check-in", args=[cast.birch.slug, check_in.pk])
    assert as_person("finn").get(mixed).status_code == 404  # who may enter both, but it is not there
    assert as_person("ada").get(reverse("policies:check-in", args=[cast.alder.slug, uuid.uuid4()])).status_code == 404
    assert as_person("ada").get(reverse("policies:check-ins", args=[cast.cohort.slug])).status_code == 404


# --- who reads it, and when: nobody in, the mayor's office's draft, the mayor's answer in, both in

WORKSPACE = {"ada", "amos", "ben", "bea", "rhea", "finn", "nora"}
MAYORS_PEOPLE, PROSECUTORS_PEOPLE = {"ada", "amos", "rhea"}, {"ben", "bea"}
MOMENTS = {  # moment: (who reads the mayor's office's words, who reads the prosecutor's)
    "draft": (MAYORS_PEOPLE, set()),
    "one": (MAYORS_PEOPLE | {"nora"}, set()),
    "one and a draft": (MAYORS_PEOPLE | {"nora"}, PROSECUTORS_PEOPLE),
    "both": (MAYORS_PEOPLE | PROSECUTORS_PEOPLE | {"nora"}, PROSECUTORS_PEOPLE | {"ada", "amos", "nora"}),
    "both, for the researcher": (MAYORS_PEOPLE | {"nora"}, PROSECUTORS_PEOPLE | {"nora"}),
    "completed with one": (MAYORS_PEOPLE | {"nora"}, set()),
    "completed with both": (MAYORS_PEOPLE | PROSECUTORS_PEOPLE | {"nora"}, PROSECUTORS_PEOPLE | {"ada", "amos", "nora"}),
}


def come_to(moment, cast, check_in):
    audience = "researcher" if "researcher" in moment else "offices"
    mayors, prosecutors = answer_of(MAYORS), answer_of(PROSECUTORS, confidence="Not very confident")
    if moment == "draft":
        return save_draft(check_in, cast.standing("amos"), values=mayors)
    submit_answer(check_in, cast.standing("amos"), values=mayors, audience=audience)
    if "both" in moment:
        submit_answer(check_in, cast.standing("bea"), values=prosecutors, audience=audience)
    if "a draft" in moment:
        save_draft(check_in, cast.standing("bea"), values=prosecutors)
    if "completed" in moment:
        words = {"summary": "They met.", "fidelity": "high", "confidence": "low"}
        complete_check_in(check_in, cast.standing("nora"), version=1, **words)


@pytest.mark.parametrize("moment", MOMENTS)
def test_who_reads_the_words(client, cast, check_in, moment):
    come_to(moment, cast, check_in)
    addresses = [
        page(check_in),
        page(check_in, "check-in-answer"),
        page(check_in, "check-in-complete"),
        reverse("policies:check-ins", args=[cast.alder.slug]),
        f"/api/v1/check-ins/{check_in.pk}/",
        f"/api/v1/check-ins/?workspace={cast.alder.slug}",
    ]
    readers = {MAYORS: set(), PROSECUTORS: set()}
    for name in EVERYONE if moment == "both" else sorted(WORKSPACE):  # outsiders once, when there is most to find
        client.force_login(getattr(cast, name))
        shown = "".join(client.get(address).content.decode() for address in addresses)
        for word in readers:
            if word in shown:
                readers[word].add(name)
        if name not in WORKSPACE:
            assert client.get(page(check_in)).status_code == client.get(addresses[4]).status_code == 404
            assert client.get(addresses[5]).json()["results"] == []
    assert (readers[MAYORS], readers[PROSECUTORS]) == MOMENTS[moment]
    queried = {
        word: {
            name
            for name in WORKSPACE | {"cleo", "otto", "ivy", "omar"}
            if any(word in answer.values["moved"] for answer in CheckInAnswer.objects.visible_to(getattr(cast, name)))
        }
        for word in readers
    }
    assert (queried[MAYORS], queried[PROSECUTORS]) == MOMENTS[moment]


@pytest.mark.parametrize("moment", MOMENTS)
def test_no_stream_tells_the_words(cast, check_in, moment):
    come_to(moment, cast, check_in)
    heard = "".join(encode(frame) for stream in Stream.objects.all() for frame in after(stream, 0, 1000))
    assert check_in.pk.hex in heard.replace("-", "")
    assert not {MAYORS, PROSECUTORS, "confident"} & set(heard.replace(".", " ").split())
    assert MAYORS not in heard and PROSECUTORS not in heard


def everything_shown(client, person, check_in):
    """The API's and the pages' words on a check-in, without what every page makes anew."""
    client.force_login(person)
    for name in ("check-in", "check-ins"):
        args = [check_in.workspace.slug] + ([check_in.pk] if name == "check-in" else [])
        answer = client.get(reverse(f"policies:{name}", args=args))
        yield answer.content.decode().replace(str(answer.context["csrf_token"]), "")
    yield client.get(f"/api/v1/check-ins/{check_in.pk}/").json()


@pytest.mark.parametrize("who", ["ben", "bea", "finn", "nora"])
def test_a_draft_of_the_other_office_changes_nothing_at_all(client, cast, check_in, who):
    before = list(everything_shown(client, getattr(cast, who), check_in))
    save_draft(check_in, cast.standing("amos"), values=answer_of(MAYORS))
    assert list(everything_shown(client, getattr(cast, who), check_in)) == before


@pytest.mark.parametrize("who", ["ben", "bea", "finn", "rhea"])
def test_what_the_answer_says_and_for_whom_changes_nothing_before_both_are_in(client, cast, check_in, who):
    mayors = submit_answer(check_in, cast.standing("amos"), values=answer_of(MAYORS))
    reader = "rhea" if who == "rhea" else who
    if reader == "rhea":  # of the mayor's office: hers is the prosecutor's that stays closed
        CheckInAnswer.objects.filter(pk=mayors.pk).update(office=cast.offices["alder"][1])
    before = list(everything_shown(client, getattr(cast, reader), check_in))
    CheckInAnswer.objects.filter(pk=mayors.pk).update(values=answer_of(PROSECUTORS), audience="researcher")
    assert list(everything_shown(client, getattr(cast, reader), check_in)) == before


def test_the_other_column_says_not_in_yet_never_more(as_person, cast, check_in):
    text = as_person("ben").get(page(check_in)).content.decode()
    assert ("Not in yet" in text, "talk about this" in text) == (True, False)
    submit_answer(check_in, cast.standing("amos"), values=answer_of(MAYORS))
    told = as_person("ben").get(f"/api/v1/check-ins/{check_in.pk}/").json()["answers"]
    assert [(each["office"], each["by"] and each["by"]["name"], each["values"], each["audience"]) for each in told] == [
        ("mayor", "Amos", None, None),
        ("prosecutor", None, None, None),
    ]


@pytest.mark.parametrize("who, marked", [("ada", 1), ("ben", 1), ("nora", 1), ("finn", 0), ("rhea", 0)])
def test_different_choices_are_marked(as_person, cast, check_in, who, marked):
    come_to("both", cast, check_in)
    assert as_person(who).get(page(check_in)).content.decode().count('question__differ">talk about this') == marked


# --- summing up


@pytest.mark.parametrize(
    "who, status", [("nora", 200), ("finn", 403), ("ada", 403), ("rhea", 403), ("cleo", 404), ("omar", 404)]
)
def test_who_may_sum_up(as_person, cast, check_in, who, status):
    come_to("one", cast, check_in)
    words = {"version": 1, "summary": "They met.", "fidelity": "high", "confidence": "low", "follow_ups": ["Call the jail"]}
    done = as_person(who).post(f"/api/v1/check-ins/{check_in.pk}/complete/", words, content_type="application/json")
    check_in.refresh_from_db()
    assert (done.status_code, check_in.status) == (status, "completed" if status == 200 else "open")
    if status == 200:
        assert done.json()["follow_ups"] == [{"text": "Call the jail", "action": None}]
        again = as_person(who).post(f"/api/v1/check-ins/{check_in.pk}/complete/", words, content_type="application/json")
        assert (again.status_code, again.json()["current"]["status"]) == (409, "completed")
        late = as_person("ben").post(page(check_in, "check-in-answer"), posted(answer_of(PROSECUTORS)))
        assert (late.status_code, PROSECUTORS in late.content.decode(), CheckInAnswer.objects.count()) == (409, True, 1)


def test_summing_up_needs_an_answer_and_words(as_person, cast, check_in):
    form = {"version": 1, "summary": "They met.", "fidelity": "high", "confidence": "low", "follow_ups": "One\n\nTwo"}
    nobody = as_person("nora").post(page(check_in, "check-in-complete"), form)
    assert (nobody.status_code, "Neither office has answered yet" in nobody.content.decode()) == (422, True)
    come_to("one", cast, check_in)
    wordless = as_person("nora").post(page(check_in, "check-in-complete"), form | {"summary": " "})
    too_many = as_person("nora").post(page(check_in, "check-in-complete"), form | {"follow_ups": "x\n" * 13})
    too_long = as_person("nora").post(page(check_in, "check-in-complete"), form | {"follow_ups": "x" * 201})
    assert [each.status_code for each in (wordless, too_many, too_long)] == [422, 422, 422]
    assert as_person("nora").post(page(check_in, "check-in-complete"), form).status_code == 302
    check_in.refresh_from_db()
    assert [each["text"] for each in check_in.follow_ups] == ["One", "Two"]
    assert "Completed without Alder County District Attorney" in as_person("ada").get(page(check_in)).content.decode()


@pytest.mark.parametrize("who, status", [("amos", "todo"), ("bea", "todo"), ("nora", "suggested"), ("finn", "suggested")])
def test_a_follow_up_becomes_an_action_once(as_person, cast, check_in, tracker, who, status):
    come_to("one", cast, check_in)
    words = {"summary": "They met.", "fidelity": "high", "confidence": "low", "follow_ups": ["Call the jail"]}
    complete_check_in(check_in, cast.standing("nora"), version=1, **words)
    address = reverse("policies:check-in-follow-up", args=[cast.alder.slug, check_in.pk, 0])
    for _ in range(2):
        assert as_person(who).post(address, {"tracker": tracker.pk}).status_code == 302
    action = Action.objects.get()
    assert (action.title, action.status, action.tracker, action.created_by.name) == (
        "Call the jail",
        status,
        tracker,
        who.capitalize(),
    )
    assert as_person("ada").get(f"/api/v1/check-ins/{check_in.pk}/").json()["follow_ups"][0]["action"] == str(action.pk)
    assert Event.objects.filter(kind="action.created").count() == 1
    with pytest.raises(ValidationError):
        make_follow_up_action(check_in, cast.standing("ada"), number=1, tracker=tracker)
    elsewhere = Tracker.objects.create(workspace=cast.birch, title="Elsewhere", opened_by=cast.cleo)
    assert as_person("ada").post(address, {"tracker": elsewhere.pk}).status_code == 422


@pytest.mark.parametrize("who, status", [("rhea", 403), ("cleo", 404), ("omar", 404)])
def test_who_may_not_make_a_follow_up_an_action(as_person, cast, check_in, tracker, who, status):
    address = reverse("policies:check-in-follow-up", args=[cast.alder.slug, check_in.pk, 0])
    assert (as_person(who).post(address, {"tracker": tracker.pk}).status_code, Action.objects.count()) == (status, 0)


# --- how many queries, and at once


@pytest.mark.parametrize("who", ["ada", "nora"])
def test_the_list_asks_the_same_with_one_and_three(as_person, cast, tracker, who):
    client = as_person(who)
    counts = []
    for number in (0, 1, 2):
        made = open_check_in(cast.standing("nora"), scheduled_for=SOON + dt.timedelta(number), trackers=[tracker])
        come_to("both", cast, made)
        asked = []
        for address in (
            reverse("policies:check-ins", args=[cast.alder.slug]),
            f"/api/v1/check-ins/?workspace={cast.alder.slug}",
        ):
            with CaptureQueriesContext(
                connection,
            ) as queries:
                assert client.get(address).status_code == 200
            asked.append(len(queries))
        counts.append(asked)
    assert counts[0] == counts[2]
    assert max(counts[0]) <= 12


@pytest.mark.django_db(transaction=True)
def test_two_colleagues_and_two_offices_in_the_same_moment(cast, check_in):
    def send(who, canary):
        try:
            submit_answer(check_in, cast.standing(who), values=answer_of(canary))
            return "in"
        except Conflict:
            return "conflict"
        finally:
            connection.close()

    with ThreadPoolExecutor(3) as pool:
        came = list(pool.map(send, ["ada", "amos", "ben"], ["one", "two", "three"]))
    check_in.refresh_from_db()
    assert (sorted(came[:2]), came[2], check_in.status) == (["conflict", "in"], "in", "answered")
    assert told(cast.alder).count("check_in.answered") == 2


def test_verbs_know_who(cast, check_in):
    with pytest.raises(PermissionDenied):
        submit_answer(check_in, cast.standing("rhea"), values=answer_of(MAYORS))
    with pytest.raises(PermissionDenied):
        open_check_in(cast.standing("ada"), scheduled_for=SOON + dt.timedelta(1))
