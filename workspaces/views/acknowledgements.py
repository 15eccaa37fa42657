"""Who has acknowledged a message and who is missing; and by form, the asking and the giving."""

from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from ..actions.acknowledgements import acknowledge, ask_to_acknowledge, missing
from ..reading import at_words, clock_of, read_message
from .doors import around, enter
from .messages import done, in_topic, message_or_404, page_of

DEEDS = {"ask": ask_to_acknowledge, "acknowledge": acknowledge}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def detail(request, slug, pk):
    standing = enter(request, slug)
    message = message_or_404(standing, pk)
    if request.method == "POST":
        deed = DEEDS.get(request.POST.get("deed"))
        if deed is None:
            return page_of(request, standing, pk, status=422)
        try:
            deed(message, standing)
        except ValidationError:  # it was removed meanwhile, and its page says so
            return page_of(request, standing, pk, status=422)
        return done(request, standing, message)
    if message.acknowledgement_asked_at is None or message.deleted_at is not None:
        raise Http404
    context = around(standing, "discussion")
    zone = clock_of(standing.workspace)
    given = [
        {
            "name": each.person.name,
            "title": each.term.full_title,
            "at_words": at_words(each.at, zone),
        }
        for each in message.acknowledgements.select_related("person", "term__seat__office")
    ]
    context |= {
        "message": read_message(message),
        "topic": message.topic,
        "in_topic": in_topic(standing, message),
        "given": given,
        "missing": [{"name": term.person.name, "title": term.full_title} for term in missing(message)],
    }
    return render(request, "workspaces/messages/acknowledgements.html", context)
