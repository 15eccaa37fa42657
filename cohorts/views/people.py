"""A person's own settings: how they are called, and what guards their account."""

from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import redirect, render

from ..actions.people import introduce
from ..forms.people import PersonForm
from ..models import Person


@login_required
def settings(request):
    person = Person.objects.get(pk=request.user.pk)  # a copy: a form writes what was typed into it, right or wrong
    form = PersonForm(request.POST or None, instance=person)
    if request.method == "POST" and form.is_valid():
        introduce(request.user, **form.cleaned_data)
        messages.success(request, "Saved.")
        return redirect("cohorts:settings")
    context = {"form": form, **factors_of(person)}
    return render(request, "cohorts/settings/index.html", context, status=422 if form.errors else 200)


def factors_of(person):
    """`{passkeys, app, codes_left}`: how many passkeys, whether there is an app, how many recovery codes are unused or None."""
    held = list(Authenticator.objects.filter(user=person))
    codes = [each for each in held if each.type == Authenticator.Type.RECOVERY_CODES]
    return {
        "passkeys": sum(each.type == Authenticator.Type.WEBAUTHN for each in held),
        "app": any(each.type == Authenticator.Type.TOTP for each in held),
        "codes_left": len(codes[0].wrap().get_unused_codes()) if codes else None,
    }
