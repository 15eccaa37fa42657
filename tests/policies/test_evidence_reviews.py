"""Nora does research in Alder, Omar in Birch; Ben and Ada are Alder's two principals."""

import json

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.models import AuditEntry, Conflict
from policies.actions.editions import begin_edition, publish_review
from policies.actions.evidence_reviews import (
    add_author,
    add_study,
    declare_conflicts,
    discard_review,
    edit_outcome,
    edit_review,
    edit_study,
    missing_in,
    open_review,
    rate_outcome,
    remove_study,
    take_studies,
)
from policies.actions.trackers import open_tracker
from policies.models import EvidenceReview, Study
from tests.policies.reviewing import QUESTION, REASONS, RIGOUR, add_reminders, begin, follow, make_whole, published, rated

API = "/api/v1/evidence-reviews/"


@pytest.fixture
def reminders(cast):
    return add_reminders()


def refused(verb, *args, **told):
    with pytest.raises(ValidationError) as stopped:
        verb(*args, **told)
    return stopped.value.messages


def test_a_researcher_declares_before_all_else(cast, reminders):
    for name in ("ada", "finn", "ivy", "gus", "otto"):
        with pytest.raises(PermissionDenied):
            begin(getattr(cast, name), reminders)
    assert refused(begin, cast.nora, reminders, conflicts_of_interest="  ") == ["Declare them first; “none” is an answer too."]
    assert not EvidenceReview.objects.exists()
    review = begin(cast.nora, reminders)
    assert (review.status, review.edition, review.authors.get().conflicts_of_interest) == ("draft", None, "none")


def test_a_co_author_declares_before_they_change_anything(cast, reminders):
    review = begin(cast.nora, reminders)
    with pytest.raises(PermissionDenied):
        edit_review(review, cast.omar, version=review.version, title="Mine")
    assert refused(add_author, review, cast.nora, new=cast.ada) == ["Choose somebody who does research in a cohort now."]
    add_author(review, cast.nora, new=cast.omar)
    review.refresh_from_db()
    assert refused(edit_review, review, cast.omar, version=review.version, title="Mine") == [
        "Declare your conflicts of interest first; “none” is an answer too."
    ]
    assert missing_in(review)[0] == "Omar has not declared conflicts of interest."
    declare_conflicts(review, cast.omar, conflicts_of_interest="I wrote one of the studies.")
    review.refresh_from_db()
    assert edit_review(review, cast.omar, version=review.version, title="Ours").title == "Ours"


def test_who_advises_a_city_that_adopted_it_does_not_rate_it(cast, reminders):
    open_tracker(cast.standing("ada"), intervention=reminders)
    review = begin(cast.nora, reminders)
    told = ["You advise a city that has adopted this, so another author rates its outcomes."]
    assert refused(rated, review, cast.nora) == told
    add_author(review, cast.nora, new=cast.omar)
    declare_conflicts(review, cast.omar, conflicts_of_interest="none")
    outcome = rated(review, cast.omar)
    assert refused(edit_outcome, outcome, cast.nora, version=1, rating="effective") == told


def test_a_draft_says_what_it_lacks(cast, reminders):
    review = open_review(cast.nora, reminders, title="Reminders", conflicts_of_interest="none", population="Everyone")
    rate_outcome(
        review,
        cast.nora,
        outcome="appearance",
        rating="inconclusive",
        direction="mixed",
        certainty="low",
        reasons={"imprecision": {"concern": "serious", "reason": "Forty people."}},
    )
    add_study(review, cast.nora, doi="https://doi.org/10.1234/abc.5")
    assert missing_in(review) == [
        "The question has no “what is tried”.",
        "The question has no “compared with what”.",
        "The question has no “what should change”.",
        "“appearance” gives no reason for: risk of bias, inconsistency, indirectness, publication bias.",
        "“appearance” has no study.",
        "“doi:10.1234/abc.5” has no title and has no outcome and has no direction and belongs to no outcome of the review "
        "and is not scored on every item.",
    ]
    review.refresh_from_db()
    assert refused(publish_review, review, cast.nora, version=review.version) == missing_in(review)
    review.refresh_from_db()
    assert review.status == "draft"


