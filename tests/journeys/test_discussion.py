"""Writing and reading in a topic, as two people in two browsers."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connections
from playwright.sync_api import expect

from tests import sample_files
from tests.cast import build_cast
from workspaces.actions.attachments import attach
from workspaces.actions.drafts import keep_draft
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.files.drawing import draw_pictures


@pytest.fixture
def beside():
    """`beside(verb, …)`: done in another thread, as the browser's own event loop runs in this one."""
    with ThreadPoolExecutor(1) as other:
        yield lambda verb, *args, **told: other.submit(verb, *args, **told).result()
        other.submit(connections.close_all).result()


@pytest.fixture
def cast(live_server_url, beside):
    return beside(build_cast)


@pytest.fixture
def two(cast, beside, new_context, sign_in):
    """`(topic, Ada's page of it, Ben's)`."""
    topic = beside(open_topic, cast.standing("ada"), title="Call-in date")
    beside(post_message, topic, cast.standing("ada"), body="Can we do the 14th?\n\nOr the 15th?")
    pages = []
    for name in ("ada", "ben"):
        context = new_context()
        sign_in(context, f"{name}@example.org")
        page = context.new_page()
        page.complaints = []
        page.on("console", lambda told, page=page: page.complaints.append(told.text) if told.type == "error" else None)
        page.goto(f"/workspaces/alder-ny/topics/{topic.pk}/")
        expect(page.locator("html")).to_have_attribute("data-live", "open")
        pages.append(page)
    yield topic, *pages
    assert [page.complaints for page in pages] == [[], []]  # the browser's policy refused nothing, and no script broke


def menu(page, number):
    """Opened, with all that this reader can do."""
    message = page.locator(".message").nth(number)
    message.locator("summary").click()
    expect(message.get_by_text("Copy the link")).to_be_visible()
    return message


def test_what_looks_like_a_case_is_asked_about_before_it_leaves(two, assert_accessible):
    """Edited, it goes; sent again as it was, it goes on the second word, and Ben reads it."""
    _, ada, ben = two
    field, send = ada.get_by_label("Write a message"), ada.get_by_role("button", name="Send", exact=True)
    field.fill("Please look at 24-CR-01234.")
    send.click()
    asked = ada.locator(".message--asked")
    expect(asked).to_contain_text("Not sent yet. This looks like a docket or case number (“24-CR-01234”).")
    assert_accessible(ada)
    asked.get_by_role("button", name="Edit").click()
    expect(field).to_have_value("Please look at 24-CR-01234.")
    expect(ada.locator(".message--asked")).to_have_count(0)
    send.click()
    ada.locator(".message--asked").get_by_role("button", name="Post anyway").click()
    expect(ben.get_by_text("Please look at 24-CR-01234.")).to_be_visible()
    expect(ada.locator(".message--pending, .message--asked")).to_have_count(0)
    refused = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert ada.complaints == [refused] * 2
    ada.complaints.clear()


def test_two_write_quote_and_react(two, assert_accessible):
    _, ada, ben = two
    field = ben.get_by_label("Write a message")
    message = menu(ben, 0)
    assert_accessible(ben)
    message.get_by_role("link", name="Quote").click()
    expect(field).to_have_value(re.compile(r"^> Can we do the 14th\?\n>\n> Or the 15th\?\n>\n> \[Ada, .*\n\n$"))
    expect(field).to_be_focused()
    ben.keyboard.type("Yes, ")
    ben.keyboard.press("Control+b")
    ben.keyboard.type("the 14th")
    ben.keyboard.press("ArrowRight")
    ben.keyboard.press("ArrowRight")
    ben.keyboard.type(". @ada")
    ben.get_by_role("option", name="Ada").click()
    ben.get_by_role("button", name="Preview").click()
    expect(ben.locator("#preview strong")).to_have_text("the 14th")
    assert_accessible(ben)
    ben.get_by_role("button", name="Send").click()
    for page in (ada, ben):
        said = page.locator(".message").nth(1)
        expect(said.locator("strong")).to_have_text("the 14th")
        expect(said.locator(".mention")).to_have_text("@Ada")
        expect(said.locator("blockquote a")).to_have_attribute("href", re.compile("^/workspaces/alder-ny/messages/"))
    expect(ben.locator("#preview")).to_be_empty()

    message = menu(ada, 1)
    message.get_by_role("button", name="Thank you").click()
    expect(message.locator("details")).not_to_have_attribute("open", "")
    given = ben.locator(".message").nth(1).locator(".reactions button")
    expect(given).to_contain_text("Thank you: Ada")
    expect(given).to_have_attribute("aria-pressed", "false")
    given.focus()
    ben.keyboard.press("Enter")
    expect(given).to_contain_text("Thank you: Ada and Ben")
    expect(given).to_have_attribute("aria-pressed", "true")
    expect(given).to_be_focused()
    expect(ada.locator(".message").nth(1)).to_contain_text("Thank you: Ada and Ben")
    assert_accessible(ada)
    ada.goto("/")
    assert_accessible(ada)


