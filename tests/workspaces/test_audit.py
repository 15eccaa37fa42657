"""The trail as the city's people read it: page, file and API, each ring by whom it is for."""

import csv
import datetime as dt

import pytest
from django.test import RequestFactory
from django.utils import timezone

from cohorts.actions.audit import acting_in, dated, record_act, rings_of_person
from cohorts.actions.cohorts import end_enrolment
from cohorts.actions.seats import end_term
from cohorts.actions.tokens import issue_token
from cohorts.models import AuditEntry, Term
from policies.actions.briefs import download_brief, draft_brief
from policies.actions.indicators import add_indicator, enter_observation, release_all, release_observation
from policies.actions.trackers import edit_tracker, open_tracker, share_tracker, stop_sharing_tracker
from policies.briefs.compose import brief_sha256, compose_brief
from policies.briefs.drawing import keep
from policies.briefs.render import render_pdf
from tests.cast import EVERYONE, day_here
from workspaces.actions.audit import as_text
from workspaces.actions.sign_offs import decline, propose, sign, withdraw

PAGE, FILE, LIST = "/workspaces/alder-ny/audit/", "/workspaces/alder-ny/audit.csv", "/api/v1/audit/?workspace=alder-ny"
READERS = {"ada", "rhea", "ben", "bea"}
DENIED = {"amos", "finn", "nora"}


def request_from(person, address):
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    request.user = person
    return request


def sentences(client, address=PAGE):
    return [entry["sentence"] for entry in client.get(address).context["entries"]]


@pytest.fixture
def tracker(cast):
    return open_tracker(cast.standing("ada"), decided_by="joint", title="Court-date reminders")


@pytest.fixture
def since(cast, tracker):
    return timezone.now()


def acts(since, **which):
    """The actions of the entries since then, in their order, each with its chain's ring."""
    entries = AuditEntry.objects.filter(at__gte=since, of=None, **which).select_related("chain").order_by("at", "number")
    return [(entry.action, str(entry.chain)) for entry in entries]


# --- who


@pytest.mark.parametrize("who", EVERYONE)
def test_who_reads_it(cast, as_person, who):
    client = as_person(who)
    expected = 200 if who in READERS else 403 if who in DENIED else 404
    assert client.get(PAGE).status_code == expected
    assert client.get(FILE).status_code == expected
    listed = client.get(LIST)
    assert listed.status_code == (200 if expected == 404 else expected)  # a filter by what is hidden finds nothing
    assert bool(listed.json().get("results")) == (who in READERS)


@pytest.mark.parametrize("who", EVERYONE)
def test_whose_tab_it_is(cast, as_person, who):
    page = as_person(who).get("/workspaces/alder-ny/people/")
    assert (b"Audit trail" in page.content) == (who in READERS)


def test_a_cohort_s_workspace_has_none(cast, as_person):
    client = as_person("ada")
    assert client.get("/workspaces/first/audit/").status_code == 403
    assert b"Audit trail" not in client.get("/workspaces/first/people/").content
    assert client.get("/api/v1/audit/?workspace=first").status_code == 403


def test_the_rings(cast, as_person, tracker):
    """Ada signs in, shares a tracker and makes a token. Ben reads that she shared it, and nothing else of it."""
    with acting_in(request_from(cast.ada, "203.0.113.7")):
        record_act("sign_in.done", *rings_of_person(cast.ada))
        share_tracker(tracker, cast.standing("ada"))
        issue_token(cast.ada, scope="read", days=30)
    shared = "Ada shared the tracker “Court-date reminders” with the cohort."
    own = {"Ada signed in.", "Ada made an API token for Ada (read)."}
    for who, reads_own in (("ada", True), ("rhea", True), ("ben", False), ("bea", False)):
        client = as_person(who)
        told = set(sentences(client))
        assert shared in told
        assert own <= told if reads_own else not own & told
        for address in (PAGE, FILE, LIST, "/api/v1/audit/"):
            assert ("203.0.113.7" in client.get(address).content.decode()) == reads_own
    (row,) = [row for row in as_person("rhea").get(LIST).json()["results"] if row["action"] == "tracker.shared"]
    assert row["ip"] == "203.0.113.7"
    (row,) = [row for row in as_person("ben").get(LIST).json()["results"] if row["action"] == "tracker.shared"]
    assert row["ip"] is None


