"""How somebody comes in: invited, by whom, to which seat, and what the link says to whoever opens it."""

import datetime as dt
import re

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import timezone

from cohorts.actions.invitations import accept, fill_due_seats, invite, resend, revoke
from cohorts.actions.seats import end_term, fill_seat
from cohorts.models import Invitation, Office, Person, Seat, Term, digest, holdings_of
from tests.cast import come_in, day_here, give_factor, pair, seat

State = Invitation.State
PASSWORD = "violet river under the bridge"


@pytest.fixture
def invited(cast, sent):
    """`invited(email)`: Ada's invitation of a new adviser, and the token that was mailed."""

    def invited(email="vera@example.org", **told):
        told = {"office": cast.offices["alder"][0], "role": "staff", "title": "Adviser"} | told
        invitation, (letter,) = sent(invite, told.pop("by", cast.ada), email=email, **told)
        return invitation, token_in(letter)

    return invited


@pytest.fixture
def dover(cast):
    """Offices of Dover, new in the first cohort: nobody has ever sat in them."""
    from cohorts.actions.cohorts import enrol_city  # noqa: PLC0415 (only here)
    from tests.cast import city  # noqa: PLC0415

    place = city("dover", "DE")
    offices = pair(place)
    enrol_city(cast.cohort, place, *offices)
    return offices


def token_in(letter):
    return re.search(r"/people/\w+/([\w-]{43})/", letter.body)[1]


def page_of(token, name="invitation"):
    return reverse(f"cohorts:{name}", args=[token])


def words(response):
    return " ".join(re.sub(r"<[^>]+>", " ", response.content.decode()).split())


# --- who invites whom


@pytest.mark.parametrize(
    "who, status",
    [
        *[("ada", 200), ("amos", 403), ("rhea", 403), ("ben", 403), ("bea", 403), ("finn", 403), ("nora", 403)],
        *[("ivy", 403), ("omar", 404), ("cleo", 404), ("dora", 404), ("gus", 404), ("otto", 404)],
    ],
)
def test_an_office_invites_its_own_people(as_person, cast, who, status):
    client = as_person(who)
    office = cast.offices["alder"][0]
    for name in ("office-invitations", "office-invitation-new"):
        assert client.get(reverse(f"cohorts:{name}", args=[office.pk])).status_code == status
    answer = client.post(
        reverse("cohorts:office-invitation-new", args=[office.pk]), {"email": "vera@example.org", "seat": "staff"}
    )
    assert answer.status_code == (302 if status == 200 else status)
    assert Invitation.objects.count() == (1 if status == 200 else 0)


@pytest.mark.parametrize(
    "who, status",
    [
        *[("finn", 200), ("ivy", 200), ("ada", 403), ("ben", 403), ("bea", 403), ("amos", 403), ("nora", 403), ("omar", 403)],
        *[("rhea", 403), ("cleo", 403), ("dora", 404), ("gus", 404), ("otto", 404)],
    ],
)
def test_a_cohort_invites_its_roles(as_person, cast, who, status):
    client = as_person(who)
    for name in ("cohort-invitations", "cohort-invitation-new", "cohort-invitations-file", "enrolment-new"):
        assert client.get(reverse(f"cohorts:{name}", args=["first"])).status_code == status
    answer = client.post(
        reverse("cohorts:cohort-invitation-new", args=["first"]), {"email": "vera@example.org", "seat": "researcher"}
    )
    assert answer.status_code == (302 if status == 200 else status)
    assert Invitation.objects.count() == (1 if status == 200 else 0)


@pytest.mark.parametrize("who", ["amos", "rhea", "ben", "finn", "ivy", "otto", "cleo"])
def test_the_verb_refuses_whoever_does_not_lead_the_office(cast, who):
    with pytest.raises(PermissionDenied):
        invite(getattr(cast, who), email="vera@example.org", office=cast.offices["alder"][0], role="staff")


@pytest.mark.parametrize("role", ["delegate", "staff", "assistant", "counsel", "it_contact", "records"])
def test_every_role_but_the_principals(cast, role):
    invitation = invite(cast.bea, email="vera@example.org", office=cast.offices["alder"][1], role=role)
    assert (invitation.role, invitation.title, invitation.state) == (role, Seat.Role(role).label, State.SENT)


