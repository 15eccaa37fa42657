"""What a signer keeps, also without a seat: the content, and their own signature only."""

import pytest

from policies.actions.trackers import edit_tracker, open_tracker
from policies.models import Tracker
from workspaces.actions.sign_offs import propose, sign
from workspaces.models import SignedCopy


@pytest.fixture
def move(cast):
    tracker = open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")
    move = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(move, cast.standing("ben"), seen=move.content_sha256, reservation="Subject to the budget.")
    return sign(move, cast.standing("ada"), seen=move.content_sha256)


@pytest.mark.parametrize(
    "who, index",
    [
        *((who, 200) for who in ("ada", "ben", "bea", "cleo", "dora")),
        *((who, 403) for who in ("amos", "rhea", "finn", "nora", "omar")),
        *((who, 404) for who in ("gus", "ivy", "otto")),
    ],
)
def test_a_copy_is_its_signers_alone(cast, as_person, move, who, index):
    client = as_person(who)
    assert client.get("/people/signed/").status_code == index
    for signer in ("ada", "ben"):
        copy = SignedCopy.objects.get(person=getattr(cast, signer))
        assert client.get(f"/people/signed/{copy.pk}/").status_code == (200 if who == signer else 404)


def test_it_holds_the_content_of_that_day_and_no_other_signature(cast, as_person, move):
    tracker = Tracker.objects.get()
    edit_tracker(tracker, cast.standing("amos"), version=tracker.version, title="Another title")
    page = as_person("ada").get(f"/people/signed/{SignedCopy.objects.get(person=cast.ada).pk}/").content.decode()
    assert "Court-date reminders" in page and "Staffed." in page and move.content_sha256 in page
    for other in ("Another title", "Ben", "Subject to the budget.", "District Attorney"):
        assert other not in page
    mine = as_person("ben").get(f"/people/signed/{SignedCopy.objects.get(person=cast.ben).pk}/").content.decode()
    assert "Subject to the budget." in mine


def test_as_many_queries_at_three_as_at_one(cast, as_person, move, django_assert_max_num_queries):
    client, counts = as_person("ada"), []
    for number in range(2):
        with django_assert_max_num_queries(8) as counted:
            assert len(client.get("/people/signed/").context["rows"]) == 1 + 2 * number
        counts.append(len(counted))
        for title in ("One", "Two"):
            tracker = open_tracker(cast.standing("amos"), title=title, decided_by="joint")
            more = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
            sign(more, cast.standing("ada"), seen=more.content_sha256)
    assert counts[0] == counts[1]
