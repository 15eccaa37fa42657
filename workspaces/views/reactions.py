"""Reactions to a message, by form."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.views.decorators.http import require_POST

from ..actions.reactions import react, unreact
from ..forms.reactions import ReactionForm
from .doors import enter
from .messages import done, message_or_404, page_of


@require_POST
@login_required
def update(request, slug, pk):
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    form = ReactionForm(request.POST)
    if not form.is_valid():
        return page_of(request, standing, pk, status=422)
    emoji, is_on = form.cleaned_data["emoji"], form.cleaned_data["is_on"]
    if is_on is None:
        is_on = not message.reactions.filter(person=request.user, emoji=emoji).exists()
    try:
        (react if is_on else unreact)(message, standing, emoji)
    except ValidationError:  # it was removed meanwhile, and its page says so
        return page_of(request, standing, pk, status=422)
    return done(request, standing, message)
