"""A city comes into a cohort as a pair, by its facilitator's hand."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.cities import add_city, known_cities
from cohorts.actions.cohorts import enrol_pair
from cohorts.actions.seats import create_seat, fill_seat
from cohorts.models import City, Enrolment, Office
from workspaces.models import Workspace

PAGE = "/people/cohorts/first/cities/new/"
OFFICES = {
    "mayor_name": "Tulsa mayor’s office",
    "mayor_title": "Mayor",
    "mayor_contact_email": "info@tulsa.example",
    "prosecutor_name": "District Attorney’s office",
    "prosecutor_title": "District Attorney",
    "prosecutor_jurisdiction": "District 14",
}


def row(slug):
    return next(each for each in known_cities() if each["slug"] == slug)


def test_a_known_city_comes_with_what_is_known_of_its_offices(as_person, cast):
    client = as_person("finn")
    page = client.get(f"{PAGE}?city=albany-ny").content.decode()
    assert 'value="Albany mayor’s office"' in page and 'value="District Attorney"' in page
    assert client.post(PAGE, {"city": "albany-ny"} | OFFICES).url == "/people/cohorts/first/invitations/new/"
    enrolment = Enrolment.objects.get(slug="albany-ny")
    assert (enrolment.cohort, enrolment.city.county) == (cast.cohort, "Albany County")
    assert [(office.kind, office.name, office.title, office.is_title_verified) for office in enrolment.offices] == [
        ("mayor", "Tulsa mayor’s office", "Mayor", False),
        ("prosecutor", "District Attorney’s office", "District Attorney", False),
    ]
    assert enrolment.mayor_office.contact_email == "info@tulsa.example"
    assert Workspace.objects.visible_to(cast.finn).filter(enrolment=enrolment).exists()


def test_a_city_that_is_not_in_the_list(as_person, cast):
    told = OFFICES | {"name": "Smallville", "state": "ks", "timezone": "America/Chicago"}
    assert as_person("finn").post(PAGE, {"city": "other"} | told).status_code == 302
    city = City.objects.get(slug="smallville-ks")
    assert (city.state, city.timezone, city.offices.count()) == ("KS", "America/Chicago", 2)
    assert {office.timezone for office in city.offices.all()} == {"America/Chicago"}


def test_a_city_that_is_here_brings_its_own_offices(as_person, cast):
    city, mayor, prosecutor = add_city(row("albany-ny"))
    chosen = {"mayor_office": str(mayor.pk), "prosecutor_office": str(prosecutor.pk)}
    assert as_person("finn").post(PAGE, {"city": "albany-ny"} | chosen).status_code == 302
    assert Enrolment.objects.get(slug="albany-ny").offices == [mayor, prosecutor]
    assert city.offices.count() == 2


def test_a_second_prosecuting_office_is_a_second_enrolment(as_person, cast):
    _, mayor, prosecutor = add_city(row("albany-ny"))
    client = as_person("finn")
    client.post(PAGE, {"city": "albany-ny", "mayor_office": str(mayor.pk), "prosecutor_office": str(prosecutor.pk)})
    other = {
        "prosecutor_name": "City Attorney’s office",
        "prosecutor_title": "City Attorney",
        "prosecutor_jurisdiction": "Albany",
    }
    answer = client.post(PAGE, {"city": "albany-ny", "mayor_office": str(mayor.pk), "prosecutor_office": "new"} | other)
    assert answer.status_code == 302
    assert [each.slug for each in Enrolment.objects.filter(mayor_office=mayor).order_by("started_at")] == [
        "albany-ny",
        "albany-ny-first",
    ]


@pytest.mark.parametrize(
    "slug, told, said",
    [
        ("atlantis-xx", {}, "Select a valid choice"),
        ("albany-ny", OFFICES | {"mayor_name": ""}, "This field is required"),
        ("albany-ny", OFFICES | {"mayor_contact_email": "finn@example.org"}, "itself publishes"),
        ("other", OFFICES | {"name": "Albany", "state": "NY", "timezone": "America/New_York"}, "is in the list"),
        ("other", OFFICES | {"name": "Oz", "state": "Kansas", "timezone": "America/New_York"}, "Two letters"),
        ("alder-ny", {"mayor_office": "new", "prosecutor_office": "new"}, "Say this of the other office"),
    ],
)
def test_what_makes_no_sense_is_said_and_changes_nothing(as_person, cast, slug, told, said):
    before = (City.objects.count(), Office.objects.count(), Enrolment.objects.count())
    answer = as_person("finn").post(PAGE, {"city": slug} | told)
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert (City.objects.count(), Office.objects.count(), Enrolment.objects.count()) == before


def test_the_same_pair_twice_is_refused(as_person, cast):
    mayor, prosecutor = cast.offices["alder"]
    told = {"mayor_office": str(mayor.pk), "prosecutor_office": str(prosecutor.pk)}
    answer = as_person("finn").post(PAGE, {"city": "alder-ny"} | told)
    assert (answer.status_code, "already enrolled in this cohort" in answer.content.decode()) == (422, True)


@pytest.mark.parametrize("who", ["ada", "nora", "dora", "gus", "otto"])
def test_nobody_else_enrolls_a_city(cast, who):
    with pytest.raises(PermissionDenied):
        enrol_pair(cast.cohort, getattr(cast, who), city=row("albany-ny"), offices={})
    assert not City.objects.filter(slug="albany-ny").exists()


def test_offices_of_other_cities_and_people_in_both_are_refused(cast):
    city, mayor, prosecutor = add_city(row("albany-ny"))
    with pytest.raises(ValidationError, match="is not an office of Albany"):
        enrol_pair(cast.cohort, cast.finn, city=city, offices={"mayor": mayor, "prosecutor": cast.offices["birch"][1]})
    for office in (mayor, prosecutor):
        fill_seat(create_seat("staff", "Adviser", office=office), cast.gus, title="Adviser", starts_on=cast.cohort.starts_on)
    with pytest.raises(ValidationError, match="both offices of a pair"):
        enrol_pair(cast.cohort, cast.finn, city=city, offices={"mayor": mayor, "prosecutor": prosecutor})
    assert not Enrolment.objects.filter(city=city).exists()