@pytest.mark.parametrize(
    "fields, message",
    [
        ({"doi": "ten point one"}, "“ten point one” is not a DOI. One looks like 10.1111/1745-9133.12353."),
        ({"effect": 0.4}, "Say what the numbers are: a ratio, a change in percent, a difference."),
        (
            {"effect": 0.4, "ci_low": 0.5, "ci_high": 0.9, "effect_measure": "odds_ratio"},
            "The effect lies between the lower and the upper end of its interval.",
        ),
        (
            {"effect": 0.4, "ci_low": 0.2, "effect_measure": "odds_ratio"},
            "An interval has an effect, a lower and an upper end.",
        ),
        ({"effect": -0.4, "effect_measure": "risk_ratio"}, "A ratio is above zero; 1 is no difference."),
        ({"effect": float("inf"), "effect_measure": "percent_change"}, "Enter numbers."),
    ],
)
def test_a_study_that_cannot_be_is_refused_with_the_place(cast, reminders, fields, message):
    review = begin(cast.nora, reminders)
    assert refused(add_study, review, cast.nora, title="T", **fields) == [message]
    assert Study.objects.filter(entered_for=review).count() == 0


@pytest.mark.parametrize(
    "reasons",
    [
        {"luck": {"concern": "none", "reason": ""}},
        {"imprecision": {"concern": "some", "reason": ""}},
        {"imprecision": "much"},
        {"imprecision": {"concern": "none", "reason": 5}},
    ],
)
def test_reasons_are_of_gradess_domains(cast, reminders, reasons):
    review = begin(cast.nora, reminders)
    assert len(refused(rated, review, cast.nora, reasons=reasons)) == 1
    assert not review.outcomes.exists()


@pytest.mark.parametrize("rigour", [{"luck": 1}, {"sample": 4}, {"sample": True}, {"sample": "good"}, {"sample": None}])
def test_scores_are_of_the_items(cast, reminders, rigour):
    review = begin(cast.nora, reminders)
    (row,) = take_studies(review, cast.nora, reminders.studies.all()[:1])
    assert len(refused(edit_study, row, cast.nora, version=1, rigour=rigour)) == 1


def test_an_edition_is_published_and_stays_as_it_is(cast, reminders):
    review = published(cast.nora, reminders)
    assert (review.status, review.edition, review.is_second_read) == ("published", 1, False)
    outcome, row = review.outcomes.get(), review.studies.first()
    for verb, args in [
        (edit_review, (review,)),
        (edit_outcome, (outcome,)),
        (edit_study, (row,)),
    ]:
        assert refused(verb, *args, cast.nora, version=1, title="Other") == [
            "This is published by now, so it cannot be changed."
        ]
    assert refused(remove_study, row, cast.nora) == ["This is published by now, so it cannot be changed."]
    assert refused(discard_review, review, cast.nora) == ["This is published by now, so it cannot be changed."]
    entry = AuditEntry.objects.get(action="review.published")
    assert (entry.actor, entry.chain.cohort, entry.subject_words) == (cast.nora, cast.cohort, f"{review.title}, edition 1")


def test_the_next_edition_says_what_changed_and_supersedes(cast, reminders):
    first = published(cast.nora, reminders)
    draft = begin_edition(first, cast.omar, conflicts_of_interest="none")
    assert refused(begin_edition, first, cast.nora, conflicts_of_interest="none") == ["The next edition is begun already."]
    assert missing_in(draft) == [
        "It does not say what changed since edition 1.",
        "It does not say why since edition 1.",
    ]
    assert [row.outcome.review for row in draft.studies.all()] == [draft, draft]
    discard_review(draft, cast.omar)
    second = follow(first, cast.nora, rating="effective")
    first.refresh_from_db()
    assert (first.status, first.edition, first.outcomes.get().rating) == ("superseded", 1, "promising")
    assert (second.status, second.edition, second.outcomes.get().rating) == ("published", 2, "effective")
    assert first.superseded_at == second.published_at


def test_two_authors_at_once_lose_nothing(cast, reminders):
    review = begin(cast.nora, reminders)
    seen = review.version
    edit_review(review, cast.nora, version=seen, title="First")
    with pytest.raises(Conflict):
        edit_review(review, cast.nora, version=seen, title="Second")
    outcome = rated(review, cast.nora)
    edit_outcome(outcome, cast.nora, version=1, rating="effective")
    with pytest.raises(Conflict):
        edit_outcome(outcome, cast.nora, version=1, rating="negative")
    outcome.refresh_from_db()
    assert (outcome.rating, outcome.version) == ("effective", 2)


