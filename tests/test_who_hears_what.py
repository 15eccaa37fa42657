"""The table of who hears what: every workspace’s socket is opened by everyone of the cast, asked for all that ever happened,
sent every frame it knows, and listened to while the others work. No frame holds a word of a ring that the listener is not in.

The streams of a new workspace go into STREAMS, a new frame into FRAMES, something new that open pages hear into `acts_of`."""

import contextlib
import datetime as dt
import re
import uuid
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings
from django.core.files.base import ContentFile
from django.test import Client
from django.utils import timezone
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from cohorts.actions.administrative_readings import begin_reading, end_reading
from cohorts.actions.commitments import reword_commitment, write_commitment
from cohorts.actions.convenings import edit_convening
from cohorts.actions.seats import create_seat, end_term, fill_seat
from policies.actions.briefs import edit_brief
from policies.actions.check_ins import complete_check_in, edit_check_in, open_check_in, submit_answer
from policies.actions.editions import publish_review
from policies.actions.indicators import edit_indicator, enter_observation
from policies.actions.tracker_actions import add_action, edit_action, remove_action
from policies.actions.trackers import edit_tracker, open_tracker
from tests.cast import EVERYONE, build_cast, day_here
from tests.policies.reviewing import begin, make_whole
from tests.readable import COHORT, CONVENING, MAYORS, OFFICES, PROSECUTORS, WORKSPACE, build
from tests.sample_files import picture
from tests.servers import process_on_the_same_rows
from tests.sockets import Page
from workspaces.actions.acknowledgements import ask_to_acknowledge
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import confirm, mark_agreement
from workspaces.actions.moves import move_topic
from workspaces.actions.pins import pin
from workspaces.actions.reactions import react
from workspaces.actions.sealing import restore, take_out
from workspaces.actions.sign_offs import decline, propose, sign, withdraw
from workspaces.actions.topics import edit_message, edit_topic, open_topic, post_message, read_up_to, remove_message
from workspaces.files.drawing import draw_pictures
from workspaces.models import Emoji, Event, Standing, Stream, Topic
from workspaces.realtime import consumer

HERE = Path(__file__).resolve().parent
BIRCH = {"cleo", "carl"}
RINGS = {  # whose stream is whose, in words
    "workspace": ("alder-ny", "workspace", WORKSPACE),
    "both offices": ("alder-ny", "offices", OFFICES),
    "mayor’s office": ("alder-ny", "office", MAYORS),
    "prosecutor’s office": ("alder-ny", "office", PROSECUTORS),
    "cohort": ("first", "workspace", COHORT),
    "convening": ("first-september", "workspace", CONVENING),
}
STREAMS = {  # workspace → name of the stream → who is told of it
    "alder-ny": {"workspace": WORKSPACE, "offices": OFFICES, "office": OFFICES},
    "birch-ny": {"workspace": BIRCH | {"finn", "omar"}, "offices": BIRCH, "office": BIRCH},
    "cedar-ny": {"workspace": {"dora"}, "offices": {"dora"}, "office": {"dora"}},
    "dover-ny": {"workspace": {"finn"}},  # pending: its agreement alone
    "alder-ny-other": {},  # left the cohort
    "first": {"workspace": COHORT},
    "other": {"workspace": {"dora"}},
    "first-september": {"workspace": CONVENING},
    "never-was": {},
}
FRAMES = {"hello", "read", "typing", "ping"}  # what the socket takes; each is sent by everyone below


@pytest.fixture
def world(live_server_url):
    cast = build_cast()
    rows, _ = build(cast)
    return SimpleNamespace(cast=cast, rows=rows, at=live_server_url, cookies={})


