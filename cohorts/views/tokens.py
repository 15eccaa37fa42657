"""A person's own API tokens. Making one asks again who it is; the secret is on the page that answers, and nowhere after."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..actions.tokens import issue_token, revoke_token
from ..forms.people import TokenForm
from ..models import ApiToken, require_rule
from . import keys

TOKEN = keys.Kind(
    title="API tokens",
    rule="allows_tokens",
    leads=(
        "A program that holds one reads or writes in your name. It ends with your seat, and never signs.",
        "Your office does not allow API tokens. Its IT contact sets this rule.",
        "A token belongs to a seat. You hold none at present.",
    ),
    make="Make a token",
    one="token",
    none=("No tokens", "Most people need none: they are for programs of your city that fetch or send figures."),
    used=("last used", "never used"),
    list="cohorts:tokens",
    new="cohorts:token-new",
    revocation="cohorts:token-revocation",
)


@login_required
def index(request):
    return keys.index(request, TOKEN, ApiToken.objects)


@login_required
@reauthentication_required
@never_cache
def create(request):
    require_rule(request.user, TOKEN.rule)
    form = TokenForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        token, secret = issue_token(request.user, **form.cleaned_data)
        return render(request, "cohorts/settings/token_made.html", {"token": token, "secret": secret})
    return keys.ask(request, TOKEN, form)


@login_required
@require_POST
def revoke(request, pk):
    revoke_token(get_object_or_404(ApiToken.objects.visible_to(request.user), pk=pk))
    messages.success(request, "Revoked. Programs that used it are refused from now on.")
    return redirect(TOKEN.list)
