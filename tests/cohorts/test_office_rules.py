"""What an office allows its people: set by its IT contact, read by its people, obeyed where the thing is done.

Ike is the IT contact of Alder's mayor's office."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.models import Exists, OuterRef
from django.test import Client

from cohorts.actions.office_rules import set_rules
from cohorts.acts import sentence
from cohorts.models import ApiToken, AuditEntry, Conflict, OfficeRules, Person, Rules, refusing, rules_of
from policies.actions.indicators import add_indicator
from policies.actions.trackers import open_tracker
from policies.models import Observation
from tests.cast import come_in, give_factor, person, seat


@pytest.fixture
def ike(cast):
    made = person("ike")
    give_factor(made)
    seat(made, "it_contact", "IT contact", office=cast.offices["alder"][0])
    return made


@pytest.fixture
def mayors(cast):
    return cast.offices["alder"][0]


def page(office):
    return f"/people/offices/{office.pk}/rules/"


def choose(version=1, uploads=True, tokens=True, feeds=True, text=True, replies=True):
    told = {"allows_uploads": uploads, "allows_tokens": tokens, "allows_feeds": feeds}
    told |= {"allows_mail_text": text, "allows_mail_replies": replies}
    return {"version": version} | {name: str(allowed) for name, allowed in told.items()}


def signed_in(who):
    client = Client()
    come_in(client, who)
    return client


# --- who


@pytest.mark.parametrize(
    "who, status",
    [("ada", 200), ("amos", 200), ("rhea", 200), ("ben", 403), ("finn", 403), ("ivy", 403), ("cleo", 404), ("otto", 404)],
)
def test_its_people_read_them_and_nobody_else(cast, mayors, who, status):
    assert signed_in(getattr(cast, who)).get(page(mayors)).status_code == status


@pytest.mark.parametrize("who, status", [("ada", 403), ("amos", 403), ("ben", 403), ("cleo", 404)])
def test_only_the_it_contact_sets_them(cast, mayors, ike, who, status):
    assert signed_in(getattr(cast, who)).post(page(mayors), choose(tokens=False)).status_code == status
    assert not OfficeRules.objects.exists()
    answer = signed_in(ike).post(page(mayors), choose(tokens=False))
    assert (answer.status_code, answer["Location"]) == (302, page(mayors))
    rules = OfficeRules.objects.get()
    assert (rules.office, rules.allows_tokens, rules.allows_uploads, rules.changed_by) == (mayors, False, True, ike)


def test_to_set_them_one_is_asked_again(client, mayors, ike):
    client.force_login(ike)
    assert client.get(page(mayors)).status_code == 200
    answer = client.post(page(mayors), choose(tokens=False))
    assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, "/accounts/2fa/reauthenticate/")
    assert not OfficeRules.objects.exists()


def test_the_it_contact_finds_them_from_home_and_from_the_office(mayors, ike):
    client = signed_in(ike)
    for address in ("/", f"/people/offices/{mayors.pk}/"):
        assert page(mayors) in client.get(address).content.decode()


# --- how


def test_each_change_is_told_in_the_offices_own_trail(mayors, ike):
    client = signed_in(ike)
    client.post(page(mayors), choose(tokens=False, uploads=False))
    client.post(page(mayors), choose(2, tokens=True, uploads=False))
    client.post(page(mayors), choose(3, tokens=True, uploads=False))  # says the same again
    told = AuditEntry.objects.filter(action="rule.changed").order_by("number")
    assert {entry.chain.office for entry in told} == {mayors}
    words = "Ike changed a rule of Alder mayor’s office: "
    assert [sentence(entry) for entry in told] == [
        f"{words}API tokens, from “Allowed” to “Not allowed”.",
        f"{words}Uploads, from “Allowed” to “Not allowed”.",
        f"{words}API tokens, from “Not allowed” to “Allowed”.",
    ]


def test_two_at_once_is_a_conflict_that_shows_both(cast, mayors, ike):
    client = signed_in(ike)
    client.post(page(mayors), choose(tokens=False))
    answer = client.post(page(mayors), choose(uploads=False))
    told = answer.content.decode()
    assert answer.status_code == 409
    assert "May people of this office make API tokens? As saved now: no. You chose: yes." in told
    assert OfficeRules.objects.get().allows_uploads is True
    assert client.post(page(mayors), choose(2, uploads=False)).status_code == 302
    with pytest.raises(Conflict):
        set_rules(mayors, ike, version=2, allows_tokens=True)


@pytest.mark.parametrize("wrong", [{"allows_tokens": "perhaps"}, {"allows_uploads": ""}, {"version": "x"}])
def test_a_choice_that_cannot_be(mayors, ike, wrong):
    assert signed_in(ike).post(page(mayors), choose() | wrong).status_code == 422
    assert not OfficeRules.objects.exists()


# --- what they come to


def test_without_a_word_of_the_office_everything_is_allowed(cast):
    assert rules_of(cast.ada) == rules_of(cast.finn) == Rules()


def test_the_strictest_of_a_persons_offices_holds(cast, mayors, ike):
    birch = cast.offices["birch"][0]
    seat(cast.amos, "staff", "Adviser", office=birch)
    OfficeRules.objects.create(office=mayors, allows_feeds=False)
    OfficeRules.objects.create(office=birch, allows_mail_text=False)
    assert rules_of(cast.amos) == Rules(allows_feeds=False, allows_mail_text=False)
    assert rules_of(cast.ada) == Rules(allows_feeds=False)
    assert rules_of(cast.ben) == Rules()
    bound = Person.objects.filter(Exists(refusing("allows_feeds").filter(person=OuterRef("pk"))))
    assert set(bound) == {cast.ada, cast.amos, cast.rhea, ike}


def test_asking_costs_one_query(cast, mayors, django_assert_num_queries):
    OfficeRules.objects.create(office=mayors)
    with django_assert_num_queries(3):  # what the person holds takes two, and is remembered within a request
        rules_of(cast.ada)


# --- tokens


def status_of(secret):
    return Client().get("/api/v1/me/", headers={"Authorization": f"Bearer {secret}"}).status_code


def test_tokens_rest_while_the_office_allows_none(cast, mayors, ike):
    secrets = {who: ApiToken.objects.issue(getattr(cast, who), "read", 30)[1] for who in ("ada", "ben", "finn")}
    signed_in(ike).post(page(mayors), choose(tokens=False))
    assert {who: status_of(secret) for who, secret in secrets.items()} == {"ada": 401, "ben": 200, "finn": 200}
    shown = signed_in(cast.ada).get("/settings/tokens/").content.decode()
    assert "Your office does not allow API tokens" in shown and "Resting" in shown and "Make a token" not in shown
    signed_in(ike).post(page(mayors), choose(2, tokens=True))
    assert status_of(secrets["ada"]) == 200


def test_what_a_token_opened_is_let_in_anew(cast, mayors, ike):
    ApiToken.objects.issue(cast.ada, "read", 30)
    ApiToken.objects.issue(cast.ben, "read", 30)

    def epochs():
        return [Person.objects.get(pk=who.pk).access_epoch for who in (cast.ada, cast.amos, cast.ben)]

    before = epochs()
    signed_in(ike).post(page(mayors), choose(tokens=False))
    assert [now - then for now, then in zip(epochs(), before, strict=True)] == [1, 0, 0]


def test_no_token_is_made_while_the_office_allows_none(cast, mayors):
    OfficeRules.objects.create(office=mayors, allows_tokens=False)
    client = signed_in(cast.ada)
    asked = (
        client.get("/settings/tokens/new/"),
        client.post("/settings/tokens/new/", {"name": "A", "scope": "read", "days": "30"}),
    )
    assert [answer.status_code for answer in asked] == [403, 403]
    assert "Your office does not allow API tokens" in asked[1].content.decode()
    assert not ApiToken.objects.exists()


# --- uploads


@pytest.fixture
def indicator(cast):
    tracker = open_tracker(cast.standing("ada"), decided_by="joint", title="Court-date reminders")
    told = {"name": "Missed dates", "unit": "dates", "direction": "decrease", "frequency": "monthly"}
    return add_indicator(cast.standing("ada"), tracker, **told)


def table():
    return SimpleUploadedFile("figures.csv", b"period_start,value\n2026-01,41\n", "text/csv")


def test_no_file_comes_from_an_office_that_allows_none(cast, mayors, indicator):
    OfficeRules.objects.create(office=mayors, allows_uploads=False)
    at = f"/workspaces/alder-ny/indicators/{indicator.pk}/"
    by_api = f"/api/v1/indicators/{indicator.pk}/import/"
    ada, ben = signed_in(cast.ada), signed_in(cast.ben)
    asked = [ada.get(f"{at}import/"), ada.post(f"{at}import/", {"file": table()}), ada.post(by_api, {"file": table()})]
    assert [answer.status_code for answer in asked] == [403, 403, 403]
    for answer in asked:
        assert "Your office does not allow uploads here. Its IT contact sets this rule." in answer.content.decode()
    assert "Import from a file" not in ada.get(at).content.decode()
    assert not Observation.objects.exists()
    assert "Import from a file" in ben.get(at).content.decode()
    assert ben.post(by_api, {"file": table()}).status_code == 200
    figure = Observation.objects.get()
    assert (figure.period_start, figure.value) == (dt.date(2026, 1, 1), 41)


def test_nor_a_list_of_people_to_invite(cast):
    OfficeRules.objects.create(office=cast.offices["birch"][0], allows_uploads=False)
    seat(cast.finn, "staff", "Adviser", office=cast.offices["birch"][0])
    assert signed_in(cast.finn).get("/people/cohorts/first/invitations/file/").status_code == 403


def test_a_rule_is_set_by_a_seat_and_not_by_a_person(cast, mayors):
    with pytest.raises(PermissionDenied):
        set_rules(mayors, cast.ada, version=1, allows_tokens=False)
    assert not OfficeRules.objects.exists()