@pytest.mark.parametrize("role", ["principal", "facilitator", "researcher", "guest"])
def test_an_office_does_not_invite_its_principal_or_the_cohorts_roles(cast, role):
    with pytest.raises(ValidationError):
        invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role=role)


@pytest.mark.parametrize("role", ["delegate", "staff", "guest", "principal"])
def test_a_cohort_does_not_invite_an_offices_people(cast, role):
    with pytest.raises(ValidationError):
        invite(cast.finn, email="vera@example.org", cohort=cast.cohort, role=role)


@pytest.mark.parametrize("address", ["ada@example.org", "Ada@Example.org", " ADA@example.org "])
def test_nobody_invites_themselves(cast, as_person, address):
    url = reverse("cohorts:office-invitation-new", args=[cast.offices["alder"][0].pk])
    answer = as_person("ada").post(url, {"email": address, "seat": "delegate"})
    assert answer.status_code == 422
    assert "Nobody invites themselves" in words(answer)
    assert not Invitation.objects.exists()


def test_one_open_invitation_an_address(invited, cast):
    invited()
    with pytest.raises(ValidationError, match="has an open invitation already"):
        invite(cast.ada, email="VERA@example.org", office=cast.offices["alder"][0], role="counsel")
    with pytest.raises(ValidationError, match="holds a seat there already"):
        invite(cast.ada, email="amos@example.org", office=cast.offices["alder"][0], role="counsel")


@pytest.mark.parametrize("days", [0, -1, 100_000])
def test_a_term_has_a_length_that_makes_sense(cast, days):
    with pytest.raises(ValidationError):
        invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff", term_days=days)


# --- the letter and the token


def test_the_letter_says_what_for_and_the_row_keeps_no_token(cast, sent):
    invitation, (letter,) = sent(
        invite, cast.ada, email="Vera@Example.org", office=cast.offices["alder"][0], role="staff", title="Adviser"
    )
    token = token_in(letter)
    assert letter.to == ["vera@example.org"]
    assert letter.subject == "You are invited to Alder mayor’s office"
    assert "Ada invites you to Alder mayor’s office, as Adviser." in letter.body
    invitation.refresh_from_db()
    assert invitation.digest == digest(token)
    assert token not in str(Invitation.objects.values().get())
    assert invitation.mailed_at is not None
    assert invitation.expires_at - invitation.sent_at == dt.timedelta(days=14)