def test_a_study_entered_for_a_draft_is_in_the_library_once_that_is_published(cast, reminders, as_person):
    review = begin(cast.nora, reminders)
    row = add_study(review, cast.nora, title="Third of three", outcome="appearance", direction="null")
    page = "/library/interventions/court-reminders/"
    assert "Third of three" not in as_person("ada").get(page).content.decode()
    edit_study(row, cast.nora, version=1, study={"title": "Third, put right"})
    make_whole_with(review, cast.nora, row)
    publish_review(review, cast.nora, version=review.version)
    assert "Third, put right" in as_person("ada").get(page).content.decode()


def make_whole_with(review, person, row):
    outcome = rated(review, person, outcome="appearance", rating="ineffective", direction="null")
    row.refresh_from_db()
    edit_study(row, person, version=row.version, outcome=outcome, design_level=5, rigour=RIGOUR)
    review.refresh_from_db()
    return review


def test_what_is_taken_out_of_a_draft_is_gone_only_if_it_was_entered_for_it(cast, reminders):
    review = begin(cast.nora, reminders)
    own = add_study(review, cast.nora, title="Own")
    (taken,) = take_studies(review, cast.nora, reminders.studies.filter(title="Texts before court"))
    remove_study(own, cast.nora)
    remove_study(taken, cast.nora)
    assert list(reminders.studies.values_list("title", flat=True)) == ["Texts before court", "A second look"]
    add_study(review, cast.nora, title="Own again")
    discard_review(review, cast.nora)
    assert reminders.studies.count() == 2


# --- who reads


def test_who_reads_it_in_which_state(cast, reminders):
    def readers(review):
        names = ("ada", "ben", "finn", "nora", "omar", "dora", "gus", "ivy", "otto")
        return {name for name in names if EvidenceReview.objects.visible_to(getattr(cast, name)).contains(review)}

    review = begin(cast.nora, reminders)
    assert readers(review) == {"nora"}
    review = make_whole(review, cast.nora)
    review = publish_review(review, cast.nora, version=review.version)
    everyone = {"ada", "ben", "finn", "nora", "omar", "dora", "gus", "ivy"}
    assert readers(review) == everyone
    second = follow(review, cast.nora, rating="effective")
    assert (readers(review), readers(second)) == (everyone, everyone)


def test_a_draft_is_not_there_for_others_and_a_published_one_not_theirs_to_change(cast, reminders, as_person):
    review = begin(cast.nora, reminders)
    page = f"/library/reviews/{review.pk}/"
    assert [as_person(name).get(page).status_code for name in ("nora", "omar", "ada", "otto")] == [200, 404, 404, 403]
    assert [as_person(name).get(f"{page}edit/").status_code for name in ("nora", "omar", "ada", "otto")] == [200, 404, 403, 403]
    review = make_whole(review, cast.nora)
    publish_review(review, cast.nora, version=review.version)
    assert [as_person(name).get(page).status_code for name in ("nora", "omar", "ada", "otto")] == [200, 200, 200, 403]
    assert as_person("omar").post(f"{page}publish/", {"version": review.version}).status_code == 403


# --- where the rating is shown


RATINGS = ("promising", "ineffective", "none")


def test_the_library_shows_the_rating_with_edition_day_and_that_nobody_read_it_twice(cast, reminders, as_person):
    ada = as_person("ada")
    assert ada.get("/api/v1/interventions/court-reminders/").json()["outcome_ratings"] == []
    review = published(cast.nora, reminders)
    told = ada.get("/api/v1/interventions/court-reminders/").json()["outcome_ratings"]
    as_of = review.published_at.date()
    assert told == [
        {
            "outcome": "failure to appear",
            "rating": "promising",
            "direction": "favourable",
            "certainty": "moderate",
            "review": str(review.pk),
            "edition": 1,
            "as_of": as_of.isoformat(),
            "is_second_read": False,
        }
    ]
    for path in ("/library/", "/library/interventions/court-reminders/"):
        page = " ".join(ada.get(path).content.decode().split())
        assert "Failure to appear: promising" in page
        assert ", not second-read" in page
        assert "edition 1" in page
    page = ada.get("/library/interventions/court-reminders/").content.decode()
    assert "not yet reviewed here" not in page
    second = follow(review, cast.nora, rating="ineffective", direction="null")
    told = ada.get("/api/v1/interventions/court-reminders/").json()["outcome_ratings"]
    assert [(each["rating"], each["edition"], each["review"]) for each in told] == [("ineffective", 2, str(second.pk))]
    shown = {rating: "court-reminders" in ada.get(f"/library/?rating={rating}").content.decode() for rating in RATINGS}
    assert shown == {"promising": False, "ineffective": True, "none": False}  # by what stands today


