"""Messages that queue up are committed together: each fails alone, and none is answered before the commit."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import OperationalError, connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

from tests.cast import build_cast
from workspaces import together
from workspaces.actions.topics import post_message
from workspaces.models import Message
from workspaces.together import commit_together

SOON = 15  # seconds


@pytest.fixture
def cast(transactional_db):
    return build_cast()


@pytest.fixture
def commits(monkeypatch):
    """How many writes each commit was of."""
    told, commit = [], together.commit
    monkeypatch.setattr(together, "commit", lambda writes: (told.append(len(writes)), commit(writes)))
    return told


@pytest.fixture
def while_busy(topic):
    """`while_busy([…])`: these acts come, in this order, while another write of the topic is under way: what each returns or
    raises."""

    def run(acts):
        is_under_way, may_end = threading.Event(), threading.Event()

        def first():
            is_under_way.set()
            assert may_end.wait(SOON)

        with ThreadPoolExecutor(len(acts) + 1) as pool:
            busy = pool.submit(done, lambda: commit_together(topic.pk, first))
            assert is_under_way.wait(SOON)
            queue, coming = together._queues[topic.pk], []
            for act in acts:
                coming.append(pool.submit(done, act))
                until = time.monotonic() + SOON
                while len(queue.waiting) < len(coming):
                    assert time.monotonic() < until, coming
                    time.sleep(0.01)
            may_end.set()
            assert busy.result(SOON) is None
            return [each.result(SOON) for each in coming]

    return run


def done(act):
    try:
        return act()
    except Exception as error:
        return error
    finally:
        connections.close_all()


def saying(cast, topic, name, body):
    return lambda: post_message(topic, cast.standing(name), body=body)


def test_those_who_wait_are_committed_together_in_the_order_in_which_they_came(cast, topic, while_busy, commits):
    told = while_busy([saying(cast, topic, name, name) for name in ("ada", "ben", "finn", "ben")])
    assert commits == [1, 4]
    assert [(message.body, message.position, is_new) for message, is_new in told] == [
        ("ada", 1, True),
        ("ben", 2, True),
        ("finn", 3, True),
        ("ben", 4, True),
    ]
    kept = Message.objects.order_by("seq").values_list("author__name", "position", "seq")
    first = kept[0][2]
    assert list(kept) == [(name, number, first + number - 1) for number, name in enumerate(["Ada", "Ben", "Finn", "Ben"], 1)]


def test_each_fails_alone(cast, topic, while_busy, commits):
    told = while_busy(
        [saying(cast, topic, name, body) for name, body in [("ada", "One"), ("ben", "x" * 10_001), ("finn", "Two")]]
    )
    assert commits == [1, 3]
    assert isinstance(told[1], ValidationError)
    assert [told[0][0].position, told[2][0].position] == [1, 2]
    assert list(Message.objects.order_by("position").values_list("body", flat=True)) == ["One", "Two"]


def test_the_same_message_twice_at_once_is_one(cast, topic, while_busy):
    key = uuid.uuid4()
    once = [lambda: post_message(topic, cast.standing("ada"), body="Once", client_id=key) for _ in range(3)]
    told = while_busy([*once, saying(cast, topic, "ben", "After")])
    assert [is_new for _, is_new in told] == [True, False, False, True]
    assert len({message.pk for message, _ in told[:3]}) == 1
    assert list(Message.objects.order_by("position").values_list("body", "position")) == [("Once", 1), ("After", 2)]


def test_where_the_commit_fails_nobody_is_answered_and_nothing_is_kept(cast, topic, while_busy, monkeypatch):
    """Each may try again, and does it with the same client_id."""
    commit, is_away = BaseDatabaseWrapper.commit, threading.Event()

    def fails(connection):
        if is_away.is_set():
            raise OperationalError("the database is away")
        commit(connection)

    monkeypatch.setattr(BaseDatabaseWrapper, "commit", fails)

    def goes_away():
        is_away.set()
        return post_message(topic, cast.standing("ada"), body="Lost")

    told = while_busy([saying(cast, topic, "ben", "Lost too"), lambda: commit_together(topic.pk, goes_away)])
    assert [type(each) for each in told] == [OperationalError] * 2
    is_away.clear()
    assert not Message.objects.exists()
    assert post_message(topic, cast.standing("ada"), body="Again")[0].position == 1


def test_nobody_is_answered_before_the_commit(cast, topic, while_busy, monkeypatch):
    commit, told = BaseDatabaseWrapper.commit, []
    monkeypatch.setattr(BaseDatabaseWrapper, "commit", lambda connection: (commit(connection), told.append("committed"))[0])

    def answered(name):
        def act():
            post_message(topic, cast.standing(name), body=name)
            told.append(f"{name} is answered")

        return act

    while_busy([answered("ada"), answered("ben")])
    assert told[:2] == ["committed", "committed"]  # the one under way, and theirs
    assert sorted(told[2:]) == ["ada is answered", "ben is answered"]


def test_of_a_flood_each_is_done_once(monkeypatch):
    """Cleo's turn comes before her place in the queue: she is done with the first two, and not again with Dora."""
    monkeypatch.setattr(together, "AT_ONCE", 2)
    queue = together.Queue()
    ada, ben, cleo, dora = (together.Write(name) for name in ("ada", "ben", "cleo", "dora"))
    queue.waiting.extend([ada, ben, cleo, dora])
    first = together.taken(queue, cleo)
    assert first == [ada, ben, cleo]
    for write in first:
        write.is_done = True
    assert together.taken(queue, dora) == [dora]
    assert not queue.waiting


def test_in_a_callers_own_transaction_it_is_part_of_that(cast, topic, commits):
    with pytest.raises(RuntimeError), transaction.atomic():
        post_message(topic, cast.standing("ada"), body="Rolled back")
        raise RuntimeError
    assert (commits, Message.objects.count()) == ([], 0)


def test_a_queue_is_gone_with_the_last_who_waited(cast, topic):
    post_message(topic, cast.standing("ada"), body="Done")
    assert topic.pk not in together._queues
