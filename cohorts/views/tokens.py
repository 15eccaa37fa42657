"""A person's own API tokens. Making one asks again who it is; the secret is on the page that answers, and nowhere after."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..actions.tokens import issue_token, revoke_token
from ..forms.people import TokenForm
from ..models import ApiToken, holdings_of, require_rule, rules_of


@login_required
def index(request):
    tokens = list(ApiToken.objects.visible_to(request.user).order_by("-created_at"))
    working = set(ApiToken.objects.visible_to(request.user).valid().values_list("pk", flat=True))
    context = {
        "tokens": [{"token": token, "works": token.pk in working} for token in tokens],
        "may_make": bool(holdings_of(request.user).terms),
        "is_refused": not rules_of(request.user).allows_tokens,
    }
    return render(request, "cohorts/settings/tokens.html", context)


@login_required
@reauthentication_required
@never_cache
def create(request):
    require_rule(request.user, "allows_tokens")
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, secret = issue_token(request.user, **form.cleaned_data)
        return render(request, "cohorts/settings/token_made.html", {"token": token, "secret": secret})
    return render(request, "cohorts/settings/token_form.html", {"form": form}, status=422 if form.errors else 200)


@login_required
@require_POST
def revoke(request, pk):
    revoke_token(get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk))
    messages.success(request, "Revoked. Programs that used it are refused from now on.")
    return redirect("cohorts:tokens")
