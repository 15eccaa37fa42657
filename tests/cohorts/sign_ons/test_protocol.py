"""What of a provider's answer is believed, and what is refused."""

import time

import pytest
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.test import Client, override_settings
from joserfc.jwk import OctKey, RSAKey

from cohorts import openid
from cohorts.actions.sign_ons import link
from cohorts.models import AuditEntry, SignOn
from mpi.logs import JsonFormatter
from tests.cohorts.sign_ons.signing_on import SECRET, back, go, is_in, led_to, second_step, whole
from tests.identity_provider import query_of, serving, slowly


def test_code_state_nonce_and_pkce(sign_on, provider):
    address = led_to(Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/"))
    asked = query_of(address)
    assert {name: asked[name] for name in ("response_type", "scope", "client_id", "code_challenge_method", "redirect_uri")} == {
        "response_type": "code",
        "scope": "openid",
        "client_id": "mpi",
        "code_challenge_method": "S256",
        "redirect_uri": f"http://testserver/accounts/sign-on/{sign_on.pk}/answer/",
    }
    assert all(len(asked[name]) >= 20 for name in ("state", "nonce", "code_challenge"))


def test_the_verifier_of_the_challenge_goes_with_the_code(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = Client()
    address = led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/"))
    back(client, provider, address, "ada.work")
    form = next(form for path, form in provider.asked if path == "/oauth2/token")
    assert create_s256_code_challenge(form["code_verifier"]) == query_of(address)["code_challenge"]
    assert (form["grant_type"], form["redirect_uri"]) == ("authorization_code", query_of(address)["redirect_uri"])


STRANGERS_KEY = RSAKey.generate_key(2048)
NOW = int(time.time())
SPOILED = {
    "nonce": ({"nonce": "another"}, {}),
    "no nonce": ({"nonce": None}, {}),
    "audience": ({"aud": ["another"]}, {}),
    "audience with our azp": ({"aud": ["another"], "azp": "mpi"}, {}),
    "azp": ({"aud": ["mpi", "another"], "azp": "another"}, {}),
    "several audiences without azp": ({"aud": ["mpi", "another"]}, {}),
    "issuer": ({"iss": "https://login.example.org"}, {}),
    "expired": ({"exp": NOW - 3600, "iat": NOW - 7200}, {}),
    "no expiry": ({"exp": None}, {}),
    "no subject": ({"sub": None}, {}),
    "access token": ({"at_hash": "another"}, {}),
    "signature": ({}, {"key": STRANGERS_KEY}),
    "unknown key": ({}, {"key": STRANGERS_KEY, "header": {"alg": "RS256", "kid": "another"}}),
    "symmetric": ({}, {"key": OctKey.import_key(SECRET), "header": {"alg": "HS256"}}),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_answer_lets_nobody_in(cast, sign_on, provider, what):
    link(sign_on, cast.ada, "ada.work")
    change, how = SPOILED[what]
    provider.claims(change, **how)
    client = Client()
    answer = go(client, sign_on, provider, "ada.work")
    assert (answer.status_code, "That did not work" in whole(answer), is_in(client)) == (403, True, False)
    assert "The answer of Alder sign-on" in whole(answer)
    told = AuditEntry.objects.get(action="sign_on.failed")
    assert (told.chain.office, told.detail["way"]) == (sign_on.office, "Alder sign-on")
    assert not AuditEntry.objects.filter(action="sign_in.done").exists()


def test_a_token_that_nobody_signed(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    provider.spoil(
        "/oauth2/token", lambda told: told | {"id_token": "eyJhbGciOiJub25lIn0." + told["id_token"].split(".")[1] + "."}
    )
    provider.spoil(
        "/.well-known/openid-configuration", lambda told: told | {"id_token_signing_alg_values_supported": ["none", "RS256"]}
    )
    client = Client()
    assert (go(client, sign_on, provider, "ada.work").status_code, is_in(client)) == (403, False)


def test_the_same_answers_unspoiled_let_in(cast, sign_on, provider):
    """What the tests above take away is what counts: signed anew by the provider's key, the answer is taken."""
    link(sign_on, cast.ada, "ada.work")
    provider.claims({"aud": ["mpi"], "azp": "mpi"})
    assert go(Client(), sign_on, provider, "ada.work")["Location"] == "/accounts/2fa/authenticate/"


def test_a_key_that_was_changed_meanwhile(cast, sign_on, provider):
    """Keys are asked for each time, so a new one counts at once and the former one no longer."""
    link(sign_on, cast.ada, "ada.work")
    new = RSAKey.generate_key(2048, {"kid": "new"})
    provider.claims({}, key=new, header={"alg": "RS256", "kid": "new"})
    assert go(Client(), sign_on, provider, "ada.work").status_code == 403
    provider.spoil("/jwks", lambda told: {"keys": [*told["keys"], new.as_dict(private=False)]})
    assert go(Client(), sign_on, provider, "ada.work")["Location"] == "/accounts/2fa/authenticate/"


def test_an_answer_without_an_id_token(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    provider.spoil("/oauth2/token", lambda told: {name: value for name, value in told.items() if name != "id_token"})
    answer = go(Client(), sign_on, provider, "ada.work")
    assert (answer.status_code, "did not say who you are" in whole(answer)) == (403, True)


@pytest.mark.parametrize("query", ["", "?state=made-up&code=made-up", "?code=made-up", "?error=access_denied&state=made-up"])
def test_an_answer_that_nobody_asked_for(cast, sign_on, query):
    answer = Client().get(f"/accounts/sign-on/{sign_on.pk}/answer/{query}")
    assert (answer.status_code, "belongs to no sign-in that began in this browser" in whole(answer)) == (403, True)
    assert AuditEntry.objects.get(action="sign_on.failed").detail["because"] == "unknown state"


def test_an_answer_works_once_and_in_its_own_browser(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = Client()
    address = provider.let_in(led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/")), "ada.work")
    stranger = Client()
    assert (stranger.get(address).status_code, is_in(stranger)) == (403, False)
    assert client.get(address).status_code == 302
    assert client.get(address).status_code == 403


def test_an_answer_meant_for_another_sign_on(cast, sign_on, provider):
    """Each has its own redirect address: one provider cannot answer for another."""
    link(sign_on, cast.ada, "ada.work")
    birch = cast.offices["birch"][0]
    SignOn.objects.create(pk=birch.pk, office=birch, name="Birch ID", issuer=provider.issuer, client_id="mpi")
    client = Client()
    address = provider.let_in(led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/")), "ada.work")
    assert client.get(address.replace(str(sign_on.pk), str(birch.pk))).status_code == 403
    wrong_issuer = f"{address}&iss=https%3A%2F%2Flogin.example.org"
    assert client.get(wrong_issuer).status_code == 403
    assert not is_in(client)


def test_no_log_line_holds_an_answer(cast, sign_on, provider, caplog):
    answer = go(Client(), sign_on, provider, "ben.work")
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert answer.status_code == 403 and any("/answer/?[token]" in line for line in lines)
    assert not any("code=" in line or "state=" in line for line in lines)


@pytest.mark.parametrize(
    "error, status, words",
    [
        ("access_denied", 403, "did not let you in"),
        ("server_error", 502, "cannot answer at present"),
        ("x<b>", 403, "did not take the request"),
    ],
)
def test_a_provider_that_says_no(sign_on, error, status, words):
    client = Client()
    state = query_of(led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/")))["state"]
    told = {"error": error, "state": state, "error_description": "<script>alert(1)</script>"}
    answer = client.get(f"/accounts/sign-on/{sign_on.pk}/answer/", told)
    assert (answer.status_code, words in whole(answer), "alert(1)" in whole(answer)) == (status, True, False)
    assert AuditEntry.objects.filter(action="sign_on.failed").count() == 1


def test_a_provider_that_is_down(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = Client()
    address = provider.let_in(led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/")), "ada.work")
    with serving(lambda environ, start_response: []) as gone:
        pass
    SignOn.objects.update(issuer=gone)
    for answer in (client.get(address), Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/")):
        assert (answer.status_code, "does not answer at present" in whole(answer)) == (502, True)
    assert not is_in(client)


def test_a_provider_that_is_slow_or_says_too_much(sign_on, provider, monkeypatch):
    monkeypatch.setattr(openid, "TIMES", (0.2, 0.2))
    provider.before = lambda path: slowly(0.6)
    answer = Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/")
    assert (answer.status_code, "does not answer at present" in whole(answer)) == (502, True)
    monkeypatch.setattr(openid, "MOST_BYTES", 100)
    provider.before = lambda path: None
    assert Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/").status_code == 502


@pytest.mark.parametrize(
    "told",
    [
        b"not JSON",
        b"[]",
        b'{"issuer": "ISSUER"}',
        b'{"issuer": "ISSUER", "token_endpoint": "http://10.0.0.1/t", "jwks_uri": 7}',
    ],
)
def test_a_provider_that_speaks_nonsense(sign_on, provider, told):
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        return [told.replace(b"ISSUER", provider.issuer.encode())]

    provider.before = lambda path: application
    answer = Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/")
    assert (answer.status_code, "That did not work" in whole(answer)) == (502, True)


def test_a_description_that_would_turn_off_the_guard(cast, sign_on, provider):
    """What a provider says of itself becomes no argument of the HTTP client: no proxy, no certificate left unchecked."""
    link(sign_on, cast.ada, "ada.work")
    mischief = {"proxies": {"http": "http://127.0.0.1:9"}, "verify": False, "trust_env": True, "code_challenge_method": None}
    provider.spoil("/.well-known/openid-configuration", lambda told: told | mischief)
    assert go(Client(), sign_on, provider, "ada.work")["Location"] == "/accounts/2fa/authenticate/"
    assert openid.Provider(sign_on).load_server_metadata().keys() <= openid.BELIEVED


def test_a_provider_that_leads_inside(sign_on, provider):
    """Nothing inside a network is asked, whoever names it, and no redirect is followed."""
    inner = []

    def treasure(environ, start_response):
        inner.append(environ["PATH_INFO"])
        start_response("200 OK", [])
        return [b"{}"]

    with serving(treasure) as address:

        def lead(environ, start_response):
            start_response("302 Found", [("Location", f"{address}/redirected")])
            return [b""]

        provider.before = lambda path: lead
        assert Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/").status_code == 502
        with override_settings(SIGN_ON_INNER_HOSTS=["localhost"]):  # by its number this machine is a stranger's
            assert Client().post(f"/accounts/sign-on/{sign_on.pk}/begin/").status_code == 502
    assert inner == []


@pytest.mark.parametrize(
    "address, may",
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.20.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("::ffff:10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("64:ff9b::a00:1", False),
    ],
)
def test_what_is_inside(address, may):
    assert openid.may_be_asked("login.example.org", address) is may


def test_nobody_is_led_to_a_strangers_page(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = Client()
    go(client, sign_on, provider, "ada.work", next="https://evil.example/")
    assert second_step(client)["Location"] == "/"


def test_many_tries_are_slowed(sign_on, settings):
    settings.LIMITS_TIMES = 1
    told = [Client().get(f"/accounts/sign-on/{sign_on.pk}/answer/").status_code for _ in range(62)]
    assert told == [403] * 60 + [429] * 2
    assert AuditEntry.objects.filter(action="sign_on.failed").count() == 60
