"""What a person holds, as keys where they are few and as a query where they are many: the same."""

import pytest
from django.utils import timezone

from cohorts.models import Cohort, Convening, Enrolment, granted
from tests.cast import EVERYONE
from workspaces.models import Stream, Workspace

PLACES = (Workspace, Enrolment, Cohort, Convening, Stream)


def seen_by(person):
    """Keys of the places `person` sees, and of the cities in which they may do what."""
    may = ("view_city_work", "read_offices", "discuss", "edit_city_work", "sign", "facilitate", "research")
    seen = {place.__name__: set(place.objects.visible_to(person).values_list("pk", flat=True)) for place in PLACES}
    return seen | {codename: set(granted(person, Enrolment, codename)) for codename in may}


@pytest.mark.parametrize("who", EVERYONE)
def test_many_are_asked_as_a_query_and_are_the_same(cast, monkeypatch, who):
    Enrolment.objects.filter(pk=cast.birch.enrolment.pk).update(ended_at=timezone.now())
    Enrolment.objects.filter(pk=cast.cedar.enrolment.pk).update(activated_at=None)
    few = seen_by(getattr(cast, who))
    monkeypatch.setattr("cohorts.models.holdings.MANY", -1)
    assert seen_by(getattr(cast, who)) == few
    assert few["view_city_work"] <= {cast.alder.enrolment.pk}
