"""A cohort's facilitators and researchers: who ends their terms, and which cities a researcher works with."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.cohorts import open_cohort
from cohorts.actions.staff import assign_cities, end_service
from cohorts.models import Person, Term
from tests.cast import day_here, give_factor, seat
from tests.cohorts.test_audit import told
from workspaces.models import Workspace

STAFF = "/people/cohorts/first/staff/"


@pytest.fixture
def fay(cast):
    """A second facilitator."""
    person = Person.objects.create_user("fay@example.org", "Fay")
    give_factor(person)
    seat(person, "facilitator", "Facilitator", cohort=cast.cohort)
    return person


def term_of(person):
    return Term.objects.current().get(person=person)


def end_page(person):
    return f"{STAFF}{term_of(person).pk}/end/"


@pytest.mark.parametrize(
    "who, status",
    [
        *[("finn", 200), ("ivy", 200), ("ada", 403), ("amos", 403), ("nora", 403), ("cleo", 403), ("rhea", 403)],
        *[("dora", 404), ("gus", 404), ("otto", 404)],
    ],
)
def test_whose_page_it_is(cast, as_person, who, status):
    client = as_person(who)
    cities = f"/people/cohorts/first/researchers/{cast.seats['nora'].pk}/cities/"
    assert {client.get(page).status_code for page in (STAFF, end_page(cast.nora), cities)} == {status}


def test_who_is_there_and_with_which_cities(cast, as_person):
    page = as_person("finn").get(STAFF)
    assert [term.person.name for term in page.context["facilitators"]] == ["Finn"]
    assert [(term.person.name, term.cities) for term in page.context["researchers"]] == [
        ("Nora", ["Alder"]),
        ("Omar", ["Birch"]),
    ]


def test_as_many_queries_at_three_as_at_one(cast, as_person, django_assert_max_num_queries):
    client, counts = as_person("finn"), []
    for number in (1, 2):
        for index in range(number):
            more = Person.objects.create_user(f"more{number}{index}@example.org", "More")
            assign_cities(seat(more, "researcher", "Researcher", cohort=cast.cohort), cast.finn, [cast.alder.enrolment])
        with django_assert_max_num_queries(14) as asked:
            assert client.get(STAFF).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


@pytest.mark.parametrize("who", ["finn", "ivy"])
def test_a_term_is_ended(cast, as_person, who):
    answer = as_person(who).post(end_page(cast.nora))
    assert (answer.status_code, answer.url) == (302, STAFF)
    assert not Workspace.objects.visible_to(cast.nora).exists()
    name = who.capitalize()
    assert (f"{cast.cohort}", "term.ended", f"{name} ended the term of Nora: Researcher, First cohort.") in told()


def test_the_last_facilitator_stays(cast, as_person):
    answer = as_person("finn").post(end_page(cast.finn))
    assert answer.status_code == 422
    assert "Finn is the last facilitator of First cohort. Invite another first" in answer.content.decode()
    assert as_person("ivy").post(end_page(cast.finn)).status_code == 422
    assert term_of(cast.finn)


def test_a_facilitator_leaves_when_there_is_another(cast, as_person, fay):
    answer = as_person("finn").post(end_page(cast.finn))
    assert (answer.status_code, answer.url) == (302, "/")
    assert as_person("finn").get(STAFF).status_code == 404
    with pytest.raises(ValidationError, match="Fay is the last facilitator"):
        end_service(term_of(fay), fay)


def test_a_facilitator_who_cannot_sign_in_is_no_other(cast, fay):
    Person.objects.filter(pk=fay.pk).update(is_active=False)
    with pytest.raises(ValidationError, match="Finn is the last facilitator"):
        end_service(term_of(cast.finn), cast.finn)
    end_service(term_of(fay), cast.finn)


def test_facilitators_of_another_cohort_end_nothing_here(cast, fay):
    other = open_cohort(slug="third", name="Third", programme="pilot", starts_on=day_here(), ends_on=day_here())
    olga = Person.objects.create_user("olga@example.org", "Olga")
    seat(olga, "facilitator", "Facilitator", cohort=other)
    for verb in (lambda: end_service(term_of(fay), olga), lambda: assign_cities(cast.seats["nora"], olga, [])):
        with pytest.raises(PermissionDenied):
            verb()


def test_a_researchers_cities_are_chosen(cast, as_person):
    page = f"/people/cohorts/first/researchers/{cast.seats['nora'].pk}/cities/"
    client = as_person("finn")
    assert client.get(page).context["form"].initial["cities"].get() == cast.alder.enrolment
    assert client.post(page, {"cities": [str(cast.birch.enrolment_id)]}).status_code == 302
    seen = Workspace.objects.visible_to(cast.nora).filter(kind="city")
    assert [space.slug for space in seen] == ["birch-ny"]
    lines = [line for line in told() if line[1].startswith("researcher.") and "Finn" in line[2]]
    assert [line for line in lines if line[0] != "The platform"] == [
        ("Birch in First cohort, both offices", "researcher.assigned", "Finn assigned Nora, Researcher to Birch."),
        ("Alder in First cohort, both offices", "researcher.released", "Finn released Nora, Researcher from Alder."),
    ]
    assert [line[2] for line in lines if line[0] == "The platform"] == [line[2] for line in lines[::2]]


def test_a_city_of_another_cohort_is_no_choice(cast, as_person):
    page = f"/people/cohorts/first/researchers/{cast.seats['nora'].pk}/cities/"
    assert as_person("finn").post(page, {"cities": [str(cast.cedar.enrolment_id)]}).status_code == 422
    assert Workspace.objects.visible_to(cast.nora).filter(slug="alder-ny").exists()


def test_it_is_asked_again_who_one_is(cast, client):
    client.force_login(cast.finn)
    assert client.post(end_page(cast.nora)).url.startswith("/accounts/2fa/reauthenticate/")
    assert term_of(cast.nora)


def test_a_facilitators_page_leads_there(cast, as_person):
    assert f'href="{STAFF}"' in as_person("finn").get("/cohorts/first/").content.decode()