@pytest.fixture
def opened(world):
    with contextlib.ExitStack() as sockets:

        def open_page(who, slug, at=world.at):
            headers = {}
            if who != "nobody":
                if who not in world.cookies:
                    client = Client()
                    client.force_login(getattr(world.cast, who))
                    name = settings.SESSION_COOKIE_NAME
                    world.cookies[who] = f"{name}={client.cookies[name].value}"
                headers["Cookie"] = world.cookies[who]
            address = f"{at.replace('http', 'ws', 1)}/ws/workspaces/{slug}/"
            return Page(sockets.enter_context(connect(address, additional_headers=headers, origin=at, compression=None)))

        yield open_page


def streams_of(who, slug):
    return {name for name, people in STREAMS[slug].items() if who in people}


def until_pong(page):
    """What comes until a ping is answered: a frame is handled once the one before it is."""
    page.send(type="ping")
    told = [page.frame()]
    while told[-1]["type"] != "pong":
        told.append(page.frame())
    return told[:-1]


def words_in(frames, rows):
    said = "\n".join(consumer.payloads.encode(frame) for frame in frames)
    return {label for label, row in rows.items() if row.word and row.word in said}


def openings(world, opened, people=("nobody", *EVERYONE), slugs=STREAMS):
    """`[(who, workspace, what was told)]` where somebody comes in to other streams than theirs, is refused by another code, or
    finds a word that is not theirs in all that ever happened there."""
    wrong, found = [], defaultdict(set)
    for who in people:
        for slug in slugs:
            page, own = opened(who, slug), streams_of(who, slug)
            try:
                page.send(type="hello", after={"workspace": 0, "offices": 0, "office": 0})
                told, frames = page.frame()["streams"], until_pong(page)
            except ConnectionClosed as closed:
                if own or closed.rcvd.code != (4401 if who == "nobody" else 4404):
                    wrong.append((who, slug, closed.rcvd.code))
                continue
            if set(told) != own or {each["stream"] for each in frames} - own:
                wrong.append((who, slug, sorted(told)))
            found[who] |= words_in(frames, world.rows)
            page.socket.close()
        for label in found[who]:
            if who not in world.rows[label].finders:
                wrong.append((who, label))
    return wrong


def test_everybody_is_told_of_their_own_streams_alone_from_the_first_event_on(world, opened):
    workspaces = {stream.workspace.slug for stream in Stream.objects.select_related("workspace")}
    assert workspaces <= set(STREAMS), "Add the workspace to STREAMS in tests/test_who_hears_what.py"
    assert openings(world, opened) == []
    page = opened("amos", "alder-ny")
    page.hello(workspace=0, offices=0, office=0)
    assert words_in(until_pong(page), world.rows) >= {f"message, {ring}" for ring in ("workspace", "mayor’s office")}


def home_of(who):
    """A workspace in which they may listen."""
    return next((slug for slug in STREAMS if streams_of(who, slug)), None)


def frames_that_err(world, opened, people=EVERYONE):
    """`[(who, about what, what they were told)]`: what is hidden from them is not answered like what never was."""
    wrong = []
    for who in people:
        if not (slug := home_of(who)):
            continue
        page = opened(who, slug)
        page.hello()
        page.send(type="read", topic=str(uuid.uuid4()), position=1)
        never_was = page.frame()
        assert never_was["code"] == "invalid"
        for ring, (_, _, readers) in RINGS.items():
            page.send(type="read", topic=str(world.rows[f"topic, {ring}"].thing.pk), position=1)
            complaints = [each for each in until_pong(page) if each["type"] == "error"]
            if complaints != ([] if who in readers else [never_was]):
                wrong.append((who, ring, [each["code"] for each in complaints]))
        page.send(type="typing", topic=str(uuid.uuid4()))
        never_was = page.frame()
        for ring, (place, _, readers) in RINGS.items():
            page.send(type="typing", topic=str(world.rows[f"topic, {ring}"].thing.pk))
            complaints = [each for each in until_pong(page) if each["type"] == "error"]
            if complaints != ([] if who in readers - {"rhea"} and place == slug else [never_was]):
                wrong.append((who, f"typing, {ring}", [each["code"] for each in complaints]))
        page.send(type="hello", after={"workspace": 0, "offices": 0, "office": 0})
        if [each["type"] for each in until_pong(page) if each["type"] != "read"] != ["error"]:
            wrong.append((who, "a second hello", []))
        page.socket.close()
    return wrong


