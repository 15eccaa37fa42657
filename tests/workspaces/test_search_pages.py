"""The search box's pages and the API: the same finds in the same rings, and nothing about what is not one's own."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cohorts.actions.tokens import issue_token
from workspaces.actions.topics import open_topic, post_message

EVERYWHERE = "/search/"
ALDER = "/workspaces/alder-ny/search/"


@pytest.fixture
def talk(cast):
    """One message for the workspace, and 21 between the two offices."""
    standing = cast.standing("ada")
    post_message(open_topic(standing, title="Call-in date"), standing, body="Send <b>reminders</b> & wait")
    offices = open_topic(standing, title="Press", audience="offices")
    for number in range(21):
        post_message(offices, standing, body=f"No reminders {number}")


def test_the_word_is_marked_and_the_rest_is_text(as_person, talk):
    page = as_person("finn").get(EVERYWHERE, {"q": "reminder"}).content.decode()
    assert "Send &lt;b&gt;<mark>reminders</mark>&lt;/b&gt; &amp; wait" in page
    assert page.count("<mark>") == 1


@pytest.mark.parametrize("address", [EVERYWHERE, ALDER])
@pytest.mark.parametrize("who, first, second, is_more", [("ben", 20, 2, True), ("finn", 1, 0, False)])
def test_pages_count_what_is_theirs(as_person, talk, address, who, first, second, is_more):
    """Finn may not know of the offices' 21 messages, so nothing offers him a further page."""
    client = as_person(who)
    pages = [client.get(address, {"q": "reminders", "page": page}) for page in (1, 2)]
    assert [len(page.context["results"]) for page in pages] == [first, second]
    assert bool(pages[0].context["next_url"]) == is_more
    assert "Press" not in pages[0].content.decode() or is_more


def test_a_topic_of_that_name_stands_first(as_person, cast, talk):
    standing = cast.standing("ada")
    topic = open_topic(standing, title="Reminders")
    post_message(topic, standing, body="Newest, on reminders")
    results = as_person("finn").get(EVERYWHERE, {"q": "reminders"}).context["results"]
    assert [(result.kind.key, result.is_named) for result in results] == [
        ("topic", True),
        ("message", False),
        ("message", False),
    ]


def test_one_kind_alone(as_person, talk):
    client = as_person("finn")
    assert [r.kind.key for r in client.get(EVERYWHERE, {"q": "call-in", "kind": "topic"}).context["results"]] == ["topic"]
    assert client.get(EVERYWHERE, {"q": "call-in", "kind": "message"}).context["results"] == []


def test_before_anything_is_asked_the_page_says_how(as_person):
    page = as_person("ada").get(EVERYWHERE).content.decode()
    assert "What can be searched, and how to ask" in page and "from:rivera" in page
    assert "Nothing found" not in page


def test_nothing_found_says_so_and_leads_on(as_person, talk):
    page = as_person("ada").get(ALDER, {"q": "hospital"}).content.decode()
    assert "Nothing here that you may read has all of these words." in page
    assert "/search/?q=hospital" in page


def test_what_was_not_understood_is_said(as_person):
    page = as_person("ada").get(EVERYWHERE, {"q": "before:whenever"}).content.decode()
    assert "“whenever” is not a day that can be understood, so before: was left out." in page


@pytest.mark.parametrize("page", ["0", "-1", "two", "²", "9" * 5000])
def test_any_page_number_is_a_page(as_person, talk, page):
    assert as_person("ada").get(EVERYWHERE, {"q": "reminders", "page": page}).status_code == 200


def test_a_page_asks_as_often_for_one_result_as_for_twenty(as_person, cast, talk):
    client = as_person("ada")

    def queries(question):
        with CaptureQueriesContext(connection) as captured:
            shown = client.get(EVERYWHERE, {"q": question}).context["results"]
        return len(shown), len(captured)

    queries("reminders")  # the session's first use of the minute
    one, many = queries("reminders in:call-in"), queries("reminders in:press")
    assert (one[0], many[0]) == (1, 20)
    assert one[1] == many[1]


def places_offered(client, question):
    parts = client.get(EVERYWHERE, {"q": question}).context["narrowings"]
    return [link["label"] for part in parts if part["title"] == "Where" for link in part["links"]]


def test_whoever_is_in_many_places_is_offered_those_of_what_was_found(as_person, cast, talk, monkeypatch):
    standing = cast.standing("cleo", cast.birch)
    post_message(open_topic(standing, title="Call-in"), standing, body="Birch reminds, too")
    client = as_person("finn")
    assert places_offered(client, "reminders") == ["Alder", "Birch", "First cohort", "September convening"]
    monkeypatch.setattr("workspaces.views.search.MOST_PLACES", 3)
    assert places_offered(client, "reminders") == ["Alder", "Birch"]


def test_the_api_tells_what_the_contract_says(as_person, cast, talk):
    told = as_person("finn").get("/api/v1/search/", {"q": "Reminders"}).json()
    (result,) = told["results"]
    assert (told["next"], told["previous"], told["notes"]) == (None, None, [])
    assert result.keys() == {"kind", "id", "workspace", "title", "excerpt", "marks", "url", "at", "author"}
    assert (result["kind"], result["workspace"], result["title"]) == ("message", "alder-ny", "Call-in date")
    assert result["excerpt"] == "Send <b>reminders</b> & wait"
    assert [result["excerpt"][start:end] for start, end in result["marks"]] == ["reminders"]
    assert result["url"].startswith("http://testserver/workspaces/alder-ny/topics/")
    assert as_person("finn").get(result["url"]).status_code == 200


def test_the_api_pages_and_narrows(as_person, cast, talk):
    client = as_person("ben")
    first = client.get("/api/v1/search/", {"q": "reminders", "page_size": 15}).json()
    second = client.get(first["next"]).json()
    ids = [result["id"] for result in first["results"] + second["results"]]
    assert (len(first["results"]), len(set(ids)), second["next"]) == (15, 22, None)
    for narrowed, count in (({"kind": "topic"}, 0), ({"workspace": "alder-ny"}, 22), ({"kind": "none"}, 0)):
        told = client.get("/api/v1/search/", {"q": "reminders", **narrowed, "page_size": 200}).json()
        assert len(told["results"]) == count
    assert client.get("/api/v1/search/").json()["results"] == []
    assert client.get("/api/v1/search/", {"q": "reminders", "workspace": "cedar-ny"}).status_code == 404


def test_a_token_searches_too(client, cast, talk):
    _, text = issue_token(cast.ben, name="For the sheet", scope="read", days=30)
    told = client.get("/api/v1/search/", {"q": "wait reminders"}, headers={"Authorization": f"Bearer {text}"}).json()
    assert [result["title"] for result in told["results"]] == ["Call-in date"]


def test_searching_with_the_keyboard(page, sign_in, assert_accessible, cast, talk):
    """From any page: the box, Enter, the first result. Without a mouse, and clean for axe."""
    sign_in(page, "finn@example.org")
    page.goto(reverse("policies:library"))
    page.get_by_role("searchbox", name="Search everything you may read").focus()
    page.keyboard.type("reminder")
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Search", exact=True).wait_for()
    assert page.locator("mark").all_inner_texts() == ["reminders"]
    assert_accessible(page)
    page.get_by_role("link", name="Call-in date").focus()
    page.keyboard.press("Enter")
    page.get_by_role("log", name="Messages").get_by_text("Send").wait_for()
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(ALDER)
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") == 390