def test_a_facilitator_s_address_is_for_neither_office(cast, as_person):
    with acting_in(request_from(cast.finn, "203.0.113.8")):
        end_term(Term.objects.get(person=cast.nora))
    for who in READERS:
        client = as_person(who)
        assert "Finn ended the term of Nora: Researcher, First cohort." in sentences(client)
        assert b"203.0.113.8" not in client.get(PAGE).content + client.get(LIST).content


def test_a_researcher_s_seat_is_told_to_the_assigned_city_alone(cast, as_person):
    end_term(Term.objects.get(person=cast.nora))
    assert not any("Nora" in each for each in sentences(as_person("cleo"), "/workspaces/birch-ny/audit/"))


def test_a_city_that_left_is_closed(cast, as_person):
    end_enrolment(cast.alder.enrolment)
    client = as_person("ada")
    assert client.get(PAGE).status_code == 404
    assert client.get("/api/v1/audit/").json()["results"] == []


def test_who_left_reads_nothing(cast, as_person):
    end_term(Term.objects.get(person=cast.rhea))
    assert as_person("rhea").get(PAGE).status_code == 404


# --- what


def test_a_sign_off_from_proposal_to_effect(cast, as_person, tracker, since):
    proposed = propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")
    sign(proposed, cast.standing("ada"), seen=proposed.content_sha256)
    sign(proposed, cast.standing("bea"), seen=proposed.content_sha256)
    move = "Move “Court-date reminders” to “getting ready”"
    assert sentences(as_person("ben"))[1:5] == [
        f"Every office that decides has signed, so it took effect: {move}.",
        f"Bea signed for Alder County District Attorney’s office: {move}, on behalf of Ben, District Attorney.",
        f"Ada signed for Alder mayor’s office: {move}.",
        f"Amos proposed: {move}.",
    ]


def test_the_other_ends_of_a_sign_off(cast, tracker, since):
    def proposed():
        return propose(cast.standing("amos"), "stage_change", tracker.pk, rationale="Staffed.", to_stage="preparation")

    first = proposed()
    decline(first, cast.standing("ben"), seen=first.content_sha256, reason="The memo of saffron is missing")
    withdraw(proposed(), cast.standing("amos"))
    proposed()
    edit_tracker(tracker, cast.standing("ada"), version=tracker.version, title="Court reminders")
    pair = "Alder in First cohort, both offices"
    ends = ["declined", "withdrawn", "overtaken"]
    assert acts(since) == [(f"sign_off.{each}", pair) for end in ends for each in ("proposed", end)]
    assert "saffron" not in str(list(AuditEntry.objects.values()))  # a reason is content


def test_sharing_and_releasing(cast, as_person, tracker, since):
    share_tracker(tracker, cast.standing("ada"))
    share_tracker(tracker, cast.standing("ben"))
    stop_sharing_tracker(tracker, cast.standing("ben"))
    indicator = add_indicator(cast.standing("ada"), tracker, name="Failures to appear", unit="cases", frequency="monthly")
    months = [{"period_start": dt.date(2026, month, 1), "value": 40} for month in (1, 2, 3, 4)]
    figures = [enter_observation(indicator, cast.standing("ada"), **month) for month in months[:3]]
    release_observation(figures[0], cast.standing("ada"), version=1)
    release_all(indicator, cast.standing("ada"))
    release_all(indicator, cast.standing("ada"))
    enter_observation(indicator, cast.standing("ada"), is_released=True, **months[3])
    released = "to the workspace."
    assert sentences(as_person("ben"))[1:6] == [
        f"Ada released the figure of April 2026 of “Failures to appear” {released}",
        f"Ada released 2 figures of “Failures to appear” {released}",
        f"Ada released the figure of January 2026 of “Failures to appear” {released}",
        "Ben stopped sharing the tracker “Court-date reminders” with the cohort.",
        "Ada shared the tracker “Court-date reminders” with the cohort.",
    ]


def test_a_brief_is_drawn_and_downloaded(cast, as_person, since):
    today = day_here()
    brief = draft_brief(cast.standing("ada"), period_start=today - dt.timedelta(60), period_end=today)
    content = compose_brief(brief)
    keep(brief, content, brief_sha256(content), render_pdf(content, brief_sha256(content), is_draft=True))
    brief.refresh_from_db()
    as_person("nora").get(f"/workspaces/alder-ny/briefs/{brief.pk}.pdf")
    download_brief(brief)
    assert sentences(as_person("ben"))[1:4] == [
        "Somebody at the server wrote brief 1 to a file.",
        "Nora downloaded brief 1.",
        "Ada had brief 1 drawn.",
    ]


# --- how it reads


