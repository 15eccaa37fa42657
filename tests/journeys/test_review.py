"""A researcher, from the question to a published review, in a browser; two others read it, and a mayor finds the rating."""

import re

import pytest
from playwright.sync_api import expect

from policies.actions.editions import submit_review
from policies.actions.study_lists import add_by_doi
from policies.models import EvidenceReview
from tests.cast import give_factor, person, seat
from tests.policies.reviewing import QUESTION, add_reminders, begin, follow, make_whole, published

RIS = "TY  - JOUR\nAU  - Cooper, C.\nTI  - Texts again\nPY  - 2021\nDO  - 10.1234/abc\nER  - \n"
WORDS = {"population": "For whom", "tried": "What is tried", "comparison": "Compared with what"}
DOMAINS = ("Risk of bias", "Inconsistency", "Indirectness", "Imprecision", "Publication bias")


@pytest.fixture
def researchers(live_server_url, cast):
    cast.rita = person("rita")
    give_factor(cast.rita)
    seat(cast.rita, "researcher", "Researcher", cohort=cast.cohort)
    cast.reminders = add_reminders()
    return cast


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_from_a_question_to_a_published_review(researchers, page, new_context, sign_in, assert_accessible):
    sign_in(page, "nora@example.org")
    page.goto("/library/interventions/court-reminders/")
    page.get_by_role("link", name="Begin a review").click()
    page.get_by_label("Title of the review").fill("Do reminders work?")
    page.get_by_label("Your conflicts of interest").fill("none")
    page.get_by_role("button", name="Declare and go on").click()
    for name, label in WORDS.items():
        page.get_by_label(label).fill(QUESTION[name])
    page.get_by_label("What should change").fill(QUESTION["asked_outcome"])
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name="Rate an outcome").click()
    page.get_by_label("Outcome", exact=True).fill("failure to appear")
    page.get_by_text("Promising: ").click()
    page.get_by_label("Direction of the effect").select_option("favourable")
    for domain in DOMAINS:
        page.get_by_label(f"{domain}: the reason").fill(f"About {domain.lower()}.")
    page.get_by_text("Moderate: ").click()
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("link", name="From a file").click()
    page.get_by_label("RIS or BibTeX file").set_input_files({"name": "x.ris", "mimeType": "text/plain", "buffer": RIS.encode()})
    page.get_by_role("button", name="Look through it").click()
    assert_accessible(page)
    page.get_by_role("button", name="Bring in what is chosen").click()
    page.get_by_role("link", name=re.compile("Score it")).click()
    page.get_by_role("link", name="Put it right").click()
    page.get_by_label("Outcome, as the study names it").fill("missed court dates")
    page.get_by_label("What it found").select_option("favourable")
    page.get_by_label("What the number below is").select_option("odds_ratio")
    page.get_by_label("Effect, as a number").fill("0.8")
    page.get_by_label("Lower end").fill("0.7")
    page.get_by_label("Upper end").fill("0.9")
    page.get_by_role("button", name="Save").click()
    page.get_by_role("link", name=re.compile("Score it")).click()
    page.get_by_label("Which outcome of the review").select_option(label="failure to appear")
    page.get_by_text("5: Random assignment").click()
    for each in page.locator("select[name^=rigour]").all():
        each.select_option("3")
    page.get_by_role("button", name="Save the scores").click()
    expect(page.get_by_role("heading", name="It is whole")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Give it to second readers").click()
    for email in ("omar@example.org", "rita@example.org"):
        reader = new_context().new_page()
        sign_in(reader, email)
        reader.goto(page.url)
        reader.get_by_role("button", name="Read it for the authors").click()
        assert_accessible(reader)
        reader.get_by_label("Your conflicts of interest").fill("none")
        reader.get_by_text(re.compile("^Effective: ")).click()
        reader.get_by_label("direction of the effect").select_option("favourable")
        reader.get_by_text(re.compile("^Low: ")).click()
        reader.get_by_label("your reason").fill("One large trial.")
        reader.get_by_role("button", name="Send your reading").click()
    page.reload()
    expect(page.get_by_text("On publishing this becomes: Effective, favourable, low certainty.")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="Publish", exact=True).click()
    expect(page.get_by_text("Edition 1,").first).to_be_visible()
    expect(page.locator("figure.chart svg")).to_have_count(1)
    assert_accessible(page)
    mayor = new_context().new_page()
    sign_in(mayor, "ada@example.org")
    mayor.goto("/library/interventions/court-reminders/")
    expect(mayor.get_by_text("Failure to appear: effective")).to_be_visible()
    expect(mayor.get_by_text("not second-read")).to_have_count(0)
    mayor.get_by_role("link", name="our review").click()
    expect(mayor.get_by_role("heading", level=1)).to_have_text("Do reminders work?")


@pytest.mark.parametrize("width", [1280, 320])
def test_pages_are_accessible_and_fit(researchers, page, sign_in, assert_accessible, width):
    cast = researchers
    first = published(cast.nora, cast.reminders)
    follow(first, cast.nora, rating="negative")
    read = make_whole(begin(cast.nora, cast.reminders, title="In review"), cast.nora)
    submit_review(read, cast.nora, version=read.version)
    draft = make_whole(begin(cast.nora, cast.reminders, title="A draft"), cast.nora)
    row = add_by_doi(draft, cast.nora, doi="10.1234/a-long-doi-that-nobody-would-want-to-read-out-aloud-in-a-meeting")
    sign_in(page, "nora@example.org")
    page.set_viewport_size({"width": width, "height": 800})
    at = f"/library/reviews/{draft.pk}/"
    paths = ["/library/reviews/", "/library/interventions/court-reminders/", f"/library/reviews/{first.pk}/", at]
    paths += [
        f"/library/reviews/{read.pk}/",
        f"/library/reviews/{read.pk}/return/",
        "/library/interventions/court-reminders/reviews/new/",
    ]
    paths += [f"{at}{end}/" for end in ("edit", "declaration", "authors/new", "studies/new", "studies/library", "studies/doi")]
    paths += [f"{at}{end}/" for end in ("studies/file", "outcomes/new", f"studies/{row.pk}", f"studies/{row.pk}/edit")]
    for path in paths:
        page.goto(path)
        assert_accessible(page)
        assert fits(page), path
    assert EvidenceReview.objects.count() == 4
