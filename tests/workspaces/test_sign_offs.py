import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.models import Conflict
from policies.models import StageMove, Tracker
from workspaces.actions.sign_offs import decline, propose, sign, withdraw
from workspaces.models import Event, SignOff


@pytest.fixture
def tracker(cast):
    return Tracker.objects.create(workspace=cast.alder, title="Court-date reminders", opened_by=cast.ada)


def opened(cast, tracker, by="amos"):
    return propose(
        cast.standing(by), "stage_change", tracker.pk, rationale="Both agencies are staffed.", to_stage="preparation"
    )


def test_one_signature_is_not_two(cast, tracker):
    sign_off = opened(cast, tracker)
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    tracker.refresh_from_db()
    assert tracker.stage == "exploration"
    signed = sign(sign_off, cast.standing("bea"), seen=sign_off.content_sha256)
    tracker.refresh_from_db()
    assert (tracker.stage, signed.status) == ("preparation", "approved")
    assert StageMove.objects.values_list("from_stage", "to_stage").get() == ("exploration", "preparation")
    assert signed.signatures.get(person=cast.bea).on_behalf_of == "Ben, District Attorney"
    kinds = list(
        Event.objects.filter(stream__audience="workspace", stream__workspace=cast.alder).values_list("kind", flat=True)
    )
    assert [kind for kind in kinds if not kind.startswith("member")] == [
        "sign_off.opened",
        "sign_off.signed",
        "sign_off.signed",
        "sign_off.closed",
        "tracker.updated",
    ]


def test_reasons_have_an_end_whoever_sends_them(cast, tracker):
    with pytest.raises(ValidationError):
        propose(cast.standing("ada"), "stage_change", tracker.pk, rationale="x" * 4001, to_stage="preparation")
    sign_off = opened(cast, tracker)
    with pytest.raises(ValidationError):
        sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256, reservation="x" * 2001)
    assert (SignOff.objects.count(), sign_off.signatures.count()) == (1, 0)


@pytest.mark.parametrize("who", ["amos", "finn", "nora", "rhea", "cleo"])
def test_who_may_not_sign(cast, tracker, who):
    sign_off = opened(cast, tracker)
    with pytest.raises(PermissionDenied):
        sign(sign_off, cast.standing(who), seen=sign_off.content_sha256)


def test_a_signature_on_other_words_changes_nothing(cast, tracker):
    sign_off = opened(cast, tracker)
    with pytest.raises(Conflict):
        sign(sign_off, cast.standing("ada"), seen="0" * 64)
    assert sign_off.signatures.count() == 0


def test_a_changed_tracker_overtakes_the_proposal(cast, tracker):
    sign_off = opened(cast, tracker)
    sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    Tracker.objects.filter(pk=tracker.pk).update(problem_statement="Another problem.")
    assert sign(sign_off, cast.standing("ben"), seen=sign_off.content_sha256).status == "stale"
    tracker.refresh_from_db()
    assert tracker.stage == "exploration"


def test_declining_is_final_and_gives_the_reason(cast, tracker):
    sign_off = opened(cast, tracker)
    declined = decline(sign_off, cast.standing("ben"), seen=sign_off.content_sha256, reason="Not before the budget.")
    assert (declined.status, declined.signatures.get().reason) == ("declined", "Not before the budget.")
    with pytest.raises(Conflict):
        sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)


def test_only_the_proposer_withdraws(cast, tracker):
    sign_off = opened(cast, tracker)
    with pytest.raises(PermissionDenied):
        withdraw(sign_off, cast.standing("ben"))
    assert withdraw(sign_off, cast.standing("amos")).status == SignOff.Status.WITHDRAWN


def test_the_other_office_neither_signs_nor_proposes_an_own_matter(cast, tracker):
    Tracker.objects.filter(pk=tracker.pk).update(decided_by="prosecutor")
    with pytest.raises(PermissionDenied):
        opened(cast, tracker, by="ada")
    sign_off = opened(cast, tracker, by="bea")
    with pytest.raises(PermissionDenied):
        sign(sign_off, cast.standing("ada"), seen=sign_off.content_sha256)
    assert sign(sign_off, cast.standing("ben"), seen=sign_off.content_sha256).status == "approved"
