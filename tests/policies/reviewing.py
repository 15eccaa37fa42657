"""An intervention with studies in the library, and reviews of it in every state. Everything in it is invented."""

from policies.actions.editions import begin_edition, publish_review
from policies.actions.evidence_reviews import (
    edit_outcome,
    edit_review,
    edit_study,
    missing_in,
    open_review,
    rate_outcome,
    take_studies,
)
from policies.criteria import DOMAIN_KEYS, RIGOUR_KEYS
from policies.models import Intervention, Study

QUESTION = {
    "population": "People with a court date in a misdemeanor case",
    "tried": "A text message three days before, and one day before",
    "comparison": "The summons alone",
    "asked_outcome": "Whether they appear",
}
REASONS = {key: {"concern": "none", "reason": "Both studies were large."} for key in DOMAIN_KEYS}
RIGOUR = dict.fromkeys(RIGOUR_KEYS, 2)


def add_reminders():
    reminders = Intervention.objects.create(
        slug="court-reminders", name="Court reminders", summary="They remind.", lead="joint"
    )
    for position, (title, direction) in enumerate([("Texts before court", "favourable"), ("A second look", "null")]):
        Study.objects.create(
            intervention=reminders,
            position=position,
            title=title,
            authors="Alder and Birch",
            year=2019 + position,
            outcome="failure to appear",
            direction=direction,
        )
    return reminders


def begin(person, intervention, **more):
    told = {"title": "Do reminders bring people to court?", "conflicts_of_interest": "none"} | QUESTION | more
    return open_review(person, intervention, **told)


def rated(review, person, **more):
    told = {"outcome": "failure to appear", "rating": "promising", "direction": "favourable", "certainty": "moderate"}
    return rate_outcome(review, person, **told | {"reasons": REASONS} | more)


def make_whole(review, person, **more):
    """One rated outcome, on two studies of the library, each scored."""
    outcome = rated(review, person, **more)
    for row in take_studies(review, person, review.intervention.studies.filter(entered_for=None)):
        edit_study(row, person, version=row.version, outcome=outcome, design_level=4, rigour=RIGOUR)
    review.refresh_from_db()
    assert missing_in(review) == []
    return review


def published(person, intervention, **more):
    review = make_whole(begin(person, intervention), person, **more)
    return publish_review(review, person, version=review.version)


def follow(review, person, **rating):
    """The next edition, published, with another rating of its one outcome."""
    draft = begin_edition(review, person, conflicts_of_interest="none")
    draft = edit_review(draft, person, version=draft.version, what_changed="One study more.", why_changed="It came out.")
    outcome = draft.outcomes.get()
    edit_outcome(outcome, person, version=outcome.version, **rating)
    draft.refresh_from_db()
    return publish_review(draft, person, version=draft.version)
