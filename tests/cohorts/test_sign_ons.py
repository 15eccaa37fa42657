"""Signing in by an office's own identity provider: who sets it, who is who, what is refused, and what an office can demand.

Ike is the IT contact of Alder's mayor's office. At the provider Ada is `ada.work`, Ike `ike.work`, Ben `ben.work`."""

import json
import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import reverse
from joserfc.jwk import OctKey, RSAKey

from cohorts import openid
from cohorts.actions.invitations import invite
from cohorts.actions.seats import end_term
from cohorts.actions.sign_ons import demand, link, set_sign_on, sign_on_of, unlink
from cohorts.acts import sentence
from cohorts.models import ApiToken, AuditEntry, Conflict, Invitation, Person, SignOn, SignOnLink, Term
from cohorts.models.sealed import Unreadable
from mpi.logs import JsonFormatter
from tests.cast import come_in, give_factor, person, seat
from tests.identity_provider import query_of, serving, slowly

PASSWORD = "four words that nobody else says"
SECRET = "the client secret of Alder"


@pytest.fixture(autouse=True)
def fresh_counts():
    """Tries are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def ike(cast):
    made = person("ike")
    give_factor(made)
    seat(made, "it_contact", "IT contact", office=cast.offices["alder"][0])
    return made


@pytest.fixture
def mayors(cast):
    return cast.offices["alder"][0]


def told_of(provider, **more):
    return {
        "name": "Alder sign-on",
        "issuer": provider.issuer,
        "client_id": "mpi",
        "secret": SECRET,
        "domains": "example.org",
        "proof": "none",
        "acr_values": "",
        "version": 1,
    } | more


@pytest.fixture
def sign_on(mayors, ike, provider):
    told = told_of(provider, domains=" example.org ")
    return set_sign_on(mayors, ike, **told)


def page(office):
    return f"/people/offices/{office.pk}/sign-on/"


def signed_in(who):
    client = Client()
    come_in(client, who)
    return client


def led_to(response):
    assert response.status_code == 200, (response.status_code, response.get("Location"))
    assert f'content="0; url={response.context["address"]}"'.replace("&", "&amp;") in response.content.decode()
    return response.context["address"]


def back(client, provider, address, sub):
    """The person signs in at the provider, which leads their browser back."""
    return client.get(provider.let_in(address, sub))


def go(client, sign_on, provider, sub, **more):
    address = led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/begin/", more))
    return back(client, provider, address, sub)


def link_by_page(client, sign_on, provider, sub):
    return back(client, provider, led_to(client.post(f"/settings/sign-on/{sign_on.pk}/link/")), sub)


def code_now():
    return format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", list(yield_hotp_counters_from_time())[1]))


def second_step(client):
    return client.post("/accounts/2fa/authenticate/", {"code": code_now()})


def is_in(client):
    return client.get("/api/v1/me/").status_code == 200


def whole(response):
    return response.content.decode()


# --- setting it


@pytest.mark.parametrize("who, status", [("ada", 200), ("amos", 200), ("ben", 403), ("finn", 403), ("ivy", 403), ("cleo", 404)])
def test_its_people_read_it_and_nobody_else(cast, mayors, sign_on, who, status):
    answer = signed_in(getattr(cast, who)).get(page(mayors))
    assert answer.status_code == status
    assert ("Alder sign-on" in whole(answer)) == (status == 200)
    assert "mpi" not in re.findall(r'value="([^"]*)"', whole(answer))


@pytest.mark.parametrize("who, status", [("ada", 403), ("amos", 403), ("ben", 403), ("cleo", 404), ("ivy", 403)])
def test_only_the_it_contact_sets_it(cast, mayors, ike, provider, who, status):
    assert signed_in(getattr(cast, who)).post(page(mayors), told_of(provider)).status_code == status
    assert not SignOn.objects.exists()
    assert signed_in(ike).post(page(mayors), told_of(provider)).status_code == 302
    made = SignOn.objects.get()
    assert (made.office, made.issuer, made.secret, made.domains) == (mayors, provider.issuer, SECRET, " example.org ")
    assert (made.proof, made.is_demanded) == ("none", False)


def test_to_set_it_one_is_asked_again(client, mayors, ike, provider):
    client.force_login(ike)
    answer = client.post(page(mayors), told_of(provider))
    assert answer["Location"].partition("?")[0] == "/accounts/2fa/reauthenticate/"
    assert not SignOn.objects.exists()


def test_the_secret_is_nowhere_to_be_read(mayors, ike, provider, caplog):
    client = signed_in(ike)
    client.post(page(mayors), told_of(provider))
    assert SECRET not in SignOn.objects.values_list("sealed_secret", flat=True)[0]
    assert SECRET not in whole(client.get(page(mayors)))
    assert SECRET not in json.dumps([entry.detail | {"what": entry.subject_words} for entry in AuditEntry.objects.all()])
    wrong = client.post(page(mayors), told_of(provider, issuer="nowhere"))
    assert (wrong.status_code, SECRET in whole(wrong)) == (422, False)
    go(Client(), SignOn.objects.get(), provider, "ada.work")
    assert SECRET not in caplog.text
    with override_settings(SECRET_KEY="another"), pytest.raises(Unreadable):
        SignOn.objects.get().secret  # noqa: B018 (reading it is the point)
    with override_settings(SECRET_KEY="another", SECRET_KEY_FALLBACKS=["only-for-tests"]):
        assert SignOn.objects.get().secret == SECRET


def test_the_trail_tells_what_changed(mayors, ike, provider):
    client = signed_in(ike)
    client.post(page(mayors), told_of(provider))
    client.post(page(mayors), told_of(provider, name="Alder ID", secret="another one", version=1))
    client.post(page(mayors), told_of(provider, name="Alder ID", secret="", version=2))  # says the same again
    told = AuditEntry.objects.filter(action="sign_on.set").order_by("number")
    assert {entry.chain.office for entry in told} == {mayors}
    assert [sentence(entry) for entry in told] == [
        f"Ike set the sign-on of Alder mayor’s office, Alder sign-on: name “Alder sign-on”; issuer “{provider.issuer}”; "
        "client ID “mpi”; mail domains “example.org”; a new client secret.",
        "Ike set the sign-on of Alder mayor’s office, Alder ID: name “Alder ID”; a new client secret.",
    ]


@pytest.mark.parametrize(
    "wrong, words",
    [
        ({"issuer": "http://login.example.org"}, "The address must begin with https://"),
        ({"issuer": "https://user:password@login.example.org"}, "This is not an address of the web."),
        ({"issuer": "https://login.example.org/?tenant=1"}, "An issuer’s address has no question mark."),
        ({"issuer": "https://10.0.0.7"}, "does not answer at present"),
        ({"issuer": "https://169.254.169.254"}, "does not answer at present"),
        ({"issuer": "https://[::ffff:127.0.0.1]"}, "does not answer at present"),
        ({"domains": "alder.gov"}, "Nobody who holds a seat here has an address at alder.gov."),
        ({"domains": "not a domain"}, "is not a domain"),
        ({"proof": "acr"}, "Say which values of “acr” prove more than a password."),
        ({"client_id": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_set(mayors, ike, provider, wrong, words):
    answer = signed_in(ike).post(page(mayors), told_of(provider, **wrong))
    assert (answer.status_code, words in whole(answer), SignOn.objects.exists()) == (422, True, False)


@override_settings(MPI_DEMO=False, SIGN_ON_INNER_HOSTS=[])
def test_outside_the_demonstration_this_machine_is_not_asked(mayors, ike, provider):
    with pytest.raises(ValidationError):
        set_sign_on(mayors, ike, **told_of(provider))
    assert [path for path, _ in provider.asked] == []


def test_an_address_that_answers_as_another_provider(mayors, ike, provider):
    provider.spoil("/.well-known/openid-configuration", lambda told: told | {"issuer": "https://login.example.org"})
    answer = signed_in(ike).post(page(mayors), told_of(provider))
    assert (answer.status_code, "another provider than the one set here" in whole(answer)) == (422, True)


def test_two_at_once_is_a_conflict(mayors, ike, sign_on, provider):
    client = signed_in(ike)
    assert client.post(page(mayors), told_of(provider, name="One")).status_code == 302
    assert client.post(page(mayors), told_of(provider, name="Two")).status_code == 409
    assert SignOn.objects.get().name == "One"
    with pytest.raises(Conflict):
        set_sign_on(mayors, ike, version=1, name="Three")


def test_two_who_set_the_first_one(mayors, ike, provider):
    """Each had read that there was none."""
    client = signed_in(ike)
    assert 'name="version" value="0"' in whole(client.get(page(mayors)))
    assert client.post(page(mayors), told_of(provider, name="One", version=0)).status_code == 302
    assert client.post(page(mayors), told_of(provider, name="Two", version=0)).status_code == 409
    assert SignOn.objects.get().name == "One"


def test_a_facilitator_sets_the_cohorts(cast, provider):
    address = "/people/cohorts/first/sign-on/"
    statuses = {
        who: signed_in(getattr(cast, who)).post(address, told_of(provider, name="League ID")).status_code
        for who in ("ada", "nora", "ivy", "dora", "finn")
    }
    assert statuses == {"ada": 403, "nora": 403, "ivy": 403, "dora": 404, "finn": 302}
    made = SignOn.objects.get()
    assert (made.cohort, made.office, "Demand" in whole(signed_in(cast.finn).get(address))) == (cast.cohort, None, False)
    client = signed_in(cast.finn)
    assert link_by_page(client, made, provider, "finn.work")["Location"] == "/settings/sign-on/"
    other = Client()
    assert go(other, made, provider, "finn.work")["Location"] == "/accounts/2fa/authenticate/"
    assert second_step(other).status_code == 302 and is_in(other)
    assert client.post(f"{address}removal/").status_code == 302
    assert not SignOn.objects.exists() and not SignOnLink.objects.exists()


# --- linking


def test_a_person_links_once_and_from_then_on_comes_in(cast, sign_on, provider):
    client = signed_in(cast.ada)
    assert "Not linked" in whole(client.get("/settings/sign-on/"))
    assert link_by_page(client, sign_on, provider, "ada.work")["Location"] == "/settings/sign-on/"
    held = SignOnLink.objects.get()
    assert (held.person, held.issuer, held.subject) == (cast.ada, provider.issuer, "ada.work")
    told = AuditEntry.objects.get(action="sign_on.linked")
    words = "Ada linked their account of Alder sign-on."
    assert (sentence(told), told.chain.office, told.address) == (words, sign_on.office, "127.0.0.1")
    other = Client()
    assert go(other, sign_on, provider, "ada.work", next="/library/")["Location"] == "/accounts/2fa/authenticate/"
    assert not is_in(other)
    assert second_step(other)["Location"] == "/library/"
    assert other.get("/api/v1/me/").json()["name"] == "Ada"
    told = AuditEntry.objects.filter(action="sign_in.done").latest("number")
    words = "Ada signed in, by Alder sign-on, then an authenticator app."
    assert (sentence(told), told.chain.office, told.address) == (words, sign_on.office, "127.0.0.1")


def test_to_link_and_to_unlink_one_is_asked_again(client, cast, sign_on):
    client.force_login(cast.ada)
    link(sign_on, cast.ada, "ada.work")
    for verb in ("link", "unlinking"):
        answer = client.post(f"/settings/sign-on/{sign_on.pk}/{verb}/")
        assert answer["Location"].partition("?")[0] == "/accounts/2fa/reauthenticate/"
    assert SignOnLink.objects.count() == 1


def test_linking_and_unlinking_are_told_by_mail(cast, ike, sign_on, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        unlink(link(sign_on, cast.ada, "ada.work"), ike)
    assert [(letter.to, letter.subject) for letter in mailoutbox] == [
        (["ada@example.org"], "Alder sign-on signs you in from now on"),
        (["ada@example.org"], "Alder sign-on signs you in no longer"),
    ]
    assert "Ike unlinked your account of Alder sign-on, Alder mayor’s office." in mailoutbox[1].body


def test_an_account_is_linked_to_one_person_alone(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = signed_in(cast.amos)
    answer = link_by_page(client, sign_on, provider, "ada.work")
    assert (answer.status_code, "is linked to somebody else here" in whole(answer)) == (403, True)
    assert [held.person for held in SignOnLink.objects.all()] == [cast.ada]


def test_a_person_has_one_account_there(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    answer = link_by_page(signed_in(cast.ada), sign_on, provider, "ike.work")
    assert (answer.status_code, "Unlink that one first" in whole(answer)) == (403, True)
    assert SignOnLink.objects.get().subject == "ada.work"


def test_nobody_links_to_the_sign_on_of_another_office(cast, sign_on):
    for who in ("ben", "cleo", "finn", "ivy"):
        assert signed_in(getattr(cast, who)).post(f"/settings/sign-on/{sign_on.pk}/link/").status_code == 404


def test_unlinked_it_lets_nobody_in(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    assert signed_in(cast.ada).post(f"/settings/sign-on/{sign_on.pk}/unlinking/").status_code == 302
    answer = go(Client(), sign_on, provider, "ada.work")
    assert (answer.status_code, "is not linked to an account here" in whole(answer)) == (403, True)


def test_who_is_not_linked_is_told_so_and_no_account_is_made(cast, sign_on, provider):
    """Not even where the provider says an address that has an account here."""
    before = Person.objects.count()
    provider.says("ben.work", email="ada@example.org", email_verified=True)
    client = Client()
    answer = go(client, sign_on, provider, "ben.work")
    assert (answer.status_code, "none was made" in whole(answer), is_in(client)) == (403, True, False)
    assert Person.objects.count() == before and not SignOnLink.objects.exists()
    told = AuditEntry.objects.get(action="sign_on.failed")
    words = "Somebody tried to sign in and did not get in, by Alder sign-on: not linked."
    assert (sentence(told), told.chain.office, told.address) == (words, sign_on.office, "127.0.0.1")


def test_an_office_lets_in_whoever_holds_a_seat_there_and_nobody_who_did(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    end_term(Term.objects.current().get(person=cast.ada))
    client = Client()
    answer = go(client, sign_on, provider, "ada.work")
    assert (answer.status_code, "You hold no seat in" in whole(answer), is_in(client)) == (403, True, False)
    told = AuditEntry.objects.filter(action="sign_in.failed").latest("number")
    assert sentence(told).endswith("by Alder sign-on: no seat there any more.")


def test_a_closed_account_stays_closed(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    Person.objects.filter(pk=cast.ada.pk).update(is_active=False)
    answer = go(Client(), sign_on, provider, "ada.work")
    assert (answer.status_code, "This account is closed" in whole(answer)) == (403, True)


def test_another_issuer_is_another_account(cast, mayors, ike, sign_on, provider):
    """Somebody is who issuer and subject say together: the same subject of a new provider is nobody yet."""
    link(sign_on, cast.ada, "ada.work")
    SignOnLink.objects.update(issuer="https://former.example.org")
    assert go(Client(), sign_on, provider, "ada.work").status_code == 403
    assert "Not linked" in whole(signed_in(cast.ada).get("/settings/sign-on/"))
    link_by_page(signed_in(cast.ada), sign_on, provider, "ada.work")
    assert SignOnLink.objects.get().issuer == provider.issuer


# --- the second step


def proving(sign_on, **told):
    SignOn.objects.filter(pk=sign_on.pk).update(**told)


@pytest.mark.parametrize(
    "rule, says, is_proved",
    [
        ({"proof": "none"}, {"amr": ["pwd", "mfa"]}, False),
        ({"proof": "amr"}, {"amr": ["pwd", "mfa"]}, True),
        ({"proof": "amr"}, {"amr": ["pwd"]}, False),
        ({"proof": "amr"}, {}, False),
        ({"proof": "acr", "acr_values": "aal2 aal3"}, {"acr": "aal2"}, True),
        ({"proof": "acr", "acr_values": "aal2 aal3"}, {"acr": "aal1"}, False),
        ({"proof": "acr", "acr_values": "aal2 aal3"}, {"amr": ["mfa"]}, False),
    ],
)
def test_the_second_step_is_asked_unless_the_provider_proves_one(cast, sign_on, provider, rule, says, is_proved):
    link(sign_on, cast.ada, "ada.work")
    proving(sign_on, **rule)
    provider.says("ada.work", **says)
    client = Client()
    assert go(client, sign_on, provider, "ada.work")["Location"] == ("/" if is_proved else "/accounts/2fa/authenticate/")
    assert is_in(client) == is_proved


def test_who_has_no_second_step_sets_one_up_unless_the_provider_proves_one(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    Authenticator.objects.filter(user=cast.ada).delete()
    client = Client()
    go(client, sign_on, provider, "ada.work")
    assert client.get("/library/")["Location"] == "/accounts/2fa/"
    proving(sign_on, proof="amr")
    provider.says("ada.work", amr=["mfa"])
    client = Client()
    go(client, sign_on, provider, "ada.work")
    assert (client.get("/library/").status_code, is_in(client)) == (200, True)


def test_an_offices_provider_proves_nothing_for_another_office(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    proving(sign_on, proof="amr")
    provider.says("ada.work", amr=["mfa"])
    seat(cast.ada, "staff", "Adviser", office=cast.offices["birch"][0])
    client = Client()
    assert go(client, sign_on, provider, "ada.work")["Location"] == "/accounts/2fa/authenticate/"


def test_what_a_provider_proved_is_not_carried_to_somebody_else(cast, sign_on, provider):
    """In a browser where one began, another signs in."""
    link(sign_on, cast.ada, "ada.work")
    proving(sign_on, proof="amr")
    cast.amos.set_password(PASSWORD)
    cast.amos.save()
    client = Client()
    provider.says("ada.work", amr=["mfa"])
    go(client, sign_on, provider, "ada.work")
    assert is_in(client)
    client.post("/accounts/logout/")
    client.post("/accounts/login/", {"login": "amos@example.org", "password": PASSWORD})
    second_step(client)
    assert client.get("/api/v1/me/").json()["name"] == "Amos"
    records = client.session["account_authentication_methods"]
    assert [record["method"] for record in records] == ["password", "mfa"]


# --- the protocol


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


# --- the page for signing in


def test_an_address_leads_to_the_button_whether_or_not_it_has_an_account(sign_on):
    texts = []
    for email in ("ada@example.org", "nobody@example.org"):
        answer = Client().post("/accounts/sign-on/", {"email": email})
        texts.append(re.sub(r'name="csrfmiddlewaretoken" value="\w+"|nonce="[^"]*"|"X-CSRFToken": "\w+"', "", whole(answer)))
    assert texts[0] == texts[1] and f"/accounts/sign-on/{sign_on.pk}/begin/" in texts[0]
    strange = whole(Client().post("/accounts/sign-on/", {"email": "ada@alder.gov"}))
    assert "No office has set a sign-on for addresses of this kind" in strange and str(sign_on.pk) not in strange
    assert Client().post("/accounts/sign-on/", {"email": "no address"}).status_code == 422


# --- asked again


def test_who_has_only_the_sign_on_is_asked_again_by_it(cast, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    Authenticator.objects.filter(user=cast.ada).delete()
    proving(sign_on, proof="amr")
    provider.says("ada.work", amr=["mfa"])
    assert not Person.objects.get(pk=cast.ada.pk).has_usable_password()
    client = Client()
    go(client, sign_on, provider, "ada.work")
    for address in ("/settings/tokens/new/", "/accounts/2fa/webauthn/add/"):
        asked = client.get(address)
        assert asked["Location"].partition("?")[0] == f"/accounts/sign-on/{sign_on.pk}/again/"
    wanted = f"/people/offices/{sign_on.office.pk}/invitations/new/"
    typed = {"email": "vera@example.org", "seat": "staff", "title": "Analyst"}
    asked = client.post(wanted, typed)
    again = asked["Location"]
    assert "Use Alder sign-on" in whole(client.get(again))
    address = led_to(client.post(again.partition("?")[0], {"next": wanted}))
    assert (query_of(address)["prompt"], query_of(address)["max_age"]) == ("login", "0")
    for at in (None, int(time.time()) - 3600, "now"):  # the provider does not say when, or it was long ago
        provider.claims({"auth_time": at})
        answer = back(client, provider, led_to(client.post(again.partition("?")[0], {"next": wanted})), "ada.work")
        assert (answer.status_code, Invitation.objects.count()) == (403, 0)
    assert "did not ask you again" in whole(answer) or "is not for this sign-in" in whole(answer)
    provider.claims({"auth_time": int(time.time())})
    client.post(wanted, typed)
    answer = back(client, provider, led_to(client.post(again.partition("?")[0], {"next": wanted})), "ada.work")
    assert (answer.status_code, [each.email for each in Invitation.objects.all()]) == (302, ["vera@example.org"])
    assert client.get("/settings/tokens/new/").status_code == 200


def test_another_account_does_not_answer_the_question(cast, ike, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    link(sign_on, ike, "ike.work")
    client = Client()
    client.force_login(cast.ada)
    address = led_to(client.post(f"/accounts/sign-on/{sign_on.pk}/again/", {"next": "/settings/tokens/new/"}))
    answer = back(client, provider, address, "ike.work")
    assert (answer.status_code, "not the account of Alder sign-on that is linked to yours" in whole(answer)) == (403, True)
    assert client.get("/settings/tokens/new/").status_code == 302


# --- an office demands it


def demanded(mayors, ike, sign_on, provider):
    """Ike has linked his account, and demands it. Returns his browser."""
    client = signed_in(ike)
    link_by_page(client, sign_on, provider, "ike.work")
    assert client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"}).status_code == 302
    assert SignOn.objects.get(pk=sign_on.pk).is_demanded
    return client


def test_nobody_demands_what_they_have_not_tried(mayors, ike, sign_on, provider):
    client = signed_in(ike)
    answer = client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"}, follow=True)
    assert "Sign in by Alder sign-on yourself first" in whole(answer)
    link(sign_on, ike, "ike.work")  # linked at another time is not tried in this session
    client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"})
    assert not SignOn.objects.get().is_demanded
    with pytest.raises(ValidationError):
        demand(mayors, ike, client.session)


@pytest.mark.parametrize("who, status", [("ada", 403), ("ben", 403), ("cleo", 404)])
def test_only_the_it_contact_demands_and_removes_and_unlinks(cast, mayors, ike, sign_on, provider, who, status):
    demanded(mayors, ike, sign_on, provider)
    link(sign_on, cast.amos, "amos.work")
    client = signed_in(getattr(cast, who))
    if who == "ada":  # of the office, so she comes in by it first
        link(sign_on, cast.ada, "ada.work")
        client = Client()
        go(client, sign_on, provider, "ada.work")
        second_step(client)
        come_in_again(client)
    for rest in ("demand/", "removal/", f"people/{cast.amos.pk}/unlinking/"):
        assert client.post(page(mayors) + rest, {"is_demanded": "no"}).status_code == status
    assert SignOn.objects.get().is_demanded and SignOnLink.objects.filter(person=cast.amos).exists()


def come_in_again(client):
    session = client.session
    session["account_authentication_methods"] = [
        *session["account_authentication_methods"],
        {"method": "mfa", "at": time.time(), "reauthenticated": True},
    ]
    session.save()


def test_who_has_linked_comes_in_by_nothing_else(cast, mayors, ike, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    cast.ada.set_password(PASSWORD)
    cast.ada.save()
    demanded(mayors, ike, sign_on, provider)
    client = Client()
    refused = client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    assert refused["Location"] == f"/accounts/sign-on/{sign_on.pk}/"
    shown = whole(client.get(refused["Location"]))
    assert "Alder mayor’s office lets its people in by Alder sign-on alone. Go on with that." in shown
    assert client.get("/accounts/2fa/authenticate/").status_code == 302
    client.post("/accounts/login/code/", {"email": "ada@example.org"})
    code = re.search(r"^[A-Z0-9-]{6,9}$", mail.outbox[-1].body, re.MULTILINE)[0]
    assert client.post("/accounts/login/code/confirm/", {"code": code})["Location"] == f"/accounts/sign-on/{sign_on.pk}/"
    assert not is_in(client)
    told = AuditEntry.objects.filter(action="sign_in.failed", for_whom=cast.ada)
    assert [entry.detail["because"] for entry in told] == ["the office demands its sign-on"] * 2
    go(client, sign_on, provider, "ada.work")
    second_step(client)
    assert is_in(client) and client.get("/library/").status_code == 200


def test_who_has_yet_to_link_gets_as_far_as_linking(cast, mayors, ike, sign_on, provider):
    cast.ada.set_password(PASSWORD)
    cast.ada.save()
    demanded(mayors, ike, sign_on, provider)
    client = Client()
    client.post("/accounts/login/", {"login": "ada@example.org", "password": PASSWORD})
    second_step(client)
    for address in ("/", "/library/", "/workspaces/alder-ny/", "/settings/"):
        assert client.get(address)["Location"] == "/accounts/sign-on/needed/"
    told = client.get("/api/v1/me/")
    assert (told.status_code, told.json()["errors"][0]["code"]) == (403, "sign_on_required")
    shown = whole(client.get("/accounts/sign-on/needed/"))
    assert "Link Alder sign-on" in shown and "/workspaces/alder-ny/" not in shown
    at = f"/accounts/sign-on/{sign_on.pk}/link/"
    asked = client.post(at)
    assert asked["Location"].partition("?")[0] == "/accounts/2fa/reauthenticate/"
    come_in_again(client)
    answer = back(client, provider, led_to(client.post(at)), "ada.work")
    assert answer["Location"] == "/accounts/sign-on/needed/"
    assert client.get(answer["Location"])["Location"] == "/settings/"
    assert is_in(client)


def test_sessions_that_began_otherwise_end(cast, mayors, ike, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    by_sign_on, by_password, bens = Client(), signed_in(cast.ada), signed_in(cast.ben)
    go(by_sign_on, sign_on, provider, "ada.work")
    second_step(by_sign_on)
    _, token = ApiToken.objects.issue(cast.ada, "read", 30)
    clients = (by_sign_on, by_password, bens)
    for client in clients:
        client.get("/library/")
    assert [is_in(client) for client in clients] == [True, True, True]
    UserSession.objects.create(user=cast.ada, session_key=by_password.session.session_key, ip="192.0.2.77", user_agent="")
    epoch = Person.objects.get(pk=cast.ada.pk).access_epoch
    ikes = demanded(mayors, ike, sign_on, provider)
    statuses = [client.get("/api/v1/me/").status_code for client in (*clients, ikes)]
    assert statuses == [200, 401, 200, 200]
    assert Person.objects.get(pk=cast.ada.pk).access_epoch > epoch
    assert Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {token}"}).status_code == 200


def test_the_demand_of_any_of_ones_offices_binds(cast, mayors, ike, sign_on, provider):
    seat(cast.carl, "staff", "Adviser", office=mayors)
    client = signed_in(cast.carl)
    assert is_in(client)
    demanded(mayors, ike, sign_on, provider)
    client = signed_in(cast.carl)
    assert client.get("/library/")["Location"] == "/accounts/sign-on/needed/"
    assert signed_in(cast.cleo).get("/library/").status_code == 200


def test_a_demanded_one_cannot_be_unlinked_by_its_person(cast, mayors, ike, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = demanded(mayors, ike, sign_on, provider)
    answer = client.post(f"/settings/sign-on/{sign_on.pk}/unlinking/", follow=True)
    assert "demands its sign-on, so it cannot be unlinked" in whole(answer)
    assert client.post(f"{page(mayors)}people/{cast.ada.pk}/unlinking/").status_code == 302
    assert [held.person for held in SignOnLink.objects.all()] == [ike]


def test_another_provider_ends_the_demand_until_it_is_tried(mayors, ike, sign_on, provider):
    client = demanded(mayors, ike, sign_on, provider)
    version = SignOn.objects.get().version
    client.post(page(mayors), told_of(provider, name="Alder ID", secret="", version=version))
    assert SignOn.objects.get().is_demanded
    client.post(page(mayors), told_of(provider, name="Alder ID", secret="a new one", version=version + 1))
    assert not SignOn.objects.get().is_demanded
    assert AuditEntry.objects.filter(action="sign_on.allowed").count() == 1
    client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"})
    assert not SignOn.objects.get().is_demanded  # what was shown, was shown to another
    go(client, sign_on, provider, "ike.work")
    client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"})
    assert SignOn.objects.get().is_demanded


def test_asked_again_a_password_is_no_way_where_the_sign_on_is_demanded(cast, mayors, ike, sign_on, provider):
    ike.set_password(PASSWORD)
    ike.save()
    client = Client()
    link(sign_on, ike, "ike.work")
    go(client, sign_on, provider, "ike.work")
    second_step(client)
    come_in_again(client)
    client.post(f"{page(mayors)}demand/", {"is_demanded": "yes"})
    assert is_in(client)
    assert client.get("/accounts/reauthenticate/").status_code == 302
    shown = whole(client.get("/accounts/2fa/reauthenticate/"))
    assert "Use Alder sign-on" in shown and "Use your password" not in shown


def test_an_administrator_ends_a_demand_for_a_written_reason(cast, mayors, ike, sign_on, provider):
    demanded(mayors, ike, sign_on, provider)
    at = f"/people/administration/sign-ons/{sign_on.pk}/release/"
    assert signed_in(cast.finn).post(at, {"reason": "x" * 40}).status_code == 404
    client = signed_in(cast.ivy)
    assert "Demanded" in whole(client.get("/people/administration/sign-ons/"))
    assert client.post(at, {"reason": "no"}).status_code == 422
    assert SignOn.objects.get().is_demanded
    reason = "Their provider is gone; Ike called from the number we know."
    assert client.post(at, {"reason": reason})["Location"] == "/people/administration/sign-ons/"
    assert not SignOn.objects.get().is_demanded
    told = AuditEntry.objects.filter(action="sign_on.released", of=None)
    words = (
        f"Ivy, an administrator, ended the demand that the people of Alder mayor’s office sign in by Alder sign-on: “{reason}”."
    )
    assert {sentence(entry) for entry in told} == {words}
    assert {entry.chain.office for entry in told} == {mayors, None}
    assert client.post(at, {"reason": reason}).status_code == 404


def test_removed_everyone_comes_in_as_before(cast, mayors, ike, sign_on, provider):
    client = demanded(mayors, ike, sign_on, provider)
    assert client.post(f"{page(mayors)}removal/").status_code == 302
    assert not SignOn.objects.exists() and not SignOnLink.objects.exists()
    assert signed_in(cast.ada).get("/library/").status_code == 200
    told = AuditEntry.objects.get(action="sign_on.removed")
    assert sentence(told) == "Ike removed the sign-on of Alder mayor’s office, Alder sign-on."


def test_knowing_of_a_demand_costs_no_query(client, cast, sign_on, django_assert_num_queries):
    client.force_login(cast.ada)
    with django_assert_num_queries(2):  # the session, and the person with what is demanded of them
        client.get("/accounts/session/", headers={"X-Background": "1"})


def test_many_people_cost_no_more_queries(cast, mayors, ike, sign_on, django_assert_max_num_queries):
    client, counts = signed_in(ike), []
    for number in (1, 2):
        for each in range(number):
            somebody = person(f"new{number}{each}")
            seat(somebody, "staff", "Adviser", office=mayors)
            link(sign_on, somebody, f"new{number}{each}.work")
        with django_assert_max_num_queries(30) as asked:
            client.get(page(mayors))
        counts.append(len(asked))
    assert counts[0] == counts[1]


# --- joining by it


@pytest.fixture
def invited(cast, mayors, sign_on, django_capture_on_commit_callbacks):
    """Where Vera's invitation leads."""
    with django_capture_on_commit_callbacks(execute=True):
        invite(cast.ada, email="vera@example.org", office=mayors, role="staff", title="Analyst")
    return re.search(r"/people/invitations/\S+", mail.outbox[-1].body)[0]


