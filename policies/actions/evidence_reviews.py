"""What researchers do with evidence reviews: declare, ask, add and score studies, rate outcomes, publish edition by edition.

Every verb takes the review and the person, and asks again, under the review's lock, whether it is theirs to do."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from cohorts.models import Conflict

from ..criteria import DOMAIN_KEYS, DOMAINS
from ..models import (
    EvidenceReview,
    Retraction,
    ReviewAuthor,
    ReviewOutcome,
    ReviewStudy,
    Study,
    advises_adopter,
    researching_term,
)

FIELDS = ("title", "population", "tried", "comparison", "asked_outcome", "applicability", "what_changed", "why_changed")
OUTCOME_FIELDS = ("outcome", "rating", "direction", "certainty", "reasons", "summary")
STUDY_FIELDS = (
    *("authors", "year", "title", "source", "design", "setting", "sample", "sample_size", "outcome", "direction"),
    *("effect_text", "effect_measure", "effect", "ci_low", "ci_high", "ci95", "is_meta_analysis", "doi", "read_at", "note"),
)
SCORE_FIELDS = ("outcome", "design_level", "rigour", "note")
Status = EvidenceReview.Status


def require_researcher(person):
    """The term in which they do research. Raises PermissionDenied for anybody else, whatever the review."""
    term = researching_term(person)
    if term is None:
        raise PermissionDenied
    return term


def as_author(review, person, *, of=(Status.DRAFT,)):
    """`(review, author)`: the review locked, as it stands now, and who of its authors `person` is.

    Raises PermissionDenied for others, ValidationError before they declared their conflicts or in another state than `of`."""
    require_researcher(person)
    review = (
        EvidenceReview.objects.select_for_update(no_key=True, of=("self",)).select_related("intervention").get(pk=review.pk)
    )
    author = review.authors.filter(person=person.pk).select_related("person", "term__seat").first()
    if author is None:
        raise PermissionDenied
    if review.status not in of:
        raise ValidationError(f"This is {review.get_status_display().lower()} by now, so it cannot be changed.")
    if author.declared_at is None:
        raise ValidationError("Declare your conflicts of interest first; “none” is an answer too.")
    return review, author


def changed(review):
    """A part of it changed: the next version, for whoever edits the whole."""
    review.version += 1
    review.save()


@transaction.atomic
def open_review(person, intervention, *, conflicts_of_interest, **fields):
    """Begin a draft, with the conflicts of interest that `person` declares. Raises PermissionDenied for who does no research,
    ValidationError for a field that is wrong."""
    term = require_researcher(person)
    review = EvidenceReview(
        intervention=intervention, opened_by=person, **{key: fields[key] for key in fields.keys() & {*FIELDS}}
    )
    author = ReviewAuthor(review=review, person=person, term=term)
    put_declaration(author, conflicts_of_interest)
    review.full_clean()
    review.save()
    author.full_clean()
    author.save()
    return review


def put_declaration(author, words):
    if not words.strip():
        raise ValidationError({"conflicts_of_interest": "Declare them first; “none” is an answer too."})
    author.conflicts_of_interest, author.declared_at = words.strip(), timezone.now()


@transaction.atomic
def declare_conflicts(review, person, *, conflicts_of_interest):
    """Say one's own conflicts of interest, or say them anew, while it is a draft."""
    require_researcher(person)
    review = EvidenceReview.objects.select_for_update(no_key=True).get(pk=review.pk)
    author = review.authors.filter(person=person.pk).first()
    if author is None:
        raise PermissionDenied
    if review.status != Status.DRAFT:
        raise ValidationError("This is no draft any more: a declaration changes with the next edition.")
    put_declaration(author, conflicts_of_interest)
    author.full_clean()
    author.save()
    changed(review)
    return author


@transaction.atomic
def add_author(review, person, *, new):
    """Let `new`, who does research too, write along. They declare their own conflicts before they can."""
    review, _ = as_author(review, person)
    term = researching_term(new)
    if term is None:
        raise ValidationError({"person": "Choose somebody who does research in a cohort now."})
    if review.authors.filter(person=new).exists():
        raise ValidationError({"person": f"{new.name} is an author already."})
    author = ReviewAuthor.objects.create(review=review, person=new, term=term, position=next_position(review.authors))
    changed(review)
    return author


def next_position(rows):
    last = rows.aggregate(last=Max("position"))["last"]
    return 0 if last is None else last + 1


@transaction.atomic
def edit_review(review, person, *, version, **changes):
    """Change the title, the question, where it applies, or what changed since the last edition and why."""
    review, _ = as_author(review, person)
    for field in changes.keys() & set(FIELDS):
        setattr(review, field, changes[field])
    review.save_version(version)
    return review


