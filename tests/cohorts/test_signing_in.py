"""Who comes in, by what, for how long, and what ends it."""

import datetime as dt
import re
from urllib.parse import quote

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone

from cohorts.actions.seats import create_seat, end_term, fill_seat
from cohorts.models import ApiToken, Person, Term
from cohorts.sessions import IDLE_END, LAST_END
from cohorts.views.sessions import device
from tests.cast import EVERYONE, come_in, day_here

PASSWORD = "four words that nobody else says"
LOGIN = "/accounts/login/"
SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture(autouse=True)
def fresh_codes():
    """The cache knows which code was used already, and outlives a test."""
    cache.clear()


@pytest.fixture
def ada(cast):
    cast.ada.set_password(PASSWORD)
    cast.ada.save(update_fields=["password"])
    return cast.ada


def sign_in(client, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": "ada@example.org", "password": password}, **more)


def code_now():
    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))


def without_factor(person):
    Authenticator.objects.filter(user=person).delete()


# --- the second step


def test_a_password_alone_lets_nobody_in(client, ada):
    assert sign_in(client)["Location"] == "/accounts/2fa/authenticate/"
    assert client.get("/api/v1/me/").status_code == 401
    answer = client.post("/accounts/2fa/authenticate/", {"code": code_now()})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.get("/api/v1/me/").json()["name"] == "Ada"


def test_a_wrong_code_lets_nobody_in(client, ada):
    sign_in(client)
    assert "That did not match" in client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
    assert client.get("/api/v1/me/").status_code == 401


def test_a_recovery_code_works_once(client, ada):
    code = RecoveryCodes.activate(ada).get_unused_codes()[0]
    sign_in(client)
    assert client.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 302
    other = Client()
    sign_in(other)
    assert other.post("/accounts/2fa/authenticate/", {"code": code}).status_code == 200
    assert other.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("who", EVERYONE)
def test_who_holds_a_seat_or_a_role_is_asked_for_a_second_step(client, cast, who):
    without_factor(getattr(cast, who))
    client.force_login(getattr(cast, who))
    page, api = client.get("/library/"), client.get("/api/v1/me/")
    if who == "otto":  # holds nothing any more
        assert (page.status_code, api.status_code) == (200, 200)
    else:
        assert (page.status_code, page["Location"]) == (302, "/accounts/2fa/")
        assert (api.status_code, api.json()["errors"][0]["code"]) == (403, "second_factor_required")


def test_recovery_codes_alone_are_no_second_step(client, cast):
    without_factor(cast.ada)
    RecoveryCodes.activate(cast.ada)
    client.force_login(cast.ada)
    assert client.get("/library/").status_code == 302


def test_a_demonstration_account_is_not_asked(client, cast):
    without_factor(cast.ada)
    Person.objects.filter(pk=cast.ada.pk).update(is_demo=True)
    client.force_login(cast.ada)
    assert (client.get("/library/").status_code, client.get("/api/v1/me/").status_code) == (200, 200)


def test_who_has_yet_to_show_it_sees_no_name_of_a_workspace(client, cast):
    without_factor(cast.ada)
    client.force_login(cast.ada)
    shown = client.get("/accounts/2fa/").content.decode()
    assert "Add a passkey" in shown and "Alder" not in shown


def test_knowing_who_has_one_costs_no_query(client, cast, django_assert_num_queries):
    client.force_login(cast.ada)
    with django_assert_num_queries(2):  # the session, and the person with it
        client.get("/accounts/session/", headers={"X-Background": "1"})


@pytest.mark.django_db(transaction=True)
def test_the_first_one_ends_sessions_that_showed_only_a_password(client, ada):
    without_factor(ada)
    other = Client()
    for each in (client, other):
        sign_in(each)
    client.post("/accounts/reauthenticate/", {"password": PASSWORD})
    secret = re.search(r'class="secret">(\w+)<', client.get("/accounts/2fa/totp/activate/").content.decode())[1]
    code = format_hotp_value(hotp_value(secret, list(yield_hotp_counters_from_time())[1]))
    assert client.post("/accounts/2fa/totp/activate/", {"code": code})["Location"] == "/accounts/2fa/recovery-codes/"
    assert (client.get("/api/v1/me/").status_code, other.get("/api/v1/me/").status_code) == (200, 401)
    assert [message.to for message in mail.outbox] == [["ada@example.org"]]


