"""One message at its own address, where its author edits or removes it."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cohorts.models import Conflict

from ..actions.guard import CaseInformation
from ..actions.topics import edit_message, remove_message
from ..cards import cards_in
from ..forms.messages import EditForm
from ..models import Message
from ..reading import read_message, read_wordings
from ..tools import tools_of
from .doors import around, enter, lands


@login_required
@lands(Message, "topic__")
def detail(request, slug, pk):
    """POST saves the author's new words."""
    standing = enter(request, slug)
    if request.method != "POST":
        return where_it_went(request, standing, pk) or page_of(request, standing, pk)
    message = message_or_404(standing, pk)
    form = EditForm(request.POST)
    if form.is_valid():
        try:
            edit_message(message, standing, **form.cleaned_data)
        except Conflict:
            return page_of(request, standing, pk, form=form, is_conflict=True, status=409)
        except CaseInformation as asked:
            form.ask_back(asked)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            return redirect(in_topic(standing, message))
    else:
        standing.require(standing.may_discuss and message.author_id == request.user.pk)
    return page_of(request, standing, pk, form=form, status=422)


@login_required
@lands(Message, "topic__")
def history(request, slug, pk):
    """Every wording a message has had, and what changed in each. Those of a removed message are for the record alone."""
    standing = enter(request, slug)
    context = around(standing, "discussion")
    message = message_or_404(standing, pk)
    return render(
        request,
        "workspaces/messages/history.html",
        context
        | {
            "topic": message.topic,
            "message": read_message(message),
            "wordings": read_wordings(message),
            "in_topic": in_topic(standing, message),
        },
    )


@login_required
def tools(request, slug, pk):
    """What this person can do with the message: the inside of its menu."""
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    context = {"message": read_message(message), "tools": tools_of(standing, message), "workspace": standing.workspace}
    return render(request, "workspaces/messages/_tools.html", context | {"is_menu": True})


@login_required
def cards(request, slug, pk):
    """What the links in a message lead to, as far as this person may see it."""
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    told = {"cards": cards_in(message, request.user), "message": read_message(message)}
    return render(request, "workspaces/messages/_cards.html", told)


@require_POST
@login_required
def remove(request, slug, pk):
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    try:
        remove_message(message, standing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return page_of(request, standing, pk, status=422)
    messages.success(request, "Your message was removed. “Removed by” stays in its place.")
    return redirect(in_topic(standing, message))


def page_of(request, standing, pk, form=None, is_conflict=False, status=200):
    context = around(standing, "discussion")
    message = message_or_404(standing, pk)
    if is_conflict:  # saving again is a decision made in sight of the newer words
        form = EditForm(initial={"body": form.cleaned_data["body"], "version": message.version})
    return render(
        request,
        "workspaces/messages/detail.html",
        context
        | {
            "topic": message.topic,
            "message": read_message(message),
            "readers_url": reverse("topic-readers", args=[message.topic_id]),
            "in_topic": in_topic(standing, message),
            "tools": tools_of(standing, message),
            "cards": cards_in(message, request.user),
            "is_conflict": is_conflict,
            "form": form or EditForm(initial={"body": message.body, "version": message.version}),
        },
        status=status,
    )


def where_it_went(request, standing, pk):
    """A message that was moved to another topic is shown there, to those who see it there."""
    new = Message.objects.visible_to(request.user).filter(moved_from=pk).select_related("topic__workspace").first()
    return new and redirect("workspaces:message", new.topic.workspace.slug, new.pk)


def message_or_404(standing, pk):
    messages_here = Message.objects.visible_to(standing.person).filter(topic__workspace=standing.workspace)
    return get_object_or_404(messages_here.for_reading().select_related("topic"), pk=pk)


def done(request, standing, message):
    """After a small deed: the open page hears of it by itself, another one shows the message in its topic."""
    return HttpResponse(status=204) if request.htmx else redirect(in_topic(standing, message))


def in_topic(standing, message):
    topic = reverse("workspaces:topic", args=[standing.workspace.slug, message.topic_id])
    return f"{topic}?at={message.position}#message-{message.pk}"
