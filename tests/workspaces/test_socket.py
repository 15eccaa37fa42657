"""The one socket, over a real server: what it tells, to whom, in which order, and when it ends."""

import concurrent.futures
import contextlib
import datetime as dt
import json
import socket
import time
import uuid

import pytest
from allauth.account.signals import password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_removed
from allauth.usersessions.models import UserSession
from channels.layers import channel_layers
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils import timezone
from prometheus_client import REGISTRY

from cohorts.actions.administrative_readings import begin_reading, end_reading
from cohorts.actions.cohorts import end_enrolment
from cohorts.actions.guests import end_stay
from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.actions.people import deactivate, end_sessions, renew_access
from cohorts.actions.seats import create_seat, end_term, release_researcher
from cohorts.actions.sign_ons import demand
from cohorts.limits import Rate
from cohorts.models import AdministrativeReading, ApiToken, SignOn, Term
from tests import machine
from tests.cast import build_cast, give_factor, person
from tests.servers import process_on_the_same_rows
from tests.sockets import SOON, bodies
from tests.workspaces.pending_city import build_dover, door, proposal
from workspaces.actions.sign_offs import sign
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.models import Event, Message, ReadPosition, Stream
from workspaces.realtime import consumer, wires
from workspaces.realtime.hub import Hub
from workspaces.realtime.server import TRANSPORT


@pytest.fixture
def cast(live_server_url):
    return build_cast()


@pytest.fixture(scope="module")
def lasting_process(django_db_setup):
    """One for all ends of access: it starts in seconds, and keeps nothing from one test for the next."""
    with process_on_the_same_rows() as address:
        yield address


@pytest.fixture(scope="module")
def process_without_its_redis(django_db_setup):
    """A process that was started with a Redis of its own, which is down by now."""
    with contextlib.ExitStack() as lasting:
        with machine.own_redis() as bus:
            address = lasting.enter_context(process_on_the_same_rows(REDIS_URL=bus.url))
        yield address


# --- what it tells


def test_a_message_reaches_every_open_page_once_and_in_order(cast, topic, opened, send):
    pages = [opened(name) for name in ("ada", "ben", "finn", "nora")]
    heads = [page.hello()["workspace"] for page in pages]
    for number in range(5):
        status, _ = send("ada", "messages/", {"topic": str(topic.pk), "body": f"{number}"})
        assert status == 201
    told = [[page.frame() for _ in range(5)] for page in pages]
    for frames, head in zip(told, heads, strict=True):
        assert [(frame["seq"], frame["data"]["body"]) for frame in frames] == [(head + 1 + n, f"{n}") for n in range(5)]
    message = Message.objects.get(position=1)
    first = told[1][0]
    assert first == {
        "type": "event",
        "stream": "workspace",
        "seq": message.seq,
        "kind": "message.created",
        "at": first["at"],
        "actor": {"id": str(cast.ada.pk), "name": "Ada", "title": "Mayor", "office": "mayor"},
        "data": {
            "id": str(message.pk),
            "topic": str(topic.pk),
            "position": 1,
            "client_id": str(message.client_id),
            "author": {"id": str(cast.ada.pk), "name": "Ada", "title": "Mayor", "office": "mayor"},
            "body": "0",
            "edited_at": None,
            "deleted_at": None,
            "version": 1,
            "attachments": [],
            "acknowledgement": None,
            "reactions": [],
            "mentions": [],
            "pinned": None,
            "is_decision": False,
        },
        "html": first["html"],
    }
    assert told[0][0]["html"] == told[2][0]["html"] and "<p>0</p>" in first["html"]


def test_edits_and_removals_are_told(cast, topic, opened):
    page = opened("ben")
    page.hello()
    message, _ = post_message(topic, cast.standing("ada"), body="One")
    edit_message(message, cast.standing("ada"), version=1, body="Two")
    remove_message(message, cast.standing("ada"))
    frames = [page.frame() for _ in range(3)]
    assert [frame["kind"] for frame in frames] == ["message.created", "message.edited", "message.deleted"]
    assert (frames[-1]["data"]["body"], "Removed by Ada" in frames[-1]["html"]) == ("", True)


def test_nothing_is_told_before_the_commit(cast, topic, opened):
    page = opened("ben")
    head = page.hello()["workspace"]
    with transaction.atomic():
        post_message(topic, cast.standing("ada"), body="Soon")
        page.hears_nothing()
    assert page.frame()["seq"] == head + 1


