"""An administrator reads a city's workspace: for a written reason, for an hour, in sight of its people, and writes nothing."""

import datetime as dt
import uuid
from urllib.parse import quote_plus

import pytest
from django.apps import apps
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from playwright.sync_api import expect

from cohorts.actions.administrative_readings import begin_reading, end_reading
from cohorts.actions.administrators import appoint, dismiss
from cohorts.actions.cohorts import end_enrolment
from cohorts.acts import sentence
from cohorts.models import AdministrativeReading, AuditEntry, Person, holdings_of
from tests import test_permissions, test_who_sees_what
from tests.cast import build_cast, come_in, give_factor
from tests.readable import WORKSPACE, build
from tests.test_permissions import DEEDS, Caller, World, outcome
from tests.test_who_sees_what import addresses, asked_by, found_in
from workspaces.models import Event

REASON = "Ada asks why her figures do not show."
PAGE = "/people/administration/cities/alder-ny/reading/"
READ = {  # what of the table opens for a reason: to read, in the workspace's ring, and nothing else
    *("workspace.view", "tracker.view", "sign_off.view", "check_in.view", "brief.view_draft", "people.view"),
    "attachment.download",
}


@pytest.fixture
def reading(cast):
    return begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)


def test_without_a_reason_there_is_nothing(cast, as_person):
    assert as_person("ivy").get("/workspaces/alder-ny/").status_code == 404
    page = as_person("ivy").get(PAGE)
    assert page.status_code == 200 and "for one hour, to read" in page.content.decode()
    assert as_person("ivy").get("/workspaces/alder-ny/").status_code == 404


@pytest.mark.parametrize("reason", ["", " " * 30, "Support request", "x" * 1001])
def test_a_reason_that_tells_nothing(cast, as_person, reason):
    page = as_person("ivy").post(PAGE, {"reason": reason})
    assert (page.status_code, AdministrativeReading.objects.count()) == (422, 0)
    with pytest.raises(ValidationError):
        begin_reading(cast.alder.enrolment, cast.ivy, reason=reason)


@pytest.mark.parametrize("who", ["ada", "finn", "nora", "rhea", "gus", "otto", "dora"])
def test_nobody_else(cast, as_person, who):
    client = as_person(who)
    assert {client.get(PAGE).status_code, client.post(PAGE, {"reason": REASON}).status_code} == {404}
    with pytest.raises(PermissionDenied):
        begin_reading(cast.alder.enrolment, getattr(cast, who), reason=REASON)


def test_it_is_asked_again_who_one_is(cast, client):
    client.force_login(cast.ivy)
    answer = client.post(PAGE, {"reason": REASON})
    assert (answer.status_code, answer.url) == (302, f"/accounts/2fa/reauthenticate/?next={quote_plus(PAGE)}")
    assert not AdministrativeReading.objects.exists()


def test_it_opens_for_an_hour(cast, as_person):
    answer = as_person("ivy").post(PAGE, {"reason": f"  {REASON} "})
    assert (answer.status_code, answer.url) == (302, "/workspaces/alder-ny/")
    made = AdministrativeReading.objects.get()
    assert (made.person, made.enrolment, made.reason) == (cast.ivy, cast.alder.enrolment, REASON)
    assert made.ends_at - made.begins_at == dt.timedelta(hours=1)
    assert holdings_of(cast.ivy).until == made.ends_at
    assert as_person("ivy").get("/workspaces/alder-ny/").status_code == 200
    assert as_person("ivy").get("/workspaces/birch-ny/").status_code == 404
    assert as_person("ivy").get("/workspaces/first/").status_code == 404
    assert as_person("ivy").get(PAGE).url == "/workspaces/alder-ny/"


def test_what_is_seen(cast):
    """Whatever the whole workspace sees, and not a word more: neither of an office, nor of both, nor of the cohort."""
    rows, asked = build(cast)
    begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)
    expected = {label for label, row in rows.items() if row.word and row.readers == WORKSPACE}
    own = {label for label, row in rows.items() if row.word and "ivy" in row.finders}
    client = Client()
    client.force_login(cast.ivy)
    for of_api in (False, True):
        answers = asked_by(client, asked, of_api)
        missed = {label for label in expected - found_in(answers, rows) if rows[label].is_in_api or not of_api}
        told = {"convening"}  # by a commitment that a search finds: where it was made
        assert found_in(answers, rows) - own <= expected | told
        assert missed <= ({"commitment"} if not of_api else {"signature’s reservation"})  # told on a page of the cohort's
        broken = {address: status for address, (status, _) in answers.items() if status >= 500}
        assert broken == {}


