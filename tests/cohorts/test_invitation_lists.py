"""Invitations of many from a file: all of them, or nobody."""

import re

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile

from cohorts.actions.cohorts import enrol_city
from cohorts.actions.invitation_lists import NotAList, invite_many
from cohorts.actions.invitations import invite
from cohorts.models import Invitation
from tests.cast import city, pair

PAGE = "/people/cohorts/first/invitations/file/"
HEAD = "email,role,office,title,term_days,contact\n"
GOOD = (
    HEAD
    + "vera@example.org,principal,Dover mayor’s office,,365,info@dover.example\n"
    + "wim@example.org,Principal,dover county district attorney’s office,,,\n"
    + "xara@example.org,researcher,,Senior researcher,,\n"
)


@pytest.fixture(autouse=True)
def dover(cast):
    place = city("dover", "DE")
    offices = pair(place)
    enrol_city(cast.cohort, place, *offices)
    return offices


@pytest.fixture
def read(cast):
    """`read(text)`: what a dry run says of a file: [(row, column, detail)]."""

    def read(text):
        report = invite_many(cast.finn, cast.cohort, text.encode(), is_dry_run=True)
        assert not Invitation.objects.filter(invited_by=cast.finn).exists()
        return [(each["row"], each["column"], each["detail"]) for each in report.errors]

    return read


def upload(client, text, **told):
    content = text if isinstance(text, bytes) else text.encode()
    return client.post(PAGE, {"file": SimpleUploadedFile("people.csv", content)} | told)


def test_a_dry_run_says_who_and_sends_nothing(as_person, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(as_person("finn"), GOOD, is_dry_run="on")
    assert answer.status_code == 200
    page = answer.content.decode()
    assert "nobody is invited yet" in page
    assert all(each in page for each in ("vera@example.org", "wim@example.org", "xara@example.org"))
    assert (Invitation.objects.count(), mailoutbox) == (0, [])


def test_then_everybody_is_invited(as_person, dover, cast, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        assert upload(as_person("finn"), GOOD).url == "/people/cohorts/first/invitations/"
    told = Invitation.objects.order_by("email").values_list("email", "role", "office", "title", "term_days")
    assert list(told) == [
        ("vera@example.org", "principal", dover[0].pk, "Mayor", 365),
        ("wim@example.org", "principal", dover[1].pk, "District Attorney", None),
        ("xara@example.org", "researcher", None, "Senior researcher", None),
    ]
    assert [letter.to[0] for letter in mailoutbox] == ["vera@example.org", "wim@example.org", "xara@example.org"]
    dover[0].refresh_from_db()
    assert dover[0].contact_email == "info@dover.example"


@pytest.mark.parametrize(
    "row, errors",
    [
        ("yuri@example.org,principal,Atlantis mayor’s office,,,", [("office", "No office of this cohort has this name.")]),
        ("yuri@example.org,principal,Cedar mayor’s office,,,", [("office", "No office of this cohort has this name.")]),
        ("yuri@example.org,principal,,,,", [("office", "Name the office")]),
        ("yuri@example.org,principal,Alder mayor’s office,,,", [("", "only the office adds its people")]),
        ("yuri@example.org,researcher,Alder mayor’s office,,,", [("office", "leave the office empty")]),
        ("yuri@example.org,staff,Dover mayor’s office,,,", [("role", "Each office invites its other people itself")]),
        ("not an address,researcher,,,,", [("email", "not an e-mail address")]),
        (",researcher,,,,", [("email", "not an e-mail address")]),
        ("finn@example.org,facilitator,,,,", [("email", "Nobody invites themselves")]),
        ("nora@example.org,facilitator,,,,", [("email", "holds a seat there already")]),
        ("yuri@example.org,researcher,,,-5,", [("term_days", "must not start with")]),
        ("yuri@example.org,researcher,,,0,", [("term_days", "A term lasts from 1")]),
        ("yuri@example.org,researcher,,,a year,", [("term_days", "Write a number of days")]),
        ("yuri@example.org,researcher,,=HYPERLINK(1),,", [("title", "must not start with =, +, - or @")]),
        ("@vera,researcher,,+1,,", [("email", "must not start with"), ("title", "must not start with")]),
    ],
)
def test_a_wrong_row_is_told_in_a_sentence(read, row, errors):
    found = read(GOOD + row + "\n")
    assert [(number, column) for number, column, _ in found] == [(5, column) for column, _ in errors]
    for (_, _, detail), (_, said) in zip(found, errors, strict=True):
        assert said in detail


def test_a_contact_of_who_runs_the_cohort_is_refused(read):
    ((row, column, detail),) = read(HEAD + "vera@example.org,principal,Dover mayor’s office,,,finn@example.org\n")
    assert (row, column, "itself publishes" in detail) == (2, "contact", True)


def test_the_same_address_or_office_twice_is_refused(read):
    assert read(GOOD + "VERA@example.org,researcher,,,,\n") == [(5, "email", "This address stands in row 2 already.")]
    assert read(GOOD + "yuri@example.org,principal,Dover mayor’s office,,,\n") == [
        (5, "", "vera@example.org is invited to lead Dover mayor’s office already. Revoke that invitation first.")
    ]


def test_who_is_invited_already_is_refused(read, cast):
    invite(cast.ivy, email="xara@example.org", cohort=cast.cohort, role="facilitator")
    ((row, column, detail),) = read(GOOD)
    assert (row, column, "has an open invitation already" in detail) == (4, "email", True)


def test_one_wrong_row_stops_them_all(as_person, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        answer = upload(as_person("finn"), GOOD + "=1+1,researcher,,,,\n")
    assert (answer.status_code, Invitation.objects.count(), mailoutbox) == (422, 0, [])
    assert re.search(r"Nobody was invited", answer.content.decode())


@pytest.mark.parametrize(
    "text, why",
    [
        ("", "empty"),
        (HEAD, "no row below"),
        ("email,office\nvera@example.org,x\n", "missing: role"),
        ("email,role,password\nvera@example.org,researcher,x\n", "“password” is not one"),
        ("email,role,email\nvera@example.org,researcher,x\n", "stands twice"),
        (HEAD + "vera@example.org,researcher,,,,\n" * 101, "more than 100 rows"),
        ("\xff\xfe", "not UTF-8"),
    ],
)
def test_a_file_that_is_no_list(cast, as_person, text, why):
    content = text.encode("latin-1" if "\xff" in text else "utf-8")
    with pytest.raises(NotAList, match=why):
        invite_many(cast.finn, cast.cohort, content, is_dry_run=True)
    if content:
        assert upload(as_person("finn"), content).status_code == 422


def test_semicolons_and_a_byte_order_mark_are_fine(cast):
    text = "\ufeffemail;role;title\nxara@example.org;researcher;Economist, senior\n"
    report = invite_many(cast.finn, cast.cohort, text.encode(), is_dry_run=False)
    assert [(each.email, each.title) for each in report.ready] == [("xara@example.org", "Economist, senior")]


@pytest.mark.parametrize("who", ["ada", "nora", "dora", "otto"])
def test_nobody_else_invites_for_the_cohort(cast, who):
    with pytest.raises(PermissionDenied):
        invite_many(getattr(cast, who), cast.cohort, GOOD.encode(), is_dry_run=False)
