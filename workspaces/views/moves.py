"""Moving a topic: where to; and where more people would see it, whether that is meant."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from ..actions.moves import Wider, may_order, move_topic
from ..forms.moves import MoveForm
from ..models import Standing
from .doors import around, enter
from .topics import seen_by, topic_or_404


@login_required
def topic(request, slug, pk):
    standing = enter(request, slug)
    moved = topic_or_404(standing, pk)
    standing.require(standing.may_discuss and (moved.opened_by_id == request.user.pk or may_order(standing)))
    form = MoveForm(request.POST if request.method == "POST" else None, person=request.user, topic=moved)
    warning = ""
    if form.is_valid():
        workspace, audience = form.cleaned_data["to"]
        try:
            there = Standing.of(request.user, workspace)
            moved = move_topic(moved, standing, there, audience=audience, is_confirmed=form.cleaned_data["is_confirmed"])
        except Wider as asked:
            warning = asked.message
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, "Moved. Old links lead here, for those who can see it here.")
            return redirect("workspaces:topic", workspace.slug, moved.pk)
    context = around(standing, "discussion") | {
        "topic": moved,
        "form": form,
        "warning": warning,
        "seen_by": seen_by(standing.workspace, moved.audience, moved.office),
    }
    status = 422 if form.errors or warning else 200
    return render(request, "workspaces/topics/move.html", context, status=status)
