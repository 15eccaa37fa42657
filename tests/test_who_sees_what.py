"""One table: everything readable, by who may read it. Each row holds a word that nothing else holds; every address of pages and
API is asked as everyone of the cast, and nobody may find a word that is not theirs, wherever they look.

A readable model, a resource of the API or a named address that has no place in the tables fails the test."""

import datetime as dt
import io
import zipfile

import pypdf
import pytest
from django.apps import apps
from django.test import Client
from django.urls import get_resolver, reverse

from cohorts.actions.feeds import make_feed
from cohorts.models import holdings_of, remembering
from mpi.api import router
from policies.actions.briefs import redraw
from policies.briefs.drawing import draw_brief
from tests.cast import EVERYONE, come_in, day_here
from tests.mail_server import whole
from tests.readable import (
    COHORT,
    CONVENING,
    KNOWN_TO_ADMINISTRATORS,
    OFFICES,
    OUTSIDE,
    TRAIL,
    WORKSPACE,
    build,
)
from workspaces.actions.mails import choose_mails
from workspaces.actions.topics import post_message
from workspaces.mails import planning
from workspaces.mails.sending import send_due
from workspaces.models import Mail, MailChoice, SearchEntry, Standing
from workspaces.reading import UTC
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks
from workspaces.search.kinds import searchables
from workspaces.search.results import read_results

