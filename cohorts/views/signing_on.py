"""Signing in by an office's sign-on: to the provider, and back. Whatever goes wrong is one plain sentence on a page, and a
failed sign-in in the trail."""

from allauth.account.internal.flows.login import perform_login, record_authentication
from allauth.account.internal.flows.reauthentication import resume_request
from allauth.account.models import Login
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from ..actions import sign_ons
from ..actions.invitations import join
from ..authentication import BY_SIGN_ON, may_sign_in, missing_sign_ons
from ..devices import device_of
from ..forms.sign_ons import AddressForm, NameForm
from ..limiting import too_many
from ..limits import SIGN_ON, Limited, network_of, take
from ..models import Invitation, SignOn, SignOnLink
from ..openid import Provider, Refused
from .asking import asked_again
from .invitations import posted


@never_cache
def find(request):
    """Whose sign-on it is, by the domain of an address: the same answer whether or not somebody has an account."""
    form = AddressForm(posted(request))
    found, status = None, 200
    if form.is_valid():
        found = list(SignOn.objects.for_address(form.cleaned_data["email"]).select_related("office", "cohort"))
    elif form.errors:
        status = 422
    context = {"form": form, "found": found, "next": next_of(request)}
    return render(request, "cohorts/sign_ons/find.html", context, status=status)


@never_cache
@require_safe
def detail(request, pk):
    """The button of one sign-on; an office can keep this address on its own pages."""
    sign_on = sign_on_or_404(pk)
    return render(request, "cohorts/sign_ons/detail.html", {"sign_on": sign_on, "next": next_of(request)})


@never_cache
@require_POST
def begin(request, pk):
    """Off to the provider, to sign in."""
    return onward(request, sign_on_or_404(pk), "in", next_url=next_of(request))


@never_cache
@login_required
def again(request, pk):
    """Asked again who one is: the provider must ask anew."""
    sign_on = get_object_or_404(SignOn.objects.offered_to(request.user), pk=pk, links__person=request.user)
    if request.method == "POST":
        return onward(request, sign_on, "again", next_url=next_of(request), is_fresh=True)
    return render(request, "cohorts/sign_ons/again.html", {"sign_on": sign_on, "next": next_of(request)})


@never_cache
@login_required
def needed(request):
    """For whoever is signed in by something else than their office demands: link, or sign in by it."""
    missing = missing_sign_ons(request.user, request.session)
    if not missing:
        return redirect(request.session.pop("wanted", None) or "home")
    linked = set(SignOnLink.objects.valid().filter(person=request.user).values_list("sign_on", flat=True))
    rows = [{"sign_on": each, "is_linked": each.pk in linked} for each in missing]
    return render(request, "cohorts/sign_ons/needed.html", {"rows": rows})


@never_cache
@require_POST
@login_required
@asked_again
def link_needed(request, pk):
    sign_on = get_object_or_404(SignOn.objects.demanded_of(request.user), pk=pk)
    return onward(request, sign_on, "link", next_url=reverse("cohorts:sign-on-needed"))


@never_cache
@require_POST
def begin_joining(request, token):
    """Somebody new accepts an invitation by the sign-on of the office, and needs no password here."""
    invitation = Invitation.objects.of_token(token).open().select_related("office", "cohort").first()
    sign_on = invitation and sign_on_for(invitation)
    if not sign_on or request.user.is_authenticated:
        return redirect("cohorts:invitation", token)
    form = NameForm(request.POST)
    if not form.is_valid():
        return problem(request, sign_on, "Say your name first, on the page of the invitation.", 422)
    return onward(request, sign_on, "join", next_url="", token=token, name=form.cleaned_data["name"])


def sign_on_for(invitation):
    """The sign-on of the office or the cohort that somebody is invited to, or None. A first principal's office has nobody who
    could have set one."""
    home = invitation.office or invitation.cohort
    return home and SignOn.objects.filter(pk=home.pk).first()


def onward(request, sign_on, purpose, *, next_url, **kept):
    """A page that leads on to the provider at once. A form may not lead to another's address; a page of ours may."""
    if refusal := refusal_of_many(request):
        return refusal
    person = str(request.user.pk) if request.user.is_authenticated else ""
    try:
        address = Provider(sign_on).begin(
            request, answer_address(request, sign_on.pk), purpose=purpose, next=next_url, person=person, **kept
        )
    except Refused as refused:
        return problem(request, sign_on, refused.words, 502)
    return render(request, "cohorts/sign_ons/onward.html", {"sign_on": sign_on, "address": address})


