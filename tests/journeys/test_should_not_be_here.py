"""What should not be here, as three people in three browsers: taken out, read by its records officer, put back; and a hold."""

import re

from playwright.sync_api import expect

from tests.journeys.test_discussion import beside, cast, menu, two  # noqa: F401 (fixtures)


def open_as(name, new_context, sign_in, path, **more):
    context = new_context(**more)
    sign_in(context, f"{name}@example.org")
    page = context.new_page()
    page.goto(path)
    return page


def test_taken_out_and_put_back(two, new_context, sign_in, assert_accessible):  # noqa: F811
    topic, ada, ben = two
    menu(ben, 0).get_by_role("link", name="This should not be here").click()
    assert_accessible(ben)
    ben.get_by_role("button", name="Take it out").click()
    expect(ben.get_by_text("Choose one.").first).to_be_visible()
    ben.get_by_text("It names a victim, a witness or a defendant").click()
    ben.get_by_role("button", name="Take it out").click()
    expect(ben.get_by_text("Taken out, for everybody.")).to_be_visible()
    gone = ada.locator(".message")
    expect(gone).to_contain_text("marked as something that should not be here. The Alder mayor’s office decides")
    expect(gone).not_to_contain_text("Can we do the 14th?")
    assert_accessible(ada)

    rhea = open_as("rhea", new_context, sign_in, "/", viewport={"width": 390, "height": 844})
    expect(rhea.get_by_text("Message that should not be here", exact=True)).to_be_visible()
    rhea.goto("/people/sealed/")
    assert_accessible(rhea)
    rhea.get_by_role("link", name="Message of Ada, Alder").click()
    expect(rhea.locator("blockquote")).to_contain_text("Can we do the 14th?")
    assert_accessible(rhea)
    rhea.get_by_label("What is to stand there instead").fill("Can we do the 15th?")
    rhea.get_by_role("button", name="Put it back with these words").click()
    expect(rhea.get_by_text("Put back with the new words.")).to_be_visible()
    expect(gone).to_contain_text("Can we do the 15th?")
    expect(gone).to_contain_text("Redacted by decision of the Alder mayor’s office.")
    ben.complaints.clear()  # the form that was sent without a choice


def test_a_records_officer_places_and_lifts_a_hold(two, new_context, sign_in, assert_accessible):  # noqa: F811
    rhea = open_as("rhea", new_context, sign_in, "/workspaces/alder-ny/people/")
    rhea.get_by_role("link", name="Alder mayor’s office").first.click()
    rhea.get_by_role("link", name="Legal holds").click()
    rhea.get_by_label("What is it for?").fill("The suit about the call-in")
    rhea.get_by_role("button", name="Place the hold").click()
    expect(rhea.get_by_text("The suit about the call-in").first).to_be_visible()
    assert_accessible(rhea)
    rhea.get_by_role("button", name=re.compile("Lift it")).click()
    expect(rhea.get_by_role("heading", name="Lifted")).to_be_visible()
    assert_accessible(rhea)


def test_acknowledging_and_being_reminded(two, new_context, sign_in, assert_accessible):  # noqa: F811
    topic, ada, ben = two
    menu(ada, 0).get_by_role("button", name="Ask everyone to acknowledge it").click()
    asked = ben.locator(".message")
    expect(asked).to_contain_text("Ada asks everyone who can see this to acknowledge it.")
    expect(ada.locator(".message").get_by_role("link", name="Acknowledge", exact=True)).to_be_hidden()  # her own
    assert_accessible(ben)
    asked.get_by_role("link", name="Acknowledge", exact=True).click()
    expect(ada.locator(".message")).to_contain_text("Acknowledged by Ben.")
    expect(asked.get_by_role("link", name="Acknowledge", exact=True)).to_be_hidden()
    ada.get_by_role("link", name="Who is missing").click()
    ada.get_by_role("link", name="Show it in its topic").click()
    ada.locator(".message time").click()  # on a page of its own, too, who wrote it is not asked
    expect(ada.get_by_text("What you can do with it")).to_be_visible()
    expect(ada.get_by_role("link", name="Acknowledge", exact=True)).to_be_hidden()
    ada.get_by_role("link", name="Who is missing").click()
    expect(ada.get_by_role("heading", name="Acknowledged (1)")).to_be_visible()
    assert_accessible(ada)
    menu(ben, 0).get_by_role("link", name="Remind me of this").click()
    assert_accessible(ben)
    ben.get_by_text(re.compile("^Tomorrow, ")).click()
    ben.get_by_role("button", name="Remind me").click()
    expect(ben.get_by_text("You will be reminded on")).to_be_visible()
