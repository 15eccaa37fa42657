"""An administrator's pages: who may open them, what stands around each, and the first of them. To everybody else they do not
exist."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.db.models import Count, Exists, OuterRef, Q
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from ..forms.administration import StepForm
from ..models import AdministrativeReading, Cohort, Invitation, Office, Person, Term, is_administrator
from ..permissions import Role
from .invitations import posted

TABS = [
    ("home", "What needs you", "cohorts:administration"),
    ("accounts", "Accounts", "cohorts:accounts"),
    ("offices", "Offices", "cohorts:administration-offices"),
    ("cohorts", "Cohorts", "cohorts:administration-cohorts"),
    ("sign-ons", "Sign-on", "cohorts:administration-sign-ons"),
    ("audit", "Audit trail", "workspaces:platform-audit"),
    ("installation", "Installation", "installation"),
]


def for_administrators(view):
    @login_required
    @wraps(view)
    def let_in(request, *args, **kwargs):
        if not is_administrator(request.user):
            raise Http404
        return view(request, *args, **kwargs)

    return let_in


def around(tab, **context):
    """Template context: the tabs, and what the page itself says."""
    tabs = [{"label": label, "url": reverse(url), "is_current": key == tab} for key, label, url in TABS]
    return {"tabs": tabs, "home_url": reverse("cohorts:administration")} | context


def pager(page, **kept):
    """Template context of a list: where its other pages are, with what it is narrowed by."""
    kept = {name: value for name, value in kept.items() if value}

    def address(number):
        return f"?{urlencode(kept | {'page': number})}"

    return {
        "previous_url": address(page.previous_page_number()) if page.has_previous() else "",
        "next_url": address(page.next_page_number()) if page.has_next() else "",
        "place": f"{page.start_index()} to {page.end_index()} of {page.paginator.count}",
    }


@dataclass(frozen=True)
class Step:
    """A change that is said before it is made. `told`: what will happen, in sentences; `verb` takes what the form gives;
    `done`: what is said afterwards."""

    title: str
    told: tuple[str, ...]
    label: str
    verb: Callable
    done: str = ""
    form: type = StepForm
    is_grave: bool = False


def take(request, step, context, back, cancel=""):
    """The page of a step. Reading it changes nothing; a POST takes it and goes on to `back`."""
    form = step.form(posted(request))
    if form.is_valid():
        try:
            step.verb(**form.cleaned_data)
        except ValidationError as error:
            form.complain(error)
        else:
            if step.done:
                messages.success(request, step.done)
            return redirect(back)
    context |= {"step": step, "form": form, "cancel_url": cancel or back}
    return render(request, "cohorts/administration/step.html", context, status=422 if form.errors else 200)


@for_administrators
def index(request):
    """What needs an administrator, what they read at present, and how much there is."""
    readings = AdministrativeReading.objects.open().filter(person=request.user).select_related("enrolment__city")
    context = around("home", needs=needs(), readings=readings, counts=counts())
    return render(request, "cohorts/administration/index.html", context)


def counts():
    """`[(what, how many, where they are)]`."""
    accounts = reverse("cohorts:accounts")
    counted = Person.objects.aggregate(open=Count("pk", filter=Q(is_active=True)), all=Count("pk"))
    return [
        ("Open accounts", counted["open"], f"{accounts}?state=open"),
        ("Closed accounts", counted["all"] - counted["open"], f"{accounts}?state=closed"),
        ("Offices", Office.objects.count(), reverse("cohorts:administration-offices")),
        ("Cohorts", Cohort.objects.count(), reverse("cohorts:administration-cohorts")),
    ]


def needs():
    """What only an administrator can put right: `[{verb, title, note, url, action}]`."""
    return [*cohorts_without_facilitator(), *offices_without_anybody()]


def offices_without_anybody():
    """Enrolled, led before, and nobody left who could hand over its seats; nor is somebody invited by now."""
    asked = Invitation.objects.open() | Invitation.objects.waiting()
    left = Office.objects.in_state("left").exclude(pk__in=asked.of_first_principals().values("office"))
    for office in left.order_by("name"):
        yield {
            "verb": "Hand over",
            "title": f"{office} has nobody left",
            "note": "Nobody holds a seat there that could hand over the others",
            "url": reverse("cohorts:administration-office", args=[office.pk]),
            "action": "See the office",
        }


def cohorts_without_facilitator():
    for cohort in Cohort.objects.filter(~Exists(facilitating()), ends_on__gte=timezone.localdate()):
        yield {
            "verb": "Invite",
            "title": f"A facilitator for {cohort}",
            "note": "Nobody runs it at present",
            "url": reverse("cohorts:cohort-invitation-new", args=[cohort.slug]),
            "action": "Invite somebody",
        }


def facilitating():
    """Of a cohort that an outer query tells: current terms of facilitators who can sign in."""
    facilitators = Term.objects.current().filter(seat__role=Role.FACILITATOR, person__is_active=True)
    return facilitators.filter(seat__cohort=OuterRef("pk"))