def test_a_mail_server_that_is_down_is_said_and_loses_nothing(cast, as_person, sent, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    office = cast.offices["alder"][0]
    invitation, letters = sent(invite, cast.ada, email="vera@example.org", office=office, role="staff")
    assert letters == []
    page = words(as_person("ada").get(reverse("cohorts:office-invitations", args=[office.pk])))
    assert "The mail could not be sent. Send it again." in page


def test_sent_again_it_has_a_new_link_and_the_former_ends(cast, client, invited, sent):
    invitation, former = invited()
    _, (letter,) = sent(resend, invitation, cast.ada)
    token = token_in(letter)
    assert token != former
    assert client.get(page_of(former)).status_code == 404
    assert client.get(page_of(token)).status_code == 200


def test_an_expired_one_is_good_again_once_sent_again(cast, client, invited, sent):
    invitation, _ = invited()
    Invitation.objects.update(expires_at=timezone.now())
    _, (letter,) = sent(resend, invitation, cast.ada)
    assert client.get(page_of(token_in(letter))).status_code == 200


@pytest.mark.parametrize("who, status", [("ada", 302), ("amos", 404), ("ben", 404), ("finn", 404), ("cleo", 404), ("ivy", 404)])
@pytest.mark.parametrize("name", ["invitation-resend", "invitation-revoke"])
def test_who_sends_again_and_revokes(as_person, invited, name, who, status):
    invitation, _ = invited()
    before = Invitation.objects.values().get()
    assert as_person(who).post(reverse(f"cohorts:{name}", args=[invitation.pk])).status_code == status
    assert (Invitation.objects.values().get() == before) == (status != 302)


# --- the link


def test_somebody_new_makes_an_account_and_comes_in(client, cast, invited):
    _, token = invited(term_days=365)
    assert "Ada invites you to Alder mayor’s office , as Adviser" in words(client.get(page_of(token)))
    answer = client.post(page_of(token), {"name": "Vera", "password": PASSWORD})
    assert (answer.status_code, answer.url) == (302, "/people/welcome/")
    vera = Person.objects.get(email="vera@example.org")
    (term,) = holdings_of(vera).terms
    assert (vera.name, vera.check_password(PASSWORD), client.session["_auth_user_id"]) == ("Vera", True, str(vera.pk))
    assert (term.title, term.seat.role, term.seat.name) == ("Adviser", "staff", "Adviser")
    assert term.ends_on - term.starts_on == dt.timedelta(days=364)
    assert client.get("/workspaces/alder-ny/").url == "/accounts/2fa/"
    give_factor(vera)
    assert client.get("/workspaces/alder-ny/").status_code == 200
    assert Invitation.objects.get().state == State.ACCEPTED


@pytest.mark.parametrize(
    "name, password, why",
    [
        ("Vera", "short words", "too short"),
        ("Vera", "vera@example.org", "too similar"),
        ("", PASSWORD, "This field is required"),
    ],
)
def test_a_weak_password_or_no_name_makes_nothing(client, invited, name, password, why):
    _, token = invited()
    answer = client.post(page_of(token), {"name": name, "password": password})
    assert answer.status_code == 422
    assert why in words(answer)
    assert not Person.objects.filter(email="vera@example.org").exists()


def test_a_common_password_is_refused(client, invited):
    _, token = invited()
    assert "too common" in words(client.post(page_of(token), {"name": "Vera", "password": "1q2w3e4r5t6y7u8i9o0p"}))


def test_who_has_an_account_signs_in_and_accepts(client, cast, invited):
    _, token = invited("gus@example.org")
    page = client.get(page_of(token)).content.decode()
    assert f"/accounts/login/?next={page_of(token)}" in page
    assert 'name="password"' not in page
    client.force_login(cast.gus)
    assert client.get(page_of(token)).status_code == 200
    assert client.post(page_of(token)).url == "/people/welcome/"
    assert {term.title for term in holdings_of(cast.gus).terms} == {"Panelist", "Adviser"}


def test_without_signing_in_nobody_accepts_for_an_account(client, cast, invited):
    _, token = invited("gus@example.org")
    answer = client.post(page_of(token), {"name": "Not Gus", "password": PASSWORD})
    assert answer.status_code == 200
    assert Invitation.objects.get().state == State.SENT
    cast.gus.refresh_from_db()
    assert cast.gus.name == "Gus"


def test_for_somebody_else_it_says_so_and_nothing_more(as_person, invited):
    _, token = invited(title="Confidential adviser")
    client = as_person("cleo")
    for answer in (client.get(page_of(token)), client.post(page_of(token))):
        assert answer.status_code == 403
        assert "This invitation is for somebody else" in words(answer)
        assert "Confidential" not in words(answer) and "vera" not in words(answer)
    assert Invitation.objects.get().state == State.SENT


def test_whoever_wrote_it_cannot_accept_it(cast, invited):
    invitation, _ = invited()
    cast.ada.email = "vera@example.org"
    cast.ada.save()
    with pytest.raises(PermissionDenied):
        accept(invitation, cast.ada)


def test_expired_used_revoked_and_forged_links_say_so(client, cast, invited):
    _, expired = invited("one@example.org")
    Invitation.objects.update(expires_at=timezone.now())
    _, used = invited("two@example.org")
    client.post(page_of(used), {"name": "Two", "password": PASSWORD})
    client.logout()
    invitation, revoked = invited("three@example.org")
    revoke(invitation, cast.ada)
    people, terms = Person.objects.count(), Term.objects.count()
    for token, status, said in [
        (expired, 410, "This invitation has expired"),
        (used, 410, "This invitation was used already"),
        (revoked, 410, "This invitation was taken back"),
        ("x" * 43, 404, "This link leads nowhere"),
        (used[:-1], 404, "This link leads nowhere"),
    ]:
        for answer in (client.get(page_of(token)), client.post(page_of(token), {"name": "Mallory", "password": PASSWORD})):
            assert (answer.status_code, said in words(answer)) == (status, True)
    assert (Person.objects.count(), Term.objects.count()) == (people, terms)


def test_who_used_it_is_led_on_when_they_open_it_again(client, invited):
    _, token = invited()
    client.post(page_of(token), {"name": "Vera", "password": PASSWORD})
    give_factor(Person.objects.get(email="vera@example.org"))
    assert client.get(page_of(token)).url == "/people/welcome/here/"


def test_the_account_of_a_closed_address_stays_closed(client, cast, invited):
    _, token = invited("gus@example.org")
    Person.objects.filter(pk=cast.gus.pk).update(is_active=False)
    answer = client.get(page_of(token))
    assert (answer.status_code, "The account of this address is closed" in words(answer)) == (403, True)


def test_the_other_offices_people_are_told_why_not(as_person, cast, invited):
    _, token = invited("ben@example.org")
    answer = as_person("ben").post(page_of(token))
    assert answer.status_code == 409
    assert "Nobody holds seats in both offices of a pair." in words(answer)
    assert Invitation.objects.get().state == State.SENT
    assert not Seat.objects.filter(name="Adviser").exists()


def test_an_administrator_is_told_why_not(as_person, cast, invited):
    _, token = invited("ivy@example.org")
    assert "An administrator holds no seat." in words(as_person("ivy").post(page_of(token)))


def test_sign_up_stays_closed_otherwise(client, db):
    assert "Accounts are by invitation" in words(client.get("/accounts/signup/"))


# --- vacant seats


def vacate(seat):
    """Since yesterday nobody holds it."""
    end_term(seat.terms.get(), at=timezone.now() - dt.timedelta(days=1))


def test_a_vacant_seat_is_offered_and_filled(client, cast, invited, as_person):
    vacate(cast.seats["amos"])
    office = cast.offices["alder"][0]
    form = as_person("ada").get(reverse("cohorts:office-invitation-new", args=[office.pk])).content.decode()
    assert "Policy adviser (staff)" in form
    client.logout()
    _, token = invited(seat=cast.seats["amos"], title="")
    client.post(page_of(token), {"name": "Vera", "password": PASSWORD})
    assert holdings_of(Person.objects.get(name="Vera")).terms[0].seat == cast.seats["amos"]


def test_a_seat_is_promised_to_one_alone(cast, invited):
    with pytest.raises(ValidationError, match="held by somebody"):
        invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], seat=cast.seats["amos"])
    with pytest.raises(ValidationError, match="held by somebody"):
        ended_today = end_term(cast.seats["rhea"].terms.get())
        invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], seat=ended_today.seat)
    vacate(cast.seats["amos"])
    invited(seat=cast.seats["amos"])
    with pytest.raises(ValidationError, match="promised to somebody"):
        invite(cast.ada, email="wim@example.org", office=cast.offices["alder"][0], seat=cast.seats["amos"])
    with pytest.raises(ValidationError, match="not of your office"):
        invite(cast.ada, email="wim@example.org", office=cast.offices["alder"][0], seat=cast.seats["bea"])