def test_what_was_rolled_back_was_never_told(cast, topic, opened):
    page = opened("ben")
    head = page.hello()["workspace"]
    with contextlib.suppress(ZeroDivisionError), transaction.atomic():
        post_message(topic, cast.standing("ada"), body="Never")
        raise ZeroDivisionError
    post_message(topic, cast.standing("ada"), body="This one")
    frame = page.frame()
    assert (frame["seq"], frame["data"]["body"]) == (head + 1, "This one")


def test_after_a_cut_what_was_missed_comes_once_and_in_order(cast, topic, opened):
    page = opened("ben")
    seen = page.hello()
    post_message(topic, cast.standing("ada"), body="Heard")
    seen["workspace"] = page.frame()["seq"]
    page.socket.close()
    offices = open_topic(cast.standing("ada"), title="Press", audience="offices")
    for number in range(20):
        post_message(topic, cast.standing("ada"), body=f"{number}")
    post_message(offices, cast.standing("ada"), body="Between us")
    back = opened("ben")
    heads = back.hello(**seen)
    missed = [back.frame() for _ in range(22)]
    by_stream = {name: [frame["seq"] for frame in missed if frame["stream"] == name] for name in heads}
    assert by_stream == {name: list(range(seen[name] + 1, heads[name] + 1)) for name in heads}
    post_message(topic, cast.standing("ada"), body="And live again")
    assert back.frame()["data"]["body"] == "And live again"
    back.hears_nothing(0.3)


def test_without_numbers_a_page_follows_from_now(cast, topic, opened):
    post_message(topic, cast.standing("ada"), body="Before")
    page = opened("ben")
    page.hello()
    post_message(topic, cast.standing("ada"), body="After")
    assert bodies(page, 1) == ["After"]


def test_a_number_from_the_future_is_now(cast, topic, opened):
    page = opened("ben")
    page.hello(workspace=10**12)
    post_message(topic, cast.standing("ada"), body="Hello")
    assert bodies(page, 1) == ["Hello"]


@pytest.mark.parametrize("missing, is_reset", [(1_000, False), (1_001, True)])
def test_more_than_a_thousand_missing_is_a_reset(cast, topic, opened, missing, is_reset):
    stream = Stream.objects.get(workspace=cast.alder, audience="workspace")
    about = {"kind": "topic.updated", "subject_kind": "topic", "subject_id": topic.pk}
    Event.objects.bulk_create(Event(stream=stream, seq=stream.last_seq + 1 + n, **about) for n in range(missing))
    Stream.objects.filter(pk=stream.pk).update(last_seq=stream.last_seq + missing)
    page = opened("ben")
    page.hello(workspace=stream.last_seq)
    if is_reset:
        assert page.frame() == {"type": "reset"}
    else:
        assert [page.frame()["seq"] for _ in range(missing)][-1] == stream.last_seq + missing
    post_message(topic, cast.standing("ada"), body="And on")
    assert page.frame()["data"]["body"] == "And on"


def test_what_became_of_sockets_is_counted(cast, topic, opened, monkeypatch):
    """One page follows from now, one is written what it missed, one had missed too much, one closes, and one is refused."""
    monkeypatch.setattr("workspaces.realtime.hub.REPLAY_LIMIT", 1)
    names = ("opened", "closed_4404", "closed_other", "gaps", "resyncs")
    before = counts()
    for body in ("One", "Two"):
        post_message(topic, cast.standing("ada"), body=body)
    head = opened("ada").hello()["workspace"]
    opened("ben").hello(workspace=head - 1)
    assert opened("ada", slug="birch-ny").close_code() == 4404
    stranger = opened("bea")
    stranger.hello()
    stranger.socket.close(code=4999)
    late = opened("amos")
    late.hello(workspace=head - 2)
    assert late.frame() == {"type": "reset"}
    until = time.monotonic() + SOON
    while (grown := [now - then for now, then in zip(counts(), before, strict=True)]) != [4, 1, 1, 1, 1]:
        assert time.monotonic() < until, dict(zip(names, grown, strict=True))
        time.sleep(0.05)


