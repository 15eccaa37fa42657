"""An administrator keeps the facts of an office, and finds the way back for one that has nobody left."""

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from cohorts.actions.departures import close_enrolment
from cohorts.actions.invitations import accept, confirm, fill_due_seats, resend, revoke
from cohorts.actions.offices import change_office, start_hand_over
from cohorts.actions.seats import create_seat, end_term, fill_seat
from cohorts.models import Administrator, Invitation, Office, Person, Term, holdings_of
from tests.cast import build_cast, day_here, give_factor, person
from tests.cohorts.test_audit import told
from tests.cohorts.test_invitations import page_of, token_in, words

OFFICES = "/people/administration/offices/"
REASON = "The mayor and her chief resigned on the same day; the clerk wrote to us."
PAIR = "Alder in First cohort, both offices"


@pytest.fixture
def mayors(cast):
    return cast.offices["alder"][0]


@pytest.fixture
def left(cast, mayors):
    """Alder's mayor's office after Ada has gone: an adviser and a records officer, and nobody who hands over."""
    Office.objects.filter(pk=mayors.pk).update(contact_email="clerk@alder.example.org")
    end_term(Term.objects.current().get(person=cast.ada))
    mayors.refresh_from_db()
    return mayors


def address(office, step=""):
    return f"{OFFICES}{office.pk}/{step}"


def facts(office, **changed):
    return {
        "name": office.name,
        "contact_email": office.contact_email,
        "timezone": office.timezone,
        "version": office.version,
    } | changed


# --- the list


@pytest.mark.parametrize("who", ["ada", "ben", "finn", "nora", "rhea", "gus", "otto"])
def test_nobody_else_finds_them(cast, as_person, mayors, who):
    pages = [OFFICES, address(mayors), address(mayors, "hand-over/")]
    assert {as_person(who).get(page).status_code for page in pages} == {404}
    by = getattr(cast, who)
    with pytest.raises(PermissionDenied):
        change_office(mayors, by, **facts(mayors, name="Ours"))
    with pytest.raises(PermissionDenied):
        start_hand_over(mayors, by, email="new@example.org", reason=REASON)


def names(page):
    return [row["name"] for row in page.context["offices"]]


@pytest.mark.parametrize(
    "query, found",
    [
        ("q=alder", ["Alder County District Attorney’s office", "Alder mayor’s office"]),
        ("q=BIRCH mayor", ["Birch mayor’s office"]),
        ("q=nobody", []),
        ("state=apart", ["Dover mayor’s office"]),
        ("state=new", ["Cedar County District Attorney’s office"]),
        ("state=left", ["Alder mayor’s office"]),
        ("state=left&q=birch", []),
    ],
)
def test_the_list_is_narrowed(cast, as_person, left, query, found):
    Office.objects.create(kind="mayor", name="Dover mayor’s office", title="Mayor")
    assert names(as_person("ivy").get(f"{OFFICES}?{query}")) == found


def test_a_row_says_who_leads_and_where(cast, as_person, left):
    rows = {row["name"]: row for row in as_person("ivy").get(OFFICES).context["offices"]}
    of_ben = rows["Alder County District Attorney’s office"]
    assert (of_ben["leaders"], of_ben["cohorts"]) == (["Ben, District Attorney", "Bea, First assistant"], ["First cohort"])
    gone = rows["Alder mayor’s office"]
    assert (gone["leaders"], gone["is_left"], gone["invited"]) == ([], True, "")
    start_hand_over(left, cast.ivy, email="new@example.org", reason=REASON)
    rows = {row["name"]: row for row in as_person("ivy").get(OFFICES).context["offices"]}
    assert rows["Alder mayor’s office"]["invited"] == "new@example.org"


