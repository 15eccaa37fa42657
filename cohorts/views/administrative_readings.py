"""An administrator asks to read a city's workspace, and says when they are done."""

from django.contrib import messages
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from ..actions.administrative_readings import begin_reading, end_reading
from ..forms.administration import ReasonForm
from ..models import AdministrativeReading, Enrolment
from .administration import Step, around, for_administrators, take
from .asking import asked_again


@for_administrators
@asked_again
def create(request, slug):
    """Who reads it now already is led there."""
    enrolment = get_object_or_404(Enrolment.objects.current().select_related("city", "cohort"), slug=slug)
    workspace_url = reverse("workspaces:detail", args=[slug])
    readings = AdministrativeReading.objects.open().filter(person=request.user)
    if request.method == "GET" and readings.filter(enrolment=enrolment).exists():
        return redirect(workspace_url)
    step = Step(
        f"Read the workspace of {enrolment.city}",
        (
            "It opens to you for one hour, to read. You see what the whole workspace sees; what the two offices keep between "
            "them, and what one keeps to itself, stays closed.",
            "Everyone who works there sees your name and your reason on every page while it lasts. The principals of both "
            "offices are told by mail, and it stays in their audit trail.",
            "Each time needs a reason of its own.",
        ),
        "Open it for an hour",
        lambda reason: begin_reading(enrolment, request.user, reason=reason),
        form=ReasonForm,
    )
    cohort = enrolment.cohort
    where = [{"label": cohort.name, "url": reverse("cohorts:administration-cohort", args=[cohort.slug])}]
    return take(request, step, around("cohorts", over=str(enrolment), where=where), workspace_url, cancel=where[0]["url"])


@for_administrators
@require_POST
def end(request, pk):
    """Closing asks nothing again: it only takes away."""
    reading = get_object_or_404(AdministrativeReading.objects.filter(person=request.user), pk=pk)
    end_reading(reading, request.user)
    messages.success(request, "Closed. The workspace is no longer open to you.")
    return redirect("cohorts:administration")
