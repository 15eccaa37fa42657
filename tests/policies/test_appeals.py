"""Ada appeals against Nora's review; Nora answers on its page."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.models import Conflict
from policies.actions.appeals import answer_appeal, make_appeal
from policies.models import Appeal
from tests.policies.reviewing import add_reminders, begin, follow, published


@pytest.fixture
def review(cast):
    return published(cast.nora, add_reminders())


def test_an_appeal_is_answered_on_the_page_for_everyone(cast, review, as_person):
    page = f"/library/reviews/{review.pk}/"
    assert as_person("ada").post(f"{page}appeals/new/", {"body": ""}).status_code == 422
    as_person("ada").post(f"{page}appeals/new/", {"body": "You missed a study."})
    appeal = Appeal.objects.get()
    answer = f"{page}appeals/{appeal.pk}/answer/"
    assert [as_person(name).post(answer, {"answer": "No."}).status_code for name in ("ada", "omar", "otto")] == [403, 403, 403]
    shown = as_person("nora").get(page).content.decode()
    assert "You missed a study." in shown and answer in shown
    as_person("nora").post(answer, {"answer": "The next edition has it."})
    shown = as_person("dora").get(page).content.decode()
    assert "The next edition has it." in shown and "Ada</strong>, Mayor" in shown


def test_who_may_say_what(cast, review):
    with pytest.raises(PermissionDenied, match="next edition"):
        make_appeal(review, cast.nora, body="I was wrong.")
    with pytest.raises(ValidationError):
        make_appeal(begin(cast.nora, review.intervention), cast.omar, body="Too early.")
    appeal = make_appeal(review, cast.ben, body="You missed a study.")
    with pytest.raises(ValidationError):
        answer_appeal(appeal, cast.nora, answer=" ")
    answer_appeal(appeal, cast.nora, answer="So we did.")
    with pytest.raises(Conflict):
        answer_appeal(appeal, cast.nora, answer="Or not.")


def test_an_author_of_a_later_edition_answers_too(cast, review):
    appeal = make_appeal(review, cast.ben, body="You missed a study.")
    with pytest.raises(PermissionDenied):
        answer_appeal(appeal, cast.omar, answer="It is in now.")
    follow(review, cast.omar, rating="effective")
    appeal.review.refresh_from_db()
    assert answer_appeal(appeal, cast.omar, answer="It is in now.").answered_by == cast.omar
