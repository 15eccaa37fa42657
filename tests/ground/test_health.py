import pytest
from channels.layers import InMemoryChannelLayer
from django.core.files.storage import FileSystemStorage
from django.db import Error, connections


def test_the_process_answers_without_its_database(client):
    """No database mark here: a query would fail the test."""
    response = client.get("/healthz")
    assert (response.status_code, response.content) == (200, b"ok")


@pytest.mark.django_db(transaction=True)
def test_ready(client):
    response = client.get("/readyz")
    assert (response.status_code, response.content) == (200, b"ok\n")


async def broken(*args, **kwargs):
    raise ConnectionError("redis://:password@10.0.0.7:6379 refused")


def unwritable(*args, **kwargs):
    raise OSError("/srv/mpi/files is read-only")


def gone(*args, **kwargs):
    raise Error("connection to server at 10.0.0.8 failed")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "part, owner, method, failure",
    [
        ("database", type(connections["default"]), "temporary_connection", gone),
        ("channel layer", None, "group_send", broken),
        ("storage", FileSystemStorage, "_save", unwritable),
    ],
)
def test_not_ready_names_the_part_and_nothing_from_inside(client, monkeypatch, part, owner, method, failure):
    if part == "channel layer":
        monkeypatch.setattr("mpi.health.get_channel_layer", Deaf)
    else:
        monkeypatch.setattr(owner, method, failure)
    response = client.get("/readyz")
    assert (response.status_code, response.content.decode()) == (503, f"{part} is not reachable\n")


class Deaf(InMemoryChannelLayer):
    group_send = broken