def test_a_seat_that_was_filled_meanwhile_refuses(client, cast, invited):
    vacate(cast.seats["amos"])
    _, token = invited(seat=cast.seats["amos"])
    fill_seat(cast.seats["amos"], cast.gus, title="Adviser", starts_on=day_here())
    answer = client.post(page_of(token), {"name": "Vera", "password": PASSWORD})
    assert answer.status_code == 422
    assert "is held by somebody else in that time" in words(answer)
    assert not Person.objects.filter(email="vera@example.org").exists()


# --- first principals


@pytest.fixture
def first(cast, dover, sent):
    """`first(contact)`: the invitation of Dover's first mayor, accepted by Vera, and the letters that left then."""

    def first(contact=""):
        invitation = invite(cast.finn, email="vera@example.org", office=dover[0], cohort=cast.cohort, contact=contact)
        vera = Person.objects.create_user("vera@example.org", "Vera")
        _, letters = sent(accept, invitation, vera)
        return Invitation.objects.get(), vera, letters

    return first


def test_a_first_principal_waits_and_everyone_concerned_is_told(cast, first, dover):
    invitation, vera, letters = first()
    assert (invitation.title, invitation.role, invitation.state) == ("Mayor", "principal", State.WAITING)
    assert invitation.takes_effect_at - invitation.accepted_at == dt.timedelta(hours=48)
    assert [letter.to for letter in letters] == [["finn@example.org"]]
    assert "vera@example.org" in letters[0].body and "/people/" not in letters[0].body
    assert not holdings_of(vera).terms
    assert fill_due_seats() == 0