def test_a_tracker_shows_it_beside_the_work(cast, reminders, as_person):
    tracker = open_tracker(cast.standing("ada"), intervention=reminders)
    page = as_person("ben").get(f"/workspaces/alder-ny/trackers/{tracker.pk}/").content.decode()
    assert "Not yet reviewed here." in page
    review = begin(cast.omar, reminders)
    make_whole(review, cast.omar)
    publish_review(review, cast.omar, version=review.version)
    page = " ".join(as_person("ben").get(f"/workspaces/alder-ny/trackers/{tracker.pk}/").content.decode().split())
    assert "Failure to appear: promising" in page and ", not second-read" in page


# --- pages


def test_from_the_declaration_to_a_published_edition_without_a_script(cast, reminders, as_person):
    nora = as_person("nora")
    answer = nora.post(
        "/library/interventions/court-reminders/reviews/new/", {"title": "Reminders", "conflicts_of_interest": ""}
    )
    assert answer.status_code == 422
    nora.post("/library/interventions/court-reminders/reviews/new/", {"title": "Reminders", "conflicts_of_interest": "none"})
    review = EvidenceReview.objects.get()
    base = f"/library/reviews/{review.pk}/"
    nora.post(f"{base}edit/", {"version": 1, "title": "Reminders", **QUESTION})
    outcome = {"outcome": "failure to appear", "rating": "promising", "direction": "favourable", "certainty": "low"}
    outcome |= {f"{key}_concern": "serious" for key in REASONS} | {f"{key}_reason": f"Because of {key}." for key in REASONS}
    assert nora.post(f"{base}outcomes/new/", outcome | {"rating": "best"}).status_code == 422
    assert nora.post(f"{base}outcomes/new/", outcome).status_code == 302
    study = {"doi": "10.1234/five", "title": "Five", "outcome": "appearance", "direction": "null"}
    assert nora.post(f"{base}studies/new/", study | {"doi": "five"}).status_code == 422
    nora.post(f"{base}studies/new/", study)
    nora.post(f"{base}studies/library/", {"studies": [reminders.studies.get(title="A second look").pk]})
    page = nora.get(base).content.decode()
    assert page.count("is not scored on every item") == 2
    for row in review.studies.all():
        scores = {"version": row.version, "outcome": review.outcomes.get().pk, "design_level": 5, "note": "Fine."}
        scores |= {f"rigour_{key}": "not_reported" for key in RIGOUR}
        assert nora.post(f"{base}studies/{row.pk}/", scores).status_code == 302
    review.refresh_from_db()
    assert "It is whole" in nora.get(base).content.decode()
    nora.post(f"{base}publish/", {"version": review.version})
    review.refresh_from_db()
    assert (review.status, review.edition) == ("published", 1)
    assert review.outcomes.get().reasons["imprecision"] == {"concern": "serious", "reason": "Because of imprecision."}
    page = as_person("ada").get(base).content.decode()
    assert "not second-read" in page and "Because of publication_bias." in page and "Five" in page


def test_an_outcome_is_rated_anew_on_its_page(cast, reminders, as_person):
    review = begin(cast.nora, reminders)
    outcome = rated(review, cast.nora)
    told = {"outcome": "jail nights", "rating": "negative", "direction": "unfavourable", "certainty": "low", "version": 1}
    told |= {f"{key}_concern": "none" for key in REASONS}
    page = f"/library/reviews/{review.pk}/outcomes/{outcome.pk}/"
    assert as_person("nora").post(page, told).status_code == 302
    outcome.refresh_from_db()
    assert (outcome.outcome, outcome.rating, outcome.version) == ("jail nights", "negative", 2)
    assert as_person("nora").post(page, told).status_code == 409


