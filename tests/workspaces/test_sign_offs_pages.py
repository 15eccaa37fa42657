"""The sign-off by page and API, and what happens when two act at the same instant."""

import threading

import pytest
from django.db import connections
from playwright.sync_api import expect

from cohorts.models import ApiToken, Conflict
from policies.actions.trackers import edit_tracker, open_tracker
from policies.models import StageMove, Tracker
from tests.cast import build_cast
from workspaces.actions.sign_offs import propose, sign, withdraw
from workspaces.models import Event, Signature, SignOff, Standing

API = "/api/v1/sign-offs/"


@pytest.fixture
def tracker(cast):
    return open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")


@pytest.fixture
def sign_off(cast, tracker):
    return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")


def page(sign_off, rest=""):
    return f"/workspaces/alder-ny/sign-offs/{sign_off.pk}/{rest}"


def signing(sign_off, **more):
    return {"sign-content_sha256": sign_off.content_sha256, "sign-is_confirmed": "on"} | more


@pytest.mark.parametrize(
    "who, status",
    [
        *((who, 200) for who in ("ada", "amos", "ben", "bea", "finn", "nora", "rhea")),
        *((who, 404) for who in ("omar", "cleo", "dora", "gus", "ivy", "otto")),
    ],
)
def test_who_reads_a_sign_off(as_person, sign_off, who, status):
    client = as_person(who)
    assert [client.get(page(sign_off)).status_code, client.get(f"{API}{sign_off.pk}/").status_code] == [status, status]


@pytest.mark.parametrize(
    "who, status",
    [("ada", 200), ("ben", 200), ("bea", 200), ("amos", 403), ("finn", 403), ("nora", 403), ("rhea", 403), ("cleo", 404)],
)
def test_who_signs(as_person, sign_off, who, status):
    client = as_person(who)
    body = {"content_sha256": sign_off.content_sha256}
    told = client.post(f"{API}{sign_off.pk}/sign/", body, "application/json")
    assert (told.status_code, Signature.objects.count()) == (status, int(status == 200))
    if status != 200:
        assert client.post(page(sign_off), signing(sign_off)).status_code == status


@pytest.mark.parametrize(
    "who, status", [("amos", 201), ("bea", 201), ("finn", 403), ("nora", 403), ("rhea", 403), ("cleo", 404)]
)
def test_who_proposes(as_person, tracker, who, status):
    body = {"subject": {"kind": "stage_change", "id": str(tracker.pk)}, "to_stage": "preparation", "rationale": "Ready."}
    told = as_person(who).post(API, body, "application/json")
    assert (told.status_code, SignOff.objects.count()) == (status, int(status == 201))
    if status == 201:
        assert (told.json()["from_stage"], told.json()["deciders"]) == ("exploration", ["mayor", "prosecutor"])


def test_a_token_never_signs(client, cast, sign_off):
    _, secret = ApiToken.objects.issue(cast.ada, "write", 1)
    head = {"Authorization": f"Bearer {secret}"}
    body = {"content_sha256": sign_off.content_sha256, "reason": "No."}
    assert client.get(f"{API}{sign_off.pk}/", headers=head).status_code == 200
    for verb in ("sign", "decline", "withdraw"):
        assert client.post(f"{API}{sign_off.pk}/{verb}/", body, "application/json", headers=head).status_code == 403
    assert Signature.objects.count() == 0


def test_the_stage_moves_with_the_second_signature(as_person, sign_off, tracker):
    assert as_person("ada").post(page(sign_off), {"sign-content_sha256": sign_off.content_sha256}).status_code == 422
    as_person("ada").post(page(sign_off), signing(sign_off, **{"sign-reservation": "Subject to the budget."}))
    assert Tracker.objects.get(pk=tracker.pk).stage == "exploration"
    shown = as_person("bea").get(page(sign_off)).content.decode()
    assert "Subject to the budget." in shown and "has not answered yet" in shown
    as_person("bea").post(page(sign_off), signing(sign_off))
    assert Tracker.objects.get(pk=tracker.pk).stage == "preparation"
    shown = as_person("finn").get(page(sign_off)).content.decode()
    assert "Approved on" in shown and "for Ben, District Attorney" in shown


def test_other_words_than_those_seen_sign_nothing(as_person, sign_off):
    told = as_person("ada").post(f"{API}{sign_off.pk}/sign/", {"content_sha256": "0" * 64}, "application/json")
    assert (told.status_code, told.json()["current"]["content_sha256"]) == (409, sign_off.content_sha256)
    answer = as_person("ada").post(page(sign_off), {"sign-content_sha256": "0" * 64, "sign-is_confirmed": "on"})
    assert (answer.status_code, Signature.objects.count()) == (409, 0)