def counts():
    closed = [("mpi_sockets_closed_total", {"code": code}) for code in ("4404", "other")]
    told = [("mpi_sockets_opened_total", {}), *closed, ("mpi_gaps_healed_total", {}), ("mpi_resyncs_total", {})]
    return [REGISTRY.get_sample_value(name, labels) or 0 for name, labels in told]


def test_what_left_the_stream_is_only_its_number(cast, topic, opened):
    seen = opened("ben").hello()
    about = {"kind": "message.created", "subject_kind": "message", "subject_id": uuid.uuid4()}
    stream = Stream.objects.get(workspace=cast.alder, audience="workspace")
    Event.objects.create(stream=stream, seq=stream.last_seq + 1, **about)
    Stream.objects.filter(pk=stream.pk).update(last_seq=stream.last_seq + 1)
    page = opened("ben")
    page.hello(**seen)
    frame = page.frame()
    assert (frame["seq"], frame["data"], "html" in frame) == (stream.last_seq + 1, {"gone": True}, False)


# --- to whom


def test_other_rings_are_never_told(cast, topic, opened):
    pages = {name: opened(name) for name in ("ada", "amos", "ben", "finn", "nora", "rhea")}
    heads = {name: page.hello() for name, page in pages.items()}
    both, three = {"workspace", "offices", "office"}, {"workspace"}
    assert {name: set(told) for name, told in heads.items()} == {
        **dict.fromkeys(("ada", "amos", "ben", "rhea"), both),
        **dict.fromkeys(("finn", "nora"), three),
    }
    office = open_topic(cast.standing("ada"), title="Ours", audience="office")
    post_message(office, cast.standing("ada"), body="Only for our office")
    offices = open_topic(cast.standing("ben"), title="Both", audience="offices")
    post_message(offices, cast.standing("ben"), body="Only for the two")
    heard = {
        name: [(frame["stream"], frame["kind"]) for frame in (page.frame() for _ in range(number))]
        for name, page, number in [(n, pages[n], {"ben": 2, "finn": 0, "nora": 0}.get(n, 4)) for n in pages]
    }
    own = [("office", "topic.created"), ("office", "message.created")]
    shared = [("offices", "topic.created"), ("offices", "message.created")]
    assert {name: sorted(told) for name, told in heard.items()} == {
        **dict.fromkeys(("ada", "amos", "rhea"), sorted(own + shared)),
        "ben": sorted(shared),
        "finn": [],
        "nora": [],
    }
    for name in ("ben", "finn", "nora"):
        pages[name].hears_nothing(0.3)


def test_asking_for_anothers_stream_tells_nothing(cast, opened):
    open_topic(cast.standing("ada"), title="Both", audience="offices")
    page = opened("finn")
    assert set(page.hello(workspace=0, offices=0, office=0)) == {"workspace"}
    told = []
    with contextlib.suppress(TimeoutError):
        while True:
            told.append(page.frame(0.5)["stream"])
    assert set(told) == {"workspace"}


@pytest.mark.parametrize("name", ["cleo", "dora", "omar", "gus", "ivy", "otto"])
@pytest.mark.parametrize("slug", ["alder-ny", "nowhere"])
def test_hidden_and_missing_are_the_same_4404(opened, name, slug):
    assert opened(name, slug).close_code() == 4404


def test_nobody_is_4401(opened):
    assert opened().close_code() == 4401
    assert opened(token="mpi_wrong").close_code() == 4401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", None])
def test_a_foreign_page_is_4401(opened, origin):
    assert opened("ada", origin=origin).close_code() == 4401


def test_a_session_without_a_second_factor_is_4401(cast, opened, tokens):
    Authenticator.objects.filter(user=cast.ada).delete()
    assert opened("ada").close_code() == 4401
    opened(token=tokens["ada"], origin=None).hello()


def test_what_a_socket_hears_is_no_use_of_the_session(cast, topic, opened, sessions):
    page = opened("ben")
    page.hello()
    ends_at = timezone.now() + dt.timedelta(minutes=3)
    row = Session.objects.filter(pk=sessions["ben"].session.session_key)
    row.update(expire_date=ends_at)
    post_message(topic, cast.standing("ada"), body="Hello")
    assert bodies(page, 1) == ["Hello"]
    page.send(type="read", topic=str(topic.pk), position=1)
    assert page.frame()["type"] == "read"
    assert row.get().expire_date == ends_at


