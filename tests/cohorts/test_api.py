import pytest
from django.core.management import CommandError, call_command

from cohorts.models import ApiToken

COHORT = {"ada", "amos", "ben", "bea", "rhea", "cleo", "carl", "finn", "nora", "omar"}


def test_me_says_what_i_hold(cast, as_person):
    told = as_person("ada").get("/api/v1/me/").json()
    assert {key: told[key] for key in ("email", "name", "title", "timezone", "seats", "roles", "workspaces")} == {
        "email": "ada@example.org",
        "name": "Ada",
        "title": "Mayor",
        "timezone": "America/New_York",
        "seats": [
            {
                "office": str(cast.offices["alder"][0].pk),
                "city": "alder-ny",
                "kind": "mayor",
                "role": "principal",
                "title": "Mayor",
                "starts_on": "2026-01-01",
                "ends_on": None,
            }
        ],
        "roles": ["principal"],
        "workspaces": ["alder-ny", "first", "first-september"],
    }


@pytest.mark.parametrize(
    "who, workspaces, roles",
    [
        ("finn", ["alder-ny", "birch-ny", "first", "first-september"], ["facilitator"]),
        ("nora", ["alder-ny", "first", "first-september"], ["researcher"]),
        ("gus", ["first-september"], ["guest"]),
        ("ivy", [], ["administrator"]),
        ("otto", [], []),
    ],
)
def test_me_of_others(cast, as_person, who, workspaces, roles):
    told = as_person(who).get("/api/v1/me/").json()
    assert (told["workspaces"], told["roles"]) == (workspaces, roles)


@pytest.mark.parametrize("path", ["cohorts/first/", "cities/alder-ny/"])
def test_who_sees_a_cohort_and_its_cities(cast, as_person, path):
    from tests.cast import EVERYONE  # noqa: PLC0415 (models can be imported only once Django is set up)

    assert {who for who in EVERYONE if as_person(who).get(f"/api/v1/{path}").status_code == 200} == COHORT
    assert as_person("ada").get(f"/api/v1/{path}nothing/").status_code == 404


def test_a_cohort_and_a_city(cast, as_person):
    client = as_person("ada")
    cohort = client.get("/api/v1/cohorts/first/").json()
    assert (cohort["name"], cohort["programme"], cohort["cities"]) == ("First cohort", "initiative", ["alder-ny", "birch-ny"])
    city = client.get("/api/v1/cities/alder-ny/").json()
    assert (city["name"], city["state"], city["population"]) == ("Alder", "NY", 100_000)
    assert [office["title"] for office in city["offices"]] == ["Mayor", "District Attorney"]


def test_a_token_is_printed_once_and_kept_as_a_digest(cast, capsys):
    call_command("issue_token", "ADA@example.org", scope="write", days=3)
    secret = capsys.readouterr().out.strip()
    token = ApiToken.objects.get()
    assert (token.person, token.scope, secret.startswith("mpi_"), secret in token.digest) == (cast.ada, "write", True, False)


@pytest.mark.parametrize("email, days", [("nobody@example.org", 3), ("ada@example.org", 0)])
def test_a_token_that_cannot_be(cast, email, days):
    with pytest.raises(CommandError):
        call_command("issue_token", email, days=days)
    assert ApiToken.objects.count() == 0
