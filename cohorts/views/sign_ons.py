"""The sign-on of an office or a cohort: read by its people, set by its IT contact or its facilitators; and each person's own
link to it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import F
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from ..actions import sign_ons
from ..authentication import has_shown
from ..forms.administration import ReasonForm
from ..forms.sign_ons import SignOnForm
from ..models import Cohort, Conflict, Office, SignOn, SignOnLink
from ..openid import Refused, try_provider
from .administration import Step, around, for_administrators, take
from .asking import asked_again
from .signing_on import answer_address, onward

# --- of an office or a cohort


@login_required
def of_office(request, pk):
    return page(request, office_of(request, pk))


@login_required
def of_cohort(request, slug):
    return page(request, cohort_of(request, slug))


def page(request, home):
    if request.method == "POST":
        return update(request, home)
    return shown(request, home, SignOnForm(instance=sign_ons.sign_on_of(home)))


@asked_again
def update(request, home):
    """Saved once the provider has answered as one: an address with a slip of the pen shows at once."""
    sign_ons.who_sets(request.user, home)
    form = SignOnForm(request.POST, instance=sign_ons.sign_on_of(home))
    if not form.is_valid():
        return shown(request, home, form, status=422)
    try:
        try_provider(form.instance)
        sign_ons.set_sign_on(home, request.user, version=form.cleaned_data["version"], **form.told)
    except Refused as refused:
        form.add_error("issuer", refused.words)
        return shown(request, home, form, status=422)
    except ValidationError as error:
        form.complain(error)
        return shown(request, home, form, status=422)
    except Conflict as conflict:
        messages.warning(request, "Somebody else saved meanwhile. This is how it stands now; nothing of yours was kept.")
        return shown(request, home, SignOnForm(instance=conflict.current), status=409)
    messages.success(request, "Saved. Link your own account and sign in by it once, to see that it works.")
    return redirect(url_of(home))


@require_POST
@login_required
@asked_again
def demand(request, pk):
    office = office_of(request, pk)
    require_stored(office)
    try:
        if request.POST.get("is_demanded") == "yes":
            sign_on = sign_ons.demand(office, request.user, request.session)
            messages.success(request, f"From now on the people of {office} sign in by {sign_on} alone.")
        else:
            sign_ons.allow_other_ways(office, request.user)
            messages.success(request, f"The people of {office} may sign in by other ways, too.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return redirect(url_of(office))


@require_POST
@login_required
@asked_again
def remove_of_office(request, pk):
    return remove(request, office_of(request, pk))


@require_POST
@login_required
@asked_again
def remove_of_cohort(request, slug):
    return remove(request, cohort_of(request, slug))


def remove(request, home):
    require_stored(home)
    sign_ons.remove(home, request.user)
    messages.success(request, "Removed. Everyone signs in by the other ways.")
    return redirect(url_of(home))


@require_POST
@login_required
@asked_again
def unlink_of_office(request, pk, person):
    """For somebody whose account at the provider is another one by now."""
    office = office_of(request, pk)
    sign_ons.who_sets(request.user, office)
    link = get_object_or_404(SignOnLink.objects.filter(sign_on__office=office), person=person)
    try:
        sign_ons.unlink(link, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"Unlinked. {link.person.name} links their account anew at the next sign-in.")
    return redirect(url_of(office))


def office_of(request, pk):
    office = get_object_or_404(Office.objects.known_to(request.user), pk=pk)
    if not Office.objects.held_by(request.user).contains(office):
        raise PermissionDenied("An office’s sign-on is read by its own people.")
    return office


def cohort_of(request, slug):
    cohort = get_object_or_404(Cohort.objects.known_to(request.user), slug=slug)
    if not Cohort.objects.facilitated_by(request.user).contains(cohort):
        raise PermissionDenied("A cohort’s sign-on is set by its facilitators.")
    return cohort


def require_stored(home):
    if not SignOn.objects.filter(pk=home.pk).exists():
        raise Http404


def url_of(home):
    if isinstance(home, Office):
        return reverse("cohorts:office-sign-on", args=[home.pk])
    return reverse("cohorts:cohort-sign-on", args=[home.slug])


def shown(request, home, form, status=200):
    is_office = isinstance(home, Office)
    sign_on = sign_ons.sign_on_of(home)
    is_stored = not sign_on._state.adding
    may_set = not is_office or Office.objects.ruled_by(request.user).contains(home)
    people = []
    if is_stored and may_set:
        links = {link.person_id: link for link in sign_on.links.valid()}
        people = [{"person": each, "link": links.get(each.pk)} for each in sign_ons.people_of(sign_on)]
    context = {
        "home": home,
        "is_office": is_office,
        "here_url": url_of(home),
        "sign_on": sign_on if is_stored else None,
        "form": form,
        "may_set": may_set,
        "people": people,
        "linked": sum(row["link"] is not None for row in people),
        "is_mine_linked": any(row["link"] and row["person"] == request.user for row in people),
        "has_shown": is_stored and has_shown(sign_on, request.user, request.session),
        "answer_address": answer_address(request, home.pk),
        "button_address": request.build_absolute_uri(reverse("cohorts:sign-on", args=[home.pk])),
    }
    return render(request, "cohorts/sign_ons/form.html", context, status=status)


# --- a person's own


@login_required
def mine(request):
    links = SignOnLink.objects.visible_to(request.user).annotate(now=F("sign_on__issuer"))
    held = {link.sign_on_id: link for link in links}
    offered = SignOn.objects.offered_to(request.user).select_related("office", "cohort")
    rows = [{"sign_on": each, "link": valid_or_none(held.get(each.pk))} for each in offered]
    return render(request, "cohorts/settings/sign_ons.html", {"rows": rows})


def valid_or_none(link):
    return link if link and link.issuer == link.now else None


@require_POST
@login_required
@asked_again
def link(request, pk):
    """Off to the provider; who comes back is linked."""
    sign_on = get_object_or_404(SignOn.objects.offered_to(request.user), pk=pk)
    return onward(request, sign_on, "link", next_url=reverse("cohorts:sign-ons"))


@require_POST
@login_required
@asked_again
def unlink(request, pk):
    link = get_object_or_404(SignOnLink.objects.visible_to(request.user).select_related("sign_on"), sign_on=pk)
    try:
        sign_ons.unlink(link, request.user)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, f"Unlinked. {link.sign_on} signs you in no longer.")
    return redirect("cohorts:sign-ons")


# --- an administrator's: the way out of a lock-out


@for_administrators
def index(request):
    rows = SignOn.objects.select_related("office", "cohort").order_by("-is_demanded", "name")
    return render(request, "cohorts/sign_ons/index.html", around("sign-ons", sign_ons=rows))


@for_administrators
@asked_again
def release(request, pk):
    sign_on = get_object_or_404(SignOn.objects.select_related("office").filter(is_demanded=True), pk=pk)
    step = Step(
        "Let them sign in by other ways",
        (
            f"The people of {sign_on.home} can sign in with a passkey, a password or a code again, with their second step.",
            f"{sign_on} goes on working for who has linked it. Its IT contact can demand it again.",
            "Your reason stands in the office’s audit trail. Be sure that it is they who ask: call a number you already know.",
        ),
        "End the demand",
        lambda reason: sign_ons.release(sign_on, request.user, reason=reason),
        f"The people of {sign_on.home} can sign in by other ways again.",
        ReasonForm,
        is_grave=True,
    )
    at = reverse("cohorts:administration-sign-ons")
    where = [{"label": "Sign-on", "url": at}]
    return take(request, step, around("sign-ons", over=sign_on.home, where=where), at)
