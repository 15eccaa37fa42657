"""Pins, by form."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.views.decorators.http import require_POST

from ..actions.pins import pin, unpin
from ..forms.pins import PinForm
from .doors import enter
from .messages import done, message_or_404, page_of


@require_POST
@login_required
def update(request, slug, pk):
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    form = PinForm(request.POST)
    if not form.is_valid():
        return page_of(request, standing, pk, status=422)
    try:
        (pin if form.cleaned_data["is_pinned"] else unpin)(message, standing)
    except ValidationError:  # it was removed meanwhile, and its page says so
        return page_of(request, standing, pk, status=422)
    return done(request, standing, message)
