import json

import pytest

from policies.actions.interventions import DATA, load_interventions
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
