"""Moving a topic, or messages: where to; and where more people would see it, whether that is meant."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import redirect, render

from ..actions.moves import Wider, may_order, move_messages, move_topic, require_mover
from ..forms.moves import MessagesForm, MoveForm
from ..models import Standing
from ..reading import read_message
from .doors import around, enter
from .messages import in_topic, message_or_404
from .topics import seen_by, topic_or_404


@login_required
def topic(request, slug, pk):
    standing = enter(request, slug)
    moved = topic_or_404(standing, pk)
    require_mover(moved, standing)
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


@login_required
def message(request, slug, pk):
    standing = enter(request, slug)
    moved = message_or_404(standing, pk)
    orders = may_order(standing)
    standing.require(standing.may_discuss and (moved.author_id == request.user.pk or orders))
    posted = request.POST if request.method == "POST" else None
    form = MessagesForm(posted, person=request.user, message=moved, may_order=orders)
    warning = ""
    if form.is_valid():
        told = form.cleaned_data
        target = told.pop("to")
        try:
            there = Standing.of(request.user, target.workspace)
            moved = move_messages(moved, standing, target, there, **told)
        except Wider as asked:
            warning = asked.message
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            messages.success(request, "Moved. A line stays where it was, and old links lead here.")
            return redirect(in_topic(there, moved))
    context = around(standing, "discussion") | {
        "topic": moved.topic,
        "message": read_message(moved),
        "in_topic": in_topic(standing, moved),
        "form": form,
        "warning": warning,
    }
    return render(request, "workspaces/messages/move.html", context, status=422 if form.errors or warning else 200)
