"""A pair's participation agreement: until both offices have signed it, their workspace shows it and nothing else. Who is in
Dover is told in `pending_city`."""

import contextlib
import datetime as dt
import threading
import uuid
from types import SimpleNamespace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connections
from django.urls import get_resolver, reverse
from playwright.sync_api import expect

from cohorts.actions.agreements import write_agreement
from cohorts.actions.cohorts import enrol_pair
from cohorts.actions.departures import leave_cohort
from cohorts.models import AuditEntry, Conflict, Enrolment
from policies.cockpit import read_cockpit, to_call
from tests.cast import build_cast, city, come_in, day_here, pair
from tests.workspaces.pending_city import TEXT, build_dover, door, proposal
from workspaces.actions.agreements import ask_both_offices
from workspaces.actions.delegations import delegate
from workspaces.actions.sign_offs import decline, sign
from workspaces.models import AGREEMENT, NotOpenYet, SignedCopy, SignOff, Standing, Stream, Workspace

SPACE = "/workspaces/dover-ny/"
OPENS = "This workspace opens once both offices have signed the participation agreement."


@pytest.fixture
def dover(cast):
    return build_dover(cast)


def signs(cast, name, sign_off=None):
    sign_off = sign_off or proposal()
    return sign(sign_off, door(cast, name), seen=sign_off.content_sha256)


def is_active():
    return Enrolment.objects.get(slug="dover-ny").activated_at is not None


def page_of(sign_off, rest=""):
    return f"{SPACE}sign-offs/{sign_off.pk}/{rest}"


# --- the story


def test_who_enrols_asks_both_offices(dover):
    asked = proposal()
    assert (asked.proposed_by, asked.term.title, list(asked.deciders.order_by("kind"))) == (
        dover.finn,
        "Facilitator",
        list(dover.offices["dover"]),
    )
    assert {key: asked.content[key] for key in ("cohort", "city", "edition", "text")} == {
        "cohort": "First cohort",
        "city": "Dover, NY",
        "edition": 1,
        "text": TEXT,
    }


def test_an_administrator_who_enrols_asks_too(cast):
    write_agreement(cast.cohort, cast.finn, text=TEXT, edition=1)
    place = city("essex")
    offices = dict(zip(("mayor", "prosecutor"), pair(place), strict=True))
    enrolment = enrol_pair(cast.cohort, cast.ivy, city=place, offices=offices)
    assert (proposal().proposed_by, proposal().term, proposal().workspace) == (cast.ivy, None, enrolment.workspace)


def test_one_signature_is_not_two(dover):
    signs(dover, "mia")
    assert not is_active()
    with pytest.raises(NotOpenYet, match=OPENS):
        Standing.of(dover.mia, dover.dover)
    signed = signs(dover, "pat")
    assert (signed.status, is_active()) == ("approved", True)
    assert signed.signatures.get(person=dover.pat).on_behalf_of == "Pia, District Attorney"
    assert Standing.of(dover.max, dover.dover).may_discuss
    opened = AuditEntry.objects.get(action="city.activated", of=None)
    assert (opened.chain.enrolment, opened.subject_words) == (dover.dover.enrolment, "Dover in First cohort")


def test_it_opens_by_the_pages(dover, client):
    for name, said in (("mia", "Signed for your office"), ("pia", "Signed. Every office that decides has signed")):
        come_in(client, getattr(dover, name))
        page = client.get(SPACE, follow=True)
        assert page.redirect_chain == [(f"{SPACE}agreement/", 302), (page_of(proposal()), 302)]
        assert TEXT in page.content.decode()
        sent = {"sign-content_sha256": proposal().content_sha256, "sign-is_confirmed": "on"}
        assert said in client.post(page_of(proposal()), sent, follow=True).content.decode()
    assert client.get(SPACE).status_code == 200
    come_in(client, dover.mia)
    copy = SignedCopy.objects.get(person=dover.mia)
    assert TEXT in client.get(reverse("workspaces:signed-copy", args=[copy.pk])).content.decode()
    people = client.get(f"{SPACE}people/").content.decode()
    assert "The participation agreement, as both offices signed it" in people
    assert "the workspace is open" in client.get(f"{SPACE}agreement/", follow=True).content.decode()