def test_a_token_opens_the_socket_from_anywhere(cast, topic, opened, tokens):
    page = opened(token=tokens["ben"], origin=None)
    page.hello()
    post_message(topic, cast.standing("ada"), body="Hello")
    assert bodies(page, 1) == ["Hello"]
    assert opened(token=tokens["cleo"], origin=None).close_code() == 4404


# --- when it ends


def seat_ends(cast, name, sessions):
    end_term(Term.objects.current().get(person=getattr(cast, name)))


def seat_is_handed_over(cast, name, sessions):
    seat = cast.seats[name]
    hand_over(seat, getattr(cast, name), seen=mark_of(*seat.now_and_next()), on=seat.office.today)


def account_ends(cast, name, sessions):
    deactivate(getattr(cast, name))


def signs_out(cast, name, sessions):
    sessions[name].logout()


def session_is_gone(cast, name, sessions):
    sessions[name].session.delete()


def session_is_ended_elsewhere(cast, name, sessions):
    key = sessions[name].session.session_key
    UserSession.objects.create(user=getattr(cast, name), session_key=key, ip="192.0.2.77", user_agent="")
    end_sessions(getattr(cast, name), UserSession.objects.all())


def session_is_idle_too_long(cast, name, sessions):
    Session.objects.filter(pk=sessions[name].session.session_key).update(expire_date=timezone.now())


def last_factor_is_removed(cast, name, sessions):
    factor = Authenticator.objects.get(user=getattr(cast, name))
    factor.delete()
    authenticator_removed.send(Authenticator, request=None, user=getattr(cast, name), authenticator=factor)


def city_leaves(cast, name, sessions):
    end_enrolment(cast.alder.enrolment)


def is_released(cast, name, sessions):
    release_researcher(cast.seats[name], cast.alder.enrolment)


def office_demands_its_sign_on(cast, name, sessions):
    """Ike, who came in by it, sets the rule."""
    office, ike = cast.seats[name].office, person("ike")
    give_factor(ike)
    desk = create_seat("it_contact", "IT contact", office=office)
    Term.objects.create(seat=desk, person=ike, title="IT contact", starts_on=dt.date(2025, 1, 1))  # nobody hears of it
    sign_on = SignOn.objects.create(pk=office.pk, office=office, name="ID", issuer="https://id.example.org", client_id="mpi")
    shown = {"method": "sign_on", "sign_on": str(sign_on.pk), "edition": 1, "is_proved": False}
    demand(office, ike, {"account_authentication_methods": [shown], "account_authentication_methods_user": str(ike.pk)})


def password_changes(cast, name, sessions):
    person = getattr(cast, name)
    person.set_password("a new and long password")
    person.save(update_fields=["password"])
    password_reset.send(type(person), request=None, user=person)


# who is in, what ends it, and what whoever comes back is told: 4401 not signed in, 4404 not theirs to know of
ENDS = [
    ("ben", seat_ends, 4404),
    ("ben", seat_is_handed_over, 4404),
    ("ben", account_ends, 4401),
    ("ben", signs_out, 4401),
    ("ben", session_is_gone, 4401),
    ("ben", session_is_ended_elsewhere, 4401),
    ("ben", session_is_idle_too_long, 4401),
    ("ben", last_factor_is_removed, 4401),
    ("ben", city_leaves, 4404),
    ("finn", city_leaves, 4404),
    ("nora", city_leaves, 4404),
    ("nora", is_released, 4404),
    ("ben", password_changes, 4401),
    ("ben", office_demands_its_sign_on, 4401),
]
UNTOLD = (session_is_gone, session_is_idle_too_long)  # found by the hub's next look, within a second
each_end = pytest.mark.parametrize("name, end, coming_back", ENDS)


def closes(cast, topic, page, end, name, sessions, within):
    """What is committed after the end is not heard any more, not even on the way out."""
    end(cast, name, sessions)
    begun = time.monotonic()
    if end not in UNTOLD and end is not city_leaves:  # nobody writes in a city that left
        post_message(topic, cast.standing("amos"), body="Not for who has left")
    assert page.rest(within + SOON) == ([], 4403)
    assert time.monotonic() - begun < within


