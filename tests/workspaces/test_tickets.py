"""Coming back with a ticket: nobody is looked up one by one, and it opens nothing that would not have opened without it. That
it is worth nothing after the end of access is told with the ends, in `test_socket`."""

import asyncio
from unittest.mock import Mock

import pytest
from django.db import OperationalError

from cohorts.actions.people import renew_access
from tests.cast import build_cast
from tests.sockets import bodies
from workspaces.actions.presence import show_presence
from workspaces.actions.topics import post_message
from workspaces.realtime import consumer, hub, tickets


@pytest.fixture
def cast(live_server_url):
    return build_cast()


@pytest.fixture
def looked_up(monkeypatch):
    """Grows by one with each socket whose holder is looked up."""
    told, who_opens = [], consumer.who_opens

    async def counted(scope):
        person, token = await who_opens(scope)
        told.append(str(person))
        return person, token

    monkeypatch.setattr(consumer, "who_opens", counted)
    return told


def comes_back(opened, page, **more):
    return opened(cookie=page.cookie, ticket=page.ticket, **more)


def test_a_page_that_comes_back_hears_what_it_missed_and_nobody_is_looked_up(cast, topic, opened, looked_up):
    page = opened("ben")
    seen = page.hello()
    page.socket.close()
    post_message(topic, cast.standing("ada"), body="Missed")
    assert looked_up == ["Ben"]
    again = comes_back(opened, page)
    assert again.hello(**seen) == {name: head + (name == "workspace") for name, head in seen.items()}
    assert bodies(again, 1) == ["Missed"]
    post_message(topic, cast.standing("ada"), body="Live")
    assert bodies(again, 1) == ["Live"]
    assert looked_up == ["Ben"]
    assert again.ticket


def test_each_pong_brings_a_new_ticket(opened, looked_up):
    page = opened("ben")
    page.hello()
    page.send(type="ping")
    pong = page.frame()
    assert pong.keys() == {"type", "ticket"}
    page.ticket = pong["ticket"]
    comes_back(opened, page).hello()
    assert looked_up == ["Ben"]


def test_the_bearer_of_a_token_has_no_use_for_one(opened, tokens):
    page = opened(token=tokens["ben"], origin=None)
    page.hello()
    page.send(type="ping")
    assert (page.ticket, page.frame()) == ("", {"type": "pong"})


def test_a_ticket_is_good_once_in_a_process(opened, looked_up):
    page = opened("ben")
    page.hello()
    for _ in range(3):
        comes_back(opened, page).hello()
    assert looked_up == ["Ben"] * 3


def test_each_page_of_one_session_has_its_own(opened, looked_up):
    """Three tabs come back at once, and none of them takes another's."""
    first = opened("ben")
    tabs = [first, *(opened(cookie=first.cookie) for _ in range(2))]
    for tab in tabs:
        tab.hello()
    assert len({tab.ticket for tab in tabs}) == 3
    looked_up.clear()
    for tab in tabs:
        comes_back(opened, tab).hello()
    assert looked_up == []


def test_another_process_takes_it_too(cast, topic, opened, another_process):
    page = opened("ben")
    seen = page.hello()
    post_message(topic, cast.standing("ada"), body="Missed")
    again = comes_back(opened, page, at=another_process)
    again.hello(**seen)
    assert bodies(again, 1) == ["Missed"]


def forged(page, other):
    body, at, signature = page.ticket.split(":")
    page.ticket = f"{body[:-2]}AA:{at}:{signature}"


def of_another_session(page, other):
    page.ticket = other.ticket


def no_ticket_at_all(page, other):
    page.ticket = "%00%FF:::"


@pytest.mark.parametrize("spoil", [forged, of_another_session, no_ticket_at_all])
def test_a_wrong_one_is_none(opened, looked_up, spoil):
    """Finn with Ben's ticket is Finn, who hears the workspace alone."""
    page, other = opened("finn"), opened("ben")
    page.hello()
    other.hello()
    spoil(page, other)
    assert comes_back(opened, page).hello().keys() == {"workspace"}
    assert looked_up == ["Finn", "Ben", "Finn"]


def test_an_old_one_is_none(opened, looked_up, monkeypatch):
    page = opened("ben")
    page.hello()
    monkeypatch.setattr(tickets, "LASTS", -1)
    comes_back(opened, page).hello()
    assert looked_up == ["Ben", "Ben"]


def test_one_of_another_workspace_is_none(cast, opened, looked_up):
    page = opened("finn")
    page.hello()
    assert comes_back(opened, page, slug="birch-ny").hello().keys() == {"workspace"}
    assert comes_back(opened, page, slug="pilot").close_code() == 4404
    assert looked_up == ["Finn"] * 3


def test_a_foreign_page_with_a_ticket_is_4401(opened):
    page = opened("ben")
    page.hello()
    assert comes_back(opened, page, origin="https://elsewhere.example").close_code() == 4401


def test_whose_access_was_renewed_comes_back_with_what_they_hold_now(cast, topic, opened):
    page = opened("ben")
    page.hello()
    renew_access(cast.ben)
    again = comes_back(opened, page)
    assert again.hello().keys() == {"workspace", "offices", "office"}
    post_message(topic, cast.standing("ada"), body="Live")
    assert bodies(again, 1) == ["Live"]


def test_a_choice_made_meanwhile_counts(cast, opened, monkeypatch):
    """Ben turned his presence off after his ticket was made: Ada must not find him here by it."""
    show_presence(cast.ben, "everyone")
    page = opened("ben")
    page.hello()
    page.socket.close()
    show_presence(cast.ben, "nobody")
    asked = []
    monkeypatch.setattr(
        hub.Hub, "enter", lambda self, socket, enter=hub.Hub.enter: (asked.append(socket), enter(self, socket))[1]
    )
    comes_back(opened, page).hello()
    assert [socket.shown_to for socket in asked] == ["nobody"]


async def at_the_door(names, leaves=()):
    """What each is told who comes while others are asked about."""
    here = hub.Hub()
    await here.at_the_door.acquire()
    asked = {name: asyncio.create_task(here.vouch(name)) for name in names}
    await asyncio.sleep(0)
    for name in leaves:
        asked[name].cancel()
    here.at_the_door.release()
    return dict(zip(names, await asyncio.gather(*asked.values(), return_exceptions=True), strict=True))


def test_who_comes_at_once_is_looked_at_at_once(transactional_db, monkeypatch):
    looks = []
    monkeypatch.setattr(hub, "ended_of", lambda sockets: looks.append(sockets) or ["Ben"])
    told = asyncio.run(at_the_door(["Ada", "Ben", "Finn"], leaves=["Ada"]))
    assert looks == [["Ada", "Ben", "Finn"]]
    assert told.pop("Ada").__class__ is asyncio.CancelledError
    assert told == {"Ben": False, "Finn": True}


def test_nobody_waits_for_ever_when_the_database_is_away(transactional_db, monkeypatch):
    away = OperationalError("the database is away")
    monkeypatch.setattr(hub, "ended_of", Mock(side_effect=away))
    assert asyncio.run(at_the_door(["Ada", "Ben"])) == {"Ada": away, "Ben": away}
