"""Who sets an office's own sign-on, and who sets a cohort's."""

import json
import re

import pytest
from django.core.exceptions import ValidationError
from django.test import Client, override_settings
from django.urls import reverse

from cohorts.actions.sign_ons import set_sign_on, sign_on_of
from cohorts.acts import sentence
from cohorts.models import AuditEntry, Conflict, SignOn, SignOnLink
from cohorts.models.sealed import Unreadable
from tests.cohorts.sign_ons.signing_on import (
    SECRET,
    go,
    is_in,
    link_by_page,
    page,
    second_step,
    signed_in,
    told_of,
    whole,
)


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


def test_what_is_read_before_it_is_set(mayors, ike):
    assert sign_on_of(mayors)._state.adding
    shown = whole(signed_in(ike).get(page(mayors)))
    assert f"http://testserver{reverse('cohorts:sign-on-answer', args=[mayors.pk])}" in shown