@each_end
@pytest.mark.parametrize("has_said_hello", [True, False])
def test_the_end_of_access_closes_within_two_seconds(cast, topic, opened, sessions, name, end, coming_back, has_said_hello):
    page = opened(name)
    other = opened("ada")
    other.hello()
    if has_said_hello:
        page.hello()
    closes(cast, topic, page, end, name, sessions, within=2)
    for ticket in {"", page.ticket}:
        assert opened(cookie=page.cookie, ticket=ticket).close_code() == coming_back
    if end is not city_leaves:
        post_message(topic, cast.standing("amos"), body="Still here")
        while other.frame().get("data", {}).get("body") != "Still here":  # that somebody left is told too
            pass


@each_end
def test_the_end_of_access_in_another_process_closes_as_soon(
    cast, topic, opened, sessions, lasting_process, name, end, coming_back
):
    page = opened(name, at=lasting_process)
    page.hello()
    closes(cast, topic, page, end, name, sessions, within=2)
    assert opened(cookie=page.cookie, at=lasting_process).close_code() == coming_back


@each_end
def test_the_end_of_access_closes_while_redis_is_down(
    cast, topic, opened, sessions, process_without_its_redis, name, end, coming_back
):
    """Within 30 seconds are promised; the hub's own look takes one."""
    page = opened(name, at=process_without_its_redis)
    page.hello()
    closes(cast, topic, page, end, name, sessions, within=30)


def test_redis_goes_down_while_a_page_is_open(cast, topic, opened, sessions, live_server_url):
    """News and the end of access still come, from the rows."""
    with contextlib.ExitStack() as lasting:
        with machine.own_redis() as bus:
            page = opened("ben", at=lasting.enter_context(process_on_the_same_rows(REDIS_URL=bus.url)))
            page.hello()
        post_message(topic, cast.standing("ada"), body="Without Redis")
        assert bodies(page, 1) == ["Without Redis"]
        closes(cast, topic, page, seat_ends, "ben", sessions, within=30)


def test_who_says_hello_after_the_end_is_told_nothing(cast, topic, opened, sessions):
    """Between the end and the hub's look, a late hello would be answered with what was missed."""
    seen = opened("ben").hello()
    page = opened("ben")
    post_message(topic, cast.standing("amos"), body="Missed")
    with transaction.atomic():
        seat_ends(cast, "ben", sessions)
        transaction.on_commit(lambda: page.send(type="hello", after=seen))
    assert page.rest() == ([], 4403)


def test_news_that_overtakes_the_hint_of_an_end_is_not_told(cast, topic, opened, sessions, monkeypatch):
    """Hints of two processes may cross: who may hear is asked after what there is to hear."""
    page = opened("ben")
    page.hello()

    async def sees_nothing(hub):
        pass

    monkeypatch.setattr(Hub, "look", sees_nothing)
    closes(cast, topic, page, seat_ends, "ben", sessions, within=SOON)


def test_a_verb_does_not_wait_for_a_redis_that_is_down(cast, topic, opened, settings, live_server_url):
    page = opened("ben")
    page.hello()
    channel_layers.backends.clear()
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": ["redis://127.0.0.1:9/0"]}}
    settings.CHANNEL_LAYERS = {"default": layer}
    begun = time.monotonic()
    post_message(topic, cast.standing("ada"), body="Kept all the same")
    assert time.monotonic() - begun < 2
    assert page.frame()["data"]["body"] == "Kept all the same"


def test_a_revoked_token_closes(cast, opened, tokens):
    page = opened(token=tokens["ben"], origin=None)
    page.hello()
    ApiToken.objects.filter(person=cast.ben).update(revoked_at=timezone.now())
    begun = time.monotonic()
    assert page.close_code() == 4403
    assert time.monotonic() - begun < 2


def test_a_term_that_ends_by_its_date_closes(cast, opened, monkeypatch):
    monkeypatch.setattr("workspaces.realtime.consumer.REVIEW_EVERY", 0.5)
    page = opened("ben")
    page.hello()
    Term.objects.filter(person=cast.ben).update(expires_at=timezone.now() - dt.timedelta(seconds=1))
    assert page.close_code() == 4403


