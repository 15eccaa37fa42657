"""Signing in as people do it: the first passkey, a passkey alone, a code from an app, a recovery code, being asked again."""

import re
import time

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.contrib.sessions.models import Session
from django.core import mail
from playwright.sync_api import expect

from cohorts.actions.invitations import invite
from policies.actions.trackers import open_tracker
from tests.cast import build_cast
from workspaces.actions.sign_offs import propose
from workspaces.actions.topics import open_topic
from workspaces.models import Signature

PASSWORD = "four words that nobody else says"


@pytest.fixture
def live_server_url(live_server_url):
    """By the name at which a browser allows passkeys without TLS."""
    return live_server_url.replace("127.0.0.1", "localhost")


@pytest.fixture
def cast(live_server_url):
    made = build_cast()
    made.ada.set_password(PASSWORD)
    made.ada.save(update_fields=["password"])
    return made


@pytest.fixture
def with_passkeys(page):
    """The page's computer can keep passkeys, and knows its user by fingerprint."""
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    knows = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": {"protocol": "ctap2", "transport": "internal", **knows}})
    return session


@pytest.fixture
def problems(page):
    """What the browser complains of in its console: a script that the policy refuses would stand here."""
    told = []
    page.on("console", lambda message: told.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    return told


def give_password(page):
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def code_of(secret):
    counter = list(yield_hotp_counters_from_time())[1]
    return format_hotp_value(hotp_value(secret, counter))


def test_the_first_passkey_and_signing_with_it(cast, page, with_passkeys, problems, assert_accessible):
    Authenticator.objects.all().delete()
    tracker = open_tracker(cast.standing("amos"), title="Court-date reminders", decided_by="joint")
    sign_off = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    page.goto("/workspaces/alder-ny/")
    assert_accessible(page)
    give_password(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Passkeys and second steps")
    expect(page.get_by_text("One step is left before you can go on")).to_be_visible()
    expect(page.get_by_role("link", name="Alder")).to_have_count(0)
    assert_accessible(page)
    page.get_by_role("link", name="Add a passkey").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    assert_accessible(page)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add a passkey")
    assert_accessible(page)
    page.get_by_role("button", name="Add this device").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    expect(page.locator(".codes li")).to_have_count(10)
    assert_accessible(page)
    page.reload()
    expect(page.locator(".codes li")).to_have_count(0)
    expect(page.get_by_text("10 of 10 are left")).to_be_visible()
    assert_accessible(page)
    page.goto("/workspaces/alder-ny/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Alder")

    page.context.clear_cookies()
    page.goto(f"/workspaces/alder-ny/sign-offs/{sign_off.pk}/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text("Exactly what is signed")).to_be_visible()
    page.get_by_text("I have read what is signed, and I sign for my office.").click()
    page.get_by_role("button", name="Sign", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Is it you?")
    assert_accessible(page)
    assert not Signature.objects.exists()
    page.get_by_role("button", name="Use your passkey").click()
    expect(page.locator("#state")).to_contain_text("Signed on")
    assert page.url.endswith(f"/sign-offs/{sign_off.pk}/")
    assert problems == []


def test_a_passkey_is_offered_first_and_a_password_may_be_pasted(cast, page):
    """What a password manager does, and what a hand does with the keyboard."""
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/accounts/login/")
    expect(page.get_by_role("main").get_by_role("button").first).to_have_text("Sign in with a passkey")
    page.evaluate("text => navigator.clipboard.writeText(text)", PASSWORD)
    invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff", title="Adviser")
    for where in ("/accounts/login/", re.search(r"/people/invitations/\S+", mail.outbox[-1].body)[0]):
        page.goto(where)
        page.get_by_label("Password").focus()
        page.keyboard.press("Control+V")
        expect(page.get_by_label("Password")).to_have_value(PASSWORD)


# The browser's own answer, with another page's name put in its place.
AT_ANOTHER_ORIGIN = """async () => {
  const asked = await fetch("/accounts/2fa/webauthn/login/", { headers: { Accept: "application/json" } });
  const answer = await webauthnJSON.get((await asked.json()).request_options);
  const said = JSON.parse(atob(answer.response.clientDataJSON.replaceAll("-", "+").replaceAll("_", "/")));
  const text = btoa(JSON.stringify({ ...said, origin: "http://elsewhere.example" }));
  answer.response.clientDataJSON = text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  document.getElementById("mfa_credential").value = JSON.stringify(answer);
  document.getElementById("mfa_login").submit();
}"""


def test_a_passkey_from_another_origin(cast, page, with_passkeys, sign_in):
    sign_in(page, "ada@example.org")
    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_role("button", name="Add this device").click()
    expect(page.get_by_text("Passkey added.")).to_be_visible()
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.evaluate(AT_ANOTHER_ORIGIN)
    expect(page.get_by_text("That did not match. Try again.")).to_be_visible()
    page.goto("/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


def test_a_passkeys_button_waits_for_its_script(page):
    """On a slow line the button stands there before anything listens to it."""
    held = []
    page.route("**/mfa/js/webauthn.js", lambda route: held.append(route))
    with page.expect_request("**/mfa/js/webauthn.js"):
        page.goto("/accounts/login/", wait_until="commit")
    button = page.get_by_role("button", name="Sign in with a passkey")
    expect(button).to_be_disabled()
    held[0].continue_()
    expect(button).to_be_enabled()


def test_passkeys_say_where_they_do_not_work(cast, page, live_server_url):
    page.goto(f"{live_server_url.replace('localhost', '127.0.0.1')}/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    named = f"Passkeys need a name in the address: sign in at {live_server_url}/, or use another way."
    expect(page.get_by_text(named)).to_be_visible()


def test_an_app_and_a_recovery_code(cast, page, problems, assert_accessible):
    Authenticator.objects.all().delete()
    page.goto("/")
    give_password(page)
    page.get_by_role("link", name="Add an authenticator app").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Add an authenticator app")
    assert_accessible(page)
    assert page.locator("img.qr").evaluate("picture => picture.naturalWidth") > 0
    page.get_by_label(re.compile("code")).fill(code_of(page.locator(".secret").inner_text()))
    page.get_by_role("button", name="Add the app").click()
    code = page.locator(".codes li").first.inner_text()
    assert "authenticator app" in mail.outbox[-1].body.lower()
    for tries, lands in ((1, "/"), (2, "/accounts/2fa/authenticate/")):
        page.context.clear_cookies()
        page.goto("/accounts/login/")
        give_password(page)
        expect(page.get_by_role("heading", level=1)).to_have_text("One more step")
        assert_accessible(page)
        page.get_by_label("Code").fill(code)
        page.get_by_role("button", name="Sign in", exact=True).click()
        page.wait_for_url(f"**{lands}")
        if tries == 2:
            expect(page.get_by_text("That did not match").first).to_be_visible()
            assert_accessible(page)
    assert problems == []


def test_a_code_by_mail_and_then_the_second_step(cast, page, assert_accessible):
    page.goto("/accounts/login/")
    page.get_by_role("link", name="Send me a code by e-mail instead").click()
    assert_accessible(page)
    page.get_by_label("Email").fill("ada@example.org")
    page.get_by_role("button", name="Send the code").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Enter the code")
    assert_accessible(page)
    code = re.search(r"^[A-Z0-9-]{6,9}$", mail.outbox[-1].body, re.MULTILINE)[0]
    page.get_by_label("Code").fill(code)
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("One more step")


def test_the_settings(cast, page, sign_in, assert_accessible):
    sign_in(page, "ada@example.org")
    page.goto("/")
    page.locator(".menu--you summary").click()
    page.get_by_role("link", name="Settings").click()
    assert_accessible(page)
    page.get_by_label("Time zone").select_option("America/Chicago")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    for link in ("Passkeys and second steps", "Password", "Where you are signed in", "API tokens"):
        page.goto("/settings/")
        page.get_by_role("link", name=link).click()
        page.wait_for_load_state()
        assert_accessible(page)
    page.get_by_role("link", name="Make a token").click()
    assert_accessible(page)
    page.get_by_label("What is it for?").fill("Monthly figures")
    page.get_by_role("button", name="Make it").click()
    expect(page.locator(".secret")).to_contain_text("mpi_")
    assert_accessible(page)
    page.get_by_role("link", name="I have copied it").click()
    expect(page.get_by_text("Monthly figures")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Revoke Monthly figures").click()
    expect(page.get_by_role("heading", name="No tokens")).to_be_visible()


def test_a_session_that_is_about_to_end_says_so(cast, page, sign_in, assert_accessible):
    sign_in(page, "ada@example.org")
    page.clock.install(time=time.time())
    page.goto("/settings/")
    page.route("**/accounts/session/", lambda route: route.fulfill(json={"ends_in": 240, "may_stay": True}), times=1)
    page.clock.fast_forward(26 * 60 * 1000)
    expect(page.get_by_text("You will be signed out in 4 minutes")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Stay signed in").click()
    expect(page.get_by_text("You will be signed out")).to_have_count(0)


def test_who_is_signed_out_elsewhere_keeps_the_page_and_what_was_typed(cast, page, sign_in):
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    sign_in(page, "ada@example.org")
    page.goto(f"/workspaces/alder-ny/topics/{topic.pk}/")
    expect(page.locator("html[data-live=open]")).to_be_attached()
    page.get_by_label("Write a message").fill("Half a thou")
    Session.objects.all().delete()
    expect(page.get_by_text("You have been signed out. Copy what you typed here")).to_be_visible()
    expect(page.get_by_text("You are signed out, so nothing new arrives here.")).to_be_visible()
    expect(page.get_by_label("Write a message")).to_have_value("Half a thou")


def test_from_the_invitation_to_the_first_message(cast, page, with_passkeys, problems, assert_accessible):
    """Vera is new: who she is, what guards her account, what is here, and she writes."""
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff", title="Adviser")
    page.goto(re.search(r"/people/invitations/\S+", mail.outbox[-1].body)[0])
    assert_accessible(page)
    page.get_by_label("Your name").fill("Vera")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Make my account and accept").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Who you are")
    page.get_by_role("button", name="Go on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Passkeys and second steps")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_role("button", name="Add this device").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Recovery codes")
    page.get_by_role("link", name="I have kept them").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("What is here")
    assert_accessible(page)
    page.get_by_role("main").get_by_role("link", name="Alder").click()
    page.get_by_role("main").get_by_role("link", name="Call-in date").click()
    page.get_by_label("Write a message").fill("Good morning.")
    with page.expect_response("**/api/v1/messages/") as stored:
        page.get_by_role("button", name="Send").click()
    assert stored.value.status == 201
    expect(page.locator("[data-log]")).to_contain_text("Good morning.")
    assert topic.messages.get().author.name == "Vera"
    assert problems == []
