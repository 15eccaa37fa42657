"""What the tests stand on: each process has names of its own, and the servers it starts have the same."""

import os

from django.conf import settings


def test_a_process_and_the_servers_it_starts_go_by_the_same_names():
    """In xdist's workers, too: else a server started beside a test listens on another Redis prefix than the test speaks on."""
    assert os.environ["MPI_REDIS_PREFIX"] == settings.REDIS_PREFIX
    assert str(settings.DATA_DIR) == os.path.realpath(os.environ["MPI_DATA_DIR"])
