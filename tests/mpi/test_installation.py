"""What an administrator is told of the installation: how it does, what it is set to, and of secrets only that they are set."""

import datetime as dt

import pytest
from django.utils import timezone
from huey.contrib.djhuey import HUEY

from cohorts.actions.invitations import invite
from cohorts.models import Invitation
from mpi.installation import value_of
from mpi.tasks import ALIVE, FAILED, say_alive
from tests.cast import build_cast
from tests.cohorts.test_invitations import words
from workspaces.models import Mail

PAGE = "/people/administration/installation/"


@pytest.fixture(autouse=True)
def nothing_told():
    """The jobs' own store outlasts a test."""
    for key in (ALIVE, FAILED):
        HUEY.get(key)
    yield
    for key in (ALIVE, FAILED):
        HUEY.get(key)


@pytest.mark.parametrize("who", ["ada", "finn", "nora", "gus", "otto"])
def test_nobody_else_finds_it(cast, as_person, who):
    assert as_person(who).get(PAGE).status_code == 404


def test_how_it_does(cast, as_person):
    page = as_person("ivy").get(PAGE)
    assert page.context["parts"] == [("database", True), ("channel layer", True), ("storage", True), ("tables", True)]
    assert "Version 0.1.0" in words(page)


def test_secrets_are_said_to_be_set_and_nothing_more(cast, as_person, settings, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", "amaranth")
    monkeypatch.setenv("NEW_KEY", "bergamot")
    monkeypatch.setenv("REDIS_URL", "redis://:celandine@cache.example.org:6379/1")
    settings.ASKED = [*settings.ASKED, "NEW_KEY"]  # one that nobody wrote words for yet
    page = as_person("ivy").get(PAGE)
    told = {each["name"]: (each["value"], each["is_told"]) for each in page.context["settings"]}
    assert (told["SECRET_KEY"], told["NEW_KEY"]) == (("Set", True), ("Set", True))
    assert told["METRICS_TOKEN"] == ("Not set", False)
    assert not [word for word in ("amaranth", "bergamot", "celandine") if word in page.content.decode()]
    assert settings.SECRET_KEY not in page.content.decode()


@pytest.mark.parametrize(
    "name, changed, value",
    [
        ("REDIS_URL", {"REDIS_URL": ""}, "None: within this process alone"),
        ("REDIS_URL", {"REDIS_URL": "redis://:secret@cache.example.org:6379/1"}, "Redis at cache.example.org, 1"),
        ("REDIS_URL", {"REDIS_URL": "unix:///run/redis.sock"}, "Redis at /run/redis.sock"),
        ("EMAIL_URL", {"EMAIL_BACKEND": "django.core.mail.backends.console.EmailBackend"}, "Printed on the console"),
        ("MPI_DEMO", {"MPI_DEMO": True}, "Yes"),
        ("ALLOWED_HOSTS", {"ALLOWED_HOSTS": ["mpi.example.org", "localhost"]}, "mpi.example.org, localhost"),
        ("TRUSTED_PROXIES", {"TRUSTED_PROXIES": []}, "None"),
        (
            "DATABASE_URL",
            {
                "DATABASES": {
                    "default": {"ENGINE": "x.postgresql", "HOST": "db.example.org", "NAME": "mpi", "PASSWORD": "secret"}
                }
            },
            "PostgreSQL at db.example.org, mpi",
        ),
        (
            "EMAIL_URL",
            {
                "EMAIL_BACKEND": "django.core.mail.backends.smtp.EmailBackend",
                "EMAIL_HOST": "mail.example.org",
                "EMAIL_PORT": 587,
                "EMAIL_HOST_PASSWORD": "secret",
            },
            "SMTP at mail.example.org, port 587",
        ),
    ],
)
def test_a_setting_in_words(monkeypatch, name, changed, value):
    from django.conf import settings  # noqa: PLC0415 (changed by hand: the database's setting may not be, by the fixture)

    for key, each in changed.items():
        monkeypatch.setattr(settings, key, each)
    assert value_of(name) == value


def test_the_jobs(cast, as_person):
    assert "Not heard of yet" in words(as_person("ivy").get(PAGE))
    say_alive.call_local()
    page = as_person("ivy").get(PAGE)
    assert "At work" in words(page) and "No job has failed." in words(page)
    HUEY.put(ALIVE, timezone.now() - dt.timedelta(minutes=10))
    assert "Silent since" in words(as_person("ivy").get(PAGE))


def test_a_job_that_failed_is_named_without_its_words(cast, as_person):
    @HUEY.task()
    def water_the_plants():
        raise ValueError("amaranth")

    try:
        for _ in range(25):
            HUEY.execute(water_the_plants.s())
    finally:
        HUEY._registry.unregister(water_the_plants.task_class)
    page = as_person("ivy").get(PAGE)
    assert len(page.context["jobs"]["failed"]) == 20
    assert "water_the_plants: ValueError" in words(page) and "amaranth" not in page.content.decode()


def test_what_waits(cast, as_person, django_capture_on_commit_callbacks):
    invite(cast.ada, email="vera@example.org", office=cast.offices["alder"][0], role="staff")  # its mail never left
    counts = {what: (many, is_bad) for what, many, is_bad in as_person("ivy").get(PAGE).context["waiting"]}
    assert counts["Invitations whose mail was not sent"] == (1, True)
    Invitation.objects.update(mailed_at=timezone.now())
    Mail.objects.create(key="a", kind=Mail.Kind.NEWS, state=Mail.State.REFUSED)
    for minutes in (5, 15, 25):
        due_at = timezone.now() - dt.timedelta(minutes=minutes)
        Mail.objects.create(key=f"{minutes}", kind=Mail.Kind.NEWS, due_at=due_at)
    counts = {what: (many, is_bad) for what, many, is_bad in as_person("ivy").get(PAGE).context["waiting"]}
    assert counts["Invitations whose mail was not sent"] == (0, False)
    assert counts["Mails past their time, which are tried again"] == (2, True)
    assert counts["Mails that the mail server refused"] == (1, True)


@pytest.mark.parametrize("width", [1280, 320])
def test_administrators_pages_are_accessible(live_server_url, page, sign_in, assert_accessible, width):
    build_cast()
    page.set_viewport_size({"width": width, "height": 800})
    sign_in(page, "ivy@example.org")
    for address in (PAGE, "/people/administration/audit/", "/people/administration/accounts/"):
        page.goto(address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") == width