def test_the_other_offices_holders_are_told_too(cast, dover, first, sent):
    fill_seat(Seat.objects.create(**seat_of(dover[1])), cast.gus, title="District Attorney", starts_on=day_here())
    *_, letters = first()
    assert [letter.to for letter in letters] == [["finn@example.org"], ["gus@example.org"]]


def seat_of(office):
    from django.contrib.auth.models import Group  # noqa: PLC0415 (only here)

    return {"role": "principal", "name": "Principal", "office": office, "group": Group.objects.create(name="of Dover")}


def test_after_the_delay_the_seat_is_filled_once(first, cast, dover, sent):
    _, vera, _ = first()
    Invitation.objects.update(takes_effect_at=timezone.now())
    (filled, letters), again = sent(fill_due_seats), fill_due_seats()
    assert (filled, again, [letter.to for letter in letters]) == (1, 0, [["vera@example.org"]])
    assert letters[0].subject == "The seat is yours: Mayor, Dover mayor’s office"
    (term,) = holdings_of(vera).terms
    assert (term.seat.role, term.seat.office, Invitation.objects.get().state) == ("principal", dover[0], State.ACCEPTED)
    assert Office.objects.staffed_by(vera).get() == dover[0]


def test_the_offices_own_contact_confirms_at_once(client, first):
    _, vera, letters = first("info@dover.example")
    token = token_in(letters[-1])
    assert letters[-1].to == ["info@dover.example"]
    assert "vera@example.org) accepted the invitation to" in words(client.get(page_of(token, "confirmation")))
    assert not holdings_of(vera).terms  # a look alone confirms nothing
    client.post(page_of(token, "confirmation"))
    assert not holdings_of(vera).terms
    assert "The seat is filled." in words(client.post(page_of(token, "confirmation"), {"answer": "yes"}))
    assert holdings_of(vera).terms[0].title == "Mayor"
    assert client.post(page_of(token, "confirmation"), {"answer": "no"}).status_code == 410
    assert Invitation.objects.get().state == State.ACCEPTED


def test_the_offices_own_contact_stops_it(client, first, sent):
    _, vera, letters = first("info@dover.example")
    url = page_of(token_in(letters[-1]), "confirmation")
    answer, (told,) = sent(client.post, url, {"answer": "no"})
    assert "Nobody took the seat" in words(answer)
    assert (told.to, "revoked" in told.body) == (["finn@example.org"], True)
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert fill_due_seats() == 0
    assert (Invitation.objects.get().state, holdings_of(vera).terms) == (State.REVOKED, ())


def test_a_forged_confirmation_leads_nowhere(client, first):
    first("info@dover.example")
    assert client.post(page_of("x" * 43, "confirmation"), {"answer": "yes"}).status_code == 404
    assert Invitation.objects.get().state == State.WAITING


@pytest.mark.parametrize("contact", ["finn@example.org", "Vera@example.org", "nora@example.org"])
def test_the_contact_is_none_of_those_who_gain_by_it(cast, dover, contact):
    with pytest.raises(ValidationError, match="itself publishes"):
        invite(cast.finn, email="vera@example.org", office=dover[0], cohort=cast.cohort, contact=contact)


def test_a_contact_that_is_the_principals_own_address_does_not_shorten_the_delay(cast, dover, sent):
    dover[0].contact_email = "vera@example.org"
    dover[0].save()
    invitation = invite(cast.finn, email="vera@example.org", office=dover[0], cohort=cast.cohort)
    _, letters = sent(accept, invitation, Person.objects.create_user("vera@example.org", "Vera"))
    assert [letter.to for letter in letters] == [["finn@example.org"]]


def test_a_facilitator_stops_it_within_the_delay(first, cast, as_person):
    invitation, vera, _ = first()
    as_person("finn").post(reverse("cohorts:invitation-revoke", args=[invitation.pk]))
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert fill_due_seats() == 0
    assert not holdings_of(vera).terms


def test_whoever_leads_an_office_finds_the_way_to_invite_before_the_workspace_opens(cast, as_person):
    office = cast.offices["alder"][0]
    place = reverse("cohorts:office-invitations", args=[office.pk])
    assert place in as_person("ada").get(reverse("cohorts:welcome-here")).content.decode()
    page = as_person("ada").get(reverse("workspaces:office", args=[office.pk])).content.decode()
    assert place in page and "Your office" in page
    for who in ("amos", "rhea"):
        assert place not in as_person(who).get(reverse("cohorts:welcome-here")).content.decode()
        assert place not in as_person(who).get(reverse("workspaces:office", args=[office.pk])).content.decode()
    assert reverse("workspaces:office", args=[office.pk]) not in as_person("finn").get("/settings/").content.decode()


