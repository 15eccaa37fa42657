"""Too many tries, and who is not troubled by them: Ada, from elsewhere or in a browser that knew her before. Time is told, not
waited for."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.utils import timezone

from cohorts import limits
from cohorts.actions.feeds import make_feed
from cohorts.actions.invitations import invite
from cohorts.limiting import LINKS, RATES, TRIES, in_words
from cohorts.limits import LIMITS, Limited, Per, Rate, network, remove_old_tries, spend, take
from cohorts.models import ApiToken, AuditEntry, Try
from tests.cast import come_in

PASSWORD = "four words that nobody else says"
SECRET = "JBSWY3DPEHPK3PXP"
LOGIN, SECOND = "/accounts/login/", "/accounts/2fa/authenticate/"
CODE_MAIL, CODE, RESET = "/accounts/login/code/", "/accounts/login/code/confirm/", "/accounts/password/reset/"
ELSEWHERE, OFFICE = "198.51.100.7", "192.0.2.10"


class Clock:
    def __init__(self):
        self.at = timezone.now()

    def __call__(self):
        return self.at

    def goes_on(self, **by):
        self.at += dt.timedelta(**by)


@pytest.fixture(autouse=True)
def clock(monkeypatch, settings):
    cache.clear()
    settings.LIMITS_TIMES = 1
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # hundreds of wrong ones are tried
    clock = Clock()
    monkeypatch.setattr(limits, "now", clock)
    return clock


@pytest.fixture
def ada(cast):
    cast.ada.set_password(PASSWORD)
    cast.ada.save(update_fields=["password"])
    return cast.ada


def browser(address=OFFICE, **more):
    return Client(REMOTE_ADDR=address, **more)


def code_now():
    return format_hotp_value(hotp_value(SECRET, list(yield_hotp_counters_from_time())[1]))


def give_password(client, password=PASSWORD, email="ada@example.org"):
    return client.post(LOGIN, {"login": email, "password": password})


def give_code(client, code=None):
    cache.clear()  # allauth keeps there which code was used, and none works twice
    return client.post(SECOND, {"code": code or code_now()})


def sign_in(client):
    """Both steps; whether they led in."""
    give_password(client)
    give_code(client)
    return client.get("/api/v1/me/").status_code == 200


def known_browser(address=OFFICE):
    """Ada signed in there before, and out again: the cookie stayed."""
    client = browser(address)
    assert sign_in(client)
    client.post("/accounts/logout/")
    assert set(client.cookies) >= {"device"}
    return client


def until_refused(act, most=100):
    """How often it went before the 429, and that answer."""
    for number in range(most):
        if (answer := act()).status_code == 429:
            return number, answer
    raise AssertionError(f"never refused in {most} tries")


# --- a stranger uses up their own tries


def exhaust_password(client):
    return until_refused(lambda: give_password(client, "wrong"))


def exhaust_second_step(client):
    give_password(client)
    return until_refused(lambda: give_code(client, "000000"))


def exhaust_code_mail(client):
    return until_refused(lambda: client.post(CODE_MAIL, {"email": "ada@example.org"}))


def exhaust_reset_mail(client):
    return until_refused(lambda: client.post(RESET, {"email": "ada@example.org"}))


def come_by_password(client):
    return give_password(client).status_code == 302


def come_by_second_step(client):
    return sign_in(client)


def come_by_code_mail(client):
    sent = len(mail.outbox)
    client.post(CODE_MAIL, {"email": "ada@example.org"})
    assert len(mail.outbox) == sent + 1
    code = re.search(r"^[A-Z0-9-]{6,9}$", mail.outbox[-1].body, re.MULTILINE)[0]
    return client.post(CODE, {"code": code})["Location"] == SECOND


def come_by_reset_mail(client):
    sent = len(mail.outbox)
    assert client.post(RESET, {"email": "ada@example.org"}).status_code == 302
    return len(mail.outbox) == sent + 1


MALICE = [
    (exhaust_password, come_by_password, 5),
    (exhaust_second_step, come_by_second_step, 5),
    (exhaust_code_mail, come_by_code_mail, 3),
    (exhaust_reset_mail, come_by_reset_mail, 3),
]


@pytest.mark.parametrize("exhaust, come, amount", MALICE)
def test_from_elsewhere_the_holder_comes_in(ada, exhaust, come, amount):
    assert exhaust(browser(ELSEWHERE))[0] == amount
    assert come(browser(OFFICE))


@pytest.mark.parametrize("exhaust, come, amount", MALICE)
def test_from_the_same_address_a_known_browser_comes_in_and_a_new_one_waits(ada, clock, exhaust, come, amount):
    known = known_browser()
    assert exhaust(browser())[0] == amount
    assert come(known)
    assert exhaust(browser())[0] == 0  # the known one's success gave the stranger nothing back


@pytest.mark.parametrize("exhaust, come, amount", MALICE)
def test_a_whole_address_is_used_up_and_the_known_browser_comes_in_all_the_same(ada, monkeypatch, exhaust, come, amount):
    known = known_browser()
    monkeypatch.setattr(limits, "LIMITS", [replace(each, amount=1) if each.per == Per.ADDRESS else each for each in LIMITS])
    assert exhaust(browser())[0] == 1
    assert come(known)


@pytest.mark.parametrize(
    "what, act, amount",
    [
        ("mail with a code", lambda client: client.post(CODE_MAIL, {"email": "ada@example.org"}), 6),
        ("mail to set a password", lambda client: client.post(RESET, {"email": "ada@example.org"}), 6),
    ],
)
def test_a_mailbox_is_not_flooded_from_everywhere(ada, what, act, amount):
    known = known_browser()
    mail.outbox.clear()
    answers = [act(browser(f"198.51.100.{number}")).status_code for number in range(20)]
    assert answers == [302] * amount + [429] * (20 - amount)
    assert len(mail.outbox) == amount
    act(known)
    assert len(mail.outbox) == amount + 1


def test_a_mailbox_that_has_no_account_is_counted_alike(ada):
    """Else a refusal would tell who has one."""
    for act in (CODE_MAIL, RESET):
        counts = [
            until_refused(lambda act=act, who=who: browser(ELSEWHERE).post(act, {"email": f"{who}@example.org"}))[0]
            for who in ("ada", "nobody")
        ]
        assert counts == [3, 3]


def test_guesses_at_the_second_step_from_everywhere_are_few_in_a_day(ada, clock):
    """Somebody who knows the password asks a botnet. Ada’s own browser does not notice, nor does her passkey’s form."""
    known = known_browser()
    refused = guesses = 0
    for number in range(20):
        client = browser(f"198.51.100.{number}")
        give_password(client)
        for _ in range(4):
            answer = give_code(client, "000000")
            guesses += answer.status_code != 429
            refused += answer.status_code == 429
        clock.goes_on(hours=1)
    assert (guesses, refused) == (30, 50)
    late = browser("203.0.113.1")
    give_password(late)
    assert give_code(late).status_code == 429
    assert late.get(SECOND).status_code == 200  # the page still offers the passkey
    assert late.post(SECOND, {"credential": "{}"}).status_code == 200
    assert sign_in(known)
    clock.goes_on(hours=4, seconds=1)
    assert give_code(late, "000000").status_code == 200


def test_a_known_browser_that_was_stolen_does_not_guess_for_ever(ada, clock):
    known = known_browser()
    give_password(known)
    guesses = 0
    for _ in range(10):
        for _ in range(12):
            guesses += give_code(known, "000000").status_code != 429
        clock.goes_on(minutes=16)
    assert guesses == 30
    assert sign_in(browser(ELSEWHERE))


def test_a_known_browser_guesses_at_no_other_account(ada, cast):
    known = known_browser()
    assert until_refused(lambda: give_password(known, "wrong", "ben@example.org"))[0] == 5
    assert until_refused(lambda: give_password(known, "wrong"))[0] == 10


@pytest.mark.parametrize("cookie", ["", "nonsense", '{"id": "1", "accounts": ["1"]}'])
def test_a_forged_cookie_knows_nobody(ada, cookie):
    client = browser()
    client.cookies["device"] = cookie
    assert exhaust_password(client)[0] == 5


def test_half_a_sign_in_makes_no_browser_known(ada):
    client = browser()
    give_password(client)
    assert "device" not in client.cookies
    Authenticator.objects.filter(user=ada).delete()
    give_password(client)  # in, but only to set up a second factor
    assert "device" not in client.cookies


def test_the_cookie_is_for_the_server_alone(ada):
    cookie = known_browser().cookies["device"]
    assert (cookie["httponly"], cookie["samesite"], cookie["max-age"]) == (True, "Lax", 180 * 24 * 60 * 60)
    assert "ada" not in cookie.value


def test_many_people_behind_one_address_who_know_their_passwords_come_in(ada):
    assert [come_by_password(browser()) for _ in range(100)] == [True] * 100


def test_somebody_who_sprays_one_password_over_many_accounts(ada):
    client = browser(ELSEWHERE)
    tries = iter(range(1000))
    act = lambda: give_password(client, "wrong", f"person{next(tries)}@example.org")  # noqa: E731
    assert until_refused(act)[0] == 60
    assert come_by_password(browser())


def test_an_address_is_one_however_it_is_written(ada):
    client = browser()
    spellings = ["ada@example.org", "ADA@example.org", " Ada@Example.ORG "]
    answers = [give_password(client, "wrong", spellings[number % 3]).status_code for number in range(6)]
    assert answers == [200] * 5 + [429]
    assert network("2001:db8:1:2:3::4") == network("2001:db8:1:2::9") != network("2001:db8:1:3::9")
    assert network("::ffff:192.0.2.1") == network("192.0.2.1")


def test_the_time_goes_on(ada, clock):
    client = browser()
    exhaust_password(client)
    clock.goes_on(minutes=4, seconds=59)
    assert give_password(client).status_code == 429
    clock.goes_on(seconds=1)
    assert give_password(client).status_code == 302


def test_refused_tries_do_not_make_the_wait_longer(ada, clock):
    client = browser()
    exhaust_password(client)
    for _ in range(5):
        clock.goes_on(seconds=50)
        give_password(client, "wrong")
    clock.goes_on(seconds=50)
    assert give_password(client).status_code == 302


def test_what_is_over_is_removed(ada, clock):
    exhaust_password(browser())
    assert Try.objects.exists()
    remove_old_tries()
    assert Try.objects.exists()
    clock.goes_on(days=2)
    remove_old_tries()
    assert not Try.objects.exists()


def test_a_row_says_nothing_of_anybody(ada):
    give_password(browser(), "wrong")
    assert not any("ada" in each.key or OFFICE in each.key for each in Try.objects.all())
    assert {len(each.key) for each in Try.objects.all()} == {64}


@pytest.mark.django_db(transaction=True)
def test_tries_at_the_same_instant_are_never_more_than_allowed(clock):
    def attempt(_):
        try:
            return bool(take("password", ADDRESS=["a"], HERE=["ada", "a"]))
        except Limited:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        passed = list(pool.map(attempt, range(40)))
    assert 1 <= sum(passed) <= 5


# --- recovery codes, codes by mail, being asked again


def test_recovery_codes_are_guesses_too(ada):
    RecoveryCodes.activate(ada)
    client = browser()
    give_password(client)
    assert until_refused(lambda: give_code(client, "12345678"))[0] == 5


def test_codes_from_mails_are_guessed_a_few_times(ada, clock):
    client = browser(ELSEWHERE)
    guesses = 0
    for _ in range(12):
        if client.post(CODE_MAIL, {"email": "ada@example.org"}).status_code == 302:
            for _ in range(3):
                guesses += client.post(CODE, {"code": "AAAA-BBBB"}).status_code != 429
        clock.goes_on(minutes=5)
    assert guesses == 18  # three a mail, six mails an hour
    assert come_by_code_mail(known_browser())


def test_asked_again_one_session_guesses_and_another_is_not_troubled(ada):
    thief, holder = browser(ELSEWHERE), browser()
    assert sign_in(thief) and sign_in(holder)
    number, answer = until_refused(lambda: thief.post("/accounts/reauthenticate/", {"password": "wrong"}))
    assert (number, answer.status_code) == (10, 429)
    assert thief.post("/accounts/2fa/reauthenticate/", {"code": code_now()}).status_code == 429
    assert AuditEntry.objects.get(action="sign_in.limited").actor == ada
    assert holder.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code == 302


def test_ones_own_right_answers_count_for_nothing(ada):
    client = browser()
    assert sign_in(client)
    answers = [client.post("/accounts/reauthenticate/", {"password": PASSWORD}).status_code for _ in range(12)]
    assert answers == [302] * 12
    wrong = {"oldpassword": "wrong", "password1": PASSWORD, "password2": PASSWORD}
    assert until_refused(lambda: client.post("/accounts/password/change/", wrong))[0] == 10


def test_passkeys_are_not_limited_by_passwords(ada):
    client = browser()
    exhaust_password(client)
    answer = client.post("/accounts/2fa/webauthn/login/", {"credential": "{}"})
    assert (answer.status_code, answer["Location"]) == (302, LOGIN)
    known = known_browser(ELSEWHERE)
    known.defaults["REMOTE_ADDR"] = OFFICE
    send = lambda who: who.post("/accounts/2fa/webauthn/login/", {"credential": "{}"})  # noqa: E731
    assert until_refused(lambda: send(client), 200)[0] == 119
    assert send(known).status_code == 302


# --- links and tokens, which nobody guesses


def test_wrong_links_are_refused_and_right_ones_open(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")
    right = re.search(r"http://[^/]+(/people/invitations/[\w-]{43}/)", mail.outbox[-1].body)[1]
    _, token = make_feed(cast.ada)
    feed = f"/calendar/{token}.ics"
    client = browser()
    client.post(RESET, {"email": "ada@example.org"})
    reset = re.search(r"http://[^/]+(/accounts/password/reset/key/\S+)", mail.outbox[-1].body)[1]
    wrong = [
        f"/people/invitations/{'x' * 43}/",
        f"/people/confirmations/{'x' * 43}/",
        f"/calendar/{'x' * 43}.ics",
        "/accounts/password/reset/key/1-c9u-000000/",
    ]
    answers = [client.get(wrong[number % 4]).status_code for number in range(40)]
    assert answers == [404, 404, 404, 200] * 7 + [404] * 2 + [429] * 10
    assert (client.get(right).status_code, client.get(feed).status_code) == (200, 200)
    assert client.get(reset).status_code == 302
    assert browser(ELSEWHERE).get(wrong[0]).status_code == 404


def test_an_invitation_is_sent_again_a_few_times(as_person, cast, django_capture_on_commit_callbacks):
    invitation = invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")
    client = as_person("ada")
    with django_capture_on_commit_callbacks(execute=True):
        assert until_refused(lambda: client.post(f"/people/invitations/{invitation.pk}/resend/"))[0] == 5
    assert [letter.to for letter in mail.outbox] == [["vera@example.org"]] * 5


def test_wrong_tokens_are_refused_and_right_ones_let_in(cast):
    _, secret = ApiToken.objects.issue(cast.ada, "read", 1)
    client = browser()

    def ask(token):
        return client.get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"})

    number, answer = until_refused(lambda: ask("mpi_wrong"), 200)
    assert (number, answer.json()["errors"][0]["code"], answer.json()["errors"][0]["attr"]) == (120, "throttled", None)
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert ask(secret).status_code == 200


# --- rates


def rates(settings, **told):
    settings.REST_FRAMEWORK = settings.REST_FRAMEWORK | {
        "DEFAULT_THROTTLE_RATES": settings.REST_FRAMEWORK["DEFAULT_THROTTLE_RATES"] | told
    }


def test_the_api_per_person_in_the_browser_and_by_token_apart(as_person, cast, settings, clock):
    rates(settings, person="4/min")
    clock.at = clock.at.replace(second=20, microsecond=0)
    client = as_person("ada")
    number, answer = until_refused(lambda: client.get("/api/v1/me/"))
    assert (number, answer["Retry-After"]) == (4, "40")
    assert answer.json()["errors"][0]["code"] == "throttled"
    headers = {"Authorization": f"Bearer {ApiToken.objects.issue(cast.ada, 'read', 1)[1]}"}
    others = {"Authorization": f"Bearer {ApiToken.objects.issue(cast.ada, 'read', 1)[1]}"}
    assert [Client().get("/api/v1/me/", headers=which).status_code for which in (headers, others) * 3] == [200] * 4 + [429] * 2
    assert as_person("ben").get("/api/v1/me/").status_code == 200
    clock.goes_on(seconds=40)
    assert as_person("ada").get("/api/v1/me/").status_code == 200


def test_the_api_per_address_where_nobody_signs_in(db, settings):
    rates(settings, anonymous="2/min")
    client = browser()
    assert until_refused(lambda: client.get("/api/docs/"))[0] == 2
    forged = client.get("/api/docs/", headers={"X-Forwarded-For": "203.0.113.9"})
    assert (forged.status_code, "Retry-After" in forged) == (429, True)
    assert browser(ELSEWHERE).get("/api/docs/").status_code == 200


@pytest.mark.parametrize(
    "rate, ask",
    [
        ("SEARCHING", lambda client: client.get("/search/?q=court")),
        ("SEARCHING", lambda client: client.get("/api/v1/search/?q=court")),
        ("SEARCHING", lambda client: client.get("/workspaces/alder-ny/search/?q=court")),
        ("COSTLY", lambda client: client.get("/workspaces/alder-ny/audit.csv")),
    ],
)
def test_what_costs_is_asked_only_so_often(as_person, monkeypatch, rate, ask):
    few = Rate(getattr(limits, rate).what, "person", 2)
    for name, each in RATES.items():
        if each is getattr(limits, rate):
            monkeypatch.setitem(RATES, name, few)
    monkeypatch.setattr("cohorts.api.throttling.SearchThrottle.costs", few)
    number, answer = until_refused(lambda: ask(as_person("ada")))
    assert (number, "Retry-After" in answer) == (2, True)
    assert ask(as_person("ben")).status_code in (200, 302)


def test_too_many_changes_and_nothing_typed_is_lost(as_person, cast, monkeypatch):
    monkeypatch.setattr("cohorts.limiting.WRITING", Rate("pages that change something", "person", 0))
    client = as_person("ada")
    typed = {"title": "Call-in “date” <for May>", "audience": "workspace", "body": "One line\nand another"}
    answer = client.post("/workspaces/alder-ny/topics/new/", typed)
    assert (answer.status_code, answer.context["typed"]) == (429, [*typed.items()])
    shown = answer.content.decode()
    assert 'value="Call-in “date” &lt;for May&gt;"' in shown and 'action="/workspaces/alder-ny/topics/new/"' in shown
    assert client.get("/workspaces/alder-ny/").status_code == 200


def test_no_secret_is_handed_back(as_person, monkeypatch):
    monkeypatch.setattr("cohorts.limiting.WRITING", Rate("pages that change something", "person", 0))
    answer = as_person("ada").post("/accounts/password/set/", {"password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 429 and PASSWORD not in answer.content.decode()


def test_without_redis_everything_is_let_through_and_tries_still_count(ada, settings, as_person):
    settings.CACHES = {"default": {"BACKEND": "mpi.cache.RedisCache", "LOCATION": "redis://127.0.0.1:9/0"}}
    assert as_person("ada").get("/api/v1/me/").status_code == 200
    assert as_person("ada").get("/search/?q=court").status_code == 200
    assert exhaust_password(browser())[0] == 5
    other = browser(ELSEWHERE)
    give_password(other)
    assert other.post(SECOND, {"code": code_now()}).status_code == 302


def test_all_limits_can_be_widened(ada, settings):
    settings.LIMITS_TIMES = 2
    assert exhaust_password(browser())[0] == 10


def test_a_rate_holds_for_its_minute(clock):
    clock.at = clock.at.replace(second=50, microsecond=0)
    rate = Rate("bells", "person", 2)
    for _ in range(2):
        spend(rate, "ada")
    with pytest.raises(Limited) as refused:
        spend(rate, "ada")
    assert refused.value.wait == 10
    spend(rate, "ben")
    clock.goes_on(seconds=10)
    spend(rate, "ada")


def test_what_is_too_large_is_a_413(as_person):
    client = as_person("ada")
    much = "x" * (settings.DATA_UPLOAD_MAX_MEMORY_SIZE + 1)
    page = client.post("/workspaces/alder-ny/topics/new/", {"title": "Call-in date", "body": much})
    assert (page.status_code, "This is too large" in page.content.decode()) == (413, True)
    told = client.post("/api/v1/topics/", {"title": much}, "application/json")
    assert (told.status_code, told.json()["errors"][0]["code"]) == (413, "too_large")


# --- what is said


@pytest.mark.parametrize("exhaust", [exhaust_password, exhaust_second_step, exhaust_code_mail, exhaust_reset_mail])
def test_a_refusal_says_when_and_how_else(ada, exhaust):
    _, answer = exhaust(browser())
    shown = answer.content.decode()
    assert "Too many tries in a short time" in shown and "passkey" in shown
    assert f"Wait {in_words(int(answer['Retry-After']))}, then try again." in " ".join(shown.split())
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.parametrize(
    "seconds, words",
    [(1, "1 second"), (59, "59 seconds"), (60, "1 minute"), (61, "2 minutes"), (3600, "1 hour"), (86400, "24 hours")],
)
def test_a_wait_in_words(seconds, words):
    assert in_words(seconds) == words


def acts_of(since):
    return [entry.action for entry in AuditEntry.objects.filter(at__gte=since, of=None).order_by("at", "number")]


def test_failed_and_limited_tries_stand_in_the_trail(ada, cast):
    since = timezone.now()
    client = browser(ELSEWHERE)
    exhaust_password(client)
    give_password(client, "wrong")
    assert acts_of(since) == ["sign_in.failed"] * 5 + ["sign_in.limited"]
    entry = AuditEntry.objects.get(action="sign_in.limited")
    assert (entry.actor, entry.for_whom, entry.address, str(entry.chain)) == (None, ada, ELSEWHERE, "Alder mayor’s office")
    assert entry.detail == {"of": "password", "per": "account and network address"}


def test_who_may_be_known_by_their_password_is_told_once_a_day(ada, clock, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for address in (ELSEWHERE, "203.0.113.5"):
            exhaust_second_step(browser(address))
        exhaust_password(browser("203.0.113.6"))
    assert [(letter.to, letter.subject) for letter in mail.outbox] == [
        (["ada@example.org"], "Somebody else may know your password")
    ]


def test_a_failed_second_step_and_a_wrong_code_stand_in_the_trail(ada):
    since = timezone.now()
    client = browser(ELSEWHERE)
    give_password(client)
    give_code(client, "000000")
    other = browser(ELSEWHERE)
    other.post(CODE_MAIL, {"email": "ada@example.org"})
    other.post(CODE, {"code": "AAAA-BBBB"})
    assert acts_of(since) == ["sign_in.halfway", "sign_in.failed"]


def test_who_fails_when_asked_again_is_named(ada):
    client = browser()
    come_in(client, ada)
    since = timezone.now()
    client.post("/accounts/reauthenticate/", {"password": "wrong"})
    client.post("/accounts/2fa/reauthenticate/", {"code": "000000"})
    assert acts_of(since) == ["sign_in.unconfirmed"] * 2
    assert {entry.actor for entry in AuditEntry.objects.filter(action="sign_in.unconfirmed")} == {ada}


def test_the_trail_reads_well(ada, as_person):
    exhaust_second_step(browser(ELSEWHERE))
    told = {entry["sentence"] for entry in as_person("ada").get("/workspaces/alder-ny/audit/").context["entries"]}
    assert "Somebody gave the first step of Ada and failed at the second." in told
    assert "Somebody tried too often as Ada (second step), and was refused for a while." in told


def test_every_door_has_a_limit_and_every_limit_a_line_in_the_manual():
    assert set(TRIES.values()) | {"link that leads nowhere", "API token that is none", "passkey", "office’s sign-on"} == {
        each.what for each in LIMITS
    }
    assert LINKS
    manual = (settings.BASE_DIR / "docs" / "operations.md").read_text()
    section = manual.split("## Limits")[1].split("\n## ")[0]
    for limit in LIMITS:
        line = next(line for line in section.splitlines() if line.startswith(f"| {limit.what} |"))
        assert f"{limit.amount} in {in_words(limit.seconds)}" in line, limit
    for rate in limits.RATES:
        assert f"| {rate.what} | {rate.amount} a minute |" in section, rate
