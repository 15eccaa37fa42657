"""What is found, by whom, and what the search box understands. That nobody finds what is not theirs, in every ring and of every
kind, is in tests/test_who_sees_what.py."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from workspaces.actions.topics import edit_message, edit_topic, open_topic, post_message, remove_message
from workspaces.models import Message, SearchEntry
from workspaces.search.asking import Condition, day_of, understand
from workspaces.search.finding import find, known_marks
from workspaces.search.index import rebuild
from workspaces.search.results import excerpt, marked, read_results
from workspaces.search.words import stems

EASTERN = ZoneInfo("America/New_York")
TODAY = dt.date(2026, 11, 24)


def asked(text):
    return understand(text, known_marks(), EASTERN)


def found(person, text, **where):
    """Titles of what `person` finds, newest first."""
    question = asked(text)
    entries = find(person, question, **where).order_by("-at", "-pk")
    return ["".join(piece for piece, _ in result.title) for result in read_results(list(entries), person, question)]


@pytest.fixture
def talk(cast):
    """Alder talks of a call-in in the workspace, of its budget between the offices, and Cedar of a call-in of its own."""
    ada, ben = cast.standing("ada"), cast.standing("ben")
    day = open_topic(ada, title="Call-in date")
    post_message(day, ada, body="We can do the **fourteenth**. Reminders go out a week before.")
    post_message(day, ben, body="The prosecutor's office confirms the venue: O’Brien hall.")
    budget = open_topic(ben, title="Budget", audience="offices")
    post_message(budget, ben, body="The call-in costs 10,000 dollars; reminders are not in it.")
    dora = cast.standing("dora", cast.cedar)
    post_message(open_topic(dora, title="Cedar"), dora, body="Our call-in reminders")
    return day, budget


BOTH = ["Budget", "Call-in date"]
ADA_FINDS = {  # what was asked, and in which topics the messages are
    "reminders": BOTH,
    "reminder": BOTH,
    "REMINDING": BOTH,
    "fourteenth reminders": ["Call-in date"],
    "prosecutors": ["Call-in date"],
    "obrien": ["Call-in date"],
    "10,000": ["Budget"],
    "call-in": ["Budget"],
    "call in": ["Budget"],
    '"reminders go"': ["Call-in date"],
    '"go reminders"': [],
    "reminders -dollars": ["Call-in date"],
    "reminders -“go out”": ["Budget"],
    "the reminders of it": BOTH,
    "venues": ["Call-in date"],
    "hospital": [],
    "reminders from:ben": ["Budget"],
    "reminders from:BEN@example.org": ["Budget"],
    "reminders -from:ben": ["Call-in date"],
    "reminders from:example.org": BOTH,
    "reminders from:xample": [],
    "reminders from:me": ["Call-in date"],
    "reminders in:alder-ny": BOTH,
    "reminders in:Budget": ["Budget"],
    "reminders -in:budget": ["Call-in date"],
    'reminders in:"call-in date"': ["Call-in date"],
    "reminders in:cedar-ny": [],
    "reminders after:yesterday": BOTH,
    "reminders before:yesterday": [],
}


def test_what_ada_finds(cast, talk):
    told = {text: found(cast.ada, text, kind="message") for text in ADA_FINDS}
    assert told == ADA_FINDS


def test_each_finds_what_they_may_read(cast, talk):
    titles_of = {"ada": BOTH, "ben": BOTH, "finn": ["Call-in date"], "cleo": [], "dora": ["Cedar"]}
    assert {who: found(getattr(cast, who), "reminders") for who in titles_of} == titles_of


def test_in_one_workspace(cast, talk):
    assert found(cast.ada, "reminders", workspace=cast.alder) == ["Budget", "Call-in date"]
    assert found(cast.ada, "reminders", workspace=cast.cohort.workspace) == []


def test_a_topic_is_found_by_its_title(cast, talk):
    day, _ = talk
    assert found(cast.ada, "dates", kind="topic") == ["Call-in date"]
    edit_topic(day, cast.standing("ada"), version=1, title="Venue")
    assert (found(cast.ada, "dates", kind="topic"), found(cast.ada, "venue", kind="topic")) == ([], ["Venue"])


def test_an_edit_is_found_and_a_removal_is_not(cast, talk):
    day, _ = talk
    ada = cast.standing("ada")
    message = day.messages.get(position=1)
    edit_message(message, ada, version=1, body="The twelfth")
    assert (found(cast.ben, "fourteenth"), found(cast.ben, "twelfth")) == ([], ["Call-in date"])
    remove_message(message, ada)
    assert (found(cast.ben, "twelfth"), SearchEntry.objects.filter(object_id=message.pk).exists()) == ([], False)


def test_what_is_undone_is_not_found(cast, talk):
    with pytest.raises(RuntimeError), transaction.atomic():
        post_message(talk[0], cast.standing("ada"), body="About quince")
        raise RuntimeError
    assert found(cast.ada, "quince") == []


def test_access_that_ended_finds_nothing(cast, talk):
    assert found(cast.ben, "reminders") == ["Budget", "Call-in date"]
    cast.alder.enrolment.ended_at = cast.alder.created_at
    cast.alder.enrolment.save()
    assert found(cast.ben, "reminders") == []


def test_places_that_are_not_theirs_are_told_like_places_that_are_not(cast, talk):
    hidden, missing = asked("reminders in:cedar-ny"), asked("reminders in:nowhere")
    assert [find(cast.ada, question).count() for question in (hidden, missing)] == [0, 0]
    assert hidden.notes == ["You have no workspace or topic called “cedar-ny”."]
    assert missing.notes == ["You have no workspace or topic called “nowhere”."]


def test_a_search_asks_as_often_for_one_result_as_for_thirty(cast):
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Talk")

    def queries():
        question = asked("reminders from:ada in:talk")
        with CaptureQueriesContext(connection) as captured:
            shown = list(read_results(list(find(cast.ada, question)), cast.ada, question))
        return len(shown), len(captured)

    post_message(topic, ada, body="Reminders 0")
    one = queries()
    for number in range(1, 30):
        post_message(topic, ada, body=f"Reminders {number}")
    many = queries()
    assert (one[0], many[0]) == (1, 30)
    assert one[1] == many[1]


def test_rebuilding_twice_gives_the_same_index_and_mends_it(cast, talk, capsys):
    def rows():
        return set(SearchEntry.objects.values_list("kind", "object_id", "at", "author", "name_stems", "stems"))

    whole = rows()
    Message.objects.filter(body__startswith="We can").update(body="We can do the twelfth.")
    SearchEntry.objects.filter(kind="topic").delete()
    SearchEntry.objects.create(kind="message", object_id="0" * 32, at=cast.alder.created_at, stems="gone")
    SearchEntry.objects.create(kind="nothing", object_id="0" * 32, at=cast.alder.created_at, stems="gone")
    call_command("rebuild_search")
    assert "message: 4" in capsys.readouterr().out
    mended = rows()
    assert len(mended) == len(whole)
    assert (found(cast.ada, "twelfth"), found(cast.ada, "gone")) == (["Call-in date"], [])
    assert rebuild()["topic"] == 3
    assert rows() == mended


# --- what was asked, understood


def test_a_question_in_its_parts():
    question = understand('"Court date" -budget from:"Ada Mayor" in: alder -has:attachments x:y', {"has:attachment"}, EASTERN)
    assert question.wanted == [["court", "date"], ["x", "y"]]
    assert question.unwanted == [["budget"]]
    assert question.conditions == [
        Condition("from", "Ada Mayor"),
        Condition("in", "alder"),
        Condition("has:attachment", "attachments", is_not=True),
    ]
    assert question.notes == []


@pytest.mark.parametrize(
    "text, note",
    [
        ("before:sometime", "“sometime” is not a day that can be understood, so before: was left out."),
        ("is:purple", "Nothing here can be found by is:purple, so it was left out."),
        ("word " * 17, "That is a long question; only its beginning was looked for."),
    ],
)
def test_what_cannot_be_followed_is_said(text, note):
    assert understand(text, set(), EASTERN).notes == [note]


@pytest.mark.parametrize("text", ["", "  ", "-", "::", '"', "“”", "…", "\0", "before:sometime"])
def test_what_asks_for_nothing(text):
    assert not understand(text, set(), EASTERN)


@pytest.mark.parametrize(
    "text, day",
    [
        ("2026-03-01", dt.date(2026, 3, 1)),
        ("2026-3-1", dt.date(2026, 3, 1)),
        ("3/1/2026", dt.date(2026, 3, 1)),
        ("3/1/26", dt.date(2026, 3, 1)),
        ("March 1, 2026", dt.date(2026, 3, 1)),
        ("1 Mar 2026", dt.date(2026, 3, 1)),
        ("2026-03", dt.date(2026, 3, 1)),
        ("3/2026", dt.date(2026, 3, 1)),
        ("march 2026", dt.date(2026, 3, 1)),
        ("2026", dt.date(2026, 1, 1)),
        ("today", TODAY),
        ("Yesterday", dt.date(2026, 11, 23)),
        ("march", dt.date(2026, 3, 1)),
        ("dec", dt.date(2025, 12, 1)),
        ("November", dt.date(2026, 11, 1)),
        ("0001-01-01", None),
        ("9999", None),
        ("2026-02-30", None),
        ("soon", None),
    ],
)
def test_days_as_people_write_them(text, day):
    assert day_of(text, TODAY) == day


def test_a_day_begins_at_midnight_of_the_reader():
    assert asked("after:2026-03-01").conditions == [Condition("after", dt.datetime(2026, 3, 1, tzinfo=EASTERN))]


@pytest.mark.parametrize(
    "one, other",
    [("reminders", "Reminder"), ("café", "CAFE"), ("re\u0301sume\u0301", "résumé"), ("O’Brien’s", "obrien"), ("ﬁle", "files")],
)
def test_words_that_are_one_to_the_index(one, other):
    assert stems(one) == stems(other) != []


def test_words_of_other_scripts_and_of_none():
    assert stems("Жук ½ — 東京_2026.pdf") == ["u436u443u43a", "12", "u6771u4eac", "2026", "pdf"]


# --- how a result reads


def test_the_words_are_marked():
    assert marked("Reminders: the reminder’s day", {"remind"}) == [
        ("Reminders", True),
        (": the ", False),
        ("reminder’s", True),
        (" day", False),
    ]


def test_an_excerpt_is_where_most_of_the_words_are():
    text = f"A budget. {'word ' * 100}the budget of the outreach {'word ' * 100}"
    pieces = excerpt(text, {"budget", "outreach"})
    assert [piece for piece, is_marked in pieces if is_marked] == ["budget", "outreach"]
    assert (pieces[0], pieces[-1]) == (("… ", False), (" …", False))
    assert 150 < sum(len(piece) for piece, _ in pieces) <= 226


@pytest.mark.parametrize("text", ["", "short", "x" * 500, f"{'x' * 300} word {'y' * 300}"])
def test_an_excerpt_of_anything_holds_no_more_than_it_may(text):
    pieces = excerpt(text, {"word"})
    assert sum(len(piece) for piece, _ in pieces) <= 226
    assert bool(pieces) == bool(text)


# --- any input is valid input


OPERATORS = st.sampled_from(["from:", "in:", "before:", "after:", "has:", "is:", "-", '"', "NEAR(", *"*^:()&!|<>'\\%_"])
QUESTIONS = st.lists(st.one_of(OPERATORS, st.text(max_size=12), st.sampled_from([" ", "reminders", "call-in"]))).map("".join)


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(QUESTIONS)
@example('a" OR (b* NEAR -')
@example("\0 \ud800 '); DROP TABLE --")
@example("x" * 5000)
@example("in:% from:% -in:_")
@example("( " * 2500)
def test_no_question_fails(cast, talk, text):
    question = asked(text)
    entries = list(find(cast.ada, question).named(question.wanted).order_by("-is_named", "-at", "-pk")) if question else []
    assert {"".join(piece for piece, _ in each.title) for each in read_results(entries, cast.ada, question)} <= {
        "Call-in date",
        "Budget",
        "September convening",
    }
