"""A server that is started for the tests is the tests' own, and one that was there stays as it was."""

import os

import psycopg
import pytest
import redis

from tests import machine


def test_without_a_server_a_private_postgresql_is_started_and_stopped(monkeypatch):
    monkeypatch.setattr(machine, "listening_postgresql", lambda: None)
    with machine.postgresql() as url:
        with psycopg.connect(url) as connection:
            folder = connection.execute("SHOW data_directory").fetchone()[0]
        assert ":5432/" not in url
    assert not os.path.exists(folder)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=3)


def test_without_a_server_a_private_redis_is_started_and_stopped(monkeypatch):
    answers = machine.answers
    monkeypatch.setattr(machine, "answers", lambda url, folder=None: bool(folder) and answers(url, folder))
    with machine.redis_server() as url:
        with redis.Redis.from_url(url) as client:
            folder = client.config_get("dir")["dir"]
        assert ":6379/" not in url
    assert not os.path.exists(folder)
    assert not answers(url)


def test_a_server_with_another_folder_is_not_taken_for_ours(tmp_path):
    with machine.redis_server() as url:
        assert machine.answers(url)
        assert not machine.answers(url, tmp_path)
    with machine.postgresql() as url:
        assert not machine.shows_folder(url, tmp_path)


def test_what_is_missing_is_one_line(monkeypatch):
    monkeypatch.setattr(machine.os, "geteuid", lambda: 1000)
    with pytest.raises(machine.Missing) as missing:
        machine.program("a-browser-nobody-has", package="a-browser")
    expected = "a-browser-nobody-has is needed for the tests and was not found; install the package a-browser."
    assert str(missing.value) == expected
