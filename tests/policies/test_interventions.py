import json

import pytest

from policies.actions.interventions import DATA, load_interventions
from policies.actions.trackers import open_tracker, share_tracker
from policies.models import ClearinghouseRating, Intervention, PlaybookStep, Study

API = "/api/v1/interventions/"


@pytest.fixture
def library(db):
    return {each.slug: each for each in load_interventions()}


def test_loading_twice_changes_nothing(library):
    def rows():
        return [model.objects.count() for model in (Intervention, PlaybookStep, Study, ClearinghouseRating)]

    before = rows()
    load_interventions()
    assert (rows(), before) == (before, [20, 121, 33, 4])


def test_nothing_is_lost_and_nothing_invented(library):
    entries = {each["slug"]: each for each in json.loads(DATA.read_text(encoding="utf-8"))["interventions"]}
    for study in Study.objects.select_related("intervention"):
        entry = entries[study.intervention.slug]["evidence"][study.position]
        assert (study.ci95 or None, study.doi or None, study.effect_text, study.direction, study.unverified_fields) == (
            entry["ci95"],
            entry["doi"],
            entry["effect"],
            entry["effect_direction"],
            entry["unverified_fields"],
        )
    assert not PlaybookStep.objects.exclude(office="", offset_days=None, done_when="").exists()
    assert library["hot-spots-policing"].indicator_templates.filter(definition="displacement check").count() == 1


def test_the_page_tells_what_is_known_and_what_is_not(as_person, library):
    page = as_person("ben").get("/library/interventions/vacant-property-remediation/").content.decode()
    assert "not verified: authors, year, source" in page
    assert "not yet reviewed here" in page
    assert "No clearinghouse’s rating was read" in page
    assert "greening -10.6% to -2.7%; mowing -13.2% to -4.8%" in page
    assert "Core components" in page and "not set" in page


def test_ratings_of_our_own_come_from_reviews_alone(as_person, library):
    told = as_person("ben").get(f"{API}pre-arrest-diversion-lead/").json()
    assert told["outcome_ratings"] == []
    assert [(each["rating"], each["profile_date"]) for each in told["clearinghouse_ratings"]] == [("Promising", "2016-07-11")]
    assert (told["lead"], told["core_components"], told["playbook"][0]["office"]) == ("joint", [], None)


def test_every_intervention_fits_a_phone(live_server_url, cast, library, page, sign_in, assert_accessible):
    """Addresses of clearinghouses have no place to break."""
    sign_in(page, "ada@example.org")
    page.set_viewport_size({"width": 320, "height": 800})
    for slug in library:
        page.goto(f"/library/interventions/{slug}/")
        assert page.evaluate("document.documentElement.scrollWidth") == 320, slug
    assert_accessible(page)


@pytest.mark.parametrize("who", ["ada", "finn", "cleo", "dora", "gus", "ivy"])
def test_who_reads_the_library(as_person, library, who):
    client = as_person(who)
    assert len(client.get(API).json()["results"]) == 20
    assert client.get("/library/interventions/street-lighting/").status_code == 200


@pytest.mark.parametrize("address", ["/library/", "/library/interventions/street-lighting/", API, f"{API}street-lighting/"])
def test_a_former_holder_is_turned_away(as_person, library, address):
    assert as_person("otto").get(address).status_code == 403


def test_the_library_narrows_by_lead_and_words(as_person, library):
    page = as_person("ada").get("/library/?lead=mayor&q=lighting").content.decode()
    assert ("street-lighting" in page, "adult-drug-court" in page) == (True, False)


def slugs(answer):
    return sorted({each.slug for _, some in answer.context["shelves"] for each in some})


def test_the_library_narrows_by_problem(as_person, library):
    client = as_person("ada")
    all_of_it = dict(client.get("/library/").context["shelves"])
    problem, shelf = next(iter(all_of_it.items()))
    answer = client.get("/library/", {"problem": problem})
    assert [problem for problem, _ in answer.context["shelves"]] == [problem]
    assert slugs(answer) == sorted(each.slug for each in shelf)


def test_the_library_narrows_by_use(as_person, cast, library):
    """Alder works on two, and shares one of them with its cohort. Cedar, in another cohort, learns nothing of either."""
    for slug in ("street-lighting", "adult-drug-court"):
        intervention = Intervention.objects.get(slug=slug)
        tracker = open_tracker(cast.standing("ada"), intervention=intervention, title=slug, decided_by="joint")
    share_tracker(tracker, cast.standing("ada"))
    found = {
        who: [slugs(as_person(who).get("/library/", {"use": use})) for use in ("ours", "shared")]
        for who in ("ben", "cleo", "dora")
    }
    both, shared = ["adult-drug-court", "street-lighting"], ["adult-drug-court"]
    assert found == {"ben": [both, shared], "cleo": [[], shared], "dora": [[], []]}
    page = as_person("dora").get("/library/").content.decode()
    assert "In use by a city" not in page
    assert "In use by a city of your cohort" in as_person("cleo").get("/library/").content.decode()


@pytest.mark.parametrize("rating, number", [("none", 20), ("promising", 0)])
def test_the_library_narrows_by_rating(as_person, library, rating, number):
    assert len(slugs(as_person("ada").get("/library/", {"rating": rating}))) == number


@pytest.mark.parametrize("question", [{"lead": "sheriff"}, {"problem": "weather"}, {"use": "never"}, {"q": "x" * 101}])
def test_what_makes_no_sense_finds_nothing_and_says_so(as_person, library, question):
    answer = as_person("ada").get("/library/", question)
    assert (answer.status_code, slugs(answer)) == (422, [])
    assert "usa-error-message" in answer.content.decode()


def test_only_those_who_may_are_offered_a_tracker(as_person, library):
    address = "/library/interventions/street-lighting/"
    assert "trackers/new/?intervention=street-lighting" in as_person("amos").get(address).content.decode()
    assert "trackers/new/" not in as_person("finn").get(address).content.decode()


def test_as_many_queries_for_the_whole_library_as_for_one(as_person, library, django_assert_max_num_queries):
    client = as_person("ben")

    def count():
        counts = []
        for address in (API, "/library/"):
            with django_assert_max_num_queries(12) as counted:
                assert client.get(address).status_code == 200
            counts.append(len(counted))
        return counts

    twenty = count()
    Intervention.objects.exclude(slug="street-lighting").delete()
    assert count() == twenty
