"""The participation agreement: a pair's, which is the page of its sign-off, and a cohort's, with who has signed it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render

from cohorts.actions.agreements import write_agreement
from cohorts.forms.agreements import AgreementForm
from cohorts.models import Cohort, Conflict, granted

from ..actions.agreements import ask_both_offices
from ..agreements import newest_proposals
from ..markdown import to_html
from ..models import AGREEMENT, SignOff, Workspace
from .doors import come_to_the_door


@login_required
def of_pair(request, slug):
    """Leads to the newest proposal to sign it. A POST asks both offices again, after one declined."""
    standing = come_to_the_door(request, slug)
    if request.method == "POST":
        try:
            ask_both_offices(standing.workspace.enrolment, request.user)
        except ValidationError as error:
            messages.warning(request, " ".join(error.messages))
        else:
            messages.success(request, "Both offices are asked to sign.")
    asked = SignOff.objects.visible_to(request.user).filter(workspace=standing.workspace, subject_kind=AGREEMENT)
    newest = asked.order_by("-created_at").first()
    if newest is None:
        raise Http404
    return redirect("workspaces:sign-off", slug, newest.pk)


def cohort_or_404(person, slug):
    cohorts = Cohort.objects.visible_to(person).select_related("workspace")
    cohort = get_object_or_404(cohorts, slug=slug)
    cohort.is_mine_to_run = cohort.pk in granted(person, Cohort, "facilitate_cohort")
    return cohort


@login_required
def of_cohort(request, slug):
    """The newest edition; for facilitators the earlier ones, too, and which pairs have signed."""
    cohort = cohort_or_404(request.user, slug)
    editions = list(cohort.agreements.select_related("written_by", "term"))
    if not editions and not cohort.is_mine_to_run:
        raise Http404
    newest, *earlier = editions or [None]
    context = {
        "cohort": cohort,
        "newest": newest,
        "text": to_html(newest.text) if newest else "",
        "earlier": [(edition, to_html(edition.text)) for edition in earlier] if cohort.is_mine_to_run else [],
        "pairs": pairs_of(cohort) if cohort.is_mine_to_run and newest else [],
    }
    return render(request, "workspaces/agreements/detail.html", context)


def pairs_of(cohort):
    """`[{workspace, proposal}]` of the cohort's pairs by name; the proposal is the newest one to sign it, or None."""
    spaces = Workspace.objects.filter(enrolment__in=cohort.enrolments.current()).select_related("enrolment")
    proposals = newest_proposals(spaces)
    return [{"workspace": space, "proposal": proposals.get(space.pk)} for space in spaces]


@login_required
def write(request, slug):
    """The edition after the newest. Somebody else's that came meanwhile is shown beside what was typed."""
    cohort = cohort_or_404(request.user, slug)
    if not cohort.is_mine_to_run:
        raise PermissionDenied("The cohort’s facilitators write its agreement.")
    newest = cohort.agreements.first()
    first = {"text": newest.text if newest else "", "edition": newest.edition + 1 if newest else 1}
    form = AgreementForm(request.POST if request.method == "POST" else None, initial=first)
    current, status = None, 200
    if form.is_valid():
        try:
            agreement = write_agreement(cohort, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            current, status = conflict.current, 409
            form.after(current)
        else:
            messages.success(request, f"Edition {agreement.edition} is written. Who has not signed yet is asked to sign it.")
            return redirect("workspaces:cohort-agreement", slug)
    context = {
        "cohort": cohort,
        "form": form,
        "current": current,
        "edition": first["edition"],
        "asked": cohort.enrolments.pending().count(),
    }
    return render(request, "workspaces/agreements/form.html", context, status=422 if form.errors else status)
