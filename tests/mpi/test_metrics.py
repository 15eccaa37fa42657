"""What the processes count, told by token alone."""

import os
import re
import subprocess
import sys

import pytest
from django.test import Client

from mpi.start import ROOT
from workspaces.actions.topics import open_topic, post_message


@pytest.fixture
def counted(settings, db):
    """`counted("mpi_resyncs")`: how many by now."""
    settings.METRICS_TOKEN = "amaranth"

    def counted(name):
        answer = Client().get("/metrics", headers={"Authorization": "Bearer amaranth"})
        assert answer.status_code == 200 and answer["Content-Type"].startswith("text/plain; version=0.0.4")
        return float(re.search(rf"^{re.escape(name)}_total (\S+)$", answer.content.decode(), re.MULTILINE)[1])

    return counted


def test_without_a_token_set_there_is_no_such_page(db):
    assert Client().get("/metrics", headers={"Authorization": "Bearer "}).status_code == 404


@pytest.mark.parametrize("said", [None, "Bearer ", "Bearer amarant", "Basic amaranth", "amaranth", "Bearer ämaranth"])
def test_whoever_has_no_token_is_told_nothing(settings, db, said):
    settings.METRICS_TOKEN = "amaranth"
    answer = Client().get("/metrics", headers={"Authorization": said} if said else {})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
    assert b"mpi_" not in answer.content


def test_an_administrators_session_is_no_token(settings, as_person):
    settings.METRICS_TOKEN = "amaranth"
    assert as_person("ivy").get("/metrics").status_code == 401


def test_a_message_is_counted_once_it_is_committed(cast, counted, django_capture_on_commit_callbacks):
    names = ("mpi_messages_acknowledged", "mpi_events_published")
    before = [counted(name) for name in names]
    with django_capture_on_commit_callbacks() as waiting:
        topic = open_topic(cast.standing("ada"), title="Call-in date")
        message, _ = post_message(topic, cast.standing("ada"), body="The 14th?")
    assert [counted(name) for name in names] == before
    for committed in waiting:
        committed()
    with django_capture_on_commit_callbacks(execute=True):
        post_message(topic, cast.standing("ada"), body="The 14th?", client_id=message.client_id)  # once more, and no news
    assert [now - then for now, then in zip(map(counted, names), before, strict=True)] == [1, 2]


def test_several_processes_are_told_as_one(counted, tmp_path, monkeypatch):
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", str(tmp_path))
    for many in (1, 2):
        counting = f"from workspaces.counts import RESYNCS; RESYNCS.inc({many})"
        subprocess.run([sys.executable, "-c", counting], cwd=ROOT, env=os.environ.copy(), check=True)
    assert counted("mpi_resyncs") == 3
