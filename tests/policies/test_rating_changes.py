"""A rating changes under Alder's work: Omar publishes, Ada and Ben are told once, with before and after."""

import pytest

from policies.actions.editions import publish_review
from policies.actions.trackers import open_tracker
from policies.models import RatingChange, changes_of
from tests.policies.reviewing import add_reminders, begin, follow, make_whole, published
from workspaces.models import Event


@pytest.fixture
def reminders(cast):
    return add_reminders()


def words(answer):
    return " ".join(answer.content.decode().split())


def told(workspace):
    return Event.objects.filter(kind="rating.changed", stream__workspace=workspace).count()


def test_a_city_that_uses_it_is_told_once_with_before_and_after(cast, reminders, as_person):
    first = published(cast.omar, reminders)
    assert RatingChange.objects.count() == 0  # nobody uses it yet
    ada = cast.standing("ada")
    tracker = open_tracker(ada, intervention=reminders, title="Reminders")
    open_tracker(ada, intervention=reminders, title="Reminders once more")
    second = follow(first, cast.omar, rating="ineffective", direction="null")
    assert [(change.review, change.workspace) for change in RatingChange.objects.all()] == [(second, cast.alder)]
    assert (told(cast.alder), told(cast.birch)) == (1, 0)
    for name in ("ada", "ben"):
        client = as_person(name)
        assert "Evidence changed: Court reminders, 1 outcome, Alder" in words(client.get("/"))
        page = words(client.get(f"/workspaces/alder-ny/trackers/{tracker.pk}/"))
        assert "before: promising, moderate certainty, favourable; after: <strong>ineffective, moderate certainty" in page
        assert "When this city took it on:</strong> Failure to appear: promising" in page
        assert "Failure to appear: ineffective</strong>" in page
    assert "Evidence changed" not in words(as_person("cleo").get("/"))


def test_an_edition_that_changes_no_rating_tells_nobody(cast, reminders):
    first = published(cast.omar, reminders)
    open_tracker(cast.standing("ada"), intervention=reminders)
    second = follow(first, cast.omar, summary="Said better.")
    assert (changes_of(second), RatingChange.objects.count(), told(cast.alder)) == ([], 0, 0)


def test_the_first_review_is_a_change_too(cast, reminders, as_person):
    tracker = open_tracker(cast.standing("ada"), intervention=reminders)
    review = make_whole(begin(cast.omar, reminders), cast.omar)
    publish_review(review, cast.omar, version=review.version)
    page = words(as_person("ben").get(f"/workspaces/alder-ny/trackers/{tracker.pk}/"))
    assert "no review here had rated it" in page
    assert "before: not rated; after: <strong>promising" in page


def test_a_tracker_keeps_the_rating_it_was_adopted_under(cast, reminders):
    first = published(cast.omar, reminders)
    tracker = open_tracker(cast.standing("ada"), intervention=reminders)
    follow(first, cast.omar, rating="negative")
    (kept,) = tracker.adopted_under.select_related("review")
    assert (kept.rating, kept.review.edition, [now.rating for now in reminders.outcome_ratings]) == (
        "promising",
        1,
        ["negative"],
    )


def test_an_outcome_that_is_new_or_gone_is_a_change(cast, reminders):
    first = published(cast.omar, reminders)
    second = follow(first, cast.omar, outcome="jail nights")
    assert [(each["outcome"], bool(each["before"]), bool(each["after"])) for each in changes_of(second)] == [
        ("failure to appear", True, False),
        ("jail nights", False, True),
    ]