def test_open_pages_follow_a_topic_that_is_moved(cast, two, beside, assert_accessible):
    """To the cohort, where both see it; then to a ring of Ada's, where Ben does not."""
    topic, ada, ben = two
    ada.get_by_text("Rename or resolve this topic").click()
    ada.get_by_role("link", name="Move this topic").click()
    assert_accessible(ada)
    ada.get_by_label("Where to?").select_option(label="Everyone in the cohort")
    ada.get_by_role("button", name="Move the topic").click()
    expect(ada.get_by_role("alert")).to_contain_text("Everyone in the cohort in First cohort will see it")
    assert_accessible(ada)
    ada.get_by_role("button", name="Move it, and let them see it").click()
    expect(ben).to_have_url(re.compile(f"/workspaces/first/topics/{topic.pk}/"))
    expect(ben.get_by_text("Moved here by Ada, Mayor, Alder mayor’s office")).to_be_visible()
    expect(ben.locator(".message")).to_have_count(1)
    ada.complaints.clear()  # what was asked back


def test_who_is_here_and_typing_is_seen_across_offices_once_one_says_so(two, assert_accessible):
    _, ada, ben = two
    expect(ben.locator("[data-presence]")).to_be_empty()
    ada.goto("/settings/presence/")
    assert_accessible(ada)
    ada.get_by_text("Everyone who is in the same workspace").click()
    ada.get_by_role("button", name="Save").click()
    ada.goto(ben.url)
    expect(ben.locator("[data-presence]")).to_have_text("Here now: Ada")
    for width in (1280, 390):  # in its own room: it once stood behind the heading below it
        ben.set_viewport_size({"width": width, "height": 900})
        box, below = (ben.locator(each).bounding_box() for each in ("[data-presence]", ".page-grid"))
        assert box["y"] + box["height"] <= below["y"]
    ada.get_by_label("Write a message").press_sequentially("The 14th")
    expect(ben.locator("[data-typing]")).to_have_text("Ada is typing …")
    assert_accessible(ben)
    ada.get_by_role("button", name="Send", exact=True).click()
    expect(ben.locator("[data-typing]")).to_be_empty()
    expect(ada.locator("[data-presence]")).to_be_empty()  # Ben has not said so


def test_a_message_is_moved_to_another_topic(cast, two, beside, assert_accessible):
    topic, ada, ben = two
    hall = beside(open_topic, cast.standing("ben"), title="The hall")
    menu(ada, 0).get_by_role("link", name="Move it to another topic").click()
    ada.get_by_label("To which topic?").select_option(label="The hall")
    assert_accessible(ada)
    ada.get_by_role("button", name="Move it", exact=True).click()
    expect(ada).to_have_url(re.compile(f"/topics/{hall.pk}/"))
    expect(ada.locator(".message")).to_contain_text("Moved here by Ada, Mayor, Alder mayor’s office")
    line = ben.locator(".message")
    expect(line).to_contain_text("Moved to another topic by Ada, Mayor, Alder mayor’s office")
    assert_accessible(ben)
    line.get_by_role("link", name="Show it there").click()
    expect(ben.get_by_text("Can we do the 14th?")).to_be_visible()


def test_a_draft_is_reopened_on_the_phone_and_gone_once_it_is_sent(cast, two, beside, new_context, sign_in):
    topic, ada, _ = two
    ada.get_by_label("Write a message").fill("The 14th, if the")
    context = new_context(viewport={"width": 390, "height": 844})
    sign_in(context, "ada@example.org")
    phone = context.new_page()

    def is_kept(body):
        return beside(lambda: list(topic.drafts.values_list("body", flat=True)) == [body])

    wait_until(ada, lambda: is_kept("The 14th, if the"))
    phone.goto("/workspaces/alder-ny/")
    expect(phone.get_by_role("link", name="Call-in date").get_by_text("Draft")).to_be_visible()
    phone.goto(f"/workspaces/alder-ny/topics/{topic.pk}/")
    field = phone.get_by_label("Write a message")
    expect(field).to_have_value("The 14th, if the")
    field.fill("The 14th, if the hall is free.")
    phone.get_by_role("button", name="Send", exact=True).click()
    expect(phone.locator(".message").last).to_contain_text("The 14th, if the hall is free.")
    expect(ada.locator(".message").last).to_contain_text("The 14th, if the hall is free.")
    assert beside(topic.drafts.count) == 0