@pytest.mark.parametrize("is_told_later", [False, True])
def test_the_instant_at_which_a_term_ends_closes_within_two_seconds(cast, opened, is_told_later):
    """Known when the page opened, or set by a hand-over on a later day while it was open: no job, and no review to wait for."""
    until = timezone.now() + dt.timedelta(seconds=3)
    if not is_told_later:
        Term.objects.filter(person=cast.ben).update(expires_at=until)
    page = opened("ben")
    page.hello()
    if is_told_later:
        Term.objects.filter(person=cast.ben).update(expires_at=until)
        renew_access(cast.ben)
    assert page.close_code() == 4403
    assert 0 <= (timezone.now() - until).total_seconds() < 2


def stay_is_over(cast):
    Term.objects.filter(person=cast.gus).update(expires_at=timezone.now() + dt.timedelta(seconds=1))
    renew_access(cast.gus)


def is_asked_out(cast):
    end_stay(Term.objects.get(person=cast.gus), cast.finn)


@pytest.mark.parametrize("end", [stay_is_over, is_asked_out])
def test_a_guest_who_may_stay_no_longer_is_closed_within_two_seconds(cast, opened, end):
    page = opened("gus", "first-september")
    page.hello()
    here = cast.convening.workspace
    topic = open_topic(cast.standing("cleo", here), title="Questions for the speakers")
    assert page.frame()["kind"] == "topic.created"
    end(cast)
    until = Term.objects.get(person=cast.gus).expires_at or timezone.now()
    assert page.close_code() == 4403
    assert (timezone.now() - until).total_seconds() < 2
    post_message(topic, cast.standing("cleo", here), body="Said after")
    assert opened("gus", "first-september").close_code() == 4404


def test_too_many_connections_in_a_minute_are_4429(opened, monkeypatch, settings):
    settings.LIMITS_TIMES = 1
    monkeypatch.setattr("workspaces.realtime.consumer.CONNECTING", Rate(f"connections {uuid.uuid4()}", "person", 2))
    instant = timezone.now()
    monkeypatch.setattr("cohorts.limits.now", lambda: instant)
    for _ in range(2):
        opened("ada").hello()
    assert opened("ada").close_code() == 4429
    opened("ben").hello()


def test_who_is_not_signed_in_knocks_only_so_often(opened, monkeypatch, settings):
    settings.LIMITS_TIMES = 1
    monkeypatch.setattr("workspaces.realtime.consumer.KNOCKING", Rate(f"connections {uuid.uuid4()}", "address", 2))
    instant = timezone.now()
    monkeypatch.setattr("cohorts.limits.now", lambda: instant)
    assert [opened().close_code() for _ in range(3)] == [4401, 4401, 4429]
    opened("ada").hello()


def test_too_many_sockets_are_4429(opened, monkeypatch):
    monkeypatch.setattr("workspaces.realtime.consumer.SOCKETS_A_PERSON", 2)
    pages = [opened("ada") for _ in range(2)]
    for page in pages:
        page.hello()
    assert opened("ada").close_code() == 4429
    pages[0].send(type="ping")
    assert pages[0].frame()["type"] == "pong"


# --- what it is told


@pytest.mark.parametrize(
    "frame, code",
    [
        ("{", "invalid"),
        ("[]", "invalid"),
        ("1", "invalid"),
        ("{}", "invalid"),
        ("[" * 20_000, "invalid"),
        (b"\x00\x01", "invalid"),
        (json.dumps({"type": "shout"}), "unknown_type"),
        (json.dumps({"type": ["hello"]}), "unknown_type"),
        (json.dumps({"type": "ping", "more": "x" * 65_536}), "too_large"),
        (json.dumps({"type": "ping", "more": "é" * 40_000}, ensure_ascii=False), "too_large"),
        (json.dumps({"type": "hello", "after": [1]}), "invalid"),
        (json.dumps({"type": "hello", "after": {"workspace": -1}}), "invalid"),
        (json.dumps({"type": "hello", "after": {"workspace": "1"}}), "invalid"),
        (json.dumps({"type": "hello", "after": {"workspace": True}}), "invalid"),
        (json.dumps({"type": "read"}), "invalid"),
        (json.dumps({"type": "read", "topic": "nonsense", "position": 1}), "invalid"),
        (json.dumps({"type": "read", "topic": "5f1dbd4a-4b0c-4b8e-9d0f-0d7c8f1f2a11", "position": 1}), "invalid"),
    ],
)
def test_a_wrong_frame_is_refused_and_the_socket_stays(opened, frame, code):
    page = opened("ada")
    page.socket.send(frame)
    told = page.frame()
    assert (told["type"], told["code"]) == ("error", code)
    page.hello()


