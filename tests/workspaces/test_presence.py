"""Who is here and who is typing: within one's own office, across offices once a person says so, and never out of a ring."""

import time
import uuid

import pytest
from django.conf import settings
from django.db import transaction

from tests.cast import build_cast
from tests.sockets import QUIET
from workspaces.actions.presence import show_presence
from workspaces.actions.topics import open_topic
from workspaces.models import PresenceChoice
from workspaces.realtime import presence

SOON = 8  # seconds: a process looks once a second


@pytest.fixture
def cast(live_server_url):
    return build_cast()


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(presence, "GRACE", 1.5)


def here(page, name, is_here=True, within=SOON):
    """Waits until the page is told that `name` came, or went; what else comes is passed over. Who was there already stands in
    the welcome."""
    if is_here and name in page.found:
        return None
    wanted = ("presence", is_here, name)
    return until(page, lambda frame: (frame["type"], frame.get("is_here"), name_in(frame)) == wanted, within)


def typing(page, name, within=SOON):
    return until(page, lambda frame: (frame["type"], name_in(frame)) == ("typing", name), within)


def name_in(frame):
    return frame.get("person", {}).get("name")


def until(page, is_it, within):
    page.passes_over = ()
    end = time.monotonic() + within
    while (left := end - time.monotonic()) > 0:
        try:
            if is_it(frame := page.frame(left)):
                return frame
        except TimeoutError:
            break
    raise AssertionError("It was not told.")


def is_told_nothing(page, within=2 * QUIET):
    page.passes_over = ()
    page.hears_nothing(within)


def welcome(page):
    page.passes_over = ()
    page.send(type="hello")
    return [each["name"] for each in page.frame()["presence"]]


def test_within_an_office_one_sees_who_is_here_and_typing(cast, opened, topic):
    ada, amos, ben, finn = (opened(name) for name in ("ada", "amos", "ben", "finn"))
    for page in (ada, amos, ben, finn):
        page.hello()
    here(amos, "Ada")
    here(ada, "Amos")
    ada.send(type="typing", topic=str(topic.pk))
    assert typing(amos, "Ada") == {
        "type": "typing",
        "topic": str(topic.pk),
        "person": {"id": str(cast.ada.pk), "name": "Ada"},
    }
    is_told_nothing(ben)
    is_told_nothing(finn, 0.5)
    ada.socket.close()
    here(amos, "Ada", is_here=False)


def test_across_offices_once_somebody_says_so_and_no_longer(cast, opened, topic):
    ada, ben = opened("ada"), opened("ben")
    ada.hello(), ben.hello()
    is_told_nothing(ben)
    show_presence(cast.ada, "everyone")
    here(ben, "Ada")
    assert welcome(opened("nora")) == ["Ada"]
    show_presence(cast.ada, "nobody")
    here(ben, "Ada", is_here=False)
    ada.send(type="typing", topic=str(topic.pk))
    is_told_nothing(ben)


def test_typing_is_told_to_the_ring_of_its_topic_alone(cast, opened):
    show_presence(cast.ada, "everyone")
    inner = open_topic(cast.standing("ada"), title="Ours", audience="offices")
    ada, ben, finn = opened("ada"), opened("ben"), opened("finn")
    for page in (ada, ben, finn):
        page.hello()
    here(ben, "Ada"), here(finn, "Ada")
    ada.send(type="typing", topic=str(inner.pk))
    typing(ben, "Ada")
    is_told_nothing(finn)


def test_only_where_one_writes_and_only_a_topic(cast, opened, topic):
    rhea = opened("rhea")
    rhea.hello()
    elsewhere = open_topic(cast.standing("cleo", cast.birch), title="Ours")
    for told in (topic.pk, elsewhere.pk, uuid.uuid4(), "x", None, []):
        rhea.send(type="typing", topic=str(told) if isinstance(told, uuid.UUID) else told)
        assert rhea.frame()["code"] == "invalid"


def test_in_another_process_too(cast, opened, another_process, topic):
    ada, amos = opened("ada"), opened("amos", at=another_process)
    ada.hello(), amos.hello()
    if not settings.REDIS_URL:  # processes tell each other nothing, and several of them do not start
        return is_told_nothing(amos)
    here(amos, "Ada", within=20)
    here(ada, "Amos", within=20)
    ada.send(type="typing", topic=str(topic.pk))
    typing(amos, "Ada", within=20)


def test_a_page_that_is_loaded_anew_has_not_left(cast, opened):
    amos, ada = opened("amos"), opened("ada")
    amos.hello(), ada.hello()
    here(amos, "Ada")
    ada.socket.close()
    opened("ada").hello()
    is_told_nothing(amos, 3)


def test_the_choice_is_ones_own_and_one_of_three(cast, client):
    client.force_login(cast.ada)
    page = client.get("/settings/presence/")
    assert page.context["form"].initial == {"shown_to": "office"}
    for told in ({}, {"shown_to": "the press"}):
        assert client.post("/settings/presence/", told).status_code == 422
    assert client.post("/settings/presence/", {"shown_to": "everyone"}).status_code == 302
    with transaction.atomic():
        show_presence(cast.ada, "nobody")
    assert [(each.person, each.shown_to) for each in PresenceChoice.objects.all()] == [(cast.ada, "nobody")]