def test_what_was_written_without_connection_is_joined_with_what_another_device_wrote(cast, two, beside):
    topic, ada, _ = two
    ada.route("**/draft/", lambda route: route.abort())
    ada.get_by_label("Write a message").fill("From the train.")
    ada.wait_for_timeout(1_500)
    beside(keep_draft, topic, cast.standing("ada"), body="From the office.")
    ada.unroute("**/draft/")
    ada.reload()
    expect(ada.get_by_label("Write a message")).to_have_value("From the train.\n\nFrom the office.")
    wait_until(ada, lambda: beside(lambda: topic.drafts.get().body) == "From the train.\n\nFrom the office.")
    ada.complaints.clear()


def wait_until(page, is_so, within=10):
    end = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < end
        page.wait_for_timeout(100)


DROP = """([place, names]) => {
  const held = new DataTransfer();
  for (const name of names) held.items.add(new File(["The plan"], name, { type: "text/plain" }));
  for (const kind of ["dragenter", "dragover", "drop"])
    document.querySelector(place).dispatchEvent(new DragEvent(kind, { dataTransfer: held, bubbles: true, cancelable: true }));
}"""
PASTE = """([place, name]) => {
  const held = new DataTransfer();
  held.items.add(new File(["The plan"], name, { type: "text/plain" }));
  document.querySelector(place).dispatchEvent(
    new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
}"""


def test_files_chosen_dropped_and_pasted_are_sent_and_seen(two, assert_accessible):
    topic, ada, ben = two
    rows = ada.locator("[data-upload]")
    picture = {"name": "map.png", "mimeType": "image/png", "buffer": sample_files.picture()}
    ada.get_by_label("Attach files").set_input_files([picture])
    ada.evaluate(DROP, [".talk", ["a.txt", "run.exe"]])
    ada.evaluate(PASTE, ["#compose textarea", "b.txt"])
    expect(rows).to_have_text([re.compile(name) for name in ("map.png", "a.txt", "run.exe", "b.txt")])
    expect(ada.locator("progress")).to_have_count(0)
    refused = rows.nth(2)
    expect(refused.get_by_role("alert")).to_contain_text("Not uploaded: Files that end in .exe are not taken.")
    assert_accessible(ada)
    ada.reload()  # what was uploaded waits on the server; what was refused is gone
    expect(ada.locator("html")).to_have_attribute("data-live", "open")
    expect(rows).to_have_text([re.compile(name) for name in ("map.png", "a.txt", "b.txt")])
    rows.nth(1).get_by_role("button", name="Remove a.txt").click()
    expect(rows).to_have_count(2)
    ada.get_by_role("button", name="Send", exact=True).click()  # files alone
    expect(rows).to_have_count(0)
    message = ben.locator(".message").last
    expect(message.get_by_role("link", name="Download map.png")).to_be_visible()
    expect(message.get_by_role("link", name="Download b.txt")).to_be_visible()
    assert_accessible(ben)
    ben.get_by_role("link", name="Files", exact=True).click()
    expect(ben.locator(".files--list .file__name")).to_have_text(["b.txt", "map.png"])
    assert_accessible(ben)
    with ben.expect_download() as download:
        ben.get_by_role("link", name="Download b.txt").click()
    assert Path(download.value.path()).read_bytes() == b"The plan"
    ben.get_by_role("link", name="map.png").first.click()
    expect(ben.get_by_role("heading", name="map.png")).to_be_visible()
    assert_accessible(ben)
    assert ada.complaints == ["Failed to load resource: the server responded with a status of 415 (Unsupported Media Type)"]
    ada.complaints.clear()


def test_pictures_appear_on_open_pages_when_they_are_made(cast, two, beside):
    topic, ada, ben = two
    file = beside(attach, topic, cast.standing("ada"), file=ContentFile(sample_files.picture(), name="map.png"))
    beside(post_message, topic, cast.standing("ada"), attachments=[file.pk])
    message = ben.locator(".message").last
    expect(message.get_by_text("map.png").first).to_be_visible()
    expect(message.locator("img")).to_have_count(0)
    beside(draw_pictures, file.pk)
    expect(message.locator("img")).to_be_visible()
    assert message.locator("img").evaluate("image => image.decode().then(() => image.naturalWidth)") == 64