def test_as_many_queries_at_three_more_as_at_one(cast, as_person, django_assert_max_num_queries):
    client, counts = as_person("ivy"), []
    for number in (1, 3):
        for index in range(number):
            office = Office.objects.create(kind="mayor", name=f"More {number}{index}", title="Mayor")
            fill_seat(
                create_seat("principal", "Mayor", office=office),
                person(f"m{number}{index}"),
                title="Mayor",
                starts_on=day_here(),
            )
        with django_assert_max_num_queries(14) as asked:
            assert client.get(OFFICES).status_code == 200
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_pages_of_the_list(cast, as_person):
    Office.objects.bulk_create(Office(kind="mayor", name=f"Office {number:02}", title="Mayor") for number in range(60))
    first = as_person("ivy").get(f"{OFFICES}?q=office+&state=apart")
    second = as_person("ivy").get(OFFICES + first.context["next_url"])
    assert (len(names(first)), len(names(second)), names(second)[-1]) == (50, 10, "Office 59")


# --- one office


def test_its_page_says_what_is_known(cast, as_person, mayors):
    told_there = words(as_person("ivy").get(address(mayors)))
    for sentence in (
        "Alder, NY",
        "First cohort , for Alder: since",
        "Amos Policy adviser",
        "Otto Mayor",
        "Mayor, Jan 1, 2022 to Dec 30, 2025",
        "You start no hand-over here: Ada, Mayor, holds a seat that hands over the others. It is theirs to do.",
    ):
        assert sentence in told_there
    assert as_person("ivy").get(address(mayors, "hand-over/")).status_code == 404


def test_the_facts_are_put_right_and_the_office_reads_it(
    cast, as_person, mayors, django_capture_on_commit_callbacks, mailoutbox
):
    changed = facts(
        mayors, name="Office of the Mayor of Alder", contact_email="Mayor@Alder.example.org", timezone="America/Chicago"
    )
    with django_capture_on_commit_callbacks(execute=True):
        assert as_person("ivy").post(address(mayors), changed).url == address(mayors)
    mayors.refresh_from_db()
    assert (mayors.name, mayors.contact_email, mayors.timezone, mayors.version) == (
        "Office of the Mayor of Alder",
        "mayor@alder.example.org",
        "America/Chicago",
        2,
    )
    moved = (
        "Ivy changed what is known of Office of the Mayor of Alder: name from Alder mayor’s office to Office of the Mayor of "
        "Alder, timezone from America/New_York to America/Chicago."
    )
    assert told(action="office.changed") == [(PAIR, "office.changed", moved), ("The platform", "office.changed", moved)]
    contact = "Ivy changed the published contact of Office of the Mayor of Alder from nothing to mayor@alder.example.org."
    assert [line[2] for line in told(action="office.contact")] == [contact, contact]
    assert sorted(letter.to[0] for letter in mailoutbox) == ["ada@example.org", "amos@example.org", "rhea@example.org"]
    trail = as_person("ada").get("/workspaces/alder-ny/audit/")
    assert {contact, moved} <= {entry["sentence"] for entry in trail.context["entries"]}


def test_nothing_changed_tells_nothing(cast, as_person, mayors, django_capture_on_commit_callbacks, mailoutbox):
    with django_capture_on_commit_callbacks(execute=True):
        assert as_person("ivy").post(address(mayors), facts(mayors)).status_code == 302
    assert told(action="office.changed") + told(action="office.contact") == [] and mailoutbox == []


def test_the_former_contact_is_told(cast, left, sent):
    _, letters = sent(change_office, left, cast.ivy, **facts(left, contact_email="new@alder.example.org"))
    assert [letter.to[0] for letter in letters] == ["amos@example.org", "clerk@alder.example.org", "rhea@example.org"]
    assert "from clerk@alder.example.org to new@alder.example.org" in letters[1].body


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"name": ""}, "name"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"contact_email": "ivy@example.org"}, "contact_email"),
        ({"contact_email": "Finn@example.org"}, "contact_email"),
        ({"timezone": "Mars/Olympus"}, "timezone"),
    ],
)
def test_facts_that_cannot_be(cast, as_person, mayors, wrong, field):
    answer = as_person("ivy").post(address(mayors), facts(mayors, **wrong))
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert Office.objects.get(pk=mayors.pk).version == 1


def test_two_who_put_it_right_at_once(cast, as_person, mayors):
    change_office(mayors, cast.ivy, **facts(mayors, name="Theirs"))
    answer = as_person("ivy").post(address(mayors), facts(mayors, name="Mine"))
    assert answer.status_code == 409 and {"label": "Name", "theirs": "Theirs", "yours": "Mine"} in answer.context["differences"]
    assert Office.objects.get(pk=mayors.pk).name == "Theirs"