@transaction.atomic
def write_review(person, intervention, *, conflicts_of_interest, outcomes=(), studies=(), **fields):
    """Begin a draft with all that is said of it: `outcomes` and `studies` as `rewrite_review` takes them."""
    review = open_review(person, intervention, conflicts_of_interest=conflicts_of_interest, **fields)
    put_outcomes(review, person, outcomes)
    put_studies(review, person, studies)
    review.refresh_from_db()
    return review


@transaction.atomic
def rewrite_review(review, person, *, version, outcomes=None, studies=None, conflicts_of_interest=None, **changes):
    """Change a draft as a whole. `outcomes` ({field: value} each, known by their name) and `studies` ({"known": study} or what
    the study says, with `of_outcome` and its scores) replace those that are there, where they are given."""
    review = edit_review(review, person, version=version, **changes)
    if conflicts_of_interest is not None:
        declare_conflicts(review, person, conflicts_of_interest=conflicts_of_interest)
    if outcomes is not None:
        put_outcomes(review, person, outcomes)
    if studies is not None:
        put_studies(review, person, studies)
    review.refresh_from_db()
    return review


def put_outcomes(review, person, outcomes):
    there = {outcome.outcome: outcome for outcome in review.outcomes.all()}
    for fields in outcomes:
        if known := there.pop(fields["outcome"], None):
            edit_outcome(known, person, version=known.version, **fields)
        else:
            rate_outcome(review, person, **fields)
    for outcome in there.values():
        remove_outcome(outcome, person)


def put_studies(review, person, studies):
    for row in review.studies.all():
        remove_study(row, person)
    outcomes = {outcome.outcome: outcome for outcome in review.outcomes.all()}
    for number, fields in enumerate(studies):
        fields = dict(fields)
        of_outcome = fields.pop("of_outcome", "")
        if of_outcome and of_outcome not in outcomes:
            raise ValidationError({"studies": f"Study {number + 1}: the review has no outcome “{of_outcome}”."})
        scores = {key: fields.pop(key) for key in ("design_level", "rigour") if key in fields}
        scores |= {"note": fields.pop("score_note", ""), "outcome": outcomes.get(of_outcome)}
        known = fields.pop("known", None)
        row = add_study(review, person, **fields) if known is None else next(iter(take_studies(review, person, [known])), None)
        if row is None:
            raise ValidationError({"studies": f"Study {number + 1} stands here twice."})
        edit_study(row, person, version=row.version, **scores)


# --- studies


@transaction.atomic
def add_study(review, person, **fields):
    """Enter a study’s result for the review’s intervention; the library shows it once the review is published."""
    review, _ = as_author(review, person)
    study = Study(
        intervention=review.intervention,
        position=next_position(review.intervention.studies),
        entered_for=review,
        **{field: fields[field] for field in fields.keys() & set(STUDY_FIELDS)},
    )
    study.full_clean(exclude=["intervention", "entered_for"])
    study.retraction = Retraction.objects.filter(doi=study.doi.lower()).first() if study.doi else None
    study.save()
    return link(review, study)


@transaction.atomic
def take_studies(review, person, studies):
    """Take studies that are in the library already into the review. Those that are in it stay as they are."""
    review, _ = as_author(review, person)
    studies = list(studies)
    known = Study.objects.in_library().filter(intervention=review.intervention)
    if known.filter(pk__in=[study.pk for study in studies]).count() != len(studies):
        raise ValidationError({"studies": "Choose studies of this intervention."})
    taken = set(review.studies.values_list("study", flat=True))
    return [link(review, study) for study in studies if study.pk not in taken]


def link(review, study):
    row = ReviewStudy(review=review, study=study, position=next_position(review.studies))
    row.full_clean(exclude=["review", "study"])
    row.save()
    changed(review)
    return row


@transaction.atomic
def edit_study(row, person, *, version, study=None, **scores):
    """Score a study (`SCORE_FIELDS`); and, where it was entered for this very draft, put right what is said of it (`study`,
    `STUDY_FIELDS`). Raises Conflict when somebody saved since `version`."""
    review, _ = as_author(row.review, person)
    row = lock_part(ReviewStudy.objects.select_related("study"), review, row)
    if row.version != version:
        raise Conflict(row)
    if study:
        if row.study.entered_for_id != review.pk:
            raise ValidationError("Others rest on what this study says. Take it out and enter it anew to say it otherwise.")
        for field in study.keys() & set(STUDY_FIELDS):
            setattr(row.study, field, study[field])
        row.study.full_clean(exclude=["intervention", "entered_for"])
        row.study.retraction = Retraction.objects.filter(doi=row.study.doi.lower()).first() if row.study.doi else None
        row.study.save()
    for field in scores.keys() & set(SCORE_FIELDS):
        setattr(row, field, scores[field])
    row.save_version(version)
    changed(review)
    return row


