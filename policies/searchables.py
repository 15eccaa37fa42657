"""What of this app, and of cohorts, can be found. Where a thing's words stand in other rows too, its verbs index it again."""

from django.urls import reverse

from cohorts.models import Commitment, Convening
from workspaces.search.index import register_searchable
from workspaces.search.kinds import Searchable

from .models import Action, Brief, CheckIn, CheckInAnswer, EvidenceReview, Intervention, Tracker


def lines(*texts):
    return "\n".join(filter(None, texts))


# --- the library


def words_of_intervention(intervention):
    return lines(
        intervention.summary,
        *intervention.problem_areas,
        *intervention.tags,
        intervention.mayor_role,
        intervention.prosecutor_role,
        *map(str, intervention.core_components),
        *intervention.cautions,
        *(lines(step.title, step.done_when) for step in intervention.playbook.all()),
        *(words_of_study(study) for study in intervention.known_studies),
        *(lines(rating.clearinghouse, rating.scope, rating.note) for rating in intervention.clearinghouse_ratings.all()),
    )


def words_of_study(study):
    return lines(
        *(study.authors, study.title, study.source, study.design, study.setting, study.outcome, study.effect_text, study.note)
    )


register_searchable(
    Searchable(
        key="intervention",
        label="Library",
        plural="Library",
        model=Intervention,
        visible_to=Intervention.objects.visible_to,
        fields=("name", "summary", "problem_areas", "tags", "mayor_role", "prosecutor_role", "core_components", "cautions"),
        order=90,
        name=lambda intervention: intervention.name,
        words=words_of_intervention,
        address=lambda intervention: reverse("policies:intervention", args=[intervention.slug]),
        reading=lambda rows: rows.with_evidence().prefetch_related("playbook"),
        place="Library",
        is_dated=False,
    )
)


def words_of_review(review):
    return lines(
        *(text for _, text in review.question),
        review.applicability,
        *(author.person.name for author in review.authors.all()),
        *(lines(rated.outcome, rated.get_rating_display(), rated.summary) for rated in review.outcomes.all()),
        *(words_of_study(row.study) for row in review.studies.all()),
    )


register_searchable(
    Searchable(
        key="evidence_review",
        label="Evidence review",
        plural="Evidence reviews",
        model=EvidenceReview,
        visible_to=EvidenceReview.objects.visible_to,
        fields=("title", "version"),
        order=92,
        name=str,
        words=words_of_review,
        address=lambda review: reverse("policies:review", args=[review.pk]),
        ring=lambda review: "" if review.is_public else f"{review.get_status_display()}: not published yet",
        reading=lambda rows: rows.prefetch_related("authors__person", "outcomes", "studies__study"),
        place="Library",
    )
)


# --- a city's plan


def in_workspace(name):
    return lambda row: reverse(name, args=[row.workspace.slug, row.pk])


def shared_with_outsider(person):
    """What another city shared: found as the reduced page shows it, and nothing else of it."""
    return Tracker.objects.shared_with(person).exclude(pk__in=Tracker.objects.visible_to(person))


