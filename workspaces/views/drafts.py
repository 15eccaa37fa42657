from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.views.decorators.http import require_POST

from ..actions.drafts import keep_draft
from ..forms.messages import DraftForm
from .doors import enter
from .topics import topic_or_404


@require_POST
@login_required
def update(request, slug, pk):
    """What is in the field, as the page's script sends it while one writes: 204, or 422 for what cannot be kept."""
    standing = enter(request, slug)
    topic = topic_or_404(standing, pk)
    form = DraftForm(request.POST)
    standing.require(standing.may_discuss)
    if not form.is_valid():
        return HttpResponse(status=422)
    try:
        keep_draft(topic, standing, **form.cleaned_data)
    except ValidationError:
        return HttpResponse(status=422)
    return HttpResponse(status=204)