def test_hello_is_said_once(opened):
    page = opened("ada")
    page.hello()
    page.send(type="hello")
    assert page.frame()["code"] == "invalid"


def test_a_flood_is_slowed_and_then_heard_again(opened):
    page = opened("ada")
    page.hello()
    for _ in range(400):
        page.send(type="ping")
    told = [page.frame() for _ in range(400)]
    refused = [frame for frame in told if frame.get("code") == "rate_limited"]
    assert 0 < len(refused) < 400
    time.sleep(0.2)
    page.send(type="ping")
    assert page.frame()["type"] == "pong"


@pytest.fixture(params=["straight to the transport", "by ASGI"])
def narrow(request, opened, monkeypatch):
    """Ada's page on a connection that takes a few KiB, and then nothing until somebody reads."""

    def narrow_wire(page):
        lent = page.scope["extensions"][TRANSPORT]
        lent.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        return wires.SendWire(page.send) if request.param == "by ASGI" else wires.TransportWire(lent)

    monkeypatch.setattr(wires, "BYTES_OWED", 2**17)
    monkeypatch.setattr(wires, "FRAMES_OWED", 5)
    monkeypatch.setattr(wires, "GOODBYE_WITHIN", 60)
    with socket.socket() as connection_, monkeypatch.context() as narrowing:
        connection_.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        narrowing.setattr(consumer, "wire_of", narrow_wire)
        page = opened("ada", over=connection_, max_queue=1)
        seen = page.hello()
        narrowing.undo()
        yield page, seen


def test_a_page_that_stops_reading_is_cut_off_and_catches_up(cast, topic, narrow, opened):
    slow, seen = narrow
    cut = REGISTRY.get_sample_value("mpi_slow_readers_cut_total")
    quick = opened("ben")
    quick.hello()
    posted = []
    for _ in range(30):
        posted.append(post_message(topic, cast.standing("amos"), body="Long. " * 1_600)[0].seq)
        assert quick.frame()["seq"] == posted[-1]
    frames, code = slow.rest()
    told = [frame["seq"] for frame in frames]
    assert (told, code) == (posted[: len(told)], 1013)
    assert len(told) < len(posted)
    assert REGISTRY.get_sample_value("mpi_slow_readers_cut_total") == cut + 1
    back = opened("ada")
    back.hello(**seen | {"workspace": told[-1] if told else seen["workspace"]})
    assert [back.frame()["seq"] for _ in posted[len(told) :]] == posted[len(told) :]


@pytest.mark.parametrize("narrow", ["straight to the transport"], indirect=True)
def test_a_page_that_never_reads_again_is_cut(cast, topic, narrow, opened, monkeypatch):
    monkeypatch.setattr(wires, "GOODBYE_WITHIN", 0.2)
    slow, _ = narrow
    quick = opened("ben")
    quick.hello()
    for _ in range(30):
        post_message(topic, cast.standing("amos"), body="Long. " * 1_600)
        quick.frame()
    time.sleep(0.5)  # what the server still held for it is thrown away only then
    assert slow.close_code() == 1006


def test_reading_only_raises(cast, topic, opened):
    for number in range(3):
        post_message(topic, cast.standing("ada"), body=f"{number}")
    page = opened("ben")
    page.hello()
    for position in (2, 1):
        page.send(type="read", topic=str(topic.pk), position=position)
    page.send(type="read", topic=str(topic.pk), position=4)  # there is no fourth message
    while page.frame().get("code") != "invalid":
        pass
    assert ReadPosition.objects.get(person=cast.ben).position == 2


def test_another_tab_hears_how_far_i_have_read(cast, topic, opened):
    for number in range(3):
        post_message(topic, cast.standing("ada"), body=f"{number}")
    one, two, other = opened("ben"), opened("ben"), opened("bea")
    for page in (one, two, other):
        page.hello()
    one.send(type="read", topic=str(topic.pk), position=2)
    numbers = {"position": 2, "turn": 1, "last": 3, "unread": 1}
    assert two.frame() == {"type": "read", "workspace": "alder-ny", "topic": str(topic.pk), **numbers}
    other.hears_nothing(0.5)


