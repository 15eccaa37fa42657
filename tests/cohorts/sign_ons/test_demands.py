"""What an office can demand, and joining by it."""

import re
import time

import pytest
from allauth.usersessions.models import UserSession
from django.core import mail
from django.core.exceptions import ValidationError
from django.test import Client

from cohorts.actions.invitations import invite
from cohorts.actions.sign_ons import demand, link
from cohorts.acts import sentence
from cohorts.models import ApiToken, AuditEntry, Person, SignOn, SignOnLink
from tests.cast import person, seat
from tests.cohorts.sign_ons.signing_on import (
    PASSWORD,
    back,
    go,
    is_in,
    led_to,
    link_by_page,
    page,
    second_step,
    signed_in,
    told_of,
    whole,
)

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