OPEN = {  # addresses that hold nothing of anyone's: signing in and out, health, the description of the API
    *("account_login", "account_logout", "account_signup", "account_inactive", "account_change_password"),
    *("account_reset_password", "account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "account_set_password", "account_reauthenticate"),
    *("account_request_login_code", "account_confirm_login_code", "cohorts:session"),
    *("mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"),
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
    *("mfa_edit_webauthn", "mfa_remove_webauthn"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
    *("healthz", "readyz", "metrics", "schema", "api-docs"),
    *("cohorts:invitation", "cohorts:confirmation"),  # who has the link knows; tests of invitations say what it shows
    # to an office's provider and back, for whoever is not signed in yet; tests of sign-ons say what each shows
    *("cohorts:sign-on", "cohorts:sign-on-find", "cohorts:sign-on-begin", "cohorts:sign-on-answer", "cohorts:sign-on-again"),
    *("cohorts:sign-on-needed", "cohorts:sign-on-link-needed", "cohorts:invitation-sign-on"),
    "policies:calendar-feed",  # who has the address reads it; below, each person's own is asked
    "cohorts:mailbox",  # of the demonstration alone
    "workspaces:mail-inbound",  # a mail service's, by its password
    "workspaces:mail-stop",  # who has the address stops a mail; tests of mails say what it shows
}
FILES = {  # addresses of what is no page and no JSON; who reads each is told by `readers_of_files`
    "policies:brief-pdf": "application/pdf",
    "policies:tracker-file": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "policies:review-export": "application/x-research-info-systems",
    "workspaces:file-download": "image/png",
    "workspaces:file-thumbnail": "image/webp",
    "workspaces:file-page": "image/webp",
    "workspaces:audit-csv": "text/csv",
    "workspaces:platform-audit-csv": "text/csv",
    "cohorts:convening-calendar": "text/calendar",
}
EVERYTHING = "?q=after:1900"  # of what a search finds
QUERIES = {
    "workspace-events": [f"?stream={name}&after=0" for name in ("workspace", "offices", "office")],
    "search": [f"{EVERYTHING}&page_size=200"],
    "workspaces:search": [f"{EVERYTHING}&page={page}" for page in range(1, 5)],
    "workspaces:search-everywhere": [f"{EVERYTHING}&page={page}" for page in range(1, 5)],
}
EVERY = {"?page_size=200", "?page_size=200&workspace=alder-ny"}  # lists are asked with and without a filter


@pytest.fixture
def table(cast):
    return build(cast)


def is_api(name):
    return ":" not in name and name not in {"home", "installation"}


def addresses(asked, of_api):
    for name, calls in asked.items():
        if is_api(name) == of_api:
            for args in calls:
                for query in EVERY if name.endswith("-list") else QUERIES.get(name, [""]):
                    yield reverse(name, args=args) + query


def text_of(response):
    """Everything that an answer says: its headers, and its body however it is packed."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    told = [f"{name}: {value}" for name, value in response.headers.items()]
    if content.startswith(b"%PDF"):
        told += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    elif content.startswith(b"PK\x03\x04"):  # an archive, or a sheet, which is one
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told += [name + archive.read(name).decode(errors="replace") for name in archive.namelist()]
    elif response.headers.get("Content-Type", "").startswith("text/calendar"):
        told.append(content.decode().replace("\r\n ", ""))
    else:
        told.append(content.decode(errors="replace"))
    return "\n".join(told)


def names(patterns, space=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, space + inner)
        elif pattern.name:
            yield space + pattern.name


def asked_by(client, asked, of_api):
    """What every address answers: `{address: (status, text)}`."""
    answers = {address: client.get(address) for address in addresses(asked, of_api)}
    kinds = {answer.headers.get("Content-Type", "").partition(";")[0] for answer in answers.values()}
    assert kinds <= {"", "text/html", "application/json", *FILES.values()}, "a file’s address goes into FILES"
    return {address: (answer.status_code, text_of(answer)) for address, answer in answers.items()}


def found_in(answers, rows):
    """Labels of the rows whose word stands in any of the answers."""
    shown = "\n".join(text for _, text in answers.values())
    return {label for label, row in rows.items() if row.word and row.word in shown}


def querysets_that_err(cast, rows, people=EVERYONE):
    """`[(who, label)]` where a row is among what somebody may see and they are not its reader, or the other way round."""
    wrong = []
    for person in people:
        kinds = {type(row.thing) for row in rows.values()}
        seen = {kind: set(kind.objects.visible_to(getattr(cast, person)).values_list("pk", flat=True)) for kind in kinds}
        for label, row in rows.items():
            if (row.thing.pk in seen[type(row.thing)]) != (person in row.readers):
                wrong.append((person, label))
    return wrong


def test_the_queryset_says_who(cast, table):
    rows, _ = table
    assert querysets_that_err(cast, rows) == []


@pytest.mark.parametrize("people", [EVERYONE[::2], EVERYONE[1::2]], ids=["one-half", "other-half"])  # for two workers
@pytest.mark.parametrize("of_api", [False, True], ids=["pages", "api"])
def test_no_address_shows_a_word_to_anyone_else(cast, table, of_api, people):
    """And each thing is at its own address for whom it is there, and a 404 for the others."""
    rows, asked = table
    assert addresses_that_err(cast, rows, asked, of_api, people) == []


def addresses_that_err(cast, rows, asked, of_api, people):
    """`[(who, label, what)]`: a word found or not found, or a status, otherwise than the table says."""
    wrong = []
    for person in people:
        client = Client()
        come_in(client, getattr(cast, person))
        answers = asked_by(client, asked, of_api)
        found = found_in(answers, rows)
        for label, row in rows.items():
            finders = row.finders if row.is_in_api or not of_api else set()
            if row.word and (label in found) != (person in finders):
                wrong.append((person, label, "found" if label in found else "not found"))
            name, args = (row.api if of_api else row.page) or ("", ())
            if name and (row.has_own_api if of_api else row.has_own_page):
                status = answers[reverse(name, args=args)][0]
                refused = {403, 404} if row.refusal is None else {row.refusal}
                if status not in ({200} if person in row.finders else refused):
                    wrong.append((person, label, status))
    return wrong


def test_a_search_for_a_word_finds_it_for_its_readers_alone(cast, table):
    """What cannot be searched for is found by nobody, and the whole index holds nothing that the last page does not show."""
    rows, _ = table
    searched = {kind.model for kind in searchables()}
    assert {type(row.thing) for row in rows.values()} >= searched
    wrong = []
    for name in EVERYONE:
        with remembering():  # as a request does: what one holds is read once
            wrong += searches_that_err(name, getattr(cast, name), rows, searched)
    assert wrong == []


def searches_that_err(name, person, rows, searched):
    """`[(who, label, what was found)]`, otherwise than the table says."""
    wrong = []
    assert SearchEntry.objects.visible_to(person).count() <= 80  # four pages of twenty
    for label, row in rows.items():
        if row.word:
            asked = understand(f'"{row.word}"', known_marks(), UTC)
            found = {each.id: each for each in read_results(list(find(person, asked)), person, asked)}
            thing = row.said_in or row.thing
            if type(thing) in searched and row.is_searched:
                said = thing.pk in found and "".join(t for t, _ in found[thing.pk].title + found[thing.pk].excerpt)
                if (row.word in (said or "")) != (name in row.finders):
                    wrong.append((name, label, said))
            elif found:
                wrong.append((name, label, found))
    return wrong


def feeds_that_err(cast, rows, people=EVERYONE):
    """`[(whose feed, label)]`: a word in it that an office or the two offices keep, or a convening that is not theirs."""
    wrong = []
    for person in [who for who in people if holdings_of(getattr(cast, who)).terms]:
        _, token = make_feed(getattr(cast, person))
        answer = Client().get(reverse("policies:calendar-feed", args=[token]))
        assert answer.status_code == 200
        text = text_of(answer)
        wrong += [(person, label) for label, row in rows.items() if row.word and row.word in text and label != "convening"]
        if ("September convening" in text) != (person in rows["convening"].readers):
            wrong.append((person, "convening"))
    return wrong


def test_no_calendar_feed_shows_a_word_to_anyone_else(cast, table):
    """Nor, whoever fetches it, a word that an office or the two offices keep to themselves."""
    rows, _ = table
    assert feeds_that_err(cast, rows) == []


def readers_of_files(rows):
    """`{address: {the argument that tells: (who reads it, who is refused it)}}`; for everybody else it is not there."""
    attached = {row.thing.pk: (row.readers, set()) for label, row in rows.items() if label.startswith("attachment")}
    reviews = {state: rows[f"evidence review, {state}"] for state in ("published", "draft", "in review")}
    return {
        "policies:brief-pdf": {"alder-ny": (WORKSPACE, set())},
        "policies:tracker-file": {"alder-ny": (WORKSPACE, set())},
        "policies:review-export": {each.thing.pk: (each.readers, {"otto"}) for each in reviews.values()},
        **dict.fromkeys(("workspaces:file-download", "workspaces:file-thumbnail", "workspaces:file-page"), attached),
        "workspaces:audit-csv": {
            "alder-ny": (TRAIL, WORKSPACE),
            "first": (set(), COHORT),
            "first-september": (set(), CONVENING),
        },
        "workspaces:platform-audit-csv": {None: ({"ivy"}, set())},
        "cohorts:convening-calendar": {"first": (CONVENING, set())},
    }


def files_that_err(cast, rows, asked, people=EVERYONE):
    """`[(who, address, place, status or label)]`: a file given or refused otherwise than told, or a word in it."""
    wrong, told = [], readers_of_files(rows)
    words = {label: row for label, row in rows.items() if row.word}
    for person in people:
        client = Client()
        come_in(client, getattr(cast, person))
        for name, kind in FILES.items():
            for args in asked[name]:
                place = next(each for each in args or (None,) if each in told[name])
                readers, seers = told[name][place]
                answer = client.get(reverse(name, args=args))
                said = text_of(answer)
                if answer.status_code != (200 if person in readers else 403 if person in seers else 404):
                    wrong.append((person, name, place, answer.status_code))
                found = [label for label, row in words.items() if row.word in said and person not in row.finders]
                wrong += [(person, name, place, label) for label in found]
                if answer.status_code == 200:
                    assert answer.headers["Content-Type"].partition(";")[0] == kind
                    assert (rows["brief"].word in said) == (name == "policies:brief-pdf")  # what is packed was unpacked
    return wrong


def test_no_file_shows_a_word_to_anyone_else(cast, table):
    """Every PDF, export and calendar, read as what it is."""
    rows, asked = table
    draw(cast, rows)
    assert files_that_err(cast, rows, asked) == []


def draw(cast, rows):
    brief = redraw(rows["brief"].thing, cast.standing("ada"))
    assert draw_brief(brief.pk)


@pytest.mark.parametrize("mentions", ["at_once", "digest"])
def test_no_mail_holds_a_word_of_an_inner_ring_or_of_anyone_else(cast, table, server, mentions):
    """Of every kind, to everybody: what is new, who is called in every ring, what asks for a signature, and its reminder."""
    rows, _ = table
    MailChoice.objects.all().delete()
    for name in EVERYONE:
        choose_mails(getattr(cast, name), mentions=mentions)
    called = " ".join(f"@{name.capitalize()}" for name in EVERYONE)
    for label in [label for label in rows if label.startswith("message, ")]:
        topic = rows[label].thing.topic
        standing = Standing.of(rows[label].thing.author, topic.workspace)
        post_message(topic, standing, body=f"{called}, {rows[label].word}")
    evening = planning.moment(day_here() + dt.timedelta(days=1), planning.EVENING, cast.ada)
    for now in (None, evening, evening + dt.timedelta(days=4)):
        planning.plan_news(now)
        send_due(now)
    kinds = set(Mail.objects.filter(state="sent").values_list("kind", flat=True))
    assert kinds == {"news", "signature", "reminder"}
    told = {name: "\n".join(whole(mail) for mail in server.to(getattr(cast, name))) for name in EVERYONE}
    travelling = [row.word for row in rows.values() if row.word and row.readers >= WORKSPACE]
    wrong = []
    for name, text in told.items():
        for label, row in rows.items():
            if row.word and row.word in text and (name not in row.finders or row.word not in travelling):
                wrong.append((name, label))
    assert wrong == []
    for label, readers in (("workspace", WORKSPACE), ("cohort", COHORT), ("convening", CONVENING)):
        word = rows[f"message, {label}"].word
        assert {name for name in EVERYONE if word in told[name]} == readers - {
            rows[f"message, {label}"].thing.author.name.lower()
        }
    assert all(
        "Something for you in Alder." in told[name] or "Something more for you in Alder." in told[name] for name in OFFICES
    )


def test_an_outsider_cannot_tell_a_hidden_address_from_one_that_never_was(cast, table):
    _, asked = table
    wrong = []
    for person in sorted(OUTSIDE):
        known = KNOWN_TO_ADMINISTRATORS if person == "ivy" else set()
        client = Client()
        come_in(client, getattr(cast, person))
        for name, calls in asked.items():
            for args in calls:
                if args[:1] == (cast.alder.slug,) and name not in {"city-detail", *known}:
                    there = client.get(reverse(name, args=args))
                    never = client.get(reverse(name, args=("never-was", *args[1:])))
                    if there.status_code not in (404, 405) or there.status_code != never.status_code:
                        wrong.append((person, name, there.status_code, never.status_code))
    assert wrong == []


def test_who_is_not_signed_in_finds_the_door(client, table):
    rows, asked = table
    for of_api in (False, True):
        answers = asked_by(client, asked, of_api)
        assert {status for status, _ in answers.values()} <= ({401} if of_api else {302, 405})
        assert found_in(answers, rows) == set()


def test_nothing_readable_is_left_out(table):
    """A new model with `visible_to`, resource or address fails here until it has its place in the tables above."""
    rows, asked = table
    readable = {model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")}
    assert readable - {type(row.thing) for row in rows.values()} == set(), "Give each a row(…) in build()"
    resources = {viewset.queryset.model for _, viewset, _ in router.registry}
    assert resources - {type(row.thing) for row in rows.values()} == set(), "Give each a row(…, api=(…)) in build()"
    spaces = set(names(get_resolver().url_patterns))
    missing = [f'ask("{name}", *args)' for name in sorted(spaces - OPEN - set(asked))]
    assert missing == [], "Add these to build() in tests/readable.py, or put the name into OPEN above and say why"
    assert set(asked) - spaces == set()