def test_an_it_contact_is_led_to_the_rules(cast, client):
    office = cast.offices["alder"][0]
    ines = Person.objects.create_user("ines@example.org", "Ines")
    give_factor(ines)
    seat(ines, "it_contact", "IT contact", office=office)
    come_in(client, ines)
    page = client.get(reverse("cohorts:welcome-here")).content.decode()
    assert reverse("cohorts:office-rules", args=[office.pk]) in page and "workspaces/alder-ny" not in page


def test_who_waits_is_told_until_when(client, first):
    _, vera, _ = first()
    client.force_login(vera)
    assert "Your seat is not filled yet" in words(client.get("/people/welcome/here/"))
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert "Your seat is not filled yet" not in words(client.get("/people/welcome/here/"))
    assert holdings_of(vera).terms[0].title == "Mayor"


def test_from_then_on_only_the_office_adds_its_people(cast, first, dover):
    with pytest.raises(ValidationError, match="only the office adds its people"):
        invite(cast.finn, email="wim@example.org", office=cast.offices["alder"][0], cohort=cast.cohort)
    first()
    with pytest.raises(ValidationError, match="accepted to lead"):
        invite(cast.finn, email="wim@example.org", office=dover[0], cohort=cast.cohort)


def test_one_first_principal_is_invited_at_a_time(cast, dover):
    invite(cast.finn, email="vera@example.org", office=dover[0], cohort=cast.cohort)
    with pytest.raises(ValidationError, match="vera@example.org is invited to lead"):
        invite(cast.finn, email="wim@example.org", office=dover[0], cohort=cast.cohort)


def test_an_office_of_another_cohort_is_not_theirs_to_fill(cast):
    with pytest.raises(ValidationError, match="not in the cohort"):
        invite(cast.finn, email="vera@example.org", office=cast.offices["cedar"][1], cohort=cast.cohort)
    with pytest.raises(PermissionDenied):
        invite(cast.finn, email="vera@example.org", office=cast.offices["cedar"][1], cohort=cast.other)


def test_a_city_that_left_meanwhile_fills_no_seat(cast, first, dover):
    from cohorts.actions.cohorts import end_enrolment  # noqa: PLC0415 (only here)

    _, vera, _ = first()
    end_enrolment(cast.cohort.enrolments.get(mayor_office=dover[0]))
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert fill_due_seats() == 0
    stopped = Invitation.objects.get()
    assert (stopped.state, stopped.ended_because) == (State.REVOKED, "This office is not in the cohort.")
    assert not holdings_of(vera).terms


def test_what_would_refuse_the_seat_later_refuses_it_at_once(cast, dover, sent):
    vera = Person.objects.create_user("vera@example.org", "Vera")
    invitation = invite(cast.finn, email="vera@example.org", office=dover[0], cohort=cast.cohort)
    fill_seat(Seat.objects.create(**seat_of(dover[1])), vera, title="District Attorney", starts_on=day_here())
    with pytest.raises(ValidationError, match="both offices of a pair"):
        accept(invitation, vera)
    assert Invitation.objects.get().state == State.SENT


def test_an_account_that_was_closed_meanwhile_fills_no_seat(first):
    _, vera, _ = first()
    Person.objects.filter(pk=vera.pk).update(is_active=False)
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert fill_due_seats() == 0
    assert Invitation.objects.get().ended_because == "The account of this address is closed."


# --- the list


def test_the_list_says_how_each_stands(as_person, cast, client, invited):
    invited("one@example.org")
    Invitation.objects.update(expires_at=timezone.now())
    _, token = invited("two@example.org")
    client.post(page_of(token), {"name": "Two", "password": PASSWORD})
    invitation, _ = invited("three@example.org")
    revoke(invitation, cast.ada)
    invited("four@example.org")
    page = words(as_person("ada").get(reverse("cohorts:office-invitations", args=[cast.offices["alder"][0].pk])))
    for address, state in [("one", "Expired"), ("two", "Accepted"), ("three", "Revoked"), ("four", "Sent")]:
        assert re.search(rf"{address}@example.org Adviser · Staff Ada {state}", page)


