"""Who is in a workspace: the two offices with their seats, the cohort's facilitators, the city's researchers."""

from django.contrib.auth.decorators import login_required
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import render
from django.urls import reverse

from cohorts.models import Seat, Term, holdings_of
from cohorts.permissions import Role

from ..models import AGREEMENT, SignOff
from .doors import around, enter

ORDER = list(Role)


@login_required
def index(request, slug):
    standing = enter(request, slug)
    if standing.workspace.convening_id:  # a guest meets who speaks and who writes, not a list of the cohort
        raise Http404
    context = around(standing, "people")
    groups = city_groups(standing.workspace) if standing.workspace.enrolment_id else cohort_groups(standing.workspace)
    for group in groups:
        group["invite"] = group.get("office") if may_staff(request.user, group.get("office")) else None
    has_agreement = SignOff.objects.filter(workspace=standing.workspace, subject_kind=AGREEMENT).exists()
    return render(request, "workspaces/people/index.html", context | {"groups": groups, "has_agreement": has_agreement})


def may_staff(person, office):
    """Whether the person adds people to this office."""
    return office is not None and holdings_of(person).leading(office) is not None


def city_groups(workspace):
    """`[{title, note, seats}]`; one query for the seats and one for who holds them."""
    enrolment = workspace.enrolment
    seats = seats_granted(group__enrolmentgrant__content_object=enrolment)
    groups = [
        {
            "title": office.name,
            "office": office,
            "note": f"Led by the {office.title}" if office.title else "",
            "seats": [seat for seat in seats if seat.office_id == office.pk],
            "url": reverse("workspaces:office", args=[office.pk]),
        }
        for office in enrolment.offices
    ]
    return groups + of_the_cohort(seats, f"{workspace.name}’s researchers")


def cohort_groups(workspace):
    seats = seats_granted(group__cohortgrant__content_object=workspace.cohort)
    by_office = {}
    for seat in seats:
        if seat.office_id:
            by_office.setdefault(seat.office, []).append(seat)
    offices = sorted(by_office, key=lambda office: (office.name, office.kind))
    groups = [{"title": office.name, "note": "", "seats": by_office[office]} for office in offices]
    return of_the_cohort(seats, "Researchers") + groups


def of_the_cohort(seats, researchers):
    roles = [(Role.FACILITATOR, "Facilitators"), (Role.RESEARCHER, researchers)]
    return [{"title": title, "note": "", "seats": [s for s in seats if s.role == role]} for role, title in roles]


def seats_granted(**held):
    """Seats whose group holds anything on the container, in the order of their roles, each with `holder` (a Term) or None."""
    terms = Prefetch("terms", Term.objects.current().select_related("person"), to_attr="current_terms")
    seats = Seat.objects.filter(**held).distinct().select_related("office").prefetch_related(terms)
    rows = sorted(seats, key=lambda seat: (ORDER.index(seat.role), seat.name))
    for seat in rows:
        seat.holder = next(iter(seat.current_terms), None)
    return rows
