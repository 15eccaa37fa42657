"""What people do with commitments on a convening's page. Each verb comes back to that page."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cohorts.actions.commitments import accept_commitment, propose_commitments, reword_commitment
from cohorts.forms.commitments import CommitmentForm, RewordForm
from cohorts.models import Commitment, Conflict, Convening
from workspaces.models import Standing

from ..actions.commitments import make_action
from ..models import Tracker
from .convenings import page_of, pairs_of


@login_required
@require_POST
def create(request, cohort, slug):
    convening = get_object_or_404(Convening.objects.visible_to(request.user), cohort__slug=cohort, slug=slug)
    known = pairs_of(convening.cohort, request.user)
    if not known:  # a guest, to whom no city's commitments exist
        raise Http404
    pairs = [pair for pair in known if pair.may_edit or pair.may_facilitate]
    if not pairs:
        raise PermissionDenied
    form = CommitmentForm(request.POST, pairs=pairs)
    if not form.is_valid():
        return render(request, "policies/convenings/detail.html", page_of(request, cohort, slug, form), status=422)
    chosen = [(Standing.of(request.user, pair.workspace), pair) for pair in form.chosen]
    propose_commitments(chosen, convening, text=form.cleaned_data["text"])
    messages.success(request, "Written down. It is accepted once both offices have said yes.")
    return redirect(back(convening))


@login_required
@require_POST
def accept(request, pk):
    commitment, standing = find(request, pk)
    version = request.POST.get("version", "")
    try:
        commitment = accept_commitment(commitment, standing, version=int(version) if version.isdecimal() else None)
    except Conflict:
        messages.error(request, "The words were changed while you were reading. Read them again before you accept.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        both = commitment.status == Commitment.Status.ACCEPTED
        messages.success(request, "Accepted by both offices." if both else "Accepted for your office.")
    return redirect(back(commitment.convening))


@login_required
def update(request, pk):
    commitment, standing = find(request, pk)
    standing.require(standing.may_edit or standing.may_facilitate)
    form = RewordForm(request.POST or None, initial={"text": commitment.text, "version": commitment.version})
    current, status = None, 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                reword_commitment(commitment, standing, **form.cleaned_data)
            except ValidationError as error:
                form.add_error(None, error.messages)
            except Conflict as conflict:
                current, status = conflict.current, 409
                form.data = form.data | {"version": current.version}
            else:
                messages.success(request, "Changed. Both offices are asked to accept the new words.")
                return redirect(back(commitment.convening))
    context = {"form": form, "commitment": commitment, "current": current, "back": back(commitment.convening)}
    return render(request, "policies/commitments/form.html", context, status=status)


@login_required
@require_POST
def act(request, pk):
    commitment, standing = find(request, pk)
    standing.require(standing.may_edit)
    trackers = Tracker.objects.visible_to(request.user).filter(workspace=standing.workspace)
    chosen = request.POST.get("tracker", "")
    tracker = next((each for each in trackers if str(each.pk) == chosen), None)
    if tracker is None:
        messages.error(request, "Choose one of your city’s trackers.")
        return redirect(back(commitment.convening))
    try:
        action = make_action(commitment, standing, tracker)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect(back(commitment.convening))
    messages.success(request, f"Now an action of both offices on “{action.tracker}”.")
    return redirect(back(commitment.convening))


def find(request, pk):
    """The commitment, and the person's standing in its city; a 404 when it is not theirs to know of."""
    commitment = get_object_or_404(
        Commitment.objects.visible_to(request.user).select_related("convening__cohort", "enrolment__workspace"), pk=pk
    )
    return commitment, Standing.of(request.user, commitment.enrolment.workspace)


def back(convening):
    return reverse("policies:convening", args=[convening.cohort.slug, convening.slug]) + "#commitments"