def test_an_upload_without_connection_waits_and_is_tried_again(two):
    """The message asked for meanwhile is not sent without its file."""
    _, ada, ben = two
    ada.route("**/api/v1/attachments/", lambda route: route.abort())
    ada.get_by_label("Attach files").set_input_files([{"name": "a.txt", "mimeType": "text/plain", "buffer": b"The plan"}])
    row = ada.locator("[data-upload]")
    expect(row.get_by_role("alert")).to_have_text("Not uploaded: no connection.")
    ada.unroute("**/api/v1/attachments/")
    held = []
    ada.route("**/api/v1/attachments/", lambda route: held.append(route))
    ada.get_by_label("Write a message").fill("Here it is.")
    row.get_by_role("button", name="Try again").click()
    ada.get_by_role("button", name="Send", exact=True).click()
    expect(ada.get_by_role("progressbar")).to_be_visible()
    expect(ada.get_by_text("Your message is sent once its files are uploaded.")).to_be_attached()
    expect(ben.get_by_text("Here it is.")).to_have_count(0)
    held[0].continue_()
    expect(ben.get_by_text("Here it is.")).to_be_visible()
    expect(ben.get_by_role("link", name="Download a.txt")).to_be_visible()
    ada.get_by_label("Attach files").set_input_files([{"name": "c.txt", "mimeType": "text/plain", "buffer": b"x"}])
    row.get_by_role("button", name="Cancel c.txt").click()
    expect(row).to_have_count(0)
    ada.complaints.clear()


def test_unread_is_counted_across_tabs(cast, two, beside, new_context, sign_in, assert_accessible):
    """Ben has the topic in one tab and the workspace's list in another, on another device."""
    topic, ada, ben = two
    context = new_context()
    sign_in(context, "ben@example.org")
    phone = context.new_page()
    phone.goto("/workspaces/alder-ny/people/")
    expect(phone.locator("html")).to_have_attribute("data-live", "open")
    other = beside(open_topic, cast.standing("ada"), title="Budget")
    for number in range(2):
        beside(post_message, other, cast.standing("ada"), body=f"Words {number}")
    for page in (ben, phone):
        expect(page).to_have_title(re.compile(r"^\(2\) "))
        expect(page.locator("[data-unread-all]")).to_have_text("2\u00a0unread")
    assert_accessible(phone)
    menu(ada, 0)
    ben.goto(f"/workspaces/alder-ny/topics/{other.pk}/")
    expect(phone).not_to_have_title(re.compile(r"^\("))
    menu(ben, 1).get_by_role("button", name="Mark as unread from here").click()
    expect(ben).to_have_url(re.compile("/workspaces/alder-ny/$"))
    for page in (ben, phone):
        expect(page).to_have_title(re.compile(r"^\(1\) "))
    beside(remove_message, other.messages.get(position=2), cast.standing("ada"))
    for page in (ben, phone):
        expect(page).not_to_have_title(re.compile(r"^\("))


def test_a_page_that_stays_open_holds_some_hundred_messages(cast, two, beside):
    """The earliest make room, and a link leads back to them; whoever reads further up is left where they are."""
    topic, ada, ben = two

    def say(first, last):
        for number in range(first, last):
            post_message(topic, cast.standing("ada"), body=f"Message {number}")

    beside(say, 2, 280)
    expect(ben.locator("[data-log]")).to_contain_text("Message 279")
    expect(ben.get_by_role("link", name="Earlier messages")).to_have_count(0)
    ada.locator("[data-log]").evaluate("log => log.scrollTo(0, 0)")
    beside(say, 280, 312)
    expect(ben.locator("[data-log]")).to_contain_text("Message 311")
    expect(ben.locator("[data-message]")).to_have_count(300)
    expect(ada.locator("[data-message]")).to_have_count(311)
    expect(ada.get_by_text("Or the 15th?")).to_be_visible()
    ben.get_by_role("link", name="Earlier messages").click()
    expect(ben.locator("[data-message]").last).to_contain_text("Message 11")
    expect(ben.locator("[data-message]").first).to_contain_text("Can we do the 14th?")


def test_what_was_edited(cast, two, beside, assert_accessible):
    topic, ada, ben = two
    beside(edit_message, topic.messages.get(), cast.standing("ada"), version=1, body="Can we do the 16th?")
    ben.get_by_role("link", name=re.compile("^Edited ")).click()
    expect(ben.locator("ins")).to_have_text("added: 16th")
    assert_accessible(ben)