def test_the_time_is_the_city_s_and_the_address_says_from_where(cast, as_person):
    with dated(dt.datetime(2026, 3, 4, 15, 2, tzinfo=dt.UTC)), acting_in(request_from(cast.ada, "203.0.113.7")):
        record_act("sign_in.done", *rings_of_person(cast.ada))
    (entry,) = [each for each in as_person("ada").get(PAGE).context["entries"] if each["address"] == "203.0.113.7"]
    assert (entry["at_words"], entry["title"]) == ("Mar 4, 10:02 AM EST", "Mayor, Alder mayor’s office")
    assert entry["readers"] == "Only your office"


@pytest.fixture
def march(cast):
    """Ada and Amos came and went in March 2026, around midnight in the city."""
    for who, hour in (("ada", 3), ("amos", 5)):  # 22:00 on the 9th and 01:00 on the 10th
        with dated(dt.datetime(2026, 3, 10, hour, tzinfo=dt.UTC)):
            person = getattr(cast, who)
            record_act("sign_in.done", *rings_of_person(person), by=person)


@pytest.mark.parametrize(
    "query, found",
    [
        ("since=2026-03-01&until=2026-03-31", ["Amos signed in.", "Ada signed in."]),
        ("since=2026-03-10&until=2026-03-10", ["Amos signed in."]),
        ("since=2026-03-09&until=2026-03-09", ["Ada signed in."]),
        ("kind=signing-in&until=2026-03-31", ["Amos signed in.", "Ada signed in."]),
        ("kind=tokens", []),
        ("kind=sign-offs&until=2026-03-31", []),
        ("person={ada}&until=2026-03-31", ["Ada signed in."]),
    ],
)
def test_filters(cast, as_person, march, query, found):
    client = as_person("rhea")
    query = query.format(ada=cast.ada.pk)
    assert sentences(client, f"{PAGE}?{query}") == found
    rows = list(csv.DictReader(client.get(f"{FILE}?{query}").content.decode().splitlines()))
    assert [row["What happened"] for row in rows] == found


@pytest.mark.parametrize(
    "query, field",
    [
        ("since=yesterday", "since"),
        ("since=2026-03-02&until=2026-03-01", "until"),
        ("kind=gossip", "kind"),
        ("person=ada", "person"),
    ],
)
def test_a_filter_that_makes_no_sense(cast, as_person, query, field):
    page = as_person("ada").get(f"{PAGE}?{query}")
    assert (page.status_code, list(page.context["form"].errors), page.context["entries"]) == (422, [field], [])


def test_people_of_the_other_office_s_ring_are_not_offered(cast, as_person):
    """Otto's sign-ins are nobody's, and Bea appears to Ada only by what both offices read."""
    record_act("sign_in.done", *rings_of_person(cast.carl), by=cast.carl)
    offered = as_person("ada").get(PAGE).context["form"].fields["person"].queryset
    assert [person.name for person in offered] == ["Ada", "Amos", "Bea", "Ben", "Finn", "Nora", "Otto", "Rhea"]


def test_pages(cast, as_person):
    for _ in range(60):
        record_act("sign_in.done", *rings_of_person(cast.amos), by=cast.amos)
    client = as_person("ada")
    first = client.get(f"{PAGE}?kind=signing-in")
    second = client.get(first.context["older_url"])
    assert (len(first.context["entries"]), len(second.context["entries"])) == (50, 11)
    assert first.context["place"] == "1 to 50 of 61"
    assert not {each["id"] for each in first.context["entries"]} & {each["id"] for each in second.context["entries"]}


def test_the_file_is_what_the_person_may_see_and_is_told_itself(cast, as_person):
    with acting_in(request_from(cast.ada, "203.0.113.7")):
        record_act("sign_in.done", *rings_of_person(cast.ada))
    client = as_person("ben")
    shown = sentences(client)
    answer = client.get(FILE)
    assert answer["Content-Type"] == "text/csv; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="alder-ny-audit-trail.csv"'
    rows = list(csv.DictReader(answer.content.decode().splitlines()))
    assert [row["What happened"] for row in rows] == shown
    assert sentences(client)[0] == "Ben downloaded the audit trail of Alder."
    assert sentences(as_person("ada"))[0] == "Ada signed in."  # whose sign-in that is; Ben's download is his office's