def test_declining_and_withdrawing_by_page(as_person, cast, sign_off, tracker):
    refusal = {"decline-content_sha256": sign_off.content_sha256}
    assert as_person("ben").post(page(sign_off, "refusal/"), refusal).status_code == 422
    as_person("ben").post(page(sign_off, "refusal/"), refusal | {"decline-reason": "Not before the budget."})
    assert "Not before the budget." in as_person("amos").get(page(sign_off)).content.decode()
    assert as_person("ada").post(page(sign_off), signing(sign_off)).status_code == 409
    again = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Again.", to_stage="preparation")
    assert as_person("ben").post(page(again, "withdrawal/")).status_code == 403
    assert as_person("amos").post(page(again, "withdrawal/")).status_code == 302
    assert SignOff.objects.get(pk=again.pk).status == "withdrawn"


def test_as_many_queries_at_three_as_at_one(cast, as_person, sign_off, django_assert_max_num_queries):
    client = as_person("ben")

    def count():
        counts = []
        for address in (API, page(sign_off), "/workspaces/alder-ny/trackers/"):
            with django_assert_max_num_queries(15) as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        return counts

    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    one = count()
    for number in range(2):
        tracker = open_tracker(cast.standing("amos"), title=f"Number {number}", decided_by="joint")
        more = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
        sign(more, cast.standing("ada"), seen=more.content_sha256)
    assert count() == one


def at_once(*deeds):
    """Run `deeds` in a thread each, started together; [None or the exception]."""
    gate, ended = threading.Barrier(len(deeds)), [None] * len(deeds)

    def run(number, deed):
        try:
            gate.wait(10)
            deed()
        except Exception as error:  # whatever it is, the test looks at it
            ended[number] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=each) for each in enumerate(deeds)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    return ended


def standing(person, workspace):
    return Standing.of(person, workspace)


@pytest.mark.django_db(transaction=True)
def test_both_offices_at_the_same_instant(cast, sign_off):
    def by(person):
        return lambda: sign(sign_off, standing(person, cast.alder), seen=sign_off.content_sha256)

    assert at_once(by(cast.ada), by(cast.ben)) == [None, None]
    assert (SignOff.objects.get().status, StageMove.objects.count(), Tracker.objects.get().stage) == (
        "approved",
        1,
        "preparation",
    )
    closed = Event.objects.filter(kind="sign_off.closed", subject_id=sign_off.pk)
    assert (closed.count(), Event.objects.filter(kind="sign_off.signed").count()) == (1, 2)


@pytest.mark.django_db(transaction=True)
def test_two_of_one_office_at_the_same_instant(cast, sign_off):
    def by(person):
        return lambda: sign(sign_off, standing(person, cast.alder), seen=sign_off.content_sha256)

    ended = at_once(by(cast.ben), by(cast.bea))
    assert sorted(type(each).__name__ for each in ended) == ["NoneType", "ValidationError"]
    assert (Signature.objects.count(), StageMove.objects.count()) == (1, 0)


@pytest.mark.django_db(transaction=True)
def test_the_last_signature_and_an_edit_at_the_same_instant(cast, tracker, sign_off):
    """Whichever is first: a stage never moves on words that nobody signed, and an edit is never lost unseen."""
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    tracker = Tracker.objects.get(pk=tracker.pk)
    ended = at_once(
        lambda: sign(sign_off, standing(cast.ben, cast.alder), seen=sign_off.content_sha256),
        lambda: edit_tracker(tracker, standing(cast.amos, cast.alder), version=1, problem_statement="Another problem."),
    )
    now, status = Tracker.objects.get(pk=tracker.pk), SignOff.objects.get().status
    if status == "approved":
        assert (now.stage, now.problem_statement, StageMove.objects.count()) == ("preparation", "", 1)
        assert isinstance(ended[1], Conflict)
    else:
        assert (status, now.stage, now.problem_statement) == ("stale", "exploration", "Another problem.")
        assert (ended[1], StageMove.objects.count()) == (None, 0)


def test_a_closed_proposal_asks_nobody_who_still_has_its_page_open(live_server_url, page, sign_in):
    cast = build_cast()
    tracker = Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)
    proposal = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign_in(page, cast.ben.email)
    page.goto(f"/workspaces/alder-ny/sign-offs/{proposal.pk}/")
    expect(page.get_by_role("button", name="Sign", exact=True)).to_be_visible()
    expect(page.locator("html[data-live=open]")).to_be_attached()
    withdraw(proposal, cast.standing("amos"))
    expect(page.get_by_text("Withdrawn on")).to_be_visible()
    expect(page.get_by_role("button", name="Sign", exact=True)).to_have_count(0)