def test_terms_end_by_the_day_it_is_in_the_office(cast, mayors):
    """A last day in Honolulu ends five or six hours later than in New York; what has begun stays begun."""
    amos = Term.objects.get(person=cast.amos)
    amos.ends_on = day_here() + dt.timedelta(days=30)
    amos.save()
    before, epoch = (amos.begins_at, amos.expires_at), Person.objects.get(pk=cast.amos.pk).access_epoch
    change_office(mayors, cast.ivy, **facts(mayors, timezone="Pacific/Honolulu"))
    amos.refresh_from_db()
    assert amos.begins_at == before[0] and amos.expires_at - before[1] in (dt.timedelta(hours=5), dt.timedelta(hours=6))
    assert Person.objects.get(pk=cast.amos.pk).access_epoch == epoch + 1


# --- an office with nobody left


def test_it_stands_among_what_needs_an_administrator(cast, as_person, left):
    def needs():
        return [need["title"] for need in as_person("ivy").get("/people/administration/").context["needs"]]

    assert "Alder mayor’s office has nobody left" in needs()
    start_hand_over(left, cast.ivy, email="new@example.org", reason=REASON)
    assert "Alder mayor’s office has nobody left" not in needs()


def test_the_hand_over_from_its_start_to_the_seat(cast, as_person, left, sent, mailoutbox, django_capture_on_commit_callbacks):
    page = address(left, "hand-over/")
    shown = words(as_person("ivy").get(page))
    assert "A mail to its published contact, clerk@alder.example.org, asks whether it is right." in shown
    with django_capture_on_commit_callbacks(execute=True):
        answer = as_person("ivy").post(page, {"email": "vera@example.org", "reason": REASON})
    assert answer.url == address(left)
    started = f"Ivy started the hand-over of Alder mayor’s office, which nobody led: “{REASON}”."
    chains = [chain for chain, _, sentence in told(action="hand_over.started") if sentence == started]
    assert sorted(chains) == ["Alder in First cohort, both offices", "Alder mayor’s office", "The platform"]
    assert not Term.objects.current().filter(seat=cast.seats["ada"]).exists()

    vera = person("vera")
    give_factor(vera)
    invitation = Invitation.objects.get(email="vera@example.org")
    assert (invitation.seat, invitation.title) == (cast.seats["ada"], "Mayor")
    mailoutbox.clear()
    _, letters = sent(accept, invitation, vera)
    asked = [letter for letter in letters if letter.to == ["clerk@alder.example.org"]]
    told_of = {letter.to[0].split("@")[0] for letter in letters if letter not in asked}
    assert told_of == {"amos", "rhea", "ben", "bea", "finn"}
    assert all(REASON in letter.body for letter in letters)
    assert holdings_of(vera).terms == ()
    link = page_of(token_in(asked[0]), "confirmation")
    assert REASON in words(as_person("ben").get(link))
    confirm(Invitation.objects.get(pk=invitation.pk))
    [term] = holdings_of(vera).terms
    assert (term.seat, term.title) == (cast.seats["ada"], "Mayor")  # the very seat: what it owns is theirs
    assert as_person("ivy").get(page).status_code == 404  # the office hands over its seats itself again


def test_without_an_answer_the_seat_is_filled_after_the_delay(cast, left):
    vera = person("vera")
    start_hand_over(left, cast.ivy, email="vera@example.org", reason=REASON)
    accept(Invitation.objects.get(email="vera@example.org"), vera)
    assert fill_due_seats() == 0
    Invitation.objects.update(takes_effect_at=timezone.now())
    assert fill_due_seats() == 1 and holdings_of(vera).terms[0].seat == cast.seats["ada"]


