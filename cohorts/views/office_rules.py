"""An office's own rules: read by its people, set by its IT contact."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.shortcuts import get_object_or_404, redirect, render

from ..actions.office_rules import set_rules, who_sets_rules
from ..forms.office_rules import OfficeRulesForm
from ..models import Conflict, Office, OfficeRules, SignOn
from .asking import asked_again


@login_required
def detail(request, pk):
    office = get_object_or_404(Office.objects.known_to(request.user), pk=pk)
    if not Office.objects.held_by(request.user).contains(office):
        raise PermissionDenied("An office’s rules are read by its own people.")
    if request.method == "POST":
        return update(request, office)
    return shown(request, office, OfficeRulesForm(instance=rules_as_set(office)))


@asked_again
def update(request, office):
    who_sets_rules(request.user, office)
    form = OfficeRulesForm(request.POST, instance=rules_as_set(office))
    if not form.is_valid():
        return shown(request, office, form, status=422)
    try:
        set_rules(office, request.user, version=form.cleaned_data["version"], **form.told)
    except Conflict as conflict:
        return shown(request, office, form.after(conflict.current), status=409, differences=form.differences(conflict.current))
    messages.success(request, "Saved. The rules hold from now on.")
    return redirect("cohorts:office-rules", office.pk)


def rules_as_set(office):
    rules = OfficeRules.objects.select_related("changed_by").filter(office=office).first()
    return rules or OfficeRules(office=office)


def shown(request, office, form, status=200, differences=None):
    context = {
        "office": office,
        "rules": rules_as_set(office),
        "form": form,
        "may_set": Office.objects.ruled_by(request.user).contains(office),
        "differences": differences,
        "sign_on_words": sign_on_words(office),
    }
    return render(request, "cohorts/offices/rules.html", context, status=status)


def sign_on_words(office):
    sign_on = SignOn.objects.filter(office=office).first()
    if sign_on is None:
        return "None is set: everyone signs in with a passkey, or a password and a second step."
    return f"{sign_on}, demanded of everyone." if sign_on.is_demanded else f"{sign_on}, for who likes."