def test_every_frame_about_what_is_not_theirs_is_answered_as_about_what_never_was(world, opened):
    page = opened("ada", "alder-ny")
    page.hello()
    page.send(type="shout")
    known = set(re.findall(r"\w+", page.frame()["detail"])) - {"Known", "types"}
    assert known == FRAMES, "Add it to FRAMES, and send it in frames_that_err()"
    assert frames_that_err(world, opened) == []


def acts_of(world):
    """`[(ring, verb)]` in order: each ring's word is in whatever is written there."""
    cast, rows = world.cast, world.rows
    ada, amos, ben, bea, finn, nora = (cast.standing(name) for name in ("ada", "amos", "ben", "bea", "finn", "nora"))
    mayors, prosecutors = cast.offices["alder"]
    acts = []

    def act(ring, verb):
        acts.append((ring, verb))

    def there(label):
        thing = rows[label].thing
        thing.refresh_from_db()
        return thing

    writers = {
        "workspace": (ada, "workspace", None),
        "both offices": (ada, "offices", None),
        "mayor’s office": (amos, "office", mayors),
        "prosecutor’s office": (bea, "office", prosecutors),
        "cohort": (Standing.of(cast.cleo, cast.cohort.workspace), "workspace", None),
        "convening": (Standing.of(cast.cleo, cast.convening.workspace), "workspace", None),
    }
    deciders = {"Ada": "rhea", "Amos": "rhea", "Bea": "bea", "Cleo": "cleo"}
    for ring, (standing, audience, office) in writers.items():
        word = WORDS[ring]

        def discuss(standing=standing, audience=audience, office=office, word=word):
            topic = open_topic(standing, title=f"A {word}", audience=audience, office=office)
            topic = edit_topic(topic, standing, version=topic.version, title=f"The {word}")
            file = attach(topic, standing, file=ContentFile(picture(), name=f"{word}.png"))
            message, _ = post_message(topic, standing, body=f"Said {word}", attachments=[file.pk])
            draw_pictures(file.pk)
            gone, _ = post_message(topic, standing, body=f"Not {word}")
            restore(take_out("message", gone, standing, why="case"), getattr(cast, deciders[standing.person.name]))
            edit_message(message, standing, version=message.version, body=f"Rather {word}")
            react(message, standing, Emoji.YES)
            ask_to_acknowledge(message, standing)
            pin(message, standing)
            message.refresh_from_db()
            remove_message(message, standing)

        act(ring, discuss)

    def agree():
        topic = Topic.objects.get(title="What they agree on")
        decision = mark_agreement(post_message(topic, ada, body=f"We agree on {WORDS['both offices']}")[0], ada)
        confirm(decision, ada)
        confirm(decision, ben)

    act("both offices", agree)

    def work():
        word = WORDS["workspace"]
        tracker = open_tracker(ada, decided_by="joint", title=f"Tracker of {word}")
        tracker = edit_tracker(tracker, ada, version=tracker.version, problem_statement=f"About {word}")
        action = add_action(tracker, ada, title=f"Call {word}", office="joint")
        action = edit_action(action, ada, version=action.version, title=f"Write {word}")
        remove_action(action, ada)
        edit_indicator(there("indicator"), ada, version=there("indicator").version, name=f"Number of {word}")
        for verb in (withdraw, decline, sign):
            asked = propose(amos, "stage_change", tracker.pk, rationale=f"Because of {word}", to_stage="preparation")
            if verb is withdraw:
                withdraw(asked, amos)
            elif verb is decline:
                decline(asked, ben, seen=asked.content_sha256, reason=f"Because of {word}")
            else:
                sign(asked, ada, seen=asked.content_sha256)
                sign(asked, ben, seen=asked.content_sha256)
        check_in = open_check_in(nora, scheduled_for=day_here() + dt.timedelta(40), trackers=[tracker])
        later = {"scheduled_for": day_here() + dt.timedelta(41)}
        check_in = edit_check_in(check_in, nora, version=check_in.version, **later)
        for standing in (amos, bea):  # that they answered is known; what, each says in its own ring
            values = {
                question["key"]: (question["choices"] or [f"Our {WORDS['research']}"])[0]
                for question in check_in.template.questions
            }
            submit_answer(check_in, standing, values=values, audience="researcher")
        check_in.refresh_from_db()
        told = {"summary": f"They spoke of {word}", "fidelity": "high", "confidence": "high"}
        complete_check_in(check_in, nora, version=check_in.version, **told)
        edit_brief(there("brief"), ada, version=there("brief").version, narrative=f"We saw {word}")
        commitment = write_commitment(finn, cast.convening, cast.alder.enrolment, text=f"We will {word}")
        reword_commitment(commitment, finn, version=commitment.version, text=f"We shall {word}")

    act("workspace", work)

    def rate():
        review = make_whole(begin(cast.omar, there("intervention"), title=f"On {WORDS['workspace']}"), cast.omar)
        publish_review(review, cast.omar, version=review.version)

    act("workspace", rate)  # the city uses it

    def count(standing, word, month, **told):
        period = {"period_start": dt.date(2025, month, 1), "period_end": dt.date(2025, month, 28)}
        enter_observation(there("indicator"), standing, value=40, note=f"Counted {word}", **period, **told)

    act("mayor’s office", lambda: count(amos, WORDS["mayor’s office"], 1))
    act("prosecutor’s office", lambda: count(bea, WORDS["prosecutor’s office"], 1))
    act("workspace", lambda: count(ada, WORDS["workspace"], 2, is_released=True))

    def come_and_go():
        term = fill_seat(create_seat("staff", "Adviser", office=mayors), cast.otto, title="Adviser", starts_on=day_here())
        end_term(term, timezone.now())
        reading = begin_reading(cast.alder.enrolment, cast.ivy, reason=f"Ada asks about {WORDS['workspace']}")
        end_reading(reading, cast.ivy)

    act("workspace", come_and_go)
    convening = cast.convening
    act(
        "cohort and convening",
        lambda: edit_convening(convening, cast.finn, version=there("convening").version, title=f"Day of {WORDS['convening']}"),
    )

    def move():
        """Of the cohort, and then of the convening, where its guests read it too."""
        here, to = (Standing.of(cast.cleo, each.workspace) for each in (cast.cohort, cast.convening))
        topic = open_topic(here, title=f"Of {WORDS['convening']}")
        topic = post_message(topic, here, body=f"And {WORDS['convening']}")[0].topic
        move_topic(topic, here, to, audience="workspace", is_confirmed=True)

    act("cohort and convening", move)
    return acts


