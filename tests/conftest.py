"""The tests' own plugins, and the cast. The plugins come before anything of Django's: tests.servers sets the environment."""

import pytest
from hypothesis import settings

# The same examples in every run: what is green stays so until something changes.
settings.register_profile("same", derandomize=True)
settings.load_profile("same")

pytest_plugins = ["tests.servers", "tests.browser", "tests.mail_server", "tests.identity_provider", "tests.sockets"]


@pytest.fixture
def cast(db):
    from tests.cast import kept  # noqa: PLC0415 (models can be imported only once Django is set up)

    return kept.bring()


@pytest.fixture
def as_person(client, cast):
    """`as_person("ada")`: the test client, signed in as that member of the cast, asked again just now."""
    from tests.cast import come_in  # noqa: PLC0415 (models can be imported only once Django is set up)

    def sign_in(name):
        come_in(client, getattr(cast, name))
        return client

    return sign_in


@pytest.fixture(autouse=True)
def what_is_held_is_known(monkeypatch):
    """What somebody holds is read once after it changed, by the first who needs it: where a test counts what a page asks, that
    reading is left out, and the one question whether it still holds is not."""
    from django.db import connection  # noqa: PLC0415 (its settings stand only by now)

    from cohorts.models import holdings  # noqa: PLC0415
    from workspaces.models import rooms  # noqa: PLC0415

    def uncounted(function, but):
        def call(*args):
            counted = len(connection.queries_log) + but
            answer = function(*args)
            while len(connection.queries_log) > counted:
                connection.queries_log.pop()
            return answer

        return call

    monkeypatch.setattr("cohorts.models.holdings.look_up", uncounted(holdings.look_up, but=1))
    monkeypatch.setattr("workspaces.models.rooms.rooms_of", uncounted(rooms.rooms_of, but=0))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup, django_db_blocker):
    """On PostgreSQL a server's thread may leave a session behind when it ends, and a database in use cannot be dropped."""
    from django.db import connection  # noqa: PLC0415 (its settings stand only by now)

    yield
    if connection.vendor == "postgresql":
        with django_db_blocker.unblock(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                "WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture
def files_of_its_own(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def sent(django_capture_on_commit_callbacks, mailoutbox):
    """`sent(verb, …)`: what the verb returned and the letters that left after it."""

    def sent(verb, *args, **kwargs):
        before = len(mailoutbox)
        with django_capture_on_commit_callbacks(execute=True):
            made = verb(*args, **kwargs)
        return made, mailoutbox[before:]

    return sent