def test_a_file_s_cell_is_never_a_formula(cast, as_person):
    cast.ada.name = "=HYPERLINK(1)"
    cast.ada.save()
    record_act("sign_in.done", *rings_of_person(cast.ada), by=cast.ada)
    rows = list(csv.DictReader(as_person("ada").get(FILE).content.decode().splitlines()))
    assert rows[0]["Who"] == "'=HYPERLINK(1)" and rows[0]["What happened"].startswith("'=")
    assert [as_text(f"{sign}1") for sign in "=+-@\t\r"] == [f"'{sign}1" for sign in "=+-@\t\r"]
    assert as_text("Ada") == "Ada"


def test_the_api_s_fields(cast, as_person, tracker):
    with dated(dt.datetime(2026, 3, 4, 15, 2, tzinfo=dt.UTC)), acting_in(request_from(cast.ada, "203.0.113.7")):
        share_tracker(tracker, cast.standing("ada"))
    entry = AuditEntry.objects.get(action="tracker.shared", of=None)
    client = as_person("ada")
    (row,) = client.get(f"{LIST}&action=tracker.shared").json()["results"]
    assert row == {
        "id": str(entry.pk),
        "url": f"http://testserver/api/v1/audit/{entry.pk}/",
        "at": "2026-03-04T15:02:00Z",
        "actor": {"id": str(cast.ada.pk), "name": "Ada", "title": "Mayor", "office": "mayor"},
        "for_whom": None,
        "action": "tracker.shared",
        "subject": {"kind": "tracker", "id": str(tracker.pk), "words": "Court-date reminders"},
        "sentence": "Ada shared the tracker “Court-date reminders” with the cohort.",
        "detail": {},
        "ip": "203.0.113.7",
        "created_at": "2026-03-04T15:02:00Z",
        "updated_at": "2026-03-04T15:02:00Z",
    }
    assert client.get(row["url"]).json() == row
    beside = AuditEntry.objects.get(of=entry)
    assert client.get(f"/api/v1/audit/{beside.pk}/").status_code == 404
    for method in ("post", "put", "patch", "delete"):
        assert getattr(client, method)(row["url"]).status_code == 405
    assert client.get(f"{LIST}&person={cast.ben.pk}&action=tracker.shared").json()["results"] == []
    assert client.get(f"{LIST}&since=2026-03-04T15:02:00Z&until=2026-03-04T15:03:00Z").json()["results"] == [row]


def test_who_acts_by_a_token_is_known_too(cast, client, tracker):
    _, secret = issue_token(cast.ada, scope="write", days=1)
    answer = client.patch(
        f"/api/v1/trackers/{tracker.pk}/",
        {"version": tracker.version, "is_shared_with_cohort": True},
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert answer.status_code == 200
    act = AuditEntry.objects.get(action="tracker.shared", of=None)
    beside = AuditEntry.objects.get(of=act)
    assert (act.actor, act.address, beside.address, str(beside.chain)) == (cast.ada, None, "127.0.0.1", "Alder mayor’s office")


def test_as_many_queries_at_three_as_at_one(cast, as_person, tracker, django_assert_max_num_queries):
    client = as_person("ada")
    AuditEntry.objects.first()

    def queries(address):
        with django_assert_max_num_queries(100) as counted:
            assert client.get(address).status_code == 200
        return len(counted)

    def share():
        with acting_in(request_from(cast.ada, "203.0.113.7")):
            share_tracker(tracker, cast.standing("ada"))
            stop_sharing_tracker(tracker, cast.standing("ben"))

    share()
    few = [queries(address) for address in (PAGE, LIST, FILE)]
    share()
    share()
    assert [queries(address) for address in (PAGE, LIST, FILE)] == few
    assert few[0] <= 11


# --- in the browser


def test_the_page_in_a_browser(cast, page, sign_in, tracker, assert_accessible):
    share_tracker(tracker, cast.standing("ada"))
    sign_in(page, "ben@example.org")
    page.goto("/workspaces/alder-ny/people/")
    page.get_by_role("navigation", name="Alder").get_by_role("link", name="Audit trail").click()
    assert page.get_by_role("row").filter(has_text="Ada shared the tracker").count() == 1
    assert_accessible(page)
    page.get_by_label("Kind of act").select_option("Sharing")
    page.get_by_role("button", name="Show").click()
    assert page.get_by_role("row").count() == 2  # the head and one act
    page.set_viewport_size({"width": 390, "height": 844})
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert_accessible(page)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download what is shown").click()
    assert download.value.suggested_filename == "alder-ny-audit-trail.csv"
    page.goto("/workspaces/alder-ny/audit/")
    assert page.get_by_role("row").filter(has_text="Ben downloaded the audit trail of Alder").count() == 1