def test_what_can_be_done(cast, reading):
    """Every deed of the table: those that read the ring work, and everything else is refused, or not there."""
    world, wrong = World(cast), []
    for action in sorted(DEEDS):
        with transaction.atomic():
            told = outcome(DEEDS[action](world, Caller(cast.ivy), "ivy"))
            transaction.set_rollback(True)
        is_own = test_permissions.table()[action]["admin"] == "allow"
        expected = {"allow"} if action in READ or is_own else {"deny", "hide", "left out"}
        if told not in expected:
            wrong.append((action, told))
    assert wrong == []


def every_row():
    """All that the platform keeps, as it stands."""
    models = [model for label in ("cohorts", "workspaces", "policies") for model in apps.get_app_config(label).get_models()]
    return {model: list(model._base_manager.order_by("pk").values()) for model in models}


def test_no_address_writes_anything(cast):
    """POST and PATCH to every page and resource that there is: not a row is another afterwards."""
    _, asked = build(cast)
    begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)
    client = Client(raise_request_exception=False)
    come_in(client, cast.ivy)
    before = every_row()
    broken = {}
    for of_api in (False, True):
        names = {name: calls for name, calls in asked.items() if not name.startswith(("cohorts:", "mpi:"))}
        as_json = {"content_type": "application/json"} if of_api else {}
        for address in addresses(names, of_api):
            for verb in (client.post, client.patch) if of_api else (client.post,):
                status = verb(address, ANYTHING, **as_json).status_code
                if status >= 500 or status == 201:
                    broken[address] = status
    assert broken == {}
    assert every_row() == before


ANYTHING = {  # what forms and resources ask for, so that nothing is refused for an empty field alone
    **{"title": "New", "body": "Hello", "version": 1, "position": 0, "is_closed": "1", "reason": REASON, "name": "New"},
    **{"content_sha256": "0" * 64, "sign-content_sha256": "0" * 64, "sign-is_confirmed": "1"},
    **{"client_id": str(uuid.uuid4()), "text": "We will.", "value": "4", "workspace": "alder-ny", "status": "going"},
}


def test_the_people_of_the_workspace_see_who_and_why(cast):
    rows, asked = build(cast)
    begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)
    said = "An administrator, Ivy, is reading this workspace until"
    client = Client()
    client.force_login(cast.ada)
    without = []
    for name, calls in asked.items():
        for args in calls if test_who_sees_what.is_api(name) is False else ():
            answer = client.get(reverse(name, args=args))
            is_html = answer.status_code == 200 and answer["Content-Type"].startswith("text/html")
            is_page = is_html and "<html" in answer.content.decode()  # not a part that a page fetches for itself
            if is_page and answer.wsgi_request.path.startswith("/workspaces/alder-ny/"):
                text = answer.content.decode()
                if said not in text or REASON not in text:
                    without.append(answer.wsgi_request.path)
            elif is_page and said in answer.content.decode():
                without.append(f"not the workspace’s: {answer.wsgi_request.path}")
    assert without == []
    client.force_login(cast.ivy)
    assert "You are reading this workspace as an administrator until" in client.get("/workspaces/alder-ny/").content.decode()


def test_whoever_is_not_read_hears_nothing(cast, reading, as_person):
    assert "is reading this workspace" not in as_person("cleo").get("/workspaces/birch-ny/").content.decode()
    assert {who: AdministrativeReading.objects.visible_to(getattr(cast, who)).count() for who in ("cleo", "dora")} == {
        "cleo": 0,
        "dora": 0,
    }


def test_both_offices_keep_it_in_their_trail(cast, as_person):
    as_person("ivy").post(PAGE, {"reason": REASON})
    entry = AuditEntry.objects.get(action="administrator.read", of=None, chain__enrolment=cast.alder.enrolment)
    assert sentence(entry).startswith("Ivy, an administrator, opened the workspace of Alder in First cohort until ")
    assert sentence(entry).endswith(f": “{REASON}”.")
    for who in ("ada", "ben", "rhea"):
        assert REASON in as_person(who).get("/workspaces/alder-ny/audit/").content.decode()
    assert entry.address is None  # from where an administrator came is the platform's to know


def test_the_principals_of_both_offices_are_told_by_mail(cast, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)
    assert sorted(letter.to for letter in mail.outbox) == [["ada@example.org"], ["ben@example.org"]]
    assert all(REASON in letter.body and "Ivy" in letter.body for letter in mail.outbox)


