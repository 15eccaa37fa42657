from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import get_object_or_404

from ..calendars import calendar_of
from ..models import Convening


@login_required
def calendar(request, cohort, slug):
    """The convening's calendar file, for whoever may see the convening."""
    convenings = Convening.objects.visible_to(request.user).prefetch_related("sessions")
    convening = get_object_or_404(convenings, cohort__slug=cohort, slug=slug)
    address = f"{settings.SITE_URL}{request.path.removesuffix('.ics')}/"
    return HttpResponse(
        calendar_of(convening, address),
        headers={
            "Content-Type": "text/calendar; charset=utf-8; method=PUBLISH",
            "Content-Disposition": f'attachment; filename="{convening.slug}.ics"',
        },
    )