WORDS = {
    "workspace": "snowdrop",
    "both offices": "speedwell",
    "mayor’s office": "spikenard",
    "prosecutor’s office": "stonecrop",
    "cohort": "sundew",
    "convening": "sunflower",
    "research": "sweetbriar",
}
HEARERS = {ring: readers for ring, (_, _, readers) in RINGS.items()} | {"research": set()}


def office_of(cast, who):
    """The office of Alder that they work for; nobody acts in the others’ own streams."""
    mayors, prosecutors = cast.offices["alder"]
    return mayors if who in MAYORS else prosecutors if who in PROSECUTORS else None


def rest_of(page, heads):
    """What a page is told until it has heard the last event of each of its streams, and then a pong."""
    told, missing = [], dict(heads)
    while missing:
        frame = page.frame()
        told.append(frame)
        if frame["type"] == "event" and frame["seq"] >= missing.get(frame["stream"], frame["seq"] + 1):
            del missing[frame["stream"]]
    return told + until_pong(page)


def what_is_heard(world, opened, at):
    """`[(who, workspace, what is wrong)]`: who is not in a ring hears neither its events nor its words, who is in it all."""
    pages = {(who, slug): opened(who, slug, at) for who in EVERYONE for slug in STREAMS if streams_of(who, slug)}
    heads = {place: page.hello() for place, page in pages.items()}
    numbers = dict(Stream.objects.values_list("pk", "last_seq"))
    by_ring = defaultdict(list)
    for ring, verb in acts_of(world):
        seen = set(Event.objects.values_list("pk", flat=True))
        verb()
        for event in Event.objects.exclude(pk__in=seen).select_related("stream__workspace").order_by("pk"):
            by_ring[ring].append((event.stream.workspace.slug, event.stream.audience, event.kind))
    streams = list(Stream.objects.select_related("workspace", "office"))
    wrong = []
    for (who, slug), page in pages.items():
        here = [each for each in streams if each.workspace.slug == slug and each.audience in heads[who, slug]]
        own = {each.audience: each for each in here if each.office is None or each.office == office_of(world.cast, who)}
        moved = {name: stream.last_seq for name, stream in own.items() if stream.last_seq > heads[who, slug][name]}
        frames = rest_of(page, moved)
        heard = sorted((each["stream"], each["seq"]) for each in frames if each["type"] == "event")
        due = sorted((n, number) for n, last in moved.items() for number in range(numbers[own[n].pk] + 1, last + 1))
        if heard != due:
            wrong.append((who, slug, heard, due))
        said = "\n".join(consumer.payloads.encode(each) for each in frames)
        wrong += [(who, slug, word) for ring, word in WORDS.items() if word in said and who not in HEARERS[ring]]
    return wrong, by_ring


