"""What an administrator does with accounts, and what they may not."""

import re
from urllib.parse import urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.test import Client

from cohorts.actions import accounts
from cohorts.actions.administrators import appoint, dismiss
from cohorts.actions.tokens import issue_token
from cohorts.models import Administrator, ApiToken, Person
from tests.cast import come_in, give_factor
from tests.cohorts.test_audit import told

ACCOUNTS = "/people/administration/accounts/"
REASON = "She lost her phone; I called her desk."
STEPS = ["password", "factors", "sessions", "tokens", "closing", "appointment"]


@pytest.fixture
def jane(db):
    """Somebody of no seat."""
    person = Person.objects.create_user("jane@example.org", "Jane")
    give_factor(person)
    return person


@pytest.fixture
def take(as_person):
    """`take(person, "closing")`: Ivy takes a step; the status, and what she is told."""

    def take(person, step, **told):
        answer = as_person("ivy").post(f"{ACCOUNTS}{person.pk}/{step}/", told, follow=True)
        return answer.status_code, [str(message) for message in answer.context["messages"]]

    return take


@pytest.mark.parametrize("who", ["ada", "finn", "nora", "gus", "otto", "rhea"])
def test_to_everyone_else_there_are_no_such_pages(cast, as_person, who):
    client = as_person(who)
    pages = ["/people/administration/", ACCOUNTS, f"{ACCOUNTS}{cast.ada.pk}/", f"{ACCOUNTS}{cast.ada.pk}/closing/"]
    assert {client.get(page).status_code for page in pages} == {404}
    assert {client.post(f"{ACCOUNTS}{cast.amos.pk}/{step}/").status_code for step in STEPS} == {404}
    with pytest.raises(PermissionDenied):
        accounts.close_account(cast.amos, getattr(cast, who))


def test_who_is_not_signed_in_finds_the_door(client, cast):
    assert client.get(ACCOUNTS).url == f"/accounts/login/?next={ACCOUNTS}"


def names(page):
    return [row["name"] for row in page.context["accounts"]]


@pytest.mark.parametrize(
    "query, found",
    [
        ("q=ADA", ["Ada"]),
        ("q=ben example.org", ["Ben"]),
        ("q=nobody", []),
        ("state=closed", ["Otto"]),
        ("state=administrators", ["Ivy"]),
        ("state=unprotected", ["Cleo"]),
        ("state=open&q=otto", []),
    ],
)
def test_the_list_is_narrowed(cast, as_person, query, found):
    Person.objects.filter(pk=cast.otto.pk).update(is_active=False)
    Authenticator.objects.filter(user=cast.cleo).delete()
    assert names(as_person("ivy").get(f"{ACCOUNTS}?{query}")) == found


def test_a_row_says_who_they_are(cast, as_person):
    rows = {row["name"]: row for row in as_person("ivy").get(ACCOUNTS).context["accounts"]}
    assert rows["Ada"]["seats"] == ["Mayor, Alder mayor’s office"]
    assert rows["Finn"]["seats"] == ["Facilitator, First cohort"]
    assert rows["Gus"]["seats"] == ["Panelist, at a convening of First cohort"]  # which one is not an administrator's to know
    assert (rows["Ivy"]["seats"], rows["Otto"]["seats"]) == (["Administrator"], [])


def test_as_many_queries_at_three_more_as_at_one(cast, as_person, django_assert_max_num_queries):
    client, counts = as_person("ivy"), []
    for number in (1, 3):
        for index in range(number):
            give_factor(Person.objects.create_user(f"more{number}{index}@example.org", "More"))
        with django_assert_max_num_queries(14) as asked:
            assert client.get(ACCOUNTS).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_pages_of_the_list(cast, as_person):
    for number in range(60):
        Person.objects.create_user(f"person{number}@example.org", f"Person {number:02}")
    first = as_person("ivy").get(f"{ACCOUNTS}?q=person")
    second = as_person("ivy").get(ACCOUNTS + first.context["next_url"])
    assert (len(names(first)), len(names(second)), names(second)[-1]) == (25, 25, "Person 49")


