"""Handing over a seat, guided: what is to happen, then what passes and what does not, then the word. And its record."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render

from cohorts.actions import hand_overs as actions
from cohorts.forms.hand_overs import PERSON, HandOverForm
from cohorts.models import Conflict, HandOver, Office, Seat
from cohorts.views.asking import asked_again
from workspaces.models import SignedCopy

from ..duties import STAYS, duties_of


@login_required
@asked_again
def create(request, pk):
    """A POST with `confirm` does it; any other shows what would be done, or what is wrong."""
    seats = Seat.objects.filter(office__in=Office.objects.visible_to(request.user)).select_related("office")
    seat = get_object_or_404(seats, pk=pk)
    outgoing, coming = seat.now_and_next()
    actions.who_hands_over(request.user, seat, outgoing)
    context = {"seat": seat, "outgoing": outgoing, "coming": coming}
    initial = {
        "seen": actions.mark_of(outgoing, coming),
        "on": seat.office.today,
        "who": PERSON,
        "title": outgoing.title if outgoing else seat.name,
    }
    form = HandOverForm(request.POST or None, outgoing=outgoing, initial=initial)
    if request.method != "POST" or "change" in request.POST:
        return ask(request, context, form)
    if not form.is_valid():
        return ask(request, context, form, status=422)
    try:
        if "confirm" not in request.POST:
            actions.rehearse(seat, request.user, **form.told())
            return ask_to_confirm(request, context, form)
        passed = actions.hand_over(seat, request.user, **form.told())
    except ValidationError as error:
        form.complain(error)
        return ask(request, context, form, status=422)
    except Conflict:
        form = HandOverForm(form.cleaned_data | {"seen": initial["seen"]}, outgoing=outgoing)
        return ask(request, context | {"is_conflict": True}, form, status=409)
    return done(request, passed)


def ask(request, context, form, status=200):
    context |= {"form": form, "parts": duties_of(context["seat"], request.user), "stays": STAYS}
    return render(request, "policies/hand_overs/form.html", context, status=status)


def ask_to_confirm(request, context, form):
    context |= {
        "form": form,
        "successor": form.successor,
        "is_today": form.cleaned_data["on"] == context["seat"].office.today,
        "is_own": context["outgoing"] is not None and context["outgoing"].person_id == request.user.pk,
        "parts": duties_of(context["seat"], request.user),
        "stays": STAYS,
    }
    return render(request, "policies/hand_overs/confirm.html", context)


def done(request, passed):
    """To the record; whoever has just given up their own seat, to what they keep."""
    if HandOver.objects.visible_to(request.user).contains(passed):
        messages.success(request, "Done. The office can read your note here.")
        return redirect("policies:hand-over", passed.pk)
    messages.success(request, "Done. Your access has ended. Thank you for your service.")
    return redirect("workspaces:signed-copies" if SignedCopy.objects.visible_to(request.user).exists() else "home")


@login_required
def detail(request, pk):
    """What passed, for the office: the note, and what the seat answers for now."""
    hand_overs = HandOver.objects.visible_to(request.user).select_related(
        "seat__office", "outgoing__person", "incoming__person", "by", "term"
    )
    hand_over = get_object_or_404(hand_overs, pk=pk)
    context = {"hand_over": hand_over, "seat": hand_over.seat, "parts": duties_of(hand_over.seat, request.user)}
    return render(request, "policies/hand_overs/detail.html", context)
