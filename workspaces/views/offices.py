"""An office: its seats, who holds each since when and until when, who held them, its next election, and who signs for it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cohorts.actions.elections import set_next_election
from cohorts.forms.elections import ElectionForm
from cohorts.models import Departure, Enrolment, HandOver, Office, held_in, holdings_of
from cohorts.permissions import SIGNING_ROLES, Role
from cohorts.views.asking import asked_again
from cohorts.views.offices import past_terms, seats_of

from ..actions.delegations import delegate, end_delegation, who_delegates
from ..forms.delegations import DelegationForm, EndForm
from ..models import DECIDING_ROLES, DELEGABLE_TO, NOT_DELEGABLE, Delegation, SignedCopy, kinds_signed
from ..subjects import subject_named


def office_of(request, pk):
    return get_object_or_404(Office.objects.visible_to(request.user), pk=pk)


@login_required
def detail(request, pk):
    return page_of(request, office_of(request, pk))


@require_POST
@login_required
def election(request, pk):
    """When the office's next election is."""
    office = office_of(request, pk)
    form = ElectionForm(request.POST)
    if form.is_valid():
        try:
            office = set_next_election(office, request.user, form.cleaned_data["next_election_on"])
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "Saved. The cohort’s page says it when it is near.")
            return redirect("workspaces:office", office.pk)
    elif holdings_of(request.user).leading(office) is None:
        raise PermissionDenied
    return page_of(request, office, election_form=form, status=422)


def page_of(request, office, election_form=None, status=200):
    leading = holdings_of(request.user).leading(office)
    seats = seats_of(office)
    for seat in seats:
        seat.is_mine_to_hand_over = leading is not None and (
            seat.role != Role.PRINCIPAL or seat.holder is None or leading.seat.role == Role.PRINCIPAL
        )
    hand_overs = HandOver.objects.visible_to(request.user).filter(seat__office=office).select_related("seat", "by")
    context = {
        "office": office,
        "seats": seats,
        "past": past_terms(office),
        "hand_overs": hand_overs,
        "is_own": office.pk in holdings_of(request.user).offices,
        "leading": leading,
        "holds_seat": any(term.seat.office_id == office.pk for term in holdings_of(request.user).terms),
        "decides": office.pk in held_in(request.user, (*DECIDING_ROLES, *SIGNING_ROLES)),
        "keeps_records": office.pk in held_in(request.user, [Role.RECORDS_OFFICER]),
        "keeps_copies": leading is not None or SignedCopy.objects.visible_to(request.user).exists(),
        "election_form": election_form or ElectionForm(initial={"next_election_on": office.next_election_on}),
        "is_election_ahead": bool(office.next_election_on) and office.next_election_on >= office.today,
        "departures": departures_of(request.user, office),
        "leavable": leavable(request.user, office) if leading and leading.seat.role == Role.PRINCIPAL else (),
    }
    return render(request, "workspaces/offices/detail.html", context, status=status)


def departures_of(person, office):
    """Cohorts that the office left, or that its pair's other office left, as far as it is the person's to know; one query."""
    departures = Departure.objects.visible_to(person).filter(enrolment__in=Enrolment.objects.of_office(office))
    return departures.select_related("enrolment__city", "enrolment__cohort", "office")


def leavable(person, office):
    """The pairs from whose cohort the office's principal can sign it out; one query."""
    return Enrolment.objects.known_to(person).of_office(office).select_related("cohort", "city")


@login_required
@asked_again
def delegations(request, pk):
    """Who signs for the office: read by its principals and delegates, said by its principal."""
    office = office_of(request, pk)
    leading = holdings_of(request.user).leading(office)
    if leading is None:
        raise PermissionDenied("Only a principal or delegate of the office sees who signs for it.")
    form, status = None, 200
    if request.method == "POST":
        who_delegates(request.user, office)
        form, answer = said(request, office)
        if answer:
            return answer
        status = 422
    rows = signing_rows(office)
    is_principal = leading.seat.role == Role.PRINCIPAL
    if is_principal:
        form = form or DelegationForm(seats=[row["seat"] for row in rows])
    context = {
        "office": office,
        "rows": rows,
        "is_principal": is_principal,
        "form": form,
        "not_delegable": NOT_DELEGABLE.values(),
    }
    return render(request, "workspaces/offices/delegations.html", context, status=status)


def said(request, office):
    """`(form, answer)`: the answer to a POST, or the form with what is wrong."""
    seats = [seat for seat in seats_of(office) if seat.role in DELEGABLE_TO]
    if "end" in request.POST:
        form = EndForm(request.POST, seats=seats)
        if not form.is_valid():
            return None, None
        end_delegation(form.chosen, request.user)
        messages.success(request, f"{form.chosen} no longer signs for the office.")
        return form, redirect("workspaces:delegations", office.pk)
    form = DelegationForm(request.POST, seats=seats)
    if form.is_valid():
        try:
            delegate(form.chosen, request.user, kinds=form.cleaned_data["kinds"], until=form.cleaned_data["until"])
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"{form.chosen} may sign what you named. Every signature says for whom it is given.")
            return form, redirect("workspaces:delegations", office.pk)
    return form, None


def signing_rows(office):
    """`[{seat, signs, until, word}]` of the seats that may be let sign: what each signs now, and the last word on it."""
    seats = [seat for seat in seats_of(office) if seat.role in DELEGABLE_TO]
    words = Delegation.objects.last_words([seat.pk for seat in seats])
    rows = []
    for seat in seats:
        word = words.get(seat.pk)
        kinds = kinds_signed(seat, word, office.today)
        signs = "Everything, as a delegate" if kinds is None else ", ".join(sorted(subject_named(kind) for kind in kinds))
        rows.append({"seat": seat, "signs": signs, "until": word.until if word and kinds else None, "word": word})
    return rows