@pytest.mark.parametrize("is_elsewhere", [False, True], ids=["here", "in-another-process"])
def test_while_others_work_everybody_hears_their_rings_alone(world, opened, is_elsewhere):
    with process_on_the_same_rows() if is_elsewhere else contextlib.nullcontext(world.at) as at:
        wrong, by_ring = what_is_heard(world, opened, at)
    assert wrong == []
    places = {ring: {(slug, name)} for ring, (slug, name, _) in RINGS.items()}
    places["cohort and convening"] = {("first", "workspace"), ("first-september", "workspace")}
    assert {ring: {(slug, name) for slug, name, _ in told} for ring, told in by_ring.items()} == places
    heard = {kind for told in by_ring.values() for _, _, kind in told}
    assert kinds_of_the_code() - heard == set(), "Let it happen in acts_of() in tests/test_who_hears_what.py"


def kinds_of_the_code():
    """Every kind of event that an app tells, by the calls that tell it."""
    telling = re.compile(r'(?:tell|_of_topic|tell_member|\w+_told|record\(\s*[\w.()]+,)\(?\s*"([a-z_]+\.[a-z_]+)"')
    apps = [path for app in ("workspaces", "policies") for path in (HERE.parent / app).rglob("*.py")]
    return {kind for path in apps for kind in telling.findall(path.read_text(encoding="utf-8"))}


# --- the test of the table: a guard of the socket is switched off, and just its rows are wrong


def test_a_socket_that_opens_for_everybody(world, opened, monkeypatch):
    def unguarded(person, slug):
        return list(Stream.objects.filter(workspace__slug=slug, audience="workspace")), None

    monkeypatch.setattr(consumer, "streams_of", unguarded)
    told = openings(world, opened, ["cleo", "finn"], ["alder-ny"])
    assert ("cleo", "alder-ny", ["workspace"]) in told and ("cleo", "message, workspace") in told
    assert not [each for each in told if each[0] == "finn"]


def test_a_socket_that_reads_any_topic(world, opened, monkeypatch):
    def unguarded(socket, topic_id, position):
        read_up_to(Topic.objects.get(pk=topic_id), socket.person, position)

    monkeypatch.setattr(consumer.WorkspaceConsumer, "_read", unguarded)
    hidden = ["both offices", "mayor’s office", "prosecutor’s office"]
    assert frames_that_err(world, opened, ["finn"]) == [("finn", ring, []) for ring in hidden]
