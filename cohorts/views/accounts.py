"""Accounts: the list, one of them, and what an administrator does with it."""

from django.core.paginator import Paginator
from django.db.models import Prefetch
from django.http import Http404
from django.shortcuts import get_object_or_404, render
from django.urls import reverse

from ..actions import accounts, administrators
from ..forms.administration import FindForm, ReasonForm
from ..models import ApiToken, Person, Term
from .administration import Step, around, for_administrators, pager, take
from .asking import asked_again
from .people import factors_of
from .sessions import sessions_of

A_PAGE = 25
STATES = [
    ("open", "Open"),
    ("closed", "Closed"),
    ("unprotected", "With a seat and no second step"),
    ("administrators", "Administrators"),
]


@for_administrators
def index(request):
    form = FindForm(request.GET, states=STATES, label="Name or address")
    words, state = form.asked()
    people = with_seats(Person.objects.found_by(words).in_state(state)).order_by("name", "email")
    page = Paginator(people, A_PAGE).get_page(request.GET.get("page"))
    context = around("accounts", form=form, is_narrowed=words or state, accounts=[row(person) for person in page])
    return render(request, "cohorts/accounts/index.html", context | pager(page, q=words, state=state))


@for_administrators
def detail(request, pk):
    person = account_or_404(pk)
    context = around(
        "accounts",
        person=person,
        row=row(person),
        is_oneself=person.pk == request.user.pk,
        steps=[{"step": STEPS[key](person, request.user), "url": url_of(person, key)} for key in steps_for(person)],
        sessions=sessions_of(person).count(),
        tokens=ApiToken.objects.filter(person=person).valid().count(),
        **factors_of(person),
    )
    return render(request, "cohorts/accounts/detail.html", context)


@for_administrators
@asked_again
def change(request, pk, step):
    """One step, said before it is taken."""
    person = account_or_404(pk)
    if step not in steps_for(person):
        raise Http404
    context = around("accounts", over=person.name, where=[{"label": person.name, "url": detail_url(person)}])
    return take(request, STEPS[step](person, request.user), context, detail_url(person))


def with_seats(people):
    """Each with `held`: the current terms; one query for all."""
    terms = Term.objects.current().select_related("seat__office", "seat__cohort", "seat__convening__cohort")
    return people.with_factor().select_related("administrator").prefetch_related(Prefetch("terms", terms, to_attr="held"))


def account_or_404(pk):
    return get_object_or_404(with_seats(Person.objects.all()), pk=pk)


def row(person):
    """An account as ready strings."""
    is_administrator = hasattr(person, "administrator")
    seats = [f"{term.title}, {home_of(term.seat)}" for term in person.held]
    return {
        "id": person.pk,
        "name": person.name,
        "email": person.email,
        "seats": (["Administrator"] if is_administrator else []) + seats,
        "is_active": person.is_active,
        "last_login": person.last_login,
        "has_factor": person.has_factor,
        "needs_factor": bool(seats or is_administrator) and not person.has_factor and not person.is_demo,
    }


def home_of(seat):
    """What a convening is called is its cohort's and its guests' to know."""
    return seat.office or seat.cohort or f"at a convening of {seat.convening.cohort}"


def detail_url(person):
    return reverse("cohorts:account", args=[person.pk])


def url_of(person, step):
    return reverse("cohorts:account-step", args=[person.pk, step])


# --- the steps


def steps_for(person):
    """Which steps make sense as the account stands, in the order of the page."""
    if not person.is_active:
        return ["reopening"]
    of_administrator = ["dismissal"] if hasattr(person, "administrator") else [] if person.held else ["appointment"]
    closing = [] if hasattr(person, "administrator") else ["closing"]
    return ["password", *(["factors"] if person.has_factor else []), "sessions", "tokens", *of_administrator, *closing]


def password(person, by):
    return Step(
        "Send a link to set a password",
        (
            f"A mail with a link goes to {person.email}. The link sets a new password, once.",
            "The present one works until then.",
        ),
        "Send the link",
        lambda: accounts.send_password_link(person, by),
        f"A link is on its way to {person.email}.",
    )


def factors(person, by):
    return Step(
        "Remove a lost second step",
        (
            "Every passkey, authenticator app and recovery code of the account goes, and it is signed out everywhere.",
            f"{person.name} signs in with a password or a code by mail, and must add a new second step before anything else.",
            "They are told by mail, with your reason. Be sure that it is they who ask: call a number you already know.",
        ),
        "Remove the second step",
        lambda reason: accounts.remove_factors(person, by, reason=reason),
        f"Removed. {person.name} is told by mail.",
        ReasonForm,
        is_grave=True,
    )


def sessions(person, by):
    return Step(
        "Sign out everywhere",
        (f"Every page that {person.name} has open closes within two seconds. They can sign in again at once.",),
        "Sign out everywhere",
        lambda: accounts.sign_out(person, by),
        f"{person.name} is signed out everywhere.",
    )


def tokens(person, by):
    return Step(
        "Revoke the API tokens",
        (f"Programs that read or write in the name of {person.name} are refused from now on.",),
        "Revoke them",
        lambda: accounts.revoke_tokens(person, by),
        "No token of theirs works any more.",
    )


def appointment(person, by):
    return Step(
        "Make an administrator",
        (
            f"{person.name} keeps accounts and cohorts, as you do, and can appoint and dismiss others.",
            "An administrator holds no seat, and sees a city’s work only for a written reason, for an hour, in its sight.",
        ),
        "Make an administrator",
        lambda: administrators.appoint(person, by),
        f"{person.name} is an administrator now.",
        is_grave=True,
    )


def dismissal(person, by):
    return Step(
        "Dismiss as administrator",
        (f"{person.name} keeps the account, and these pages close to them at once.",),
        "Dismiss",
        lambda: administrators.dismiss(person, by),
        f"{person.name} is an administrator no longer.",
        is_grave=True,
    )


def closing(person, by):
    return Step(
        "Close the account",
        (
            f"{person.name} cannot sign in any more. Open pages close within two seconds, and API tokens end for good.",
            "What they wrote and signed stays. Their seats stay theirs until their office hands them over.",
            "You can open the account again.",
        ),
        "Close the account",
        lambda: accounts.close_account(person, by),
        f"The account of {person.name} is closed.",
        is_grave=True,
    )


def reopening(person, by):
    return Step(
        "Open the account again",
        (f"{person.name} can sign in again, and holds the seats that are still theirs. Former tokens stay ended.",),
        "Open the account",
        lambda: accounts.reopen_account(person, by),
        f"The account of {person.name} is open again.",
    )


STEPS = {step.__name__: step for step in (password, factors, sessions, tokens, appointment, dismissal, closing, reopening)}