register_searchable(
    Searchable(
        key="tracker",
        label="Tracker",
        plural="Trackers",
        model=Tracker,
        visible_to=Tracker.objects.visible_to,
        fields=("title", "problem_statement", "health_note"),
        order=30,
        name=lambda tracker: tracker.title,
        words=lambda tracker: lines(tracker.problem_statement, tracker.health_note),
        address=in_workspace("policies:tracker"),
        reading=lambda trackers: trackers.select_related("workspace", "opened_by"),
        author="opened_by",
        workspace="workspace",
    )
)
register_searchable(
    Searchable(
        key="shared_tracker",
        label="Shared tracker",
        plural="Shared trackers",
        model=Tracker,
        visible_to=shared_with_outsider,
        fields=("title", "problem_statement"),
        order=35,
        name=lambda tracker: tracker.title,
        words=lambda tracker: tracker.problem_statement,
        heading=lambda tracker: f"{tracker.title}, {tracker.workspace.enrolment.city}",
        address=lambda tracker: reverse("policies:shared-tracker", args=[tracker.workspace.enrolment.cohort.slug, tracker.pk]),
        reading=lambda trackers: trackers.select_related("workspace__enrolment__city", "workspace__enrolment__cohort"),
        place="Shared with the cohort",
    )
)
register_searchable(
    Searchable(
        key="action",
        label="Action",
        plural="Actions",
        model=Action,
        visible_to=Action.objects.visible_to,
        fields=("title", "done_when", "removed_at"),
        order=40,
        name=lambda action: action.title,
        words=lambda action: action.done_when if action.removed_at is None else None,
        address=lambda action: reverse("policies:action", args=[action.tracker.workspace.slug, action.pk]),
        reading=lambda actions: actions.select_related("tracker__workspace", "created_by"),
        author="created_by",
        workspace="tracker__workspace",
    )
)
register_searchable(
    Searchable(
        key="check_in",
        label="Check-in",
        plural="Check-ins",
        model=CheckIn,
        visible_to=CheckIn.objects.visible_to,
        fields=("scheduled_for", "summary", "follow_ups"),
        order=50,
        name=str,
        words=lambda check_in: lines(check_in.summary, *(follow_up["text"] for follow_up in check_in.follow_ups)),
        address=in_workspace("policies:check-in"),
        reading=lambda check_ins: check_ins.select_related("workspace", "opened_by"),
        author="opened_by",
        workspace="workspace",
    )
)


def words_of_answer(answer):
    keys = [question["key"] for question in answer.check_in.template.questions]
    return lines(*(answer.values.get(key, "") for key in keys))


def address_of_answer(answer):
    check_in = answer.check_in
    return reverse("policies:check-in", args=[check_in.workspace.slug, check_in.pk]) + "#answers"


register_searchable(
    Searchable(
        key="answer",
        label="Answer",
        plural="Answers",
        model=CheckInAnswer,
        visible_to=CheckInAnswer.objects.visible_to,
        fields=("values",),
        order=55,
        heading=lambda answer: f"{answer.check_in}: {answer.office}",
        words=words_of_answer,
        address=address_of_answer,
        ring=lambda answer: "" if answer.submitted_at else "A draft: only your own office can see this",
        reading=lambda answers: answers.select_related("check_in__template", "check_in__workspace", "office", "answered_by"),
        author="answered_by",
        workspace="check_in__workspace",
    )
)
register_searchable(
    Searchable(
        key="brief",
        label="Brief",
        plural="Briefs",
        model=Brief,
        visible_to=Brief.objects.visible_to,
        fields=("narrative", "mayor_paragraph", "prosecutor_paragraph"),
        order=60,
        name=lambda brief: f"Brief {brief.number}",
        words=lambda brief: lines(brief.narrative, brief.mayor_paragraph, brief.prosecutor_paragraph),
        address=in_workspace("policies:brief"),
        reading=lambda briefs: briefs.select_related("workspace", "drafted_by").defer("content"),
        author="drafted_by",
        workspace="workspace",
    )
)


# --- a cohort's meetings


def words_of_convening(convening):
    return lines(
        convening.description,
        convening.venue,
        *(
            lines(session.title, session.description, *(speaker.name for speaker in session.speakers.all()))
            for session in convening.sessions.all()
        ),
    )


def address_of_convening(convening):
    return reverse("policies:convening", args=[convening.cohort.slug, convening.slug])


register_searchable(
    Searchable(
        key="convening",
        label="Convening",
        plural="Convenings",
        model=Convening,
        visible_to=Convening.objects.visible_to,
        fields=("title", "description", "venue", "starts_at"),
        order=75,
        name=lambda convening: convening.title,
        words=words_of_convening,
        address=address_of_convening,
        reading=lambda rows: rows.select_related("cohort", "workspace").prefetch_related("sessions__speakers"),
        at="starts_at",
        workspace="workspace",
    )
)
register_searchable(
    Searchable(
        key="commitment",
        label="Commitment",
        plural="Commitments",
        model=Commitment,
        visible_to=Commitment.objects.visible_to,
        fields=("text",),
        order=70,
        heading=lambda commitment: f"Committed to at: {commitment.convening}",
        words=lambda commitment: commitment.text,
        address=lambda commitment: address_of_convening(commitment.convening),
        reading=lambda rows: rows.select_related("convening__cohort", "enrolment__workspace", "written_by"),
        author="written_by",
        workspace="enrolment__workspace",
    )
)