@pytest.mark.parametrize("who", ["max", "rex", "finn", "ada", "cleo"])
def test_who_may_not_sign(dover, who):
    with pytest.raises(PermissionDenied):
        signs(dover, who)


def test_whom_the_principal_names_signs_it(dover):
    delegate(dover.seats["max"], dover.mia, kinds=[AGREEMENT], until=day_here())
    signs(dover, "max")
    assert proposal().signatures.get().on_behalf_of == "Mia, Mayor"


def test_a_new_edition_overtakes_what_one_office_signed(dover, client):
    old = proposal()
    signs(dover, "mia", old)
    write_agreement(dover.cohort, dover.finn, text="Both offices work together, daily.", edition=2)
    old.refresh_from_db()
    assert (old.status, proposal().content["edition"], proposal().signatures.count()) == ("stale", 2, 0)
    with pytest.raises(Conflict):
        signs(dover, "pia", old)
    assert SignedCopy.objects.get(person=dover.mia).sign_off.content["text"] == TEXT
    come_in(client, dover.pia)
    shown = client.get(page_of(old)).content.decode()
    assert f'href="{page_of(proposal())}"' in shown and "Read the newer proposal" in shown
    signs(dover, "mia")
    signs(dover, "pia")
    assert is_active()


def test_who_has_signed_keeps_what_they_signed(dover):
    signs(dover, "mia")
    signs(dover, "pia")
    write_agreement(dover.cohort, dover.finn, text="Another.", edition=2)
    assert (is_active(), list(SignOff.objects.values_list("status", flat=True))) == (True, ["approved"])
    with pytest.raises(ValidationError, match="have signed the participation agreement already"):
        ask_both_offices(dover.dover.enrolment, dover.finn)


def test_after_a_refusal_a_facilitator_asks_again(dover, client):
    refused = proposal()
    decline(refused, door(dover, "pia"), seen=refused.content_sha256, reason="Not before the budget.")
    come_in(client, dover.mia)
    shown = client.get(SPACE, follow=True).content.decode()
    assert "Not before the budget." in shown and "Ask both offices again" not in shown
    assert client.post(f"{SPACE}agreement/").status_code == 403
    come_in(client, dover.finn)
    assert "Ask both offices again" in client.get(SPACE, follow=True).content.decode()
    assert client.post(f"{SPACE}agreement/").status_code == 302
    assert (refused.pk != proposal().pk, proposal().signatures.count()) == (True, 0)
    assert "already waiting for signatures" in client.post(f"{SPACE}agreement/", follow=True).content.decode()


def test_it_is_asked_for_again_by_api(dover, client):
    refused = proposal()
    body = {"subject": {"kind": AGREEMENT, "id": str(dover.dover.enrolment_id)}, "rationale": "The budget is through."}
    come_in(client, dover.pia)
    told = {"content_sha256": refused.content_sha256, "reason": "Not before the budget."}
    assert client.post(f"/api/v1/sign-offs/{refused.pk}/decline/", told, "application/json").status_code == 200
    assert client.post("/api/v1/sign-offs/", body, "application/json").status_code == 403
    come_in(client, dover.finn)
    assert client.post("/api/v1/sign-offs/", body, "application/json").status_code == 201
    come_in(client, dover.pia)
    told = {"content_sha256": proposal().content_sha256}
    assert client.post(f"/api/v1/sign-offs/{proposal().pk}/sign/", told, "application/json").status_code == 200