def test_open_pages_hear_of_it(cast, reading):
    end_reading(reading, cast.ivy)
    told = Event.objects.filter(subject_id=reading.pk).order_by("seq").values_list("stream__audience", "kind")
    assert list(told) == [("workspace", "reading.begun"), ("workspace", "reading.ended")]


def test_after_the_hour_all_is_hidden_again(cast, reading, as_person):
    AdministrativeReading.objects.update(begins_at=timezone.now() - dt.timedelta(hours=2), ends_at=timezone.now())
    client = as_person("ivy")
    assert client.get("/workspaces/alder-ny/").status_code == 404
    assert client.get("/api/v1/workspaces/alder-ny/").status_code == 404
    assert client.get("/api/v1/topics/").json()["results"] == []
    assert "is reading this workspace" not in as_person("ada").get("/workspaces/alder-ny/").content.decode()
    assert test_permissions.departures(World(cast), "tracker.view") == []


def test_it_ends_when_they_say_so(cast, reading, as_person):
    address = f"/people/administration/readings/{reading.pk}/end/"
    assert as_person("ada").post(address).status_code == 404
    assert as_person("ivy").post(address).status_code == 302
    assert as_person("ivy").get("/workspaces/alder-ny/").status_code == 404
    assert as_person("ivy").post(address).status_code == 302
    left = AuditEntry.objects.filter(action="administrator.left", of=None)
    assert sorted(str(entry.chain) for entry in left) == ["Alder in First cohort, both offices", "The platform"]


def test_it_ends_with_the_appointment_and_with_the_city(cast, reading, as_person):
    jane = Person.objects.create_user("jane@example.org", "Jane")
    give_factor(jane)
    appoint(jane, cast.ivy)
    begin_reading(cast.birch.enrolment, cast.ivy, reason=REASON)
    end_enrolment(cast.birch.enrolment)
    assert as_person("ivy").get("/workspaces/birch-ny/").status_code == 404
    dismiss(cast.ivy, jane)
    assert as_person("ivy").get("/workspaces/alder-ny/").status_code == 404


def test_each_time_needs_a_reason_of_its_own(cast, reading):
    with pytest.raises(ValidationError, match="already"):
        begin_reading(cast.alder.enrolment, cast.ivy, reason="Another good reason, and a long one.")
    end_reading(reading, cast.ivy)
    with pytest.raises(ValidationError) as refused:
        begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON.upper().replace(" ", "  "))
    assert refused.value.messages == ["You gave this reason before. Say what you need to see this time."]
    assert begin_reading(cast.alder.enrolment, cast.ivy, reason="Ben asks the same, from his side.")
    assert begin_reading(cast.birch.enrolment, cast.ivy, reason=REASON)


def test_a_city_that_left_is_closed_to_administrators_too(cast, as_person):
    end_enrolment(cast.alder.enrolment)
    assert as_person("ivy").get(PAGE).status_code == 404
    with pytest.raises(ValidationError):
        begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)


def test_the_banner_goes_by_itself_when_the_hour_is_over(live_server_url, new_context, sign_in):
    """On a page that was open all the while, and on the administrator's own, which is led away."""
    cast = build_cast()
    begun = begin_reading(cast.alder.enrolment, cast.ivy, reason=REASON)
    AdministrativeReading.objects.update(ends_at=timezone.now() + dt.timedelta(seconds=8))
    pages = []
    for someone in (cast.ada, cast.ivy):
        context = new_context()
        sign_in(context, someone.email)
        pages.append(context.new_page())
        pages[-1].goto("/workspaces/alder-ny/")
        expect(pages[-1].locator("html[data-live=open]")).to_be_attached()
    ada, ivy = pages
    expect(ada.get_by_text("An administrator, Ivy, is reading this workspace")).to_be_visible()
    ada.evaluate("document.querySelector('h1').dataset.isSame = ''")
    expect(ada.get_by_text("is reading this workspace")).to_have_count(0, timeout=15_000)
    assert timezone.now() >= AdministrativeReading.objects.get(pk=begun.pk).ends_at
    expect(ada.locator("h1[data-is-same]")).to_be_visible()  # without a reload
    expect(ada.locator("#readings")).to_be_hidden()  # and it leaves no gap
    expect(ivy.get_by_text("You are reading this workspace")).to_have_count(0, timeout=15_000)
    expect(ivy.get_by_role("heading", level=1)).to_have_text("There is nothing here for you")
