"""Who is who: linking, the second step, the page for signing in, and being asked again."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client

from cohorts.actions.seats import end_term
from cohorts.actions.sign_ons import link, unlink
from cohorts.acts import sentence
from cohorts.models import AuditEntry, Invitation, Person, SignOn, SignOnLink, Term
from tests.cast import seat
from tests.cohorts.sign_ons.signing_on import PASSWORD, back, go, is_in, led_to, link_by_page, second_step, signed_in, whole
from tests.identity_provider import query_of

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
