"""Guests of a convening: who asks them in, what they are told first, and how their time there ends."""

import datetime as dt
import re
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.utils import timezone

from cohorts.actions.guests import end_stay, invite_guest, last_day_of_guests
from cohorts.actions.invitations import accept, join, resend, revoke
from cohorts.models import AuditEntry, Convening, Invitation, Person, Term
from tests.cast import come_in, day_here, give_factor
from workspaces.actions.topics import open_topic, post_message

GUESTS = "/cohorts/first/convenings/september/guests/"
HERE = "/workspaces/first-september/"
PASSWORD = "violet river under the bridge"
SOON = dt.timedelta(days=30)
RECORDS = "What you say and write there may become a public record."


@pytest.fixture
def asked(cast):
    return invite_guest(
        cast.convening, cast.finn, email="Vera@example.org", name="Vera", title="Trauma surgeon", ends_on=day_here() + SOON
    )


@pytest.fixture
def link(asked, django_capture_on_commit_callbacks, mailoutbox, cast):
    with django_capture_on_commit_callbacks(execute=True):
        resend(asked, cast.finn)
    return re.search(r"http://[^/]+(/people/invitations/[\w-]{43}/)", mailoutbox[-1].body)[1]


# --- who, and until when


@pytest.mark.parametrize(
    "who, status",
    [
        *[("finn", 200), ("ada", 403), ("bea", 403), ("rhea", 403), ("cleo", 403), ("nora", 403), ("omar", 403)],
        *[("gus", 403), ("dora", 404), ("ivy", 404), ("otto", 404)],
    ],
)
def test_who_asks_guests_in_and_out(cast, as_person, who, status):
    client = as_person(who)
    gus = Term.objects.get(person=cast.gus)
    told = {"email": "vera@example.org", "name": "", "title": "", "ends_on": str(day_here() + SOON)}
    assert [client.get(path).status_code for path in (GUESTS, f"{GUESTS}new/")] == [status] * 2
    assert client.post(f"{GUESTS}new/", told).status_code == (302 if status == 200 else status)
    assert Invitation.objects.count() == (status == 200)
    assert client.post(f"/people/guests/{gus.pk}/end/").status_code == (302 if status == 200 else status)
    assert Term.objects.current().filter(pk=gus.pk).exists() == (status != 200)


def test_the_verbs_refuse_whoever_does_not_run_it(cast, asked):
    with pytest.raises(PermissionDenied):
        invite_guest(cast.convening, cast.ada, email="wim@example.org", ends_on=day_here())
    for verb in (resend, revoke):
        with pytest.raises(PermissionDenied):
            verb(asked, cast.ada)
    with pytest.raises(PermissionDenied):
        end_stay(Term.objects.get(person=cast.gus), cast.gus)


def test_only_a_guests_term_ends_here(cast, as_person):
    amos = Term.objects.get(person=cast.amos)
    assert as_person("finn").post(f"/people/guests/{amos.pk}/end/").status_code == 404
    assert Term.objects.current().filter(pk=amos.pk).exists()


def test_the_day_offered_is_a_month_after_the_convening(cast, as_person):
    eastern = cast.convening.ends_at.astimezone(ZoneInfo("America/New_York")).date()
    assert last_day_of_guests(cast.convening) == eastern + SOON
    assert f'value="{eastern + SOON}"' in as_person("finn").get(f"{GUESTS}new/").content.decode()
    then = timezone.now() - dt.timedelta(days=90)
    Convening.objects.update(starts_at=then, ends_at=then + dt.timedelta(hours=1))
    cast.convening.refresh_from_db()
    assert last_day_of_guests(cast.convening) == day_here() + SOON


