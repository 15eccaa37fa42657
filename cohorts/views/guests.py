"""Guests of a convening, for those who run it: who is there until when, whom they asked, and the way out."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ..actions.guests import end_stay, invite_guest
from ..forms.invitations import GuestInvitationForm
from ..models import Convening, Invitation, Term
from .asking import asked_again
from .invitations import posted, row


@login_required
def index(request, cohort, slug):
    convening = convening_or_refuse(request.user, cohort, slug)
    guests = Term.objects.filter(seat__convening=convening).select_related("person", "seat__office")
    asked = Invitation.objects.visible_to(request.user).filter(convening=convening, term=None)
    context = around(convening) | {
        "guests": sorted(guests, key=lambda term: (not term.is_current, term.person.name)),
        "invitations": [row(each) for each in asked.select_related("invited_by", "convening")],
        "has_mailbox": bool(settings.DEMO_MAILBOX),
    }
    return render(request, "cohorts/guests/index.html", context)


@login_required
@asked_again
def create(request, cohort, slug):
    convening = convening_or_refuse(request.user, cohort, slug)
    form = GuestInvitationForm(posted(request), convening=convening)
    if form.is_valid():
        try:
            invitation = invite_guest(convening, request.user, **form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"{invitation.email} is invited until {invitation.ends_on:%B %-d, %Y}.")
            return redirect("cohorts:convening-guests", cohort, slug)
    context = around(convening) | {"form": form}
    return render(request, "cohorts/guests/form.html", context, status=422 if form.errors else 200)


@require_POST
@login_required
@asked_again
def end(request, pk):
    term = get_object_or_404(
        Term.objects.select_related("person", "seat__convening__cohort"),
        pk=pk,
        seat__convening__in=Convening.objects.visible_to(request.user),
    )
    end_stay(term, request.user)
    messages.success(request, f"{term.person.name} is no longer a guest. Their open pages close now; what they wrote stays.")
    convening = term.seat.convening
    return redirect("cohorts:convening-guests", convening.cohort.slug, convening.slug)


def convening_or_refuse(person, cohort, slug):
    """404 when the convening is not theirs to know of, 403 when they do not run it."""
    convenings = Convening.objects.visible_to(person).select_related("cohort")
    convening = get_object_or_404(convenings, cohort__slug=cohort, slug=slug)
    if not Convening.objects.editable_by(person).contains(convening):
        raise PermissionDenied
    return convening


def around(convening):
    place = [convening.cohort.slug, convening.slug]
    return {
        "convening": convening,
        "seen_by": "Only the cohort’s facilitators can see this",
        "here_url": reverse("cohorts:convening-guests", args=place),
        "new_url": reverse("cohorts:convening-guest-new", args=place),
    }
