"""The way in as a browser shows it: from the mail to the first page, accessible and fitting a phone."""

import datetime as dt
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection, connections
from django.utils import timezone
from playwright.sync_api import expect

from cohorts.actions.guests import invite_guest
from cohorts.actions.invitations import accept, invite, join
from cohorts.actions.seats import end_term
from cohorts.models import Invitation, Person, Term
from tests.cast import give_factor

PASSWORD = "violet river under the bridge"
OFFICE = "/people/offices/{}/invitations/"
COHORT = "/people/cohorts/first/invitations/"


def newest_link():
    return re.search(r"http://[^/]+(/people/\w+/[\w-]{43}/)", mail.outbox[-1].body)[1]


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(live_server_url, cast, page, sign_in, assert_accessible, width):
    page.set_viewport_size({"width": width, "height": 800})
    mayors = OFFICE.format(cast.offices["alder"][0].pk)
    for role in ("staff", "counsel"):
        invite(cast.ada, email=f"{role}-with-a-long-address@example.org", office=cast.offices["alder"][0], role=role)
    link = newest_link()
    invite_guest(cast.convening, cast.finn, email="guest@example.org", title="Panelist", ends_on=cast.convening.ends_at.date())
    guests_link = newest_link()

    def look(*paths):
        for path in paths:
            page.goto(path)
            assert_accessible(page)
            assert page.evaluate("document.documentElement.scrollWidth") == width, path

    look(link, guests_link)
    sign_in(page, "ada@example.org")
    look(link, mayors, f"{mayors}new/", "/people/welcome/", "/people/welcome/here/")
    page.context.clear_cookies()
    sign_in(page, "finn@example.org")
    cities = "/people/cohorts/first/cities/new/"
    look(COHORT, f"{COHORT}new/", f"{COHORT}file/", cities, f"{cities}?city=albany-ny", f"{cities}?city=alder-ny")


def test_from_the_mail_to_the_workspace(live_server_url, cast, new_context, sign_in):
    """The delegate invites, without JavaScript; somebody new comes in by the link."""
    context = new_context(java_script_enabled=False)
    sign_in(context, "bea@example.org")
    page = context.new_page()
    page.goto("/workspaces/alder-ny/people/")
    page.get_by_role("link", name="Invite to your office").click()
    page.get_by_role("link", name="Invite somebody").first.click()
    page.get_by_label("E-mail address").fill("vera@example.org")
    page.get_by_text("Staff: reads and writes for the office, and signs nothing").click()
    page.get_by_label("Title").fill("Analyst")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("vera@example.org is invited as Analyst.")).to_be_visible()
    guest = new_context().new_page()
    guest.goto(newest_link())
    guest.get_by_label("Your name").fill("Vera")
    guest.get_by_label("Password").fill(PASSWORD)
    guest.get_by_role("button", name="Make my account and accept").click()
    expect(guest.get_by_role("heading", name="Who you are")).to_be_visible()
    give_factor(Person.objects.get(email="vera@example.org"))  # adding one has a journey of its own
    guest.get_by_role("button", name="Go on").click()
    expect(guest.get_by_role("heading", name="What is here")).to_be_visible()
    guest.get_by_role("main").get_by_role("link", name="Alder", exact=True).click()
    expect(guest).to_have_url(re.compile("/workspaces/alder-ny/$"))


@pytest.mark.django_db(transaction=True)
def test_two_acceptances_at_once_are_one(cast):
    """The same link in two browsers: one account, one term; the other is told that it was used."""
    invitation = invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")

    def come(name):
        try:
            return join(invitation, name=name, password=PASSWORD) and "in"
        except ValidationError as error:
            return error.messages[0]
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        came = sorted(pool.map(come, ["Vera", "Vera again"]))
    assert came == ["This invitation was used already.", "in"]
    assert Person.objects.filter(email="vera@example.org").count() == 1
    assert Term.objects.filter(person__email="vera@example.org").count() == 1


@pytest.mark.django_db(transaction=True)
def test_a_seat_handed_to_two_people_at_once_goes_to_one(cast):
    """Two invitations name the same vacant seat, one of them from before: whoever is second is told."""
    office, seat = cast.offices["alder"][0], cast.seats["amos"]
    end_term(seat.terms.get(), at=timezone.now() - dt.timedelta(days=1))
    first = invite(cast.ada, email="gus@example.org", office=office, seat=seat)
    Invitation.objects.update(seat=None)
    second = invite(cast.ada, email="dora@example.org", office=office, seat=seat)
    Invitation.objects.update(seat=seat)

    def come(told):
        try:
            return accept(*told) and "in"
        except ValidationError as error:
            return error.messages[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        came = sorted(pool.map(come, [(first, cast.gus), (second, cast.dora)]))
    assert came == ["Policy adviser is held by somebody else in that time.", "in"]
    assert seat.terms.current().count() == 1