def test_pins_and_cards(cast, two, beside, assert_accessible):
    topic, ada, ben = two
    within = beside(open_topic, cast.standing("ada"), title="The mayor’s own", audience="office")
    links = f"[one](/workspaces/alder-ny/topics/{topic.pk}/) and [two](/workspaces/alder-ny/topics/{within.pk}/)"
    beside(post_message, topic, cast.standing("ada"), body=f"See {links}")
    expect(ada.locator(".unfolded__card strong")).to_have_text(["Call-in date", "The mayor’s own"])
    expect(ben.locator(".unfolded__card strong")).to_have_text(["Call-in date"])
    menu(ben, 0).get_by_role("button", name="Pin to the top").click()
    for page in (ada, ben):
        expect(page.locator(".message").nth(0)).to_contain_text("Pinned by Ben")
        page.get_by_text("Pinned (1)").click()
        expect(page.locator("#pins a")).to_have_text("Ada: Can we do the 14th? Or the 15th?")
    menu(ada, 1).get_by_role("button", name="Yes").click()
    expect(ada.locator(".message").nth(1)).to_contain_text("Yes: Ada")
    expect(ada.locator(".unfolded__card")).to_have_count(2)
    assert_accessible(ada)
    ada.get_by_text("Pinned (1)").click()
    menu(ada, 0).get_by_role("button", name="Take off the pin").click()
    expect(ben.get_by_text("Pinned by")).to_have_count(0)
    expect(ben.locator("#pins a")).to_have_count(0)


def test_a_message_becomes_a_decision(two, assert_accessible):
    _, ada, ben = two
    menu(ada, 0).get_by_role("button", name="Mark as a working agreement").click()
    expect(ben.locator(".agreement")).to_contain_text("Waits for the Alder mayor’s office.")
    assert_accessible(ben)
    menu(ben, 0).get_by_role("button", name="Confirm for our office").click()
    expect(ada.locator(".agreement")).to_contain_text("Confirmed by Ben.")
    ada.locator(".agreement").get_by_role("link", name="Decisions").click()
    assert_accessible(ada)
    ada.get_by_role("button", name="Confirm for our office").click()
    expect(ada.get_by_role("main")).to_contain_text("it is a decision now")
    expect(ben.locator(".agreement")).to_contain_text("Agreed by both offices")
    ada.get_by_text("Enter a decision made by phone").click()
    assert_accessible(ada)


def test_the_marked_words_are_quoted(two):
    _, _, ben = two
    ben.locator(".message__body p").first.select_text()
    menu(ben, 0).get_by_role("link", name="Quote").click()
    expect(ben.get_by_label("Write a message")).to_have_value(re.compile(r"^> Can we do the 14th\?\n>\n> \[Ada, "))


def test_without_script(cast, two, new_context, sign_in, assert_accessible):
    topic, *_ = two
    context = new_context(java_script_enabled=False)
    sign_in(context, "bea@example.org")
    page = context.new_page()
    page.goto(f"/workspaces/alder-ny/topics/{topic.pk}/")
    page.locator(".message summary").click()
    page.get_by_role("link", name="Open this message").click()
    page.get_by_role("button", name="Yes").click()
    page.locator(".reactions button").click()
    expect(page.get_by_role("heading", name="What you can do with it")).to_be_visible()
    page.get_by_role("link", name="Quote").click()
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview blockquote")).to_contain_text("Can we do the 14th?")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message blockquote")).to_contain_text("Or the 15th?")
    assert [(each.author.name, each.position) for each in topic.messages.all()] == [("Ada", 1), ("Bea", 2)]


def test_the_first_message_is_sent_from_a_phone(cast, beside, page, sign_in):
    """The writing help closes when one writes no more, and must not take the button away from under the finger."""
    topic = beside(open_topic, cast.standing("ada"), title="Call-in date")
    page.set_viewport_size({"width": 390, "height": 850})
    sign_in(page, "ada@example.org")
    page.goto(f"/workspaces/alder-ny/topics/{topic.pk}/")
    expect(page.locator("html")).to_have_attribute("data-live", "open")
    page.get_by_label("Write a message").fill("First message")
    page.get_by_role("button", name="Send").click()
    expect(page.locator(".message")).to_contain_text("First message")
    expect(page.get_by_label("Write a message")).to_have_value("")
    expect(page.locator(".message--pending")).to_have_count(0)  # it has its number: it is kept
    assert beside(lambda: topic.messages.count()) == 1
