"""What every page shows around its content: who is signed in, and where they may go."""

from django.conf import settings
from django.urls import reverse
from django.utils.functional import SimpleLazyObject

from cohorts.authentication import is_half_signed_in
from cohorts.models import holdings_of, is_administrator
from workspaces.agreements import missing_signatures
from workspaces.models import Workspace


def shell(request):
    return {"shell": SimpleLazyObject(lambda: read_shell(request))}


def read_shell(request):
    """`{person: {name, title, office, office_url}, workspaces: [{name, url, is_open, missing}], cohorts: [{name, url}],
    is_demo, ends_in}`; one query, and three more where a workspace is not open yet.

    `ends_in`: seconds until the session ends by itself. `missing`: offices whose signature the workspace waits for."""
    person = getattr(request, "user", None)
    if person is None or not person.is_authenticated:
        return {"person": None, "workspaces": [], "cohorts": [], "is_demo": settings.MPI_DEMO}
    if is_half_signed_in(person, request.session):  # they have shown a password, and nothing of theirs is shown for that
        return {"person": {"name": person.name}, "workspaces": [], "cohorts": [], "is_demo": settings.MPI_DEMO}
    term = next(iter(holdings_of(person).terms), None)
    spaces = Workspace.objects.known_to(person).exclude(kind=Workspace.Kind.CONVENING)
    spaces = list(spaces.select_related("cohort", "enrolment"))
    cities = [space for space in spaces if space.kind == Workspace.Kind.CITY]
    missing = missing_signatures(cities)
    cohorts = sorted((space.cohort for space in spaces if space.cohort), key=lambda cohort: cohort.starts_on, reverse=True)
    return {
        "person": {
            "name": person.name,
            "title": term.title if term else "Administrator" if is_administrator(person) else "",
            "office": term.seat.office.name if term and term.seat.office_id else "",
            "office_url": reverse("workspaces:office", args=[term.seat.office_id]) if term and term.seat.office_id else "",
        },
        "workspaces": [
            {
                "name": space.name,
                "url": reverse("workspaces:detail", args=[space.slug]),
                "is_open": space.is_open,
                "missing": missing.get(space.pk, []),
            }
            for space in cities
        ],
        "cohorts": [{"name": cohort.name, "url": reverse("policies:cohort", args=[cohort.slug])} for cohort in cohorts],
        "is_demo": settings.MPI_DEMO or person.is_demo,
        "ends_in": request.session.ends_in,
    }
