"""An office's own sign-on, as its people do it: set, linked, used, demanded."""

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from playwright.sync_api import expect

from cohorts.actions.sign_ons import link, set_sign_on
from tests.cast import build_cast, give_factor, person, seat

PASSWORD = "four words that nobody else says"


@pytest.fixture
def cast(live_server_url):
    made = build_cast()
    made.ike = person("ike")
    give_factor(made.ike)
    seat(made.ike, "it_contact", "IT contact", office=made.offices["alder"][0])
    made.amos.set_password(PASSWORD)
    made.amos.save(update_fields=["password"])
    return made


def at_the_provider(page, sub):
    """The provider's own page, where somebody says who they are."""
    page.get_by_placeholder("sub").fill(sub)
    page.get_by_role("button", name="Authorize").click()


def sign_on_of(cast, provider):
    told = {"name": "Alder ID", "issuer": provider.issuer, "client_id": "mpi", "secret": "s", "domains": " example.org "}
    return set_sign_on(cast.offices["alder"][0], cast.ike, version=1, **told)


def give_password(page):
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill("amos@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def test_an_office_sets_links_uses_and_demands_its_sign_on(
    cast, page, sign_in, new_context, provider, live_server_url, assert_accessible
):
    """Ike sets it and tries it; Ada links her account and comes in by it; Amos meets the demand with only his password."""
    sign_in(page, "ike@example.org")
    page.goto("/")
    page.get_by_role("link", name="Rules of the Alder mayor’s office").click()
    page.get_by_role("link", name="Sign-on of this office").click()
    assert_accessible(page)
    page.get_by_label("Name on the button").fill("Alder ID")
    page.get_by_label("Issuer address").fill("http://login.example.org")
    page.get_by_label("Client ID").fill("mpi")
    page.get_by_label("Client secret").fill("the secret of Alder")
    page.get_by_label("Mail domains of your people").fill("example.org")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("alert")).to_contain_text("The address must begin with https://")
    assert_accessible(page)
    page.get_by_label("Issuer address").fill(provider.issuer)
    page.get_by_label("Client secret").fill("the secret of Alder")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("0 of 4 people have linked their account.")).to_be_visible()
    expect(page.get_by_role("button", name="Demand Alder ID")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("link", name="Link your own account").click()
    assert_accessible(page)
    page.get_by_role("button", name="Link Alder ID").click()
    at_the_provider(page, "ike.work")
    expect(page.get_by_text("Linked. From now on Alder ID signs you in.")).to_be_visible()

    hers = new_context().new_page()
    sign_in(hers, "ada@example.org")
    hers.goto("/settings/")
    hers.get_by_role("link", name="Your office’s sign-on").click()
    hers.get_by_role("button", name="Link Alder ID").click()
    at_the_provider(hers, "ada.work")
    expect(hers.get_by_text("Linked. From now on Alder ID signs you in.")).to_be_visible()
    hers.goto("/workspaces/alder-ny/")
    expect(hers.locator("html[data-live=open]")).to_be_attached()

    page.goto(f"/people/offices/{cast.offices['alder'][0].pk}/sign-on/")
    theirs = new_context().new_page()
    give_password(theirs)
    theirs.get_by_label("Code").fill(code_now())
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    expect(theirs.get_by_role("heading", level=1)).to_have_text("What needs you")
    theirs.goto("/workspaces/alder-ny/")
    expect(theirs.locator("html[data-live=open]")).to_be_attached()
    page.get_by_role("button", name="Demand Alder ID").click()
    expect(page.get_by_role("heading", name="It is demanded")).to_be_visible()
    assert_accessible(page)
    expect(theirs.get_by_text("You are signed out, so nothing new arrives here.")).to_be_visible()
    hers.goto("/library/")
    expect(hers.get_by_role("heading", level=1)).to_have_text("Library")

    give_password(theirs)
    theirs.get_by_label("Code").fill(
        RecoveryCodes.activate(cast.amos).get_unused_codes()[0]
    )  # the app's code was used just now
    theirs.get_by_role("button", name="Sign in", exact=True).click()
    expect(theirs.get_by_text("Alder mayor’s office lets its people in by Alder ID alone.")).to_be_visible()
    assert_accessible(theirs)


def code_now():
    return format_hotp_value(hotp_value("JBSWY3DPEHPK3PXP", list(yield_hotp_counters_from_time())[1]))


def test_without_scripts_one_comes_in_all_the_same(cast, new_context, provider, live_server_url, assert_accessible):
    link(sign_on_of(cast, provider), cast.ada, "ada.work")
    page = new_context(java_script_enabled=False).new_page()
    page.goto("/accounts/login/?next=/library/")
    page.get_by_role("link", name="Use your office’s sign-on").click()
    page.get_by_label("Your work e-mail").fill("ada@example.org")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Go on with Alder ID").click()
    at_the_provider(page, "ada.work")
    page.get_by_label("Code").fill(code_now())
    page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Library")


def test_each_page_on_the_way_is_accessible(cast, page, provider, assert_accessible):
    sign_on = sign_on_of(cast, provider)
    link(sign_on, cast.ada, "ada.work")
    page.goto("/accounts/sign-on/")
    assert_accessible(page)
    page.get_by_label("Your work e-mail").fill("ada@alder.gov")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("status")).to_contain_text("No office has set a sign-on for addresses of this kind.")
    assert_accessible(page)
    page.goto(f"/accounts/sign-on/{sign_on.pk}/")
    assert_accessible(page)
    page.get_by_role("button", name="Go on with Alder ID").click()
    at_the_provider(page, "ben.work")
    expect(page.get_by_role("heading", level=1)).to_have_text("That did not work")
    assert_accessible(page)