@pytest.mark.parametrize("is_demanded", [False, True])
def test_somebody_new_accepts_by_the_sign_on(invited, sign_on, provider, is_demanded):
    SignOn.objects.update(is_demanded=is_demanded)
    at = invited
    client = Client()
    shown = whole(client.get(at))
    assert "Accept with Alder sign-on" in shown and ('name="password"' in shown) != is_demanded
    assert client.post(f"{at}sign-on/", {"name": ""}).status_code == 422
    answer = back(client, provider, led_to(client.post(f"{at}sign-on/", {"name": "Vera"})), "vera.work")
    assert answer["Location"] == "/people/welcome/"
    vera = Person.objects.get(email="vera@example.org")
    assert (vera.name, vera.has_usable_password(), vera.terms.current().get().title) == ("Vera", False, "Analyst")
    assert SignOnLink.objects.get(person=vera).subject == "vera.work"
    assert client.get("/people/welcome/").status_code == 200
    assert client.get("/library/")["Location"] == "/accounts/2fa/"  # the second step is still theirs to add
    assert go(Client(), sign_on, provider, "vera.work")["Location"] == "/"


def test_where_it_is_demanded_nobody_joins_by_a_password(invited):
    SignOn.objects.update(is_demanded=True)
    answer = Client().post(invited, {"name": "Vera", "password": PASSWORD})
    assert answer.status_code == 422
    assert not Person.objects.filter(email="vera@example.org").exists()


def test_an_account_of_somebody_else_joins_nobody(cast, invited, sign_on, provider):
    link(sign_on, cast.ada, "ada.work")
    client = Client()
    answer = back(client, provider, led_to(client.post(f"{invited}sign-on/", {"name": "Vera"})), "ada.work")
    assert (answer.status_code, "is linked to somebody else here" in whole(answer)) == (403, True)
    assert not Person.objects.filter(email="vera@example.org").exists()


def test_what_is_read_before_it_is_set(mayors, ike):
    assert sign_on_of(mayors)._state.adding
    shown = whole(signed_in(ike).get(page(mayors)))
    assert f"http://testserver{reverse('cohorts:sign-on-answer', args=[mayors.pk])}" in shown