def test_a_topic_of_another_ring_is_not_read(cast, opened):
    office = open_topic(cast.standing("ada"), title="Ours", audience="office")
    post_message(office, cast.standing("ada"), body="Hello")
    page = opened("ben")
    page.hello()
    page.send(type="read", topic=str(office.pk), position=1)
    assert (page.frame()["code"], ReadPosition.objects.filter(person=cast.ben).count()) == ("invalid", 0)


# --- once


def test_a_page_of_another_process_hears_it_too(cast, topic, opened, send, another_process):
    here, there = opened("ada"), opened("ben", at=another_process)
    assert here.hello()["workspace"] == there.hello()["workspace"]
    assert send("ada", "messages/", {"topic": str(topic.pk), "body": "Can we do the 14th?"})[0] == 201
    told = [page.frame() for page in (here, there)]
    assert [frame["data"]["body"] for frame in told] == ["Can we do the 14th?"] * 2
    assert told[0]["seq"] == told[1]["seq"]


def test_the_same_client_id_ten_times_in_parallel_is_one_message(cast, topic, opened, send):
    page = opened("ben")
    head = page.hello()["workspace"]
    body = {"topic": str(topic.pk), "body": "Once", "client_id": str(uuid.uuid4())}
    with concurrent.futures.ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: send("ada", "messages/", body), range(10)))
    assert sorted(status for status, _ in answers) == [200] * 9 + [201]
    assert len({(answer["id"], answer["seq"], answer["position"]) for _, answer in answers}) == 1
    assert Message.objects.count() == 1
    assert page.frame()["seq"] == head + 1
    page.hears_nothing()


def test_many_at_once_are_numbered_without_a_gap(cast, topic, opened, send):
    page = opened("nora")
    head = page.hello()["workspace"]
    work = [(("ada", "ben", "finn")[n % 3], f"{n}") for n in range(24)]
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda job: send(job[0], "messages/", {"topic": str(topic.pk), "body": job[1]}), work))
    assert {status for status, _ in answers} == {201}
    frames = [page.frame() for _ in work]
    assert [frame["seq"] for frame in frames] == list(range(head + 1, head + 25))
    assert sorted(frame["data"]["position"] for frame in frames) == list(range(1, 25))


def test_before_it_opens_a_workspace_tells_of_its_agreement_alone(cast, opened):
    build_dover(cast)
    page = opened("mia", "dover-ny")
    assert page.hello() == {"workspace": 1}
    for name in ("pia", "mia"):
        sign(proposal(), door(cast, name), seen=proposal().content_sha256)
    assert [page.frame()["kind"] for _ in range(3)] == ["sign_off.signed", "sign_off.signed", "sign_off.closed"]
    page.hears_nothing()
    assert opened("ada", "dover-ny").close_code() == 4404
    assert sorted(opened("max", "dover-ny").hello()) == ["office", "offices", "workspace"]


def reads_for_a_reason(cast):
    return begin_reading(cast.alder.enrolment, cast.ivy, reason="Ada asks why her figures do not show.")


def test_an_administrator_hears_the_workspace_alone_and_leaves_no_mark(cast, topic, opened):
    assert opened("ivy").close_code() == 4404
    reads_for_a_reason(cast)
    page = opened("ivy")
    assert set(page.hello()) == {"workspace"}
    post_message(topic, cast.standing("ada"), body="Hello")
    private = open_topic(cast.standing("ada"), title="Between us", audience="offices")
    post_message(private, cast.standing("ada"), body="Not for you")
    assert bodies(page, 1) == ["Hello"]
    page.send(type="read", topic=str(topic.pk), position=1)
    assert page.frame()["code"] == "forbidden"
    page.hears_nothing()
    assert not ReadPosition.objects.filter(person=cast.ivy).exists()


@pytest.mark.parametrize("is_over", [False, True])
def test_an_administrators_hour_closes_within_two_seconds(cast, opened, is_over):
    """By itself when it is over, or because they said that they are done."""
    reading = reads_for_a_reason(cast)
    if is_over:
        AdministrativeReading.objects.update(ends_at=timezone.now() + dt.timedelta(seconds=3))
    page = opened("ivy")
    page.hello()
    if not is_over:
        end_reading(reading, cast.ivy)
    assert page.close_code() == 4403
    assert opened("ivy").close_code() == 4404
