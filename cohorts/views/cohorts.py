"""Cohorts as an administrator keeps them: the list, a new one, its name and dates, and the cities in it."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db.models import Count, Exists, OuterRef, Q
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from ..actions.cohorts import change_cohort, start_cohort
from ..actions.departures import close_enrolment
from ..forms.administration import CohortForm, NewCohortForm, ReasonForm
from ..models import AdministrativeReading, Cohort, Conflict, Enrolment, Term
from ..permissions import Role
from .administration import Step, around, facilitating, for_administrators, pager, take
from .asking import asked_again
from .invitations import posted

A_PAGE = 50


@for_administrators
def index(request):
    page = Paginator(with_counts(Cohort.objects.order_by("-starts_on", "name")), A_PAGE).get_page(request.GET.get("page"))
    return render(request, "cohorts/cohorts/index.html", around("cohorts", cohorts=page) | pager(page))


def with_counts(cohorts):
    """Each with `city_count` and `has_facilitator`."""
    current = Count("enrolments", filter=Q(enrolments__ended_at=None))
    return cohorts.annotate(city_count=current, has_facilitator=Exists(facilitating()))


@for_administrators
@asked_again
def create(request):
    form = NewCohortForm(posted(request))
    if form.is_valid():
        try:
            cohort = start_cohort(request.user, **told(form))
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, f"{cohort} is open. Now invite its facilitators.")
            return redirect("cohorts:administration-cohort", cohort.slug)
    context = around("cohorts", form=form, where=[here()])
    return render(request, "cohorts/cohorts/form.html", context, status=422 if form.errors else 200)


@for_administrators
@asked_again
def detail(request, slug):
    """What is known of it; a POST changes that."""
    cohort = get_object_or_404(Cohort, slug=slug)
    form = CohortForm(posted(request), instance=Cohort.objects.get(pk=cohort.pk))
    context, status = around("cohorts", cohort=cohort, form=form, where=[here()]), 200
    if request.method == "POST" and form.is_valid():
        try:
            change_cohort(cohort, request.user, version=form.cleaned_data["version"], **told(form))
        except Conflict as conflict:
            context |= {"is_conflict": True, "differences": form.differences(conflict.current)}
            status = 409
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "Saved.")
            return redirect("cohorts:administration-cohort", slug)
    context |= {"cities": cities_of(cohort, request.user), "staff": staff_counts(cohort)}
    return render(request, "cohorts/cohorts/detail.html", context, status=422 if form.errors else status)


def told(form):
    return {name: form.cleaned_data[name] for name in NewCohortForm.Meta.fields}


def cities_of(cohort, person):
    """Its pairs, those that left last, each with `is_read`: whether `person` reads it now."""
    reading = AdministrativeReading.objects.open().filter(person=person, enrolment=OuterRef("pk"))
    pairs = cohort.enrolments.select_related("city", "mayor_office", "prosecutor_office").annotate(is_read=Exists(reading))
    return sorted(pairs, key=lambda pair: (pair.ended_at is not None, pair.city.name))


def staff_counts(cohort):
    """`{role: how many hold it}` in one query."""
    terms = Term.objects.current().filter(seat__cohort=cohort).order_by()
    counted = dict(terms.values_list("seat__role").annotate(count=Count("pk")))
    return {"facilitators": counted.get(Role.FACILITATOR, 0), "researchers": counted.get(Role.RESEARCHER, 0)}


@for_administrators
@asked_again
def end_enrolment(request, slug):
    pairs = Enrolment.objects.current().select_related("city", "cohort", "mayor_office", "prosecutor_office")
    enrolment = get_object_or_404(pairs, slug=slug)
    cohort = enrolment.cohort
    step = Step(
        f"End the enrolment of {enrolment.city}",
        (
            f"The shared work of the two offices in {cohort} is closed to everyone at once. Nothing is deleted.",
            "Everyone who works there is told by mail, with your reason.",
            "An office can leave by its principal’s own signature. Do this only when neither office can.",
        ),
        "End the enrolment",
        lambda reason: close_enrolment(enrolment, request.user, reason=reason),
        f"{enrolment.city} is no longer in {cohort}.",
        ReasonForm,
        is_grave=True,
    )
    back = reverse("cohorts:administration-cohort", args=[cohort.slug])
    context = around("cohorts", over=str(enrolment), where=[here(), {"label": cohort.name, "url": back}])
    return take(request, step, context, back)


def here():
    return {"label": "Cohorts", "url": reverse("cohorts:administration-cohorts")}