def test_every_change_asks_again_who_one_is(cast, client):
    client.force_login(cast.ivy)
    for step in STEPS:
        answer = client.post(f"{ACCOUNTS}{(cast.otto if step == 'appointment' else cast.amos).pk}/{step}/", {"reason": REASON})
        assert (answer.status_code, urlsplit(answer.url).path) == (302, "/accounts/2fa/reauthenticate/")
    assert Person.objects.get(pk=cast.amos.pk).is_active and Authenticator.objects.filter(user=cast.amos).exists()


def test_reading_about_a_change_changes_nothing(cast, as_person):
    page = as_person("ivy").get(f"{ACCOUNTS}{cast.amos.pk}/closing/").content.decode()
    assert "Amos cannot sign in any more." in page and Person.objects.get(pk=cast.amos.pk).is_active


def test_an_account_is_closed_and_opened_again(cast, take):
    _, secret = issue_token(cast.amos, scope="read", days=30)
    client = Client()
    come_in(client, cast.amos)
    assert take(cast.amos, "closing") == (200, ["The account of Amos is closed."])
    bearer = {"headers": {"Authorization": f"Bearer {secret}"}}
    assert client.get("/workspaces/alder-ny/").status_code == 302
    assert Client().get("/api/v1/me/", **bearer).status_code == 401
    assert take(cast.amos, "closing")[0] == 404  # it is closed: there is nothing to close
    assert take(cast.amos, "reopening") == (200, ["The account of Amos is open again."])
    assert Client().get("/api/v1/me/", **bearer).status_code == 401  # a token does not wake
    come_in(client, Person.objects.get(pk=cast.amos.pk))
    assert client.get("/workspaces/alder-ny/").status_code == 200
    pair, platform = "Alder in First cohort, both offices", "The platform"
    assert [line for line in told() if line[1].startswith("account.")] == [
        (pair, "account.closed", "Ivy closed the account of Amos."),
        (platform, "account.closed", "Ivy closed the account of Amos."),
        (pair, "account.reopened", "Ivy opened the account of Amos again."),
        (platform, "account.reopened", "Ivy opened the account of Amos again."),
    ]


def test_a_lost_second_step(cast, take, django_capture_on_commit_callbacks):
    client = Client()
    come_in(client, cast.amos)
    assert take(cast.amos, "factors", reason="Lost it")[0] == 422
    assert Authenticator.objects.filter(user=cast.amos).exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert take(cast.amos, "factors", reason=REASON) == (200, ["Removed. Amos is told by mail."])
    assert not Authenticator.objects.filter(user=cast.amos).exists()
    [letter] = mail.outbox
    assert letter.to == ["amos@example.org"] and REASON in letter.body
    assert take(cast.amos, "factors", reason=REASON)[0] == 404
    come_in(client, Person.objects.get(pk=cast.amos.pk))
    assert client.get("/workspaces/alder-ny/").url == "/accounts/2fa/"  # a new one before anything else
    sentence = f"Ivy removed every passkey and second step of Amos: “{REASON}”."
    assert told(action="factor.lost") == [
        ("Alder mayor’s office", "factor.lost", sentence),
        ("The platform", "factor.lost", sentence),
    ]


def test_signed_out_everywhere(cast, take):
    client = Client()
    come_in(client, cast.amos)
    client.get("/workspaces/alder-ny/")
    before = Person.objects.get(pk=cast.amos.pk).access_epoch
    assert take(cast.amos, "sessions") == (200, ["Amos is signed out everywhere."])
    assert Person.objects.get(pk=cast.amos.pk).access_epoch > before
    assert {line[2] for line in told(action="sessions.ended")} == {"Ivy signed Amos out everywhere."}


