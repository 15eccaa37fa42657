"""While the database is away pages and API say so, and ask nothing of it to say it."""

from unittest import mock
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from django.conf import settings
from django.db import InterfaceError, OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper


def away(error):
    """Meanwhile the database answers with that."""
    return mock.patch.object(connection, "cursor", side_effect=error)


@pytest.fixture
def ada(as_person):
    client = as_person("ada")
    client.raise_request_exception = False
    return client


@pytest.mark.parametrize("address", ["/", "/accounts/login/?next=/settings/", "/workspaces/alder-ny/", "/library/"])
@pytest.mark.parametrize("error", [OperationalError("the connection is closed"), InterfaceError("it is not open")])
def test_a_page_says_that_it_will_be_back(ada, address, error):
    with away(error):
        answer = ada.get(address)
    assert (answer.status_code, answer["Retry-After"], answer["Cache-Control"]) == (503, "5", "no-store")
    assert "<h1>We will be back in a moment</h1>" in answer.content.decode()
    assert str(error) not in answer.content.decode()


def test_the_server_itself_says_it_too(live_server_url):
    """As uvicorn serves it, where the page of an error is made in another thread than the error."""
    asked = Request(f"{live_server_url}/library/", headers={"Cookie": f"{settings.SESSION_COOKIE_NAME}={'a' * 32}"})
    error = OperationalError("the connection is closed")
    with mock.patch.object(BaseDatabaseWrapper, "cursor", side_effect=error), pytest.raises(HTTPError) as refused:
        urlopen(asked, timeout=30)
    with refused.value as answer:
        assert (answer.code, answer.headers["Retry-After"]) == (503, "5")
        assert "<h1>We will be back in a moment</h1>" in answer.read().decode()


def test_the_api_says_it_in_its_own_form(ada):
    with away(OperationalError("the connection is closed")):
        answer = ada.get("/api/v1/topics/")
    detail = "This cannot be reached for a moment. Nothing was saved by half: try again soon."
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")
    assert answer.json() == {"type": "server_error", "errors": [{"code": "unavailable", "detail": detail, "attr": None}]}


def test_what_is_wrong_with_us_is_still_a_500(ada):
    with mock.patch("policies.views.interventions.render", side_effect=ValueError("a mistake of ours")):
        assert ada.get("/library/").status_code == 500
