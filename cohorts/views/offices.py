"""Offices as an administrator keeps them: the list, the facts of one, and the way back for one that has nobody left. Of what an
office writes, reads or invites, nothing stands here."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import F, Prefetch, Q
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ..actions.invitations import check_nobody_leads, gave_contact
from ..actions.offices import change_office, start_hand_over
from ..forms.administration import FindForm, OfficeForm, StartHandOverForm
from ..models import Conflict, Enrolment, Invitation, Office, Term
from ..permissions import SIGNING_ROLES, Role
from .administration import Step, around, for_administrators, pager, take
from .asking import asked_again
from .invitations import posted
from .invitations import row as row_of_invitation

A_PAGE = 50
ORDER = list(Role)
STATES = [
    ("enrolled", "In a cohort"),
    ("apart", "In no cohort"),
    ("new", "Nobody has led it yet"),
    ("left", "Nobody is left who leads it"),
]


@for_administrators
def index(request):
    form = FindForm(request.GET, states=STATES, label="Name, city or jurisdiction")
    words, state = form.asked()
    offices = Office.objects.found_by(words).in_state(state).prefetch_related("cities").order_by("name")
    page = Paginator(offices, A_PAGE).get_page(request.GET.get("page"))
    context = around("offices", form=form, is_narrowed=words or state, offices=rows(list(page)))
    return render(request, "cohorts/offices/index.html", context | pager(page, q=words, state=state))


def rows(offices):
    """Each as ready strings; three queries for all."""
    leading = Term.objects.current().filter(seat__role__in=SIGNING_ROLES, seat__office__in=offices)
    leaders = {}
    for term in sorted(leading.select_related("person", "seat"), key=lambda term: ORDER.index(term.seat.role)):
        leaders.setdefault(term.seat.office_id, []).append(f"{term.person}, {term.title}")
    cohorts = {}
    pairs = Enrolment.objects.current().filter(Q(mayor_office__in=offices) | Q(prosecutor_office__in=offices))
    for pair in pairs.select_related("cohort").order_by("cohort__name"):
        for key in (pair.mayor_office_id, pair.prosecutor_office_id):
            cohorts.setdefault(key, []).append(pair.cohort.name)
    asked = dict(invited(offices).values_list("office", "email"))
    return [
        {
            "id": office.pk,
            "name": office.name,
            "cities": ", ".join(f"{city.name}, {city.state}" for city in office.cities.all()),
            "leaders": leaders.get(office.pk, []),
            "cohorts": list(dict.fromkeys(cohorts.get(office.pk, []))),
            "is_left": office.is_enrolled and office.was_led and not office.is_led,
            "invited": asked.get(office.pk, ""),
        }
        for office in offices
    ]


def invited(offices):
    """Invitations to lead one of `offices` that are on their way, or wait for the confirmation."""
    return (Invitation.objects.open() | Invitation.objects.waiting()).of_first_principals().filter(office__in=offices)


@for_administrators
@asked_again
def detail(request, pk):
    """What is known of it; a POST changes that."""
    office = office_or_404(pk)
    form = OfficeForm(posted(request), instance=Office.objects.get(pk=pk))
    context, status = around("offices", office=office, form=form, where=[here()]), 200
    if request.method == "POST" and form.is_valid():
        try:
            change_office(office, request.user, **form.cleaned_data)
        except Conflict as conflict:
            context |= {"is_conflict": True, "differences": form.differences(conflict.current)}
            status = 409
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "Saved. The office reads it in its trail.")
            return redirect("cohorts:administration-office", pk)
    pairs = Enrolment.objects.of_office(office).select_related("cohort", "city", "mayor_office", "prosecutor_office")
    invitations = Invitation.objects.of_first_principals().filter(office=office)
    context |= {
        "seats": seats_of(office),
        "pairs": pairs.order_by(F("ended_at").desc(nulls_first=True), "started_at"),
        "invitations": [row_of_invitation(each) for each in invitations.select_related("office", "cohort", "invited_by")],
        "past": past_terms(office),
        "who_leads": refusal(office),
    }
    return render(request, "cohorts/offices/detail.html", context, status=422 if form.errors else status)


def refusal(office):
    """Why an administrator starts no hand-over here, in a sentence; empty where they do."""
    try:
        check_nobody_leads(office)
    except ValidationError as error:
        return " ".join(error.messages)
    return "" if office.is_enrolled else "This office is in no cohort at present, so there is nothing here to hand over."


@for_administrators
@asked_again
def hand_over(request, pk):
    office = office_or_404(pk)
    if request.method == "GET" and refusal(office):
        raise Http404
    asks_contact = office.contact_email and not gave_contact(office, request.user)
    confirmation = (
        f"A mail to its published contact, {office.contact_email}, asks whether it is right. Without an answer it is theirs "
        if asks_contact
        else "It is theirs "
    )
    step = Step(
        f"Start the hand-over of {office}",
        (
            "Nobody is left who could hand over its seats. You invite whoever leads it now into the principal’s seat, with all "
            "that belongs to it.",
            f"{confirmation}48 hours after they accept. Before that everyone who holds a seat in the office or its pair, and "
            "the cohort’s facilitators, are told by mail, with your reason; they can stop it.",
            "It stays in the audit trail of the office and of its pair.",
        ),
        "Send the invitation",
        lambda **told: start_hand_over(office, request.user, **told),
        "The invitation is on its way.",
        StartHandOverForm,
        is_grave=True,
    )
    back = url_of(office)
    context = around("offices", over=office.name, where=[here(), {"label": office.name, "url": back}])
    return take(request, step, context, back)


def office_or_404(pk):
    return get_object_or_404(Office.objects.with_state().prefetch_related("cities"), pk=pk)


def url_of(office):
    return reverse("cohorts:administration-office", args=[office.pk])


def here():
    return {"label": "Offices", "url": reverse("cohorts:administration-offices")}


# --- what an office's own page shows too


def seats_of(office):
    """In the order of their roles, each with `holder` and `next`: terms or None. Two queries."""
    lasting = Term.objects.lasting().select_related("person").order_by("begins_at")
    seats = office.seats.prefetch_related(Prefetch("terms", lasting, to_attr="lasting"))
    rows = sorted(seats, key=lambda seat: (ORDER.index(seat.role), seat.name))
    for seat in rows:
        seat.office = office
        seat.holder = next((each for each in seat.lasting if each.is_current), None)
        seat.next = next((each for each in seat.lasting if not each.is_current), None)
    return rows


def past_terms(office):
    """Terms that are over, the last to end first, each with `last_day`."""
    over = (
        Term.objects.filter(seat__office=office)
        .exclude(pk__in=Term.objects.lasting().values("pk"))
        .exclude(ended_at__lte=F("begins_at"))  # called off before it began
        .select_related("person", "seat")
    )
    terms = list(over)
    for term in terms:
        term.seat.office = office
    return sorted(terms, key=lambda term: term.last_day, reverse=True)
