"""How people come in: the page behind an invitation's link, the one behind a confirmation's, the first visit, and the
demonstration's mailbox. Whoever has a link is shown what it is for; what is wrong with it is said plainly."""

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from .. import mailbox
from ..actions.invitations import REASONS, accept, confirm, fill_due_seats, join, refuse
from ..actions.people import introduce
from ..authentication import lacks_factor
from ..forms.invitations import GuestJoinForm, JoinForm, LabelForm
from ..forms.people import PersonForm
from ..forms.sign_ons import NameForm
from ..letters import moment
from ..models import Invitation, Person
from ..models.holdings import holdings_of
from ..permissions import SIGNING_ROLES
from .invitations import posted
from .signing_on import sign_on_for

State = Invitation.State
WITH_FACTOR = "first_visit_with_factor"  # in the session of a first visit: whether its second step is a second factor


@never_cache
def detail(request, token):
    """An invitation. POST accepts it, and makes the account of somebody new."""
    fill_due_seats()
    invitation = (
        Invitation.objects.of_token(token)
        .select_related("office", "cohort", "convening__cohort", "seat", "invited_by", "accepted_by")
        .first()
    )
    if invitation is None:
        return closed(request, "This link leads nowhere", "Open the whole link of the newest mail, or ask for a new one.", 404)
    if invitation.state != State.SENT:
        return ended(request, invitation)
    if request.user.is_authenticated:
        if request.user.email.lower() != invitation.email:
            return render(request, "cohorts/invitations/other.html", {"here": request.path}, status=403)
        return answer(request, invitation)
    account = Person.objects.filter(email__iexact=invitation.email).first()
    if account and not account.is_active:
        return closed(request, "The account of this address is closed", "Ask who invited you, or your facilitator.", 403)
    if account:
        return shown(request, invitation, login_url=f"{reverse('account_login')}?next={request.path}")
    return welcome_somebody_new(request, invitation, token)


def answer(request, invitation):
    form = LabelForm(posted(request), initial={"title": invitation.title}) if invitation.is_for_guest else None
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            accept(invitation, request.user, **(form.cleaned_data if form else {}))
        except ValidationError as error:
            return shown(request, invitation, form=form, complaint=" ".join(error.messages), status=409)
        return redirect("cohorts:welcome")
    return shown(request, invitation, form=form, status=422 if form and form.errors else 200)


def welcome_somebody_new(request, invitation, token):
    initial = {"name": invitation.name, "title": invitation.title}
    form = (GuestJoinForm if invitation.is_for_guest else JoinForm)(posted(request), email=invitation.email, initial=initial)
    if form.is_valid():
        try:
            person = join(invitation, **form.cleaned_data)
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            # The password was chosen just now: the next step, which guards the account, does not ask for it again.
            record_authentication(request, person, method="password", reauthenticated=True)
            return perform_login(request, person, redirect_url=reverse("cohorts:welcome"))
    sign_on = sign_on_for(invitation)
    name_form = NameForm(initial={"name": invitation.name}, auto_id="sign_on_%s")
    by_sign_on = {"sign_on": sign_on, "token": token, "name_form": name_form}
    asked = None if sign_on and sign_on.is_demanded else form
    return shown(request, invitation, status=422 if form.errors else 200, form=asked, is_new=True, **by_sign_on)


def shown(request, invitation, status=200, **context):
    return render(request, "cohorts/invitations/detail.html", {"invitation": invitation} | context, status=status)


def ended(request, invitation):
    """Used, expired or revoked. Who accepted it is told how their seat stands."""
    state = invitation.state
    if request.user.is_authenticated and request.user == invitation.accepted_by and state in (State.ACCEPTED, State.WAITING):
        return redirect("cohorts:welcome-here")
    titles = {State.EXPIRED: "This invitation has expired", State.REVOKED: "This invitation was taken back"}
    return closed(request, titles.get(state, "This invitation was used already"), REASONS[state], 410)


def closed(request, title, text, status):
    return render(request, "cohorts/invitations/closed.html", {"title": title, "text": text}, status=status)


@never_cache
def confirmation(request, token):
    """For whoever reads the mail of the office's published contact: is this the one who leads the office?"""
    fill_due_seats()
    invitation = (
        Invitation.objects.of_confirmation(token).select_related("office", "cohort", "invited_by", "accepted_by").first()
    )
    if invitation is None:
        return closed(request, "This link leads nowhere", "Open the whole link of the mail.", 404)
    if invitation.state != State.WAITING:
        return closed(request, "This was answered already", "It was confirmed, stopped, or took effect by itself.", 410)
    if request.POST.get("answer") in ("yes", "no"):
        is_right = request.POST["answer"] == "yes"
        try:
            (confirm if is_right else refuse)(invitation)
        except ValidationError as error:
            return closed(request, "This cannot be confirmed", " ".join(error.messages), 409)
        told = "Thank you. The seat is filled." if is_right else "Thank you. Nobody took the seat, and who invited is told."
        return closed(request, "Your answer is kept", told, 200)
    when = moment(invitation.takes_effect_at, invitation.office.timezone)
    return render(request, "cohorts/invitations/confirmation.html", {"invitation": invitation, "when": when})


@login_required
def welcome(request):
    """First visit: who you are. A second factor comes next for whoever must show one and has none yet."""
    has_factor_step = request.session[WITH_FACTOR] = lacks_factor(request.user, request.session)
    form = PersonForm(posted(request), instance=request.user)
    if form.is_valid():
        introduce(request.user, **form.cleaned_data)
        return redirect("cohorts:welcome-here")
    context = {"form": form, "step": step(1, has_factor_step)}
    return render(request, "cohorts/welcome/who.html", context, status=422 if form.errors else 200)


def step(number, has_factor_step):
    return f"Your first visit: step {number} of {3 if has_factor_step else 2}"


@login_required
def here(request):
    """First visit: what is here. Each reads it from the seats they hold. Who comes back later is on no visit any more."""
    fill_due_seats()
    person = request.user
    waiting = Invitation.objects.waiting().filter(accepted_by=person).select_related("office", "cohort")
    has_factor_step = request.session.pop(WITH_FACTOR, None)
    context = {
        "terms": holdings_of(person).terms,
        "waiting": waiting,
        "leading_roles": SIGNING_ROLES,
        "step": "" if has_factor_step is None else step(3 if has_factor_step else 2, has_factor_step),
    }
    return render(request, "cohorts/welcome/here.html", context)


@never_cache
@require_safe
def letters(request):
    """The mails of the demonstration. Elsewhere there is no such page."""
    if not (settings.MPI_DEMO and settings.DEMO_MAILBOX):
        raise Http404
    to = request.GET.get("to", "").strip()
    return render(request, "cohorts/mailbox.html", {"letters": mailbox.letters(to), "to": to})