def test_to_change_what_guards_the_account_one_is_asked_again(client, cast):
    client.force_login(cast.ada)
    for name in ("mfa_add_webauthn", "mfa_deactivate_totp", "mfa_generate_recovery_codes", "cohorts:token-new"):
        address = reverse(name)
        answer = client.get(address)
        assert (answer.status_code, answer["Location"]) == (
            302,
            f"/accounts/2fa/reauthenticate/?next={quote(address, safe='')}",
        )


# --- other ways in


def test_a_code_by_mail_still_asks_the_second_step(client, ada):
    client.post("/accounts/login/code/", {"email": "ada@example.org"})
    code = re.search(r"^[A-Z0-9-]{6,9}$", mail.outbox[-1].body, re.MULTILINE)[0]
    assert client.post("/accounts/login/code/confirm/", {"code": code})["Location"] == "/accounts/2fa/authenticate/"


def test_a_code_for_nobody_reads_the_same(client, ada):
    answers = [
        (client.post("/accounts/login/code/", {"email": f"{who}@example.org"})["Location"], len(client.cookies))
        for who in ("ada", "nobody")
    ]
    assert answers[0] == answers[1]


@override_settings(MPI_DEMO=False)
def test_no_code_lets_a_demonstration_account_in_without_the_demonstration(client, cast):
    without_factor(cast.ada)
    Person.objects.filter(pk=cast.ada.pk).update(is_demo=True)
    client.post("/accounts/login/code/", {"email": "ada@example.org"})
    code = re.search(r"^[A-Z0-9-]{6,9}$", mail.outbox[-1].body, re.MULTILINE)[0]
    assert client.post("/accounts/login/code/confirm/", {"code": code})["Location"] == "/accounts/inactive/"
    assert client.get("/api/v1/me/").status_code == 401


@pytest.mark.parametrize("password, complaint", [("fourteen chars", "too short"), ("yfdbufnjh10305070", "too common")])
def test_a_password_that_is_short_or_common(client, ada, password, complaint):
    come_in(client, ada)
    told = client.post(
        "/accounts/password/change/", {"oldpassword": PASSWORD, "password1": password, "password2": password}
    ).content.decode()
    assert complaint in told


# --- how long


def ends_at():
    return Session.objects.get().expire_date


def close_to(moment, expected):
    return abs(moment - expected) < dt.timedelta(seconds=5)


def test_a_session_ends_thirty_minutes_after_its_last_use(client, cast):
    client.force_login(cast.ada)
    assert close_to(ends_at(), timezone.now() + IDLE_END)
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=3))
    client.get("/library/", headers={"X-Background": "1"})
    assert close_to(ends_at(), timezone.now() + dt.timedelta(minutes=3))
    client.get("/library/")
    assert close_to(ends_at(), timezone.now() + IDLE_END)
    Session.objects.update(expire_date=timezone.now())
    assert client.get("/library/")["Location"] == "/accounts/login/?next=/library/"
    assert client.get("/api/v1/me/").status_code == 401


def test_use_is_noted_at_most_once_a_minute(client, cast, django_assert_num_queries):
    client.force_login(cast.ada)
    Session.objects.update(expire_date=timezone.now() + IDLE_END - dt.timedelta(seconds=50))
    with django_assert_num_queries(2):
        client.post("/accounts/session/")
    Session.objects.update(expire_date=timezone.now() + IDLE_END - dt.timedelta(seconds=70))
    with django_assert_num_queries(4):
        client.post("/accounts/session/")


def test_no_use_keeps_a_session_beyond_twelve_hours(client, cast):
    client.force_login(cast.ada)
    began = timezone.now() - LAST_END + dt.timedelta(minutes=10)
    session = client.session
    session["signed_in_at"] = int(began.timestamp())
    session.save()
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=3))
    told = client.post("/accounts/session/").json()
    assert close_to(ends_at(), began + LAST_END)
    assert (590 <= told["ends_in"] <= 600, told["may_stay"]) == (True, False)


