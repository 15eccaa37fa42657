"""What an administrator keeps besides accounts: what needs them, and the cohorts."""

import datetime as dt

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from cohorts.actions.cohorts import change_cohort, start_cohort
from cohorts.actions.departures import close_enrolment
from cohorts.models import Cohort, Term
from tests.cohorts.test_audit import told
from workspaces.models import Workspace

HOME = "/people/administration/"
COHORTS = f"{HOME}cohorts/"
FIRST = f"{COHORTS}first/"
REASON = "Both offices wrote that they stop, and nobody is left to sign."
ASKED = {"name": "Third cohort", "programme": "pilot", "starts_on": "2027-01-01", "ends_on": "2027-12-31"}


def test_what_needs_them(cast, as_person):
    needs = as_person("ivy").get(HOME).context["needs"]
    assert [need["title"] for need in needs] == ["A facilitator for Other cohort"]
    Cohort.objects.filter(slug="other").update(starts_on=dt.date(2025, 1, 1), ends_on=dt.date(2026, 1, 31))
    page = as_person("ivy").get(HOME)
    assert page.context["needs"] == [] and "Nothing waits for you" in page.content.decode()


@pytest.mark.parametrize("who", ["ada", "finn", "gus", "otto"])
def test_nobody_else_finds_them(cast, as_person, who):
    pages = [HOME, COHORTS, FIRST, f"{HOME}new-cohort/", f"{HOME}cities/alder-ny/end/"]
    assert {as_person(who).get(page).status_code for page in pages} == {404}
    for verb in (
        lambda by: start_cohort(by, **ASKED),
        lambda by: change_cohort(cast.cohort, by, version=1, name="Mine"),
        lambda by: close_enrolment(cast.alder.enrolment, by, reason=REASON),
    ):
        with pytest.raises(PermissionDenied):
            verb(getattr(cast, who))


def test_the_list_of_cohorts(cast, as_person):
    rows = as_person("ivy").get(COHORTS).context["cohorts"]
    told_of = {each.name: (each.city_count, each.has_facilitator) for each in rows}
    assert told_of == {"First cohort": (2, True), "Other cohort": (1, False)}


def test_as_many_queries_at_three_more_as_at_one(cast, as_person, django_assert_max_num_queries):
    client = as_person("ivy")
    for page in (COHORTS, HOME):
        counts = []
        for number in (1, 3):
            for index in range(number):
                start_cohort(cast.ivy, **ASKED | {"name": f"More {page.count('/')} {number} {index}"})
            with django_assert_max_num_queries(14) as asked:
                assert client.get(page).status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1]


def test_a_cohort_is_opened(cast, as_person):
    answer = as_person("ivy").post(f"{HOME}new-cohort/", ASKED)
    assert (answer.status_code, answer.url) == (302, f"{COHORTS}third-cohort/")
    assert Workspace.objects.get(slug="third-cohort").name == "Third cohort"
    sentence = "Ivy opened the cohort Third cohort."
    assert told(action="cohort.opened") == [(chain, "cohort.opened", sentence) for chain in ("Third cohort", "The platform")]
    page = as_person("ivy").get(answer.url).content.decode()
    assert "0 facilitators" in page and "No city is enrolled yet" in page


@pytest.mark.parametrize(
    "wrong, field",
    [
        *(({"name": name}, "name") for name in ("", "First", "alder ny", "…")),
        *[({"ends_on": "2026-01-01"}, "__all__"), ({"starts_on": "x"}, "starts_on")],
    ],
)
def test_a_cohort_that_cannot_be(cast, as_person, wrong, field):
    answer = as_person("ivy").post(f"{HOME}new-cohort/", ASKED | wrong)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Cohort.objects.count() == 2


def test_another_name_and_other_dates(cast, as_person):
    changed = ASKED | {"name": "First of all", "programme": "initiative", "version": 1}
    assert as_person("ivy").post(FIRST, changed).status_code == 302
    cohort = Cohort.objects.get(slug="first")
    assert (cohort.name, cohort.starts_on, cohort.version) == ("First of all", dt.date(2027, 1, 1), 2)
    assert cohort.workspace.name == "First of all"
    line, of_platform = told(action="cohort.changed")
    assert line[2] == of_platform[2]
    assert line[2].startswith("Ivy changed the cohort First of all: name from First cohort to First of all, starts on from")


def test_two_who_change_it_at_once(cast, as_person):
    change_cohort(cast.cohort, cast.ivy, version=1, name="Theirs")
    answer = as_person("ivy").post(FIRST, ASKED | {"name": "Mine", "version": 1})
    assert answer.status_code == 409
    assert {"label": "Name", "theirs": "Theirs", "yours": "Mine"} in answer.context["differences"]
    assert Cohort.objects.get(slug="first").name == "Theirs"


def test_the_cities_of_a_cohort(cast, as_person):
    page = as_person("ivy").get(FIRST)
    assert [pair.slug for pair in page.context["cities"]] == ["alder-ny", "birch-ny"]
    assert reverse("cohorts:reading-new", args=["alder-ny"]) in page.content.decode()


def test_an_enrolment_is_ended(cast, as_person, django_capture_on_commit_callbacks):
    page = f"{HOME}cities/alder-ny/end/"
    assert as_person("ivy").post(page, {"reason": "They stopped"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert as_person("ivy").post(page, {"reason": REASON}).url == FIRST
    assert not Workspace.objects.visible_to(cast.ada).filter(slug="alder-ny").exists()
    told_by_mail = {letter.to[0].split("@")[0] for letter in mail.outbox}
    assert told_by_mail == {"ada", "amos", "rhea", "ben", "bea", "finn", "nora"}
    assert all(REASON in letter.body for letter in mail.outbox)
    sentence = f"Ivy, an administrator, ended the enrolment of Alder in First cohort: “{REASON}”."
    chains = ("Alder in First cohort, both offices", "The platform")
    assert told(action="city.closed") == [(chain, "city.closed", sentence) for chain in chains]
    assert as_person("ivy").post(page, {"reason": REASON}).status_code == 404
    with pytest.raises(ValidationError, match="left this cohort already"):
        close_enrolment(cast.alder.enrolment, cast.ivy, reason=REASON)
    assert Term.objects.current().filter(person=cast.ada).exists()  # the seat stays the office's