@never_cache
@require_safe
def answer(request, pk):
    """Back from the provider."""
    sign_on = sign_on_or_404(pk)
    if refusal := refusal_of_many(request):
        return refusal
    provider = Provider(sign_on)
    kept = provider.kept(request)
    try:
        claims = provider.finish(request)
        who = str(request.user.pk) if request.user.is_authenticated else ""
        if kept["purpose"] != "in" and kept["person"] != who:
            raise Refused("Somebody else signed in here meanwhile. Nothing was changed. Begin again.", "another person")
        return PURPOSES[kept["purpose"]](request, sign_on, claims, kept)
    except Refused as refused:
        sign_ons.record_failure(sign_on, refused.reason)
        return problem(request, sign_on, refused.words, 502 if refused.reason == "provider down" else 403)


def come_in(request, sign_on, claims, kept):
    person = sign_ons.person_of(sign_on, claims["sub"])
    if person is None:
        raise Refused(
            f"Your account of {sign_on} is not linked to an account here, and none was made. Sign in another way once and link "
            "it under Settings, or open your invitation.",
            "not linked",
        )
    if not may_sign_in(person):
        sign_ons.record_failure(sign_on, "the account is closed", person)
        return problem(request, sign_on, "This account is closed. Your cohort’s facilitator can say why.", 403)
    if not sign_on.is_open_to(person):
        sign_ons.record_failure(sign_on, "no seat there any more", person)
        return problem(request, sign_on, f"You hold no seat in {sign_on.home} any more. Sign in another way.", 403)
    if request.user.is_authenticated and request.user != person:
        raise Refused("Another person is signed in in this browser. Sign out first.", "another person")
    show(request, sign_on, person, claims)
    sign_ons.note_use(sign_on, person)
    if request.user.is_authenticated:
        return redirect(kept["next"] or "cohorts:sign-on-needed")
    return perform_login(request, Login(user=person, redirect_url=kept["next"] or None))


def link(request, sign_on, claims, kept):
    try:
        sign_ons.link(sign_on, request.user, claims["sub"])
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "not to be linked")
    show(request, sign_on, request.user, claims)
    sign_ons.note_use(sign_on, request.user)
    messages.success(request, f"Linked. From now on {sign_on} signs you in.")
    return redirect(kept["next"])


def ask_again(request, sign_on, claims, kept):
    if sign_ons.person_of(sign_on, claims["sub"]) != request.user:
        raise Refused(f"This is not the account of {sign_on} that is linked to yours.", "another account")
    show(request, sign_on, request.user, claims, reauthenticated=True)
    request.GET = QueryDict(mutable=True)
    request.GET["next"] = kept["next"]
    return resume_request(request) or redirect("home")


def come_in_new(request, sign_on, claims, kept):
    invitation = Invitation.objects.of_token(kept["token"]).first()
    if invitation is None or invitation.home.pk != sign_on.pk:
        raise Refused("This invitation is no longer good. Ask who invited you.", "invitation over")
    try:
        person = join(invitation, name=kept["name"], password=None, by_sign_on=(sign_on, claims["sub"]))
    except ValidationError as error:
        raise Refused(" ".join(error.messages), "not joined")
    show(request, sign_on, person, claims)
    sign_ons.note_use(sign_on, person)
    return perform_login(request, Login(user=person, redirect_url=reverse("cohorts:welcome")))


PURPOSES = {"in": come_in, "link": link, "again": ask_again, "join": come_in_new}


def show(request, sign_on, person, claims, **more):
    """Keep in the session that `person` came by `sign_on`, as it is set now."""
    record_authentication(
        request,
        person,
        method=BY_SIGN_ON,
        sign_on=str(sign_on.pk),
        name=str(sign_on),
        edition=sign_on.edition,
        is_proved=sign_on.is_proved_by(claims),
        **more,
    )


def problem(request, sign_on, words, status):
    return render(request, "cohorts/sign_ons/problem.html", {"sign_on": sign_on, "words": words}, status=status)


def refusal_of_many(request):
    """The answer where there were too many tries from there; else None, with this one counted until somebody came in by it."""
    device, _ = device_of(request)
    try:
        request.tries = take(SIGN_ON, ADDRESS=[network_of(request)], DEVICE=device and [device])
    except Limited as limited:
        return too_many(request, limited)


def sign_on_or_404(pk):
    return get_object_or_404(SignOn.objects.select_related("office", "cohort"), pk=pk)


def answer_address(request, pk):
    """The redirect address, as it is registered at the provider; each sign-on has its own, so that no provider answers for
    another."""
    return request.build_absolute_uri(reverse("cohorts:sign-on-answer", args=[pk]))


def next_of(request):
    """Where somebody wanted to go, if that is a page of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    is_ours = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return wanted if is_ours else ""