def test_whoever_gave_the_contact_does_not_have_it_confirm(cast, as_person, left, sent):
    """Else one administrator alone could seat whom they like, at once."""
    change_office(left, cast.ivy, **facts(left, contact_email="mine@elsewhere.example.org"))
    assert "It is theirs 48 hours after they accept." in words(as_person("ivy").get(address(left, "hand-over/")))
    start_hand_over(left, cast.ivy, email="vera@example.org", reason=REASON)
    vera = person("vera")
    _, letters = sent(accept, Invitation.objects.get(email="vera@example.org"), vera)
    assert "mine@elsewhere.example.org" not in {letter.to[0] for letter in letters}
    iris = person("iris")
    Administrator.objects.create(person=iris)
    revoke(Invitation.objects.get(email="vera@example.org"), cast.finn)  # who is told can stop it
    start_hand_over(Office.objects.get(pk=left.pk), iris, email="vera@example.org", reason=REASON)
    _, letters = sent(accept, Invitation.objects.get(email="vera@example.org", revoked_at=None), vera)
    assert "mine@elsewhere.example.org" in {letter.to[0] for letter in letters}


@pytest.mark.parametrize("days, complaint", [(None, "Ada, Mayor, holds a seat"), (3, "Vera, Chief, takes the seat on")])
def test_refused_where_somebody_holds_or_will_hold_a_seat_that_hands_over(cast, left, days, complaint):
    if days:
        seat = create_seat("delegate", "Chief", office=left)
        fill_seat(seat, person("vera"), title="Chief", starts_on=left.today + dt.timedelta(days=days))
    else:
        fill_seat(cast.seats["ada"], cast.ada, title="Mayor", starts_on=left.today, begun_at=timezone.now())
    with pytest.raises(ValidationError, match=complaint):
        start_hand_over(left, cast.ivy, email="new@example.org", reason=REASON)
    assert not Invitation.objects.exists()


def test_refused_where_nobody_led_before_or_the_city_left(cast, left):
    with pytest.raises(ValidationError, match="Nobody has led Cedar County District Attorney’s office yet"):
        start_hand_over(cast.offices["cedar"][1], cast.ivy, email="new@example.org", reason=REASON)
    close_enrolment(cast.alder.enrolment, cast.ivy, reason=REASON)
    with pytest.raises(ValidationError, match="in no cohort at present"):
        start_hand_over(left, cast.ivy, email="new@example.org", reason=REASON)


@pytest.mark.parametrize(
    "wrong, field",
    [
        ({"reason": "They left"}, "reason"),
        ({"email": "ivy@example.org"}, "email"),
        ({"email": ""}, "email"),
        ({"term_days": "0"}, "term_days"),
    ],
)
def test_what_is_asked_of_who_starts_it(cast, as_person, left, wrong, field):
    asked = {"email": "new@example.org", "reason": REASON} | wrong
    answer = as_person("ivy").post(address(left, "hand-over/"), asked)
    assert (answer.status_code, list(answer.context["form"].errors)) == (422, [field])
    assert not Invitation.objects.exists() and told(action="hand_over.started") == []


def test_an_administrator_takes_no_seat_by_it(cast, left):
    iris = person("iris")
    Administrator.objects.create(person=iris)
    start_hand_over(left, cast.ivy, email="iris@example.org", reason=REASON)
    with pytest.raises(ValidationError, match="An administrator holds no seat"):
        accept(Invitation.objects.get(), iris)


def test_one_at_a_time_and_not_once_somebody_was_seated(cast, left):
    start_hand_over(left, cast.ivy, email="vera@example.org", reason=REASON)
    with pytest.raises(ValidationError, match="vera@example.org is invited to lead"):
        start_hand_over(left, cast.ivy, email="other@example.org", reason=REASON)
    resend(Invitation.objects.get(), cast.finn)
    fill_seat(create_seat("delegate", "Chief", office=left), person("carol"), title="Chief", starts_on=left.today)
    with pytest.raises(ValidationError, match="Carol, Chief, holds a seat"):
        accept(Invitation.objects.get(), person("vera"))
    assert Invitation.objects.get().accepted_at is None


@pytest.mark.parametrize("width", [1280, 320])
def test_the_pages_are_accessible(live_server_url, page, sign_in, assert_accessible, width):
    cast = build_cast()
    end_term(Term.objects.current().get(person=cast.ada))
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "ivy@example.org")
    office = cast.offices["alder"][0]
    for address_there in (OFFICES, f"{OFFICES}?q=nobody", address(office), address(office, "hand-over/")):
        page.goto(address_there)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