@transaction.atomic
def remove_study(row, person):
    """Take a study out of the draft; one that was entered for it alone is gone."""
    review, _ = as_author(row.review, person)
    row = lock_part(ReviewStudy.objects.select_related("study"), review, row)
    row.delete()
    if row.study.entered_for_id == review.pk:
        row.study.delete()
    changed(review)


def lock_part(rows, review, part):
    """The part as it stands now: the review's lock keeps it so. Raises Conflict when somebody removed it meanwhile."""
    found = rows.filter(review=review, pk=part.pk).first()
    if found is None:
        raise Conflict(part)
    found.review = review
    return found


# --- outcomes


@transaction.atomic
def rate_outcome(review, person, **fields):
    """Add an outcome with its rating. Raises ValidationError for an author who advises a city that adopted it."""
    review, _ = as_rater(review, person)
    outcome = ReviewOutcome(review=review, position=next_position(review.outcomes))
    return save_outcome(outcome, fields, review)


@transaction.atomic
def edit_outcome(outcome, person, /, *, version, **changes):
    review, _ = as_rater(outcome.review, person)
    outcome = lock_part(ReviewOutcome.objects.all(), review, outcome)
    if outcome.version != version:
        raise Conflict(outcome)
    outcome.version += 1
    return save_outcome(outcome, changes, review)


@transaction.atomic
def remove_outcome(outcome, person):
    review, _ = as_rater(outcome.review, person)
    lock_part(ReviewOutcome.objects.all(), review, outcome).delete()
    changed(review)


def as_rater(review, person):
    review, author = as_author(review, person)
    if advises_adopter(person, review.intervention):
        raise ValidationError("You advise a city that has adopted this, so another author rates its outcomes.")
    return review, author


def save_outcome(outcome, fields, review):
    for field in fields.keys() & set(OUTCOME_FIELDS):
        setattr(outcome, field, fields[field])
    outcome.full_clean(exclude=["review"])
    outcome.save()
    changed(review)
    return outcome


# --- states


def missing_in(review):
    """What it lacks before others read it, in plain sentences; an empty list when it is whole."""
    lacks = []
    authors = list(review.authors.select_related("person"))
    outcomes = list(review.outcomes.all())
    rows = list(review.studies.select_related("study"))
    lacks += [f"{each.person.name} has not declared conflicts of interest." for each in authors if each.declared_at is None]
    lacks += [f"The question has no “{label.lower()}”." for label, text in review.question if not text.strip()]
    if not rows:
        lacks.append("There is no study in it.")
    if not outcomes:
        lacks.append("No outcome is rated.")
    names = {each.key: each.name.lower() for each in DOMAINS}
    for outcome in outcomes:
        given = [domain for domain in DOMAIN_KEYS if outcome.reasons.get(domain, {}).get("reason", "").strip()]
        silent = [names[domain] for domain in DOMAIN_KEYS if domain not in given]
        if silent:
            lacks.append(f"“{outcome.outcome}” gives no reason for: {', '.join(silent)}.")
        if not any(row.outcome_id == outcome.pk for row in rows):
            lacks.append(f"“{outcome.outcome}” has no study.")
    for row in rows:
        study = row.study
        said = (("title", study.title), ("outcome", study.outcome), ("direction", study.direction))
        wants = [f"has no {name}" for name, value in said if not value]
        if row.outcome_id is None:
            wants.append("belongs to no outcome of the review")
        if not row.is_scored:
            wants.append("is not scored on every item")
        if wants:
            lacks.append(f"“{study.short}” {' and '.join(wants)}.")
    if review.supersedes_id:
        parts = (("what changed", review.what_changed), ("why", review.why_changed))
        lacks += [
            f"It does not say {name} since edition {review.supersedes.edition}." for name, text in parts if not text.strip()
        ]
    return lacks


def check_whole(review):
    if lacks := missing_in(review):
        raise ValidationError(lacks)


@transaction.atomic
def discard_review(review, person):
    """Throw a draft away that was never published, with the studies entered for it alone."""
    review, _ = as_author(review, person)
    studies = list(review.entered_studies.all())
    review.studies.all().delete()
    for study in studies:
        study.delete()
    review.delete()