def test_as_many_queries_at_three_as_at_one(as_person, cast, invited, django_assert_max_num_queries):
    client = as_person("ada")

    def count():
        with django_assert_max_num_queries(15) as counted:
            client.get(reverse("cohorts:office-invitations", args=[cast.offices["alder"][0].pk]))
        return len(counted)

    invited("one@example.org")
    one = count()
    invited("two@example.org")
    invited("three@example.org")
    assert count() == one


# --- first visit and mailbox


def test_a_first_visit_asks_who_you_are_and_shows_what_is_here(as_person, cast):
    client = as_person("amos")
    assert client.get("/people/welcome/").status_code == 200
    assert client.post("/people/welcome/", {"name": "", "timezone": "Mars/Olympus"}).status_code == 422
    answer = client.post("/people/welcome/", {"name": "Amos B.", "timezone": "America/Chicago"}, follow=True)
    cast.amos.refresh_from_db()
    assert (cast.amos.name, cast.amos.timezone) == ("Amos B.", "America/Chicago")
    assert all(each in words(answer) for each in ("Policy adviser", "Alder", "First cohort", "Library"))
    assert "Birch" not in words(answer)


def test_a_first_visit_is_three_steps_for_who_needs_a_second_factor(client, invited):
    _, token = invited()
    client.post(page_of(token), {"name": "Vera", "password": PASSWORD})
    assert "Your first visit: step 1 of 3" in words(client.get("/people/welcome/"))
    second = client.post("/people/welcome/", {"name": "Vera", "timezone": "America/Chicago"}, follow=True)
    assert second.redirect_chain[-1] == ("/accounts/2fa/", 302)
    assert "Your first visit: step 2 of 3" in words(second)
    for way in ("webauthn/add", "totp/activate"):  # the password was chosen a minute ago: nobody asks for it again
        assert client.get(f"/accounts/2fa/{way}/").status_code == 200
    give_factor(Person.objects.get(email="vera@example.org"))
    assert "Your first visit: step 3 of 3" in words(client.get("/people/welcome/here/"))
    assert "Your first visit" not in words(client.get("/people/welcome/here/"))
    assert "Your first visit" not in words(client.get("/accounts/2fa/"))


def test_a_first_visit_is_two_steps_for_who_has_one(as_person):
    client = as_person("amos")
    assert "Your first visit: step 1 of 2" in words(client.get("/people/welcome/"))
    answer = client.post("/people/welcome/", {"name": "Amos", "timezone": "America/Chicago"}, follow=True)
    assert "Your first visit: step 2 of 2" in words(answer)


def test_the_mailbox_is_the_demonstrations_alone(client, db, settings, tmp_path, cast, sent):
    assert client.get("/people/mailbox/").status_code == 404
    settings.EMAIL_BACKEND, settings.DEMO_MAILBOX = "cohorts.mailbox.EmailBackend", tmp_path
    sent(invite, cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")
    page = client.get("/people/mailbox/")
    assert "You are invited to Alder mayor’s office" in words(page)
    link = re.search(r'href="http://127.0.0.1:8000(/people/invitations/[\w-]{43}/)"', page.content.decode())[1]
    assert client.get(link).status_code == 200
    assert "You are invited to" in words(client.get("/people/mailbox/?to=VERA@"))
    assert "No mail to this address" in words(client.get("/people/mailbox/?to=amos"))
    settings.MPI_DEMO = False
    assert client.get("/people/mailbox/").status_code == 404


def test_no_log_line_holds_a_link(client, invited, caplog):
    from mpi.logs import JsonFormatter  # noqa: PLC0415 (only here)

    _, token = invited()
    client.post(page_of(token), {"name": "", "password": ""})
    lines = [JsonFormatter().format(record) for record in caplog.records]
    assert any("/people/invitations/[token]/" in line for line in lines)
    assert not any(token in line for line in lines)


def test_an_administrator_finds_the_cohorts_from_home(as_person):
    client = as_person("ivy")
    assert "/people/administration/cohorts/" in client.get("/", follow=True).content.decode()
    for slug in ("first", "other"):
        page = client.get(f"/people/administration/cohorts/{slug}/").content.decode()
        assert f"/people/cohorts/{slug}/invitations/" in page