def test_tokens_are_revoked(cast, take):
    issue_token(cast.amos, scope="read", days=30)
    issue_token(cast.amos, scope="write", days=30)
    issue_token(cast.ada, scope="read", days=30)
    assert take(cast.amos, "tokens") == (200, ["No token of theirs works any more."])
    assert list(ApiToken.objects.valid().values_list("person__name", flat=True)) == ["Ada"]


def test_a_link_to_set_a_password(cast, take, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert take(cast.amos, "password") == (200, ["A link is on its way to amos@example.org."])
    link = urlsplit(re.search(r"http\S+", mail.outbox[0].body)[0]).path
    client = Client()
    form = client.get(link, follow=True)
    new = "a long and quiet evening at home"
    client.post(form.request["PATH_INFO"], {"password1": new, "password2": new})
    assert Person.objects.get(pk=cast.amos.pk).check_password(new)
    assert client.get(link, follow=True).context.get("token_fail") is True  # once


def test_nobody_keeps_their_own_account_here(cast, as_person):
    page = as_person("ivy").get(f"{ACCOUNTS}{cast.ivy.pk}/").content.decode()
    assert "This is your own account." in page and "What you can do" not in page
    for verb in (accounts.close_account, accounts.sign_out, accounts.revoke_tokens, accounts.send_password_link):
        with pytest.raises(ValidationError, match="your own account"):
            verb(cast.ivy, cast.ivy)


# --- administrators


def test_an_administrator_is_appointed_and_dismissed(cast, take, jane):
    assert take(jane, "appointment") == (200, ["Jane is an administrator now."])
    assert Administrator.objects.get(person=jane).appointed_by == cast.ivy
    client = Client()
    come_in(client, jane)
    assert client.get(ACCOUNTS).status_code == 200
    assert take(jane, "dismissal") == (200, ["Jane is an administrator no longer."])
    assert client.get(ACCOUNTS).status_code == 404
    assert [line[2] for line in told(action__startswith="administrator.")] == [
        "Ivy made Jane an administrator.",
        "Ivy dismissed Jane as administrator.",
    ]


def test_who_cannot_be_one(cast, jane):
    for person, because in ((cast.ada, "holds no seat"), (cast.ivy, "already")):
        with pytest.raises(ValidationError, match=because):
            appoint(person, cast.ivy)
    Person.objects.filter(pk=jane.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="closed"):
        appoint(jane, cast.ivy)
    assert Administrator.objects.count() == 1


def test_nobody_appoints_or_dismisses_themselves(cast, take, jane):
    with pytest.raises(PermissionDenied):
        appoint(jane, jane)
    with pytest.raises(ValidationError, match="Nobody dismisses themselves"):
        dismiss(cast.ivy, cast.ivy)
    status, _ = take(cast.ivy, "dismissal")
    assert (status, Administrator.objects.count()) == (422, 1)


def test_one_stays(cast, jane):
    appoint(jane, cast.ivy)
    dismiss(cast.ivy, jane)
    with pytest.raises(PermissionDenied):  # Ivy meant to do the same a moment later
        dismiss(jane, cast.ivy)
    assert [each.person for each in Administrator.objects.all()] == [jane]


def test_an_administrators_account_is_not_closed_before_they_are_dismissed(cast, take, jane):
    appoint(jane, cast.ivy)
    assert take(jane, "closing")[0] == 404
    with pytest.raises(ValidationError, match="Dismiss them first"):
        accounts.close_account(jane, cast.ivy)


def test_the_first_administrator_is_named_at_the_server(db, capsys):
    call_command("appoint_administrator", "jane@example.org", "--name", "Jane")
    jane = Person.objects.get(email="jane@example.org")
    assert Administrator.objects.get().person == jane
    assert "/accounts/password/reset/key/" in capsys.readouterr().out
    assert told(action="administrator.appointed") == [
        ("The platform", "administrator.appointed", "Jane was made an administrator.")
    ]
    with pytest.raises(CommandError, match="they appoint others"):
        call_command("appoint_administrator", "joan@example.org", "--name", "Joan")
    assert not Person.objects.filter(email="joan@example.org").exists()