def test_a_warning_can_be_answered_with_staying(client, cast):
    assert client.get("/accounts/session/").json() == {"ends_in": 0, "may_stay": False}
    client.force_login(cast.ada)
    Session.objects.update(expire_date=timezone.now() + dt.timedelta(minutes=3))
    asked = client.get("/accounts/session/", headers={"X-Background": "1"}).json()
    stays = client.post("/accounts/session/").json()
    assert (170 <= asked["ends_in"] <= 180, 1790 <= stays["ends_in"] <= 1800, stays["may_stay"]) == (True, True, True)


# --- where


def elsewhere(person, key="elsewhere", agent="Mozilla/5.0 (Windows NT 10.0) Firefox/140.0"):
    Session.objects.create(session_key=key, session_data="", expire_date=timezone.now() + IDLE_END)
    return UserSession.objects.create(user=person, ip="192.0.2.77", session_key=key, user_agent=agent)


def test_sessions_are_listed_and_ended_one_by_one(client, ada, cast):
    come_in(client, ada)
    mine, others = elsewhere(ada), elsewhere(cast.ben, "bens", "Safari of Ben")
    gone = UserSession.objects.create(user=ada, ip="192.0.2.99", session_key="gone", user_agent="")
    shown = client.get("/settings/sessions/").content.decode()
    assert "Firefox on Windows" in shown and "192.0.2.77" in shown and "192.0.2.99" not in shown
    assert [client.post(f"/settings/sessions/{each.pk}/end/").status_code for each in (mine, others, gone)] == [302, 404, 404]
    assert set(Session.objects.values_list("pk", flat=True)) == {"bens", client.session.session_key}


def test_signing_out_everywhere_else(client, ada, cast):
    come_in(client, ada)
    for key in ("one", "two"):
        elsewhere(ada, key)
    elsewhere(cast.ben, "bens")
    client.post("/settings/sessions/")
    assert set(Session.objects.values_list("pk", flat=True)) == {"bens", client.session.session_key}
    assert client.get("/settings/").status_code == 200


def test_many_sessions_cost_no_more_queries(client, ada, django_assert_max_num_queries):
    come_in(client, ada)
    counts = []
    for number in (1, 2):
        for each in range(number):
            elsewhere(ada, f"{number}-{each}")
        with django_assert_max_num_queries(12) as asked:
            client.get("/settings/sessions/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    "agent, words",
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0) AppleWebKit/605 Version/18.0 Mobile Safari/604.1", "Safari on an iPhone"),
        ("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537 Chrome/140.0 Safari/537 Edg/140.0", "Edge on Windows"),
        ("curl/8.1", "A program"),
    ],
)
def test_a_device_in_words(agent, words):
    assert device(agent) == words


# --- signing asks again


@pytest.fixture
def sign_off(cast):
    from policies.actions.trackers import open_tracker  # noqa: PLC0415 (only here, of the app above)
    from workspaces.actions.sign_offs import propose  # noqa: PLC0415

    tracker = open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")
    return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")


@pytest.mark.parametrize("verb, more", [("sign", {}), ("decline", {"reason": "Not now."})])
def test_by_the_api_one_is_told_where(client, cast, sign_off, verb, more):
    client.force_login(cast.ada)
    body = {"content_sha256": sign_off.content_sha256} | more
    told = client.post(f"/api/v1/sign-offs/{sign_off.pk}/{verb}/", body, "application/json")
    assert told.status_code == 403
    assert told.json()["errors"][0]["code"] == "reauthentication_required"
    assert told.json()["reauthenticate_at"] == "http://testserver/accounts/reauthenticate/"
    assert sign_off.signatures.count() == 0


@pytest.mark.parametrize("rest, status", [("", "open"), ("refusal/", "declined")])
def test_by_the_page_one_comes_back_to_the_proposal_with_what_was_typed(client, ada, sign_off, rest, status):
    client.force_login(ada)
    page = f"/workspaces/alder-ny/sign-offs/{sign_off.pk}/"
    typed = {
        "": {"sign-content_sha256": sign_off.content_sha256, "sign-is_confirmed": "on", "sign-reservation": "For a year."},
        "refusal/": {"decline-content_sha256": sign_off.content_sha256, "decline-reason": "Not before May."},
    }[rest]
    asked = client.post(page + rest, typed)
    assert (asked.status_code, sign_off.signatures.count()) == (302, 0)
    where = asked["Location"]
    back = client.post(where.partition("?")[0], {"code": code_now(), "next": page + rest})
    assert (back.status_code, back["Location"]) == (302, page)
    signature = sign_off.signatures.get()
    sign_off.refresh_from_db()
    assert (sign_off.status, signature.person, signature.reservation or signature.reason) == (
        status,
        ada,
        "For a year." if not rest else "Not before May.",
    )


