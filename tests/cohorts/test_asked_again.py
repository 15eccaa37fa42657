"""Whoever gives, ends or hands on access, or takes a record away, is asked again who they are; what they typed goes on."""

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from cohorts.actions.hand_overs import mark_of
from cohorts.actions.invitations import invite
from cohorts.models import AuditEntry, Departure, Enrolment, HandOver, Invitation
from tests.cast import come_in, day_here
from workspaces.models import Delegation

AGAIN = "/accounts/2fa/reauthenticate/"
FILE = "/people/cohorts/first/invitations/file/"
TRAIL = "/workspaces/alder-ny/audit.csv?kind=Sharing"


@pytest.fixture(autouse=True)
def fresh_counts():
    """Questions are counted in the cache, which outlives a test."""
    cache.clear()


def code_now():
    return format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", list(yield_hotp_counters_from_time())[1]))


def office_invitation(cast):
    address = reverse("cohorts:office-invitation-new", args=[cast.offices["alder"][0].pk])
    told = {"email": "vera@example.org", "seat": "staff", "title": "Analyst"}
    return "ada", address, told, lambda: list(Invitation.objects.values_list("email", "title"))


def cohort_invitation(cast):
    told = {"email": "vera@example.org", "seat": "researcher", "title": "Analyst"}
    address = reverse("cohorts:cohort-invitation-new", args=["first"])
    return "finn", address, told, lambda: list(Invitation.objects.values_list("email", "title"))


def invited(cast):
    return invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")


def invitation_sent_again(cast):
    invitation = invited(cast)
    address = reverse("cohorts:invitation-resend", args=[invitation.pk])
    return "ada", address, {}, lambda: Invitation.objects.get().digest


def invitation_revoked(cast):
    invitation = invited(cast)
    address = reverse("cohorts:invitation-revoke", args=[invitation.pk])
    return "ada", address, {}, lambda: Invitation.objects.get().revoked_at


def enrolment(cast):
    told = {
        "city": "albany-ny",
        **{"mayor_name": "Albany mayor’s office", "mayor_title": "Mayor"},
        **{"prosecutor_name": "District Attorney’s office", "prosecutor_title": "District Attorney"},
    }
    address = reverse("cohorts:enrolment-new", args=["first"])
    return "finn", address, told, lambda: set(Enrolment.objects.values_list("slug", "mayor_office__name"))


def hand_over(cast):
    seat = cast.seats["amos"]
    told = {"seen": mark_of(*seat.now_and_next()), "on": str(day_here()), "who": "vacant", "note": "Water it.", "confirm": "1"}
    address = reverse("policies:seat-hand-over", args=[seat.pk])
    return "ada", address, told, lambda: list(HandOver.objects.values_list("note", flat=True))


def delegation(cast):
    told = {"seat": str(cast.seats["amos"].pk), "kinds": ["stage_change"], "until": str(day_here())}
    address = reverse("workspaces:delegations", args=[cast.offices["alder"][0].pk])
    return "ada", address, told, lambda: list(Delegation.objects.values_list("kinds", flat=True))


def leaving(cast):
    told = {"reason": "A new council.", "is_confirmed": "on"}
    address = reverse("workspaces:leaving", args=[cast.offices["alder"][0].pk, "alder-ny"])
    return "ada", address, told, lambda: list(Departure.objects.values_list("reason", flat=True))


CHANGES = [
    *(office_invitation, cohort_invitation, invitation_sent_again, invitation_revoked, enrolment),
    *(hand_over, delegation, leaving),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__)
def test_a_change_of_who_has_access_waits_and_then_goes_on_as_typed(client, cast, change):
    who, address, told, now = change(cast)
    before = now()
    client.force_login(getattr(cast, who))
    asked = client.post(address, told)
    assert (asked.status_code, asked["Location"].partition("?")[0], now()) == (302, AGAIN, before)
    client.post(AGAIN, {"code": "000000", "next": address})
    assert now() == before
    assert client.post(AGAIN, {"code": code_now(), "next": address}).status_code == 302
    after = now()
    assert after != before
    come_in(client, getattr(cast, who))
    assert client.get(address).status_code in (200, 403, 404, 405)  # whoever left may no longer read it
    assert now() == after


