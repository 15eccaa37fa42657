"""One fault each, put into a whole installation while three people write and four read. Zero acknowledged messages lost, zero
twice, one order, and every reader whole within 5 seconds of being back."""

import concurrent.futures
import contextlib
import random
import time
import uuid

import psycopg
import pytest

from tests import machine
from tests.faults.history import History
from tests.faults.installation import STAGED, Load, embedded, stage, whole
from tests.faults.people import ForgetfulReader, Writer
from tests.faults.proxy import bad_line


@pytest.fixture(scope="session")
def staged():
    """`(PostgreSQL's Server, what was staged in it)`. It keeps to its word: what is committed is on the disk."""
    with machine.own_postgresql(fsync="on") as database:
        with psycopg.connect(database.url, autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {STAGED}")
        told = stage(DATABASE_URL=database.url.rpartition("/")[0] + f"/{STAGED}")
        yield database, told


@pytest.fixture
def installed(staged):
    """`installed("fault", …)`: an installation with a process for each, or two without a fault."""
    with contextlib.ExitStack() as lasting:
        yield lambda *faults: lasting.enter_context(whole(*staged, faults or ("", "")))


def test_no_fault_at_all(installed):
    with Load(installed()) as load:
        load.more(100)
        assert load.history().wrongs() == []


def test_a_worker_is_killed_between_the_commit_and_the_answer(installed):
    """Each process dies at its twentieth message, and is started again: whoever got no answer tries again, and it is one
    message."""
    installation = installed("killed_before_the_answer", "killed_before_the_answer")
    died = 0
    with Load(installation) as load:
        until = time.monotonic() + 60
        while died < 3 and time.monotonic() < until:
            for server in installation.servers:
                if not server.is_running:
                    died += 1
                    server.start()
            time.sleep(0.05)
        load.more(5)
        assert load.history().wrongs() == []
    assert died == 3


def test_workers_are_killed_at_random(installed):
    installation, chance = installed(), random.Random(3)
    with Load(installation) as load:
        for _ in range(4):
            time.sleep(chance.uniform(0.2, 1.5))
            server = chance.choice(installation.servers)
            server.kill()
            time.sleep(chance.uniform(0, 0.5))
            server.start()
        load.more()
        assert load.history().wrongs() == []
        assert sum(reader.times_back for reader in load.readers) > 0


def test_the_embedded_default_is_killed(installed):
    with embedded() as installation, Load(installation) as load:
        for _ in range(2):
            load.more()
            installation.servers[0].kill()
            installation.servers[0].start()
        load.more()
        assert load.history().wrongs() == []


def test_redis_is_down_for_twenty_seconds_and_comes_back_empty(installed):
    installation = installed()
    with Load(installation) as load:
        load.more()
        installation.bus.kill()
        load.more(within=20)  # nobody who writes has to wait for it
        time.sleep(20)
        installation.bus.start()
        load.more()
        assert load.history().wrongs() == []


def test_postgresql_crashes_and_recovers(installed):
    """Meanwhile the answer is 503, and whoever wrote tries again."""
    installation = installed()
    with Load(installation) as load:
        load.more()
        installation.database.kill()
        time.sleep(2)
        installation.database.start()
        load.more()
        assert load.history().wrongs() == []
        assert set().union(*(writer.refused for writer in load.writers)) == {503}


def test_a_reader_stops_reading(installed):
    """The others go on; when it reads again it misses nothing."""
    with Load(installed()) as load:
        load.more()
        load.readers[0].is_reading.clear()
        load.more(150)
        others = load.readers[1:]
        assert all(reader.at > load.readers[0].at for reader in others)
        load.readers[0].is_reading.set()
        assert load.history().wrongs() == []


def test_the_channel_layer_overflows(installed):
    with Load(installed("layer_overflows", "layer_overflows")) as load:
        load.more(150)
        assert load.history().wrongs() == []


def test_the_same_client_id_ten_times_at_once_on_two_processes(installed):
    installation = installed()
    tries = [Writer("ada", installation.tokens["ada"], [address], installation.topic) for address in installation.addresses * 5]
    with Load(installation) as load, concurrent.futures.ThreadPoolExecutor(len(tries)) as pool:
        for number in range(5):
            body = {"topic": installation.topic, "body": f"Once {number}", "client_id": str(uuid.uuid4())}
            list(pool.map(lambda each, body=body: each.post(body), tries))
        history = load.history()
    history.acknowledged += [each for one in tries for each in one.acknowledged]
    assert len(history.acknowledged) - len(load.acknowledged) == 50
    assert history.wrongs() == []


def test_lines_that_delay_and_drop_and_halve(installed):
    installation = installed()
    with contextlib.ExitStack() as lasting:
        lines = [lasting.enter_context(bad_line(address, seed)) for seed, address in enumerate(installation.addresses)]
        with Load(installation, over=[line.url for line in lines]) as load:
            load.more(60, within=60)
            assert sum(reader.times_back for reader in load.readers) > 0
            for line in lines:
                line.repair()
            assert load.history().wrongs() == []


def test_the_clock_of_one_worker_is_an_hour_off(installed):
    with Load(installed("", "clock_an_hour_ahead")) as load:
        load.more(100)
        assert load.history().wrongs() == []


def test_a_restart_under_load(installed):
    """One process after the other, as an operator does it: nobody's message is refused for good."""
    installation = installed()
    with Load(installation) as load:
        load.more()
        for server in installation.servers:
            installation.restart(server)
        load.more()
        assert load.history().wrongs() == []
        assert all(reader.times_back for reader in load.readers)


# --- the checker finds out a build that is broken


def test_a_build_that_acknowledges_before_the_commit_is_found_out(installed):
    installation = installed("answers_before_the_commit", "answers_before_the_commit")
    with Load(installation) as load:
        for server in installation.servers:
            load.more()
            server.kill()
            server.start()
        load.more()
        wrongs = load.history().wrongs()
    assert any(wrong.endswith("which was acknowledged") for wrong in wrongs), wrongs


def test_a_build_without_catch_up_is_found_out(installed):
    installation = installed("never_catches_up", "never_catches_up")
    with Load(installation, reading=ForgetfulReader) as load:
        load.more()
        installation.servers[0].kill()
        load.more()
        installation.servers[0].start()
        load.more()
        wrongs = load.history().wrongs()
    assert any("never saw" in wrong for wrong in wrongs), wrongs
    assert not any("twice" in wrong or "order" in wrong for wrong in wrongs), wrongs


def test_a_history_of_nothing_proves_nothing():
    """Each of the tests above waits for messages: an empty history has no wrongs, and no test may rest on one."""
    assert History().wrongs() == []