def test_five_minutes_later_one_is_asked_again(client, cast, sign_off):
    come_in(client, cast.ada)
    session = client.session
    session["account_authentication_methods"][0]["at"] -= 301
    session.save()
    body = {"content_sha256": sign_off.content_sha256}
    assert client.post(f"/api/v1/sign-offs/{sign_off.pk}/sign/", body, "application/json").status_code == 403


# --- tokens


def make_token(client, **more):
    return client.post("/settings/tokens/new/", {"name": "Figures", "scope": "read", "days": "30"} | more)


def status_of(secret):
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_a_token_is_shown_once_listed_and_revoked(as_person):
    client = as_person("ada")
    made = make_token(client)
    secret = re.search(r"mpi_[\w-]{43}", made.content.decode())[0]
    assert "no-store" in made["Cache-Control"]
    shown = client.get("/settings/tokens/").content.decode()
    assert "Figures" in shown and "never used" in shown and secret not in shown
    assert status_of(secret) == 200
    assert "last used" in client.get("/settings/tokens/").content.decode()
    client.post(f"/settings/tokens/{ApiToken.objects.get().pk}/revocation/")
    assert (status_of(secret), "Figures" in client.get("/settings/tokens/").content.decode()) == (401, False)


def test_nobody_sees_or_revokes_anothers_token(as_person, cast):
    token, _ = ApiToken.objects.issue(cast.ben, "read", 30, name="Figures of Ben")
    assert "Figures of Ben" not in as_person("ada").get("/settings/tokens/").content.decode()
    assert as_person("ada").post(f"/settings/tokens/{token.pk}/revocation/").status_code == 404


@pytest.mark.parametrize("wrong", [{"name": ""}, {"scope": "all"}, {"days": "36500"}])
def test_a_token_that_cannot_be(as_person, wrong):
    assert (make_token(as_person("ada"), **wrong).status_code, ApiToken.objects.count()) == (422, 0)


def test_who_holds_neither_seat_nor_role_makes_none(as_person):
    assert (make_token(as_person("otto")).status_code, ApiToken.objects.count()) == (403, 0)


def test_a_token_ends_with_the_seat_and_a_later_seat_does_not_wake_it(cast):
    _, secret = ApiToken.objects.issue(cast.ben, "read", 30)
    assert status_of(secret) == 200
    end_term(Term.objects.current().get(person=cast.ben))
    assert status_of(secret) == 401
    ApiToken.objects.update(created_at=timezone.now() - dt.timedelta(days=3))
    desk = create_seat("staff", "Adviser", office=cast.offices["alder"][1])
    fill_seat(desk, cast.ben, title="Adviser", starts_on=day_here() - dt.timedelta(days=1))
    assert status_of(secret) == 401


def test_many_tokens_cost_no_more_queries(as_person, cast, django_assert_max_num_queries):
    client, counts = as_person("ada"), []
    for number in (1, 2):
        for _ in range(number):
            ApiToken.objects.issue(cast.ada, "read", 30)
        with django_assert_max_num_queries(12) as asked:
            client.get("/settings/tokens/")
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- oneself


def test_name_and_time_zone(as_person):
    client = as_person("ada")
    assert client.post("/settings/", {"name": "Ada B.", "timezone": "America/Denver"}).status_code == 302
    told = client.get("/api/v1/me/").json()
    assert (told["name"], told["timezone"]) == ("Ada B.", "America/Denver")
    assert client.post("/settings/", {"name": "", "timezone": "Mars/Base"}).status_code == 422


def test_an_authenticator_app_is_what_allauth_makes_of_it(cast):
    """The cast's own factor is a row made in bulk; this is the one that people get."""
    Authenticator.objects.filter(user=cast.ada).delete()
    assert TOTP.activate(cast.ada, SECRET).validate_code(code_now())
