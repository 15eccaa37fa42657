"""Pages of evidence reviews: the list, one edition, its question and its authors. The rest stands beside: `review_studies`,
`review_outcomes`, `readings`, `editions`, `appeals`."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Prefetch
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from cohorts.models import Conflict

from .. import criteria
from ..actions.appeals import may_answer
from ..actions.evidence_reviews import (
    add_author,
    declare_conflicts,
    edit_review,
    missing_in,
    open_review,
    require_researcher,
)
from ..forests import forests_of
from ..forms.evidence_reviews import (
    AuthorForm,
    DeclarationForm,
    OpenForm,
    ReviewForm,
)
from ..models import EvidenceReview, Intervention, ReviewStudy, advises_adopter, researching_term
from .readings import readers_of
from .reviewing import PAGES, done, own_review, page_of_form, review_or_404


@login_required
def index(request):
    """What is published, and for a researcher their own drafts and what others have in review."""
    Intervention.objects.open_to(request.user)
    reviews = EvidenceReview.objects.visible_to(request.user).select_related("intervention").prefetch_related("authors__person")
    by_status = {status: [] for status in EvidenceReview.Status}
    for review in reviews.exclude(status=EvidenceReview.Status.SUPERSEDED):
        by_status[review.status].append(review)
    context = {
        "drafts": by_status["draft"],
        "in_review": by_status["in_review"],
        "published": by_status["published"],
        "is_researcher": researching_term(request.user) is not None,
    }
    return render(request, f"{PAGES}/index.html", context)


@login_required
def create(request, slug):
    """Begin a review of an intervention: first of all, one's conflicts of interest."""
    interventions = Intervention.objects.open_to(request.user)
    require_researcher(request.user)
    intervention = get_object_or_404(interventions, slug=slug)
    form = OpenForm(request.POST or None, initial={"title": intervention.name})
    if request.method == "POST" and form.is_valid():
        try:
            review = open_review(request.user, intervention, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The draft is yours. Ask the question next.")
            return redirect("policies:review-edit", review.pk)
    context = {
        "intervention": intervention,
        "form": form,
        "title": "Begin an evidence review",
        "lead": "What you declare comes first, before the question and before any rating.",
        "button": "Declare and go on",
        "is_adviser": advises_adopter(request.user, intervention),
    }
    return page_of_form(request, "form", context, form)


@login_required
def detail(request, pk):
    review = review_or_404(request, pk)
    return render(request, f"{PAGES}/detail.html", sheet(review, request.user))


@login_required
def update(request, pk):
    review = own_review(request, pk)
    form = ReviewForm(request.POST or None, instance=review)
    differences, status = None, 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_review(review, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            differences, status = form.differences(conflict.current), 409
        else:
            messages.success(request, "Saved.")
            return redirect("policies:review", pk)
    context = {
        "review": own_review(request, pk),
        "form": form,
        "title": "The question",
        "button": "Save",
        "differences": differences,
    }
    return page_of_form(request, "form", context, form, status)


@login_required
def declare(request, pk):
    """One's own conflicts of interest; a new author comes here first."""
    review = own_review(request, pk)
    own = review.authors.get(person=request.user)
    form = DeclarationForm(request.POST or None, initial={"conflicts_of_interest": own.conflicts_of_interest})
    if request.method == "POST" and form.is_valid():
        declared = form.cleaned_data
        if answer := done(request, form, review, "Declared.", declare_conflicts, review, request.user, **declared):
            return answer
    context = {"review": review, "form": form, "title": "Your conflicts of interest", "button": "Declare"}
    return page_of_form(request, "form", context, form)


@login_required
def invite_author(request, pk):
    review = own_review(request, pk)
    form = AuthorForm(request.POST or None, review=review)
    context = {"review": review, "form": form, "title": "Somebody to write along", "button": "Add them"}
    context["lead"] = "They declare their own conflicts of interest before they can change anything."
    if request.method == "POST" and form.is_valid():
        new = form.cleaned_data["person"]
        told = f"{new.name} can write along once they have declared their conflicts of interest."
        if answer := done(request, form, review, told, add_author, review, request.user, new=new):
            return answer
    return page_of_form(request, "form", context, form)


def sheet(review, person):
    """Template context of a review’s page."""
    studies = ReviewStudy.objects.select_related("study__retraction", "outcome").order_by("position", "pk")
    outcomes = list(review.outcomes.prefetch_related(Prefetch("studies", studies)))
    authors = list(review.authors.select_related("person", "term"))
    own = next((author for author in authors if author.person_id == person.pk), None)
    rows = list(review.studies.select_related("study__retraction", "outcome"))
    is_draft = review.status == EvidenceReview.Status.DRAFT
    may_edit = bool(own and own.declared_at and is_draft and researching_term(person))
    return {
        "review": review,
        "intervention": review.intervention,
        "authors": authors,
        "own": own,
        "may_edit": may_edit,
        "must_declare": bool(own and is_draft and own.declared_at is None),
        "outcomes": [told_of(each) for each in outcomes],
        "rows": [{"row": row, "score": score_words(row)} for row in rows],
        "loose": [row for row in rows if row.outcome_id is None],
        "doubted": [row for row in rows if row.study.retraction_id],
        "lacks": missing_in(review) if may_edit else [],
        "editions": editions_of(review, person),
        "appeals": list(review.appeals.select_related("made_by", "term", "answered_by")) if review.is_public else [],
        "may_appeal": review.is_public and own is None,
        "may_answer": review.is_public and researching_term(person) is not None and may_answer(review, person),
        "criteria": criteria,
        "may_follow": review.status == EvidenceReview.Status.PUBLISHED
        and researching_term(person) is not None
        and not hasattr(review, "next_edition"),
        "is_adviser": may_edit and advises_adopter(person, review.intervention),
        "may_return": bool(own) and review.status == EvidenceReview.Status.IN_REVIEW,
        **readers_of(review, person),
        "address": f"{settings.SITE_URL}{reverse('policies:review', args=[review.pk])}",
    }


def told_of(outcome):
    rows = outcome.studies.all()
    forests = forests_of(outcome.outcome, [row.study for row in rows])
    return {"rated": outcome, "domains": domains_of(outcome), "studies": rows, "forests": forests}


def domains_of(outcome):
    concerns = dict(criteria.CONCERNS)
    for domain in criteria.DOMAINS:
        told = outcome.reasons.get(domain.key, {})
        yield {
            "name": domain.name,
            "concern": concerns.get(told.get("concern"), "Not set"),
            "reason": told.get("reason") or "not set",
        }


def score_words(row):
    names = {level: name for level, name, _ in criteria.DESIGN_LEVELS}
    scores = {**dict(criteria.SCORES), criteria.NOT_REPORTED: "Not reported"}
    if row.design_level is None:
        design = "A meta-analysis: the scale is for single studies" if row.study.is_meta_analysis else "not scored"
    else:
        design = names[row.design_level]
    items = [(item.name, scores.get(row.rigour.get(item.key), "not scored")) for item in criteria.RIGOUR_ITEMS]
    given = [score for score in row.rigour.values() if score != criteria.NOT_REPORTED]
    if not row.rigour:
        short = "not scored yet"
    elif given:
        short = f"{sum(given)} of {3 * len(given)} points on {len(given)} of {len(items)} items"
    else:
        short = "no item reported"
    return {"design": design, "items": items, "short": short}


def editions_of(review, person):
    """Every edition of this review that `person` may read, the first one first; none where there is only this one."""
    seen = EvidenceReview.objects.visible_to(person).filter(intervention=review.intervention_id)
    by_key = {each.pk: each for each in seen}
    following = {each.supersedes_id: each for each in by_key.values() if each.supersedes_id}
    chain = [review]
    while before := by_key.get(chain[0].supersedes_id):
        chain.insert(0, before)
    while after := following.get(chain[-1].pk):
        chain.append(after)
    return chain if len(chain) > 1 else []
