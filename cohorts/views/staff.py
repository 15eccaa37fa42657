"""A cohort's own people: its facilitators and researchers, the end of a term, and which cities a researcher works with."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ..actions.staff import assign_cities, cities_of, end_service, staff_of
from ..forms.administration import CitiesForm
from ..models import Cohort, Enrolment, Seat
from ..permissions import Role
from .administration import Step, take
from .asking import asked_again
from .invitations import cohort_or_refuse, posted


@login_required
def index(request, slug):
    cohort = cohort_or_refuse(request.user, slug)
    terms = list(staff_of(cohort))
    cities = cities_by_group(cohort)
    for term in terms:
        term.cities = cities.get(term.seat.group_id, [])
    context = around(cohort, request.user) | {
        "facilitators": [term for term in terms if term.seat.role == Role.FACILITATOR],
        "researchers": [term for term in terms if term.seat.role == Role.RESEARCHER],
        "may_set_sign_on": Cohort.objects.facilitated_by(request.user).contains(cohort),
    }
    return render(request, "cohorts/staff/index.html", context)


def cities_by_group(cohort):
    """`{key of a researcher's group: [names of the cities it opens]}`; one query."""
    pairs = Enrolment.objects.current().filter(cohort=cohort, grants__permission__codename="research").order_by("city__name")
    told = {}
    for group, name in pairs.values_list("grants__group", "city__name"):
        told.setdefault(group, []).append(name)
    return told


@login_required
@asked_again
def end(request, slug, pk):
    """End a term of theirs."""
    cohort = cohort_or_refuse(request.user, slug)
    term = get_object_or_404(staff_of(cohort), pk=pk)
    name = "you" if term.person_id == request.user.pk else term.person.name
    step = Step(
        f"End the term of {term.person.name}",
        (
            f"The cohort and its cities close to {name} at once: open pages within two seconds, API tokens too.",
            "What was written and signed stays, under the title of that day.",
        ),
        "End the term",
        lambda: end_service(term, request.user),
        f"The term of {term.person.name} has ended.",
        is_grave=True,
    )
    here = reverse("cohorts:staff", args=[slug])
    context = {"over": cohort.name, "where": where(cohort, request.user)}
    answer = take(request, step, context, here)
    is_gone = answer.status_code == 302 and not Cohort.objects.staffed_by(request.user).contains(cohort)
    return redirect("home") if is_gone else answer


@login_required
@asked_again
def assign(request, slug, pk):
    """Which cities a researcher works with."""
    cohort = cohort_or_refuse(request.user, slug)
    seat = get_object_or_404(Seat.objects.filter(cohort=cohort, role=Role.RESEARCHER), pk=pk)
    form = CitiesForm(posted(request), cohort=cohort, initial={"cities": cities_of(seat)})
    holder = seat.terms.current().select_related("person").first()
    name = holder.person.name if holder else seat.name
    if request.method == "POST" and form.is_valid():
        try:
            assign_cities(seat, request.user, form.cleaned_data["cities"])
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"Saved. {name} works with the cities you ticked.")
            return redirect("cohorts:staff", slug)
    context = {"over": cohort.name, "name": name, "form": form, "where": where(cohort, request.user)}
    context["back_url"] = reverse("cohorts:staff", args=[slug])
    return render(request, "cohorts/staff/cities.html", context, status=422 if form.errors else 200)


def around(cohort, person):
    return {
        "cohort": cohort,
        "may_enter": Cohort.objects.visible_to(person).contains(cohort),
        "new_url": reverse("cohorts:cohort-invitation-new", args=[cohort.slug]),
        "where": where(cohort, person)[:-1],
    }


def where(cohort, person):
    """From the cohort's own page, or from the administrators' one of it, down to the list."""
    is_inside = Cohort.objects.visible_to(person).contains(cohort)
    page = "policies:cohort" if is_inside else "cohorts:administration-cohort"
    return [
        {"label": cohort.name, "url": reverse(page, args=[cohort.slug])},
        {"label": "Facilitators and researchers", "url": reverse("cohorts:staff", args=[cohort.slug])},
    ]