@pytest.mark.django_db(transaction=True)
def test_the_last_signature_and_a_new_edition_at_the_same_instant(dover):
    """Whichever is first: a pair is active under the words that both signed, or asked to sign the newer ones."""
    signs(dover, "mia")
    last, gate = proposal(), threading.Barrier(2)

    def run(deed):
        with contextlib.suppress(Conflict):
            gate.wait(10)
            deed()
        connections.close_all()

    deeds = (
        lambda: sign(last, door(dover, "pia"), seen=last.content_sha256),
        lambda: write_agreement(dover.cohort, dover.finn, text="Another.", edition=2),
    )
    threads = [threading.Thread(target=run, args=[deed]) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(40)
    last.refresh_from_db()
    assert dover.cohort.agreements.count() == 2
    if last.status == "approved":
        assert (is_active(), SignOff.objects.count()) == (True, 1)
    else:
        assert (last.status, is_active(), proposal().content["edition"]) == ("stale", False, 2)


# --- and nothing else


def routes():
    """`(name, path)` of every page below a workspace's address, for Dover, with ids that are nothing."""
    anything = {"slug": "dover-ny", "number": 0, "position": 0}
    for resolver in get_resolver().url_patterns:
        for pattern in getattr(resolver, "url_patterns", ()):
            if str(pattern.pattern).startswith("workspaces/<slug:slug>/"):
                wanted = {name: anything.get(name, uuid.uuid4()) for name in pattern.pattern.converters}
                yield pattern.name, reverse(f"{resolver.namespace}:{pattern.name}", kwargs=wanted)


AT_THE_DOOR = {"agreement", "sign-off", "sign-off-refusal", "sign-off-withdrawal"}


@pytest.mark.parametrize("who", ["mia", "max", "rex", "pat", "finn"])
def test_every_page_leads_to_the_agreement(dover, client, who):
    come_in(client, getattr(dover, who))
    walked = 0
    for name, path in routes():
        if name not in AT_THE_DOOR:
            asked, sent = client.get(path), client.post(path)
            assert asked.status_code in (302, 405) and sent.status_code in (403, 405), (name, asked, sent)
            if asked.status_code == 302:
                assert asked.url == f"{SPACE}agreement/", name
            if sent.status_code == 403:
                assert OPENS in sent.content.decode(), name
            walked += 1
    assert walked >= 40
    shown = client.get(SPACE, follow=True).content.decode()
    assert TEXT in shown and "has not answered yet" in shown and 'class="tabs"' not in shown


def test_to_others_it_is_not_there(dover, client):
    for who in ("ada", "nora", "cleo", "dora", "gus", "ivy"):
        come_in(client, getattr(dover, who))
        assert {client.get(path).status_code for _, path in routes()} <= {404, 405}, who


def test_the_api_lists_nothing_and_takes_nothing(dover, client):
    come_in(client, dover.mia)
    today = day_here()
    for name in ("topics", "trackers", "actions", "check-ins", "briefs", "commitments", "audit", "indicators", "observations"):
        assert client.get(f"/api/v1/{name}/?workspace=dover-ny").json()["results"] == [], name
    written = {
        "topics": {"title": "Call-in date"},
        "trackers": {"title": "Court-date reminders"},
        "check-ins": {"scheduled_for": str(today + dt.timedelta(days=1))},
        "briefs": {"period_start": str(today - dt.timedelta(days=60)), "period_end": str(today)},
        "commitments": {"convening": str(dover.convening.pk), "text": "Every Monday."},
    }
    for name, body in written.items():
        told = client.post(f"/api/v1/{name}/", {"workspace": "dover-ny"} | body, "application/json")
        assert (told.status_code, told.json()["errors"][0]["detail"]) == (403, OPENS), name
    space = client.get("/api/v1/workspaces/dover-ny/").json()
    assert (space["is_open"], list(space["streams"]), space["unread_count"]) == (False, ["workspace"], 0)
    assert "dover-ny" in client.get("/api/v1/me/").json()["workspaces"]
    (asked,) = client.get("/api/v1/sign-offs/?workspace=dover-ny").json()["results"]
    assert asked["content"]["text"] == TEXT
    events = client.get("/api/v1/workspaces/dover-ny/events/?stream=workspace&after=0").json()["results"]
    assert [event["kind"] for event in events] == ["sign_off.opened"]
    assert client.get("/api/v1/workspaces/dover-ny/events/?stream=offices&after=0").status_code == 404


def test_the_querysets_hold_it_back(dover):
    for who in ("mia", "max", "rex", "pia", "finn"):
        someone = getattr(dover, who)
        assert not Workspace.objects.visible_to(someone).contains(dover.dover)
        assert not Enrolment.objects.visible_to(someone).contains(dover.dover.enrolment)
        assert Workspace.objects.pending_for(someone).contains(dover.dover)
        assert list(Stream.objects.visible_to(someone).filter(workspace=dover.dover).values_list("audience", flat=True)) == [
            "workspace"
        ]
    assert not Workspace.objects.known_to(dover.ada).contains(dover.dover)


def test_offices_invite_delegate_and_leave_meanwhile(dover, client):
    mayor, prosecutor = dover.offices["dover"]
    come_in(client, dover.mia)
    for name in ("workspaces:office", "workspaces:delegations", "cohorts:office-invitations"):
        assert client.get(reverse(name, args=[mayor.pk])).status_code == 200
    assert client.get(reverse("policies:seat-hand-over", args=[dover.seats["max"].pk])).status_code == 200
    sent = {"email": "zoe@example.org", "seat": "staff"}
    assert client.post(reverse("cohorts:office-invitation-new", args=[mayor.pk]), sent).status_code == 302
    assert client.get(reverse("workspaces:leaving", args=[mayor.pk, "dover-ny"])).status_code == 200
    leave_cohort(dover.dover.enrolment, mayor, dover.mia)
    assert client.get(SPACE).status_code == 404


# --- where it is asked for


def test_home_says_who_is_asked_and_what_is_missing(dover, client):
    come_in(client, dover.mia)
    home = client.get("/").content.decode()
    assert "Participation agreement, First cohort" in home and f'href="{page_of(proposal())}"' in home
    assert "Dover mayor’s office and Dover County District Attorney’s office" in home
    signs(dover, "mia")
    come_in(client, dover.max)
    home = client.get("/").content.decode()
    assert "Dover is not open yet" in home and "Missing: Dover County District Attorney’s office." in home
    assert "Participation agreement, First cohort" not in home
    signs(dover, "pia")
    assert "is not open yet" not in client.get("/").content.decode()


def test_the_first_visit_says_what_is_missing(dover, client):
    come_in(client, dover.max)
    shown = client.get("/people/welcome/here/").content.decode()
    assert "opens once both offices have signed the participation agreement" in shown
    assert "Missing: Dover mayor’s office and Dover County District Attorney’s office." in shown


def test_the_cockpit_says_whose_signature_is_missing(dover, client):
    def reasons():
        return {row.city.name: row.reasons for row in to_call(read_cockpit(dover.cohort))}["Dover"]

    assert reasons() == ["Participation agreement: waits for the mayor’s office and prosecutor’s office"]
    signs(dover, "mia")
    assert reasons() == ["Participation agreement: waits for the prosecutor’s office"]
    asked = proposal()
    decline(asked, door(dover, "pia"), seen=asked.content_sha256, reason="Not before the budget.")
    assert reasons() == ["Participation agreement: nobody is asked to sign it at present"]
    come_in(client, dover.finn)
    shown = client.get("/cohorts/first/").content.decode()
    assert "Not open yet" in shown
    rows = client.get("/api/v1/cohorts/first/cockpit/").json()["rows"]
    assert [row["city"] for row in rows if row["activated_at"] is None] == ["dover-ny"]
    come_in(client, dover.mia)
    assert "Dover: not open yet" in client.get("/cohorts/first/").content.decode()


def test_both_screens_hear_that_it_opens(live_server_url, new_context, sign_in, assert_accessible):
    dover = SimpleNamespace(**build_dover(build_cast()).__dict__)
    pages = []
    for someone in (dover.mia, dover.pia):
        context = new_context()
        sign_in(context, someone.email)
        pages.append(context.new_page())
        pages[-1].goto(SPACE)
        expect(pages[-1].locator("html[data-live=open]")).to_be_attached()
    mayor, prosecutor = pages
    assert_accessible(mayor)
    mayor.get_by_text("I have read what is signed").click()
    mayor.get_by_role("button", name="Sign", exact=True).click()
    expect(mayor.get_by_text("Signed for your office.")).to_be_visible()
    expect(prosecutor.locator("#state").get_by_text("Mia")).to_be_visible()
    prosecutor.get_by_text("I have read what is signed").click()
    prosecutor.get_by_role("button", name="Sign", exact=True).click()
    for page in (mayor, prosecutor):
        expect(page.get_by_text("the workspace is open")).to_be_visible()
    assert_accessible(mayor)
    mayor.emulate_media(media="print")
    expect(mayor.get_by_text(TEXT)).to_be_visible()
    expect(mayor.locator(".site-head, .tabs, #answer").filter(visible=True)).to_have_count(0)
    mayor.emulate_media(media="screen")
    mayor.get_by_role("link", name="Go to the workspace").click()
    expect(mayor.get_by_role("heading", level=1)).to_contain_text("Dover")