def test_the_second_to_save_a_question_sees_both_texts(cast, reminders, as_person):
    review = begin(cast.nora, reminders)
    edit_review(review, cast.nora, version=1, population="Everybody")
    nora = as_person("nora")
    answer = nora.post(f"/library/reviews/{review.pk}/edit/", {"version": 1, "title": review.title, "population": "Some"})
    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Everybody" in page and "Some" in page and "Somebody else saved while you were writing" in page


def test_a_list_asks_as_much_for_three_as_for_one(cast, reminders, as_person, django_assert_num_queries):
    from django.db import connection  # noqa: PLC0415
    from django.test.utils import CaptureQueriesContext  # noqa: PLC0415

    nora = as_person("nora")

    def queries(path):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            assert nora.get(path).status_code == 200
        return len(asked)

    review = published(cast.nora, reminders)
    paths = ["/library/reviews/", "/library/", "/library/interventions/court-reminders/", API, f"/library/reviews/{review.pk}/"]
    nora.get(paths[0])
    before = [queries(path) for path in paths]
    for title in ("Two", "Three"):
        more = make_whole(begin(cast.nora, reminders, title=title), cast.nora)
        publish_review(more, cast.nora, version=more.version)
    follow(review, cast.nora, rating="effective")
    assert [queries(path) for path in paths] == before


# --- API


def test_the_api_writes_and_publishes_a_review(cast, reminders, as_person):
    nora = as_person("nora")
    body = {
        "intervention": "court-reminders",
        "title": "By API",
        "conflicts_of_interest": "none",
        "question": {"population": "A", "intervention": "B", "comparison": "C", "outcome": "D"},
        "outcomes": [
            {"outcome": "appearance", "rating": "effective", "direction": "favourable", "certainty": "high", "reasons": REASONS}
        ],
        "studies": [
            {"study": reminders.studies.first().pk, "of_outcome": "appearance", "design_level": 5, "rigour": RIGOUR},
            {
                "title": "Own",
                "doi": "doi:10.1234/x",
                "outcome": "appearance",
                "direction": "favourable",
                "effect_measure": "odds_ratio",
                "effect": 0.5,
                "ci_low": 0.3,
                "ci_high": 0.8,
                "of_outcome": "appearance",
                "design_level": 3,
                "rigour": RIGOUR,
            },
        ],
    }
    made = nora.post(API, json.dumps(body), content_type="application/json")
    assert made.status_code == 201, made.content
    told = made.json()
    assert (told["status"], told["edition"], told["question"]) == ("draft", None, body["question"])
    assert [each["doi"] for each in told["studies"]] == ["", "10.1234/x"]
    patch = {"version": told["version"], "applicability": "Cities with phones", "studies": body["studies"][1:]}
    told = nora.patch(f"{API}{told['id']}/", json.dumps(patch), content_type="application/json").json()
    assert (told["applicability"], len(told["studies"])) == ("Cities with phones", 1)
    stale = nora.patch(f"{API}{told['id']}/", json.dumps({"version": 1, "title": "X"}), content_type="application/json")
    assert (stale.status_code, stale.json()["current"]["title"]) == (409, "By API")
    answer = nora.post(f"{API}{told['id']}/publish/", json.dumps({"version": told["version"]}), content_type="application/json")
    assert (answer.status_code, answer.json()["edition"], answer.json()["is_second_read"]) == (200, 1, False)
    seen = as_person("ben").get(f"{API}{told['id']}/").json()
    assert seen["conflicts_of_interest"] == "Nora: none"
    assert seen["outcomes"][0]["certainty"] == "high"


@pytest.mark.parametrize(
    "change, status",
    [
        ({"intervention": "never-was"}, 404),
        ({"conflicts_of_interest": ""}, 400),
        ({"studies": [{"doi": "x", "title": "y"}]}, 400),
        ({"studies": [{"title": "y", "of_outcome": "none such"}]}, 400),
        ({"outcomes": [{"outcome": "a", "rating": "best", "direction": "null", "certainty": "low"}]}, 400),
    ],
)
def test_the_api_stores_nothing_by_half(cast, reminders, as_person, change, status):
    body = {"intervention": "court-reminders", "title": "By API", "conflicts_of_interest": "none"} | change
    answer = as_person("nora").post(API, json.dumps(body), content_type="application/json")
    assert answer.status_code == status, answer.content
    assert EvidenceReview.objects.count() == 0 and Study.objects.count() == 2
