"""Ike is the IT contact of Alder's mayor's office. At the provider Ada is `ada.work`, Ike `ike.work`, Ben `ben.work`."""

import pytest
from django.core.cache import cache


@pytest.fixture(autouse=True)
def fresh_counts():
    """Tries are counted in the cache, which outlives a test."""
    cache.clear()


@pytest.fixture
def ike(cast):
    from tests.cast import give_factor, person, seat  # noqa: PLC0415 (models can be imported only once Django is set up)

    made = person("ike")
    give_factor(made)
    seat(made, "it_contact", "IT contact", office=cast.offices["alder"][0])
    return made


@pytest.fixture
def mayors(cast):
    return cast.offices["alder"][0]


@pytest.fixture
def sign_on(mayors, ike, provider):
    from cohorts.actions.sign_ons import set_sign_on  # noqa: PLC0415 (models can be imported only once Django is set up)
    from tests.cohorts.sign_ons.signing_on import told_of  # noqa: PLC0415 (so it is with these)

    return set_sign_on(mayors, ike, **told_of(provider, domains=" example.org "))
