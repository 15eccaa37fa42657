"""Who signs for an office besides its principal, for what, and until when."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.seats import end_term
from cohorts.acts import sentence
from cohorts.models import AuditEntry
from policies.actions.trackers import open_tracker
from workspaces.actions.delegations import delegate, end_delegation
from workspaces.actions.sign_offs import decline, propose, sign
from workspaces.models import Delegation, Standing

KINDS = ["stage_change"]


@pytest.fixture
def move(cast):
    tracker = open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")
    return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")


def today(cast):
    return cast.offices["alder"][0].today


def address(cast, number):
    return f"/people/offices/{cast.offices['alder'][number].pk}/delegations/"


def asked(client):
    return "Sign" in [need["verb"] for need in client.get("/").context["needs"]]


def signs(cast, name, move):
    return sign(move, cast.standing(name), seen=move.content_sha256)


def test_a_delegate_signs_by_role(cast, move):
    assert signs(cast, "bea", move).signatures.get().on_behalf_of == "Ben, District Attorney"


def test_a_staff_seat_signs_what_the_principal_named(cast, as_person, move):
    with pytest.raises(PermissionDenied):
        signs(cast, "amos", move)
    assert not asked(as_person("amos"))
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast))
    assert asked(as_person("amos"))
    page = as_person("amos").get(f"/workspaces/alder-ny/sign-offs/{move.pk}/").content.decode()
    assert "“for Ada, Mayor”" in page
    signature = signs(cast, "amos", move).signatures.get()
    assert (signature.name, signature.title, signature.on_behalf_of) == ("Amos", "Policy adviser", "Ada, Mayor")
    assert "for Ada, Mayor" in as_person("ben").get(f"/workspaces/alder-ny/sign-offs/{move.pk}/").content.decode()


def test_signing_is_all_that_a_named_seat_gains(cast):
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast))
    assert (cast.standing("amos").may_sign, cast.standing("amos").signing_term) == (False, None)


def test_the_last_day_is_the_last(cast, move):
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast))
    Delegation.objects.update(until=today(cast) - dt.timedelta(days=1))
    with pytest.raises(PermissionDenied):
        signs(cast, "amos", move)


def test_it_lasts_no_longer_than_the_principal_who_gave_it(cast, move):
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast) + dt.timedelta(days=90))
    end_term(cast.seats["ada"].now_and_next()[0])
    with pytest.raises(PermissionDenied):
        signs(cast, "amos", move)


def test_what_a_principal_took_from_a_delegate_stays_taken_when_they_leave(cast, as_person, move):
    end_delegation(cast.seats["bea"], cast.ben)
    for _ in ("before", "after"):
        assert not asked(as_person("bea"))
        for verb, words in ((sign, {}), (decline, {"reason": "No."})):
            with pytest.raises(PermissionDenied):
                verb(move, cast.standing("bea"), seen=move.content_sha256, **words)
        page = as_person("bea").get(f"/workspaces/alder-ny/sign-offs/{move.pk}/").content.decode()
        assert "taken signing this out of your hands" in page
        if ben := cast.seats["ben"].now_and_next()[0]:
            end_term(ben)


def test_the_last_word_counts(cast, move):
    end_delegation(cast.seats["bea"], cast.ben)
    delegate(cast.seats["bea"], cast.ben, kinds=KINDS)
    assert signs(cast, "bea", move).signatures.get().name == "Bea"


def test_it_goes_with_the_seat_not_the_person(cast, move):
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast))
    end_term(cast.seats["amos"].now_and_next()[0])
    assert Standing.of(cast.amos, cast.alder).term_to_sign("stage_change") is None


@pytest.mark.parametrize(
    "kind, words", [("delegation", "itself"), ("hand_over", "in person"), ("leaving", "only the principal")]
)
def test_what_cannot_be_delegated_is_refused_with_the_reason(cast, kind, words):
    with pytest.raises(ValidationError, match=words):
        delegate(cast.seats["amos"], cast.ada, kinds=[kind], until=today(cast))


@pytest.mark.parametrize(
    "name, told, words",
    [
        ("amos", {"kinds": KINDS}, "Say until when."),
        ("amos", {"kinds": KINDS, "until": dt.date(2026, 1, 1)}, "Choose today or a later day."),
        ("amos", {"kinds": []}, "Choose what the seat may sign."),
        ("amos", {"kinds": ["nonsense"]}, "Choose what the seat may sign."),
        ("rhea", {"kinds": KINDS, "until": dt.date(2100, 1, 1)}, "The seat of a records officer does not sign"),
    ],
)
def test_a_delegation_that_makes_no_sense(cast, name, told, words):
    with pytest.raises(ValidationError, match=words):
        delegate(cast.seats[name], cast.ada, **told)
    assert Delegation.objects.count() == 0


@pytest.mark.parametrize("who", ["amos", "ben", "bea", "finn", "cleo", "ivy", "otto"])
def test_only_the_offices_own_principal_delegates(cast, who):
    for seat in (cast.seats["amos"], cast.seats["bea"]):
        if (who, seat) == ("ben", cast.seats["bea"]):
            continue
        with pytest.raises(PermissionDenied):
            delegate(seat, getattr(cast, who), kinds=KINDS, until=today(cast))
        with pytest.raises(PermissionDenied):
            end_delegation(seat, getattr(cast, who))


@pytest.mark.parametrize(
    "who, reads, says",
    [
        ("ben", 200, 302),
        ("bea", 200, 403),
        *((who, 403, 403) for who in ("ada", "amos", "rhea", "finn", "nora")),
        *((who, 404, 404) for who in ("cleo", "dora", "omar", "gus", "ivy", "otto")),
    ],
)
def test_the_page(cast, as_person, who, reads, says):
    client = as_person(who)
    assert client.get(address(cast, 1)).status_code == reads
    told = {"seat": str(cast.seats["bea"].pk), "kinds": KINDS, "until": today(cast).isoformat()}
    answer = client.post(address(cast, 1), told)
    assert (answer.status_code, Delegation.objects.count()) == (says, int(says == 302))
    if who == "bea":
        assert "Delegating cannot itself be delegated" in answer.content.decode()


def test_the_page_says_what_is_wrong_and_ends_what_was_given(cast, as_person):
    client = as_person("ada")
    told = {"seat": str(cast.seats["amos"].pk), "kinds": KINDS}
    answer = client.post(address(cast, 0), told)
    assert (answer.status_code, "Say until when." in answer.content.decode()) == (422, True)
    assert client.post(address(cast, 0), told | {"seat": str(cast.seats["bea"].pk)}).status_code == 422
    client.post(address(cast, 0), told | {"until": today(cast).isoformat()})
    assert "Moves of a tracker to another stage" in str(client.get(address(cast, 0)).context["rows"][0]["signs"])
    assert client.post(address(cast, 0), {"end": "1", "seat": str(cast.seats["amos"].pk)}).status_code == 302
    assert client.get(address(cast, 0)).context["rows"][0]["signs"] == ""
    assert client.post(address(cast, 0), {"end": "1", "seat": "nonsense"}).status_code == 422


def test_who_signs_is_told_in_the_office_s_trail(cast):
    delegate(cast.seats["amos"], cast.ada, kinds=KINDS, until=today(cast))
    end_delegation(cast.seats["amos"], cast.ada)
    entries = AuditEntry.objects.filter(chain__office=cast.offices["alder"][0], action__startswith="delegation.")
    assert [sentence(entry) for entry in entries.order_by("number")] == [
        "Ada said what the seat signs for the office: Policy adviser.",
        "Ada said that the seat signs nothing for the office: Policy adviser.",
    ]
