"""Whom an office and a cohort invited, and new invitations."""

from allauth.account.decorators import reauthentication_required
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ..actions.invitation_lists import NotAList, invite_many
from ..actions.invitations import fill_due_seats, invite, resend, revoke
from ..forms.invitations import CohortInvitationForm, InvitationListForm, OfficeInvitationForm
from ..models import Cohort, Invitation, Office, require_rule
from .asking import asked_again

A_PAGE = 50
State = Invitation.State


@login_required
def of_office(request, pk):
    office = office_or_refuse(request.user, pk)
    rows = Invitation.objects.visible_to(request.user).filter(office=office, cohort=None)
    return index(request, rows, around_office(office))


@login_required
def of_cohort(request, slug):
    cohort = cohort_or_refuse(request.user, slug)
    fill_due_seats()
    rows = Invitation.objects.visible_to(request.user).filter(cohort=cohort)
    return index(request, rows, around_cohort(cohort, request.user))


def index(request, rows, context):
    page = Paginator(rows.select_related("office", "cohort", "invited_by"), A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "has_mailbox": bool(settings.DEMO_MAILBOX),
        "invitations": [row(invitation) for invitation in page],
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "cohorts/invitations/index.html", context)


@login_required
@asked_again
def create_for_office(request, pk):
    office = office_or_refuse(request.user, pk)
    form = OfficeInvitationForm(posted(request), office=office)
    return create(request, form, {"office": office}, around_office(office))


@login_required
@asked_again
def create_for_cohort(request, slug):
    cohort = cohort_or_refuse(request.user, slug)
    form = CohortInvitationForm(posted(request), cohort=cohort)
    return create(request, form, {"cohort": cohort}, around_cohort(cohort, request.user))


def create(request, form, home, context):
    if form.is_valid():
        try:
            invitation = invite(request.user, **home | form.told())
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"{invitation.email} is invited as {invitation.title}.")
            return redirect(context["here_url"])
    return render(request, "cohorts/invitations/form.html", context | {"form": form}, status=422 if form.errors else 200)


@login_required
@reauthentication_required
def upload(request, slug):
    """Many at once: a check says what would happen, the same file again then sends. Asked before the form already: a file is
    not kept over the question."""
    cohort = cohort_or_refuse(request.user, slug)
    require_rule(request.user, "allows_uploads")
    form = InvitationListForm(posted(request), request.FILES or None)
    context, status = around_cohort(cohort, request.user), 200
    if form.is_valid():
        is_dry_run = form.cleaned_data["is_dry_run"]
        try:
            report = invite_many(request.user, cohort, form.cleaned_data["file"].read(), is_dry_run=is_dry_run)
        except NotAList as error:
            form.add_error("file", str(error))
        else:
            if not report.errors and not is_dry_run:
                count = len(report.ready)
                messages.success(request, f"{count} {'person is' if count == 1 else 'people are'} invited.")
                return redirect(context["here_url"])
            context["report"] = report
            status = 422 if report.errors else 200
    context["form"] = form
    return render(request, "cohorts/invitations/upload.html", context, status=422 if form.errors else status)


@require_POST
@login_required
@asked_again
def send_again(request, pk):
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=pk)
    return answer(request, invitation, resend, f"A new link is on its way to {invitation.email}. The former one ended.")


@require_POST
@login_required
@asked_again
def take_back(request, pk):
    invitation = get_object_or_404(Invitation.objects.visible_to(request.user), pk=pk)
    return answer(request, invitation, revoke, f"The invitation of {invitation.email} is revoked. Its link ended.")


def answer(request, invitation, verb, told):
    try:
        verb(invitation, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, told)
    return redirect(list_of(invitation))


# --- what these views share


def office_or_refuse(person, pk):
    """404 when the office is not theirs to know of, 403 when they may not add people to it."""
    office = get_object_or_404(Office.objects.known_to(person), pk=pk)
    if not Office.objects.staffed_by(person).contains(office):
        raise PermissionDenied
    return office


def cohort_or_refuse(person, slug):
    cohort = get_object_or_404(Cohort.objects.known_to(person), slug=slug)
    if not Cohort.objects.staffed_by(person).contains(cohort):
        raise PermissionDenied
    return cohort


def around_office(office):
    return {
        "over": office.name,
        "office_url": reverse("workspaces:office", args=[office.pk]),
        "lead": "Whom your office asked to join it. Each invitation is for one address and one seat.",
        "seen_by": f"Only the principal and the delegates of {office.name} can see this",
        "here_url": reverse("cohorts:office-invitations", args=[office.pk]),
        "new_url": reverse("cohorts:office-invitation-new", args=[office.pk]),
    }


def around_cohort(cohort, person):
    return {
        "cohort": cohort,
        "may_enter": Cohort.objects.visible_to(person).contains(cohort),
        "over": cohort.name,
        "lead": "First principals of the offices, facilitators and researchers. Every office adds its other people itself.",
        "seen_by": "Only the cohort’s facilitators and the administrators can see this",
        "here_url": reverse("cohorts:cohort-invitations", args=[cohort.slug]),
        "new_url": reverse("cohorts:cohort-invitation-new", args=[cohort.slug]),
    }


def list_of(invitation):
    if invitation.convening_id:
        return reverse("cohorts:convening-guests", args=[invitation.convening.cohort.slug, invitation.convening.slug])
    if invitation.cohort_id:
        return reverse("cohorts:cohort-invitations", args=[invitation.cohort.slug])
    return reverse("cohorts:office-invitations", args=[invitation.office_id])


def posted(request):
    return request.POST if request.method == "POST" else None


def row(invitation):
    """Context of `_invitation.html`, as ready strings."""
    state = invitation.state
    return {
        "id": invitation.pk,
        "email": invitation.email,
        "title": ", ".join(filter(None, [invitation.name, invitation.title])),
        "office": invitation.office.name if invitation.is_first_principal else "",
        "role": invitation.get_role_display(),
        "by": invitation.invited_by.name,
        "state": state.label,
        "tone": {State.ACCEPTED: "good", State.WAITING: "warn", State.EXPIRED: "warn", State.REVOKED: "bad"}.get(state, "navy"),
        "note": note(invitation, state),
        "may_resend": state in (State.SENT, State.EXPIRED),
        "may_revoke": state in (State.SENT, State.EXPIRED, State.WAITING),
    }


def note(invitation, state):
    if state == State.SENT and not invitation.mailed_at:
        return "The mail could not be sent. Send it again."
    if state == State.WAITING:
        at = timezone.localtime(invitation.takes_effect_at)
        return f"The seat is filled on {at:%b %-d at %-I:%M %p}, or once the office’s published contact confirms"
    if state == State.REVOKED:
        return invitation.ended_because or day(invitation.revoked_at)
    at = {State.SENT: invitation.expires_at, State.EXPIRED: invitation.expires_at, State.ACCEPTED: invitation.accepted_at}[
        state
    ]
    return f"Good until {day(at)}" if state == State.SENT else day(at)


def day(at):
    return f"{timezone.localtime(at):%b %-d, %Y}"