@pytest.mark.parametrize("change", [each for each in CHANGES if each not in (invitation_sent_again, invitation_revoked)])
def test_what_was_typed_wrong_comes_back_in_a_form_that_knows_its_address(client, cast, change):
    """The answer stands at the address of the question; its form must not be sent there."""
    who, address, told, now = change(cast)
    before = now()
    wrong = {name: value for name, value in told.items() if name not in ("email", "mayor_name", "until", "is_confirmed", "on")}
    client.force_login(getattr(cast, who))
    client.post(address, wrong)
    shown = client.post(AGAIN, {"code": code_now(), "next": address})
    page = shown.content.decode()
    assert (shown.status_code, f'action="{address}"' in page, now()) == (422, True, before)
    assert told.get("title", told.get("reason", told.get("note", ""))) in page


def test_reading_a_page_asks_nothing(client, cast):
    for change in (office_invitation, cohort_invitation, enrolment, hand_over, delegation, leaving):
        who, address, *_ = change(cast)
        client.force_login(getattr(cast, who))
        assert client.get(address).status_code == 200


def test_a_file_of_invitations_is_asked_for_after_the_question(client, cast):
    """A file cannot be kept as words can, so the question comes before the form."""
    client.force_login(cast.finn)
    assert client.get(FILE)["Location"].startswith(AGAIN)
    file = SimpleUploadedFile("list.csv", b"email,role\nvera@example.org,researcher\n")
    assert client.post(FILE, {"file": file})["Location"].startswith(AGAIN)
    assert client.post(AGAIN, {"code": code_now(), "next": FILE}).status_code == 422
    assert Invitation.objects.count() == 0
    file.seek(0)
    assert client.post(FILE, {"file": file}).status_code == 302
    assert list(Invitation.objects.values_list("email", flat=True)) == ["vera@example.org"]


def downloads():
    return AuditEntry.objects.filter(action="trail.downloaded").count()


def test_an_export_comes_after_the_question_and_a_page_knows_the_way_back(client, cast):
    client.force_login(cast.ada)
    here = "/workspaces/alder-ny/audit/?kind=Sharing"
    asked = client.get(TRAIL, headers={"Referer": f"http://testserver{here}"})
    assert (asked.status_code, asked["Location"].partition("?")[0], downloads()) == (302, AGAIN, 0)
    client.get(TRAIL)
    asked = client.get(TRAIL, headers={"Referer": f"http://testserver{here}"})
    assert client.post(AGAIN, {"code": code_now(), "next": TRAIL})["Location"] == TRAIL
    page = client.get(TRAIL)
    shown = page.content.decode()
    assert (page["Content-Type"], f'content="0; url={TRAIL}"' in shown) == ("text/html; charset=utf-8", True)
    assert f'href="{here}"' in shown and downloads() == 0
    file = client.get(TRAIL)
    assert (file["Content-Type"], downloads()) == ("text/csv; charset=utf-8", 1)
    assert client.get(TRAIL)["Content-Type"] == "text/csv; charset=utf-8"


def test_the_way_back_from_a_strangers_link_is_home(client, cast):
    client.force_login(cast.ada)
    client.get(TRAIL, headers={"Referer": "https://evil.example/workspaces/"})
    client.post(AGAIN, {"code": code_now(), "next": TRAIL})
    shown = client.get(TRAIL).content.decode()
    assert 'href="/">Go back to the page' in shown and "evil" not in shown


def test_what_is_not_theirs_is_not_told_by_the_question(client, cast):
    """Asked or not, an address of another city is as one that never was."""
    client.force_login(cast.cleo)
    answers = [client.get(f"/workspaces/{slug}/audit.csv") for slug in ("alder-ny", "never-was")]
    assert [answer["Location"].partition("?")[0] for answer in answers] == [AGAIN, AGAIN]
    come_in(client, cast.cleo)
    assert [client.get(f"/workspaces/{slug}/audit.csv").status_code for slug in ("alder-ny", "never-was")] == [404, 404]