@pytest.mark.parametrize(
    "told, field, words",
    [
        ({"email": "gus@example.org"}, "email", "gus@example.org is a guest there already."),
        ({"email": "ada@example.org"}, "email", "ada@example.org is in the cohort, and sees its convenings without"),
        ({"email": "finn@example.org"}, "email", "finn@example.org is in the cohort"),
        ({"email": "vera@example.org"}, "email", "vera@example.org has an open invitation already."),
        ({"ends_on": dt.timedelta(days=-1)}, "ends_on", "Choose today or a later day."),
        ({"ends_on": dt.timedelta(days=420)}, "ends_on", "A guest stays a year after the convening at most."),
    ],
)
def test_what_makes_no_sense_is_said(cast, as_person, asked, told, field, words):
    told = {"email": "wim@example.org", "name": "", "title": "", "ends_on": SOON} | told
    told["ends_on"] = str(day_here() + told["ends_on"])
    page = as_person("finn").post(f"{GUESTS}new/", told)
    assert page.status_code == 422
    assert [error.startswith(words) for error in page.context["form"].errors[field]] == [True]
    assert Invitation.objects.count() == 1


def test_the_database_knows_what_an_invitation_of_a_guest_is(cast, asked):
    for wrong in ({"ends_on": None}, {"role": "staff"}, {"cohort": cast.cohort}, {"office": cast.offices["alder"][0]}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Invitation.objects.filter(pk=asked.pk).update(**wrong)


# --- the list


def test_the_list_says_how_each_stands(cast, as_person, asked):
    page = as_person("finn").get(GUESTS)
    assert [(term.person.name, term.title) for term in page.context["guests"]] == [("Gus", "Panelist")]
    row = page.context["invitations"][0]
    assert (row["email"], row["title"], row["state"]) == ("vera@example.org", "Vera, Trauma surgeon", "Sent")
    assert as_person("finn").post(f"/people/invitations/{asked.pk}/resend/").url == GUESTS
    assert as_person("finn").post(f"/people/invitations/{asked.pk}/revoke/").url == GUESTS
    assert as_person("finn").get(GUESTS).context["invitations"][0]["state"] == "Revoked"
    vera = Person.objects.create_user("vera@example.org", "Vera")
    again = invite_guest(cast.convening, cast.finn, email="vera@example.org", ends_on=day_here() + SOON)
    accept(again, vera)
    page = as_person("finn").get(GUESTS)
    assert [term.person.name for term in page.context["guests"]] == ["Gus", "Vera"]
    with pytest.raises(ValidationError) as refused:
        revoke(again, cast.finn)
    assert refused.value.messages == ["This invitation was accepted already. End the guest’s access instead."]


def test_as_many_queries_at_three_as_at_one(cast, as_person, asked, django_assert_max_num_queries):
    client, counts = as_person("finn"), []
    for more in (0, 2):
        for number in range(more):
            invite_guest(cast.convening, cast.finn, email=f"{number}@example.org", ends_on=day_here())
            came = invite_guest(cast.convening, cast.finn, email=f"came-{number}@example.org", ends_on=day_here())
            accept(came, Person.objects.create_user(came.email, "Came"))
        with django_assert_max_num_queries(12) as counted:
            assert client.get(GUESTS).status_code == 200
        counts.append(len(counted))
    assert counts[0] == counts[1]


# --- coming in


def test_the_mail_says_what_for_and_what_becomes_of_words(cast, link):
    letter = mail.outbox[-1]
    assert letter.to == ["vera@example.org"]
    assert "Finn invites you to September convening, as Trauma surgeon." in letter.body
    last = day_here() + SOON
    assert f"take part in its discussion until {last:%B} {last.day}, {last.year}." in letter.body
    assert RECORDS in letter.body


def test_somebody_new_is_told_first_and_says_how_they_are_shown(cast, client, link):
    page = client.get(link).content.decode()
    assert "What you say and write there may become a public record." in page
    assert 'value="Vera"' in page and 'value="Trauma surgeon"' in page
    empty = client.post(link, {"name": "Dr. Vera", "title": "", "password": PASSWORD})
    assert (empty.status_code, Term.objects.filter(person__email="vera@example.org").count()) == (422, 0)
    told = {"name": "Dr. Vera", "title": "Surgeon, teaching hospital", "password": PASSWORD}
    assert client.post(link, told).status_code == 302
    term = Term.objects.select_related("seat", "person").get(person__email="vera@example.org")
    assert (term.person.name, term.title, term.seat.role) == ("Dr. Vera", "Surgeon, teaching hospital", "guest")
    assert (term.seat.convening, term.ends_on) == (cast.convening, day_here() + SOON)
    give_factor(term.person)
    come_in(client, term.person)
    shown = client.get("/people/welcome/here/").content.decode()
    assert 'href="/cohorts/first/convenings/september/"' in shown and "Surgeon, teaching hospital, September convening" in shown
    assert client.get("/").url == "/cohorts/first/convenings/september/"
    assert client.get(HERE).status_code == 200
    assert client.get("/cohorts/first/").status_code == 404


def test_somebody_with_an_account_accepts_with_it(cast, as_person, link, asked):
    Invitation.objects.update(email="dora@example.org")
    page = as_person("dora").get(link).content.decode()
    assert RECORDS in page and 'value="Trauma surgeon"' in page and "Your name" not in page
    assert as_person("dora").post(link, {"title": "Mayor of Cedar"}).status_code == 302
    assert as_person("dora").get(HERE).status_code == 200
    assert as_person("dora").get("/workspaces/cedar-ny/").status_code == 200
    assert Term.objects.get(person=cast.dora, seat__role="guest").title == "Mayor of Cedar"


def test_an_invitation_is_good_no_longer_than_the_stay(cast, asked, client, link):
    invitation = invite_guest(cast.convening, cast.finn, email="wim@example.org", ends_on=day_here())
    assert invitation.expires_at == dt.datetime.combine(
        day_here() + dt.timedelta(days=1), dt.time.min, ZoneInfo("America/New_York")
    )
    Invitation.objects.filter(pk=asked.pk).update(ends_on=day_here() - dt.timedelta(days=1), expires_at=timezone.now())
    assert client.get(link).status_code == 410
    with pytest.raises(ValidationError) as refused:
        resend(asked, cast.finn)
    assert refused.value.messages == ["Its last day is over. Write a new one."]


# --- the end


def test_a_guest_who_is_asked_out_is_out_at_once_and_their_words_stay(cast, as_person):
    here = cast.convening.workspace
    topic = open_topic(cast.standing("gus", here), title="My question")
    post_message(topic, cast.standing("gus", here), body="What does it cost?")
    client = as_person("gus")
    pages = ["/cohorts/first/convenings/september/", HERE, f"{HERE}topics/{topic.pk}/"]
    assert [client.get(path).status_code for path in pages] == [200] * 3
    end_stay(Term.objects.get(person=cast.gus), cast.finn)
    assert [client.get(path).status_code for path in pages] == [404] * 3
    assert client.get("/api/v1/workspaces/first-september/").status_code == 404
    assert b"What does it cost?" in as_person("ada").get(pages[2]).content
    page = as_person("finn").get(GUESTS).content.decode()
    assert "Ended" in page and "End access now" not in page


def test_the_day_after_the_last_day_there_is_nothing(cast, as_person):
    Term.objects.filter(person=cast.gus).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    client = as_person("gus")
    for path in ("/cohorts/first/convenings/september/", "/cohorts/first/convenings/september.ics", HERE):
        assert client.get(path).status_code == 404
    assert "hold no seat at present" in client.get("/").content.decode()


def test_it_is_all_in_the_trail(cast, asked):
    accept(asked, Person.objects.create_user("vera@example.org", "Vera"))
    end_stay(Term.objects.get(person__name="Vera"), cast.finn)
    told = AuditEntry.objects.filter(chain__cohort=cast.cohort, of=None).order_by("-number")[:3]
    assert [(entry.action, entry.subject_words) for entry in reversed(told)] == [
        ("invitation.made", "vera@example.org to September convening"),
        ("term.started", "Trauma surgeon, September convening"),
        ("term.ended", "Trauma surgeon, September convening"),
    ]


def test_one_link_makes_one_account(cast, asked):
    join(asked, name="Vera", password=PASSWORD, title="Surgeon")
    with pytest.raises(ValidationError):
        join(asked, name="Vera", password=PASSWORD)
    assert Term.objects.filter(person__email="vera@example.org").count() == 1
