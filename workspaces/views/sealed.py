"""“This should not be here”: the page that takes a thing out, and what then waits for its owner to decide."""

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from cohorts.models import Conflict
from cohorts.models.sealed import Unreadable
from cohorts.views.asking import asked_again

from ..actions.guard import CaseInformation
from ..actions.sealing import (
    FILE,
    MESSAGE,
    TITLE,
    contact_of,
    destroy,
    keep_it,
    mailed,
    new_item,
    quoted_in,
    read_sealed,
    redact,
    restore,
    take_out,
)
from ..forms.sealed import RedactForm, TakeOutForm
from ..models import SealedItem
from ..reading import at_words, clock_of
from .doors import around, enter
from .files import file_or_404
from .messages import message_or_404
from .topics import topic_or_404

DECIDED_SHOWN = 50
FINDERS = {MESSAGE: message_or_404, FILE: file_or_404, TITLE: topic_or_404}


@login_required
def create(request, slug, kind, pk):
    """What happens, before it happens; then it is out at once."""
    standing = enter(request, slug)
    if kind not in FINDERS:
        raise Http404
    thing = FINDERS[kind](standing, pk)
    standing.require(bool(standing.terms))
    form = TakeOutForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            item = take_out(kind, thing, standing, why=form.cleaned_data["why"])
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            contact = contact_of(item)
            told = f"Taken out, for everybody. The {item.owner} decides what becomes of it."
            messages.success(request, f"{told} Ask {contact}." if contact else told)
            return redirect("workspaces:topic", slug, item.topic_id)
    item = new_item(kind, thing, standing)
    context = around(standing, "discussion") | {
        "form": form,
        "kind": kind,
        "kind_words": SealedItem.Kind(kind).label.lower(),
        "author": item.author.name,
        "topic": item.topic,
        "topic_url": reverse("workspaces:topic", args=[slug, item.topic.pk]),
        "owner": item.owner,
        "contact": contact_of(item),
        "files": thing.attachments.filter(removed_at=None).count() if kind == MESSAGE else 0,
    }
    return render(request, "workspaces/sealed/take_out.html", context, status=422 if form.errors else 200)


@login_required
def index(request):
    """What waits for this person's decision, and what was decided."""
    items = visible(request.user)
    rows = [row(item) for item in items.filter(state=SealedItem.State.WAITING)]
    decided = [row(item) for item in items.exclude(state=SealedItem.State.WAITING)[:DECIDED_SHOWN]]
    return render(request, "workspaces/sealed/index.html", {"waiting": rows, "decided": decided})


@login_required
@reauthentication_required
@never_cache
def detail(request, pk):
    return page_of(request, item_or_404(request, pk))


@require_POST
@login_required
@asked_again
def decide(request, pk):
    item = item_or_404(request, pk)
    form, person = None, request.user
    try:
        match request.POST.get("deed"):
            case "restore":
                restore(item, person)
                messages.success(request, "Put back as it was.")
            case "redact":
                form = RedactForm(request.POST)
                if not form.is_valid():
                    return page_of(request, item, form, status=422)
                redact(item, person, **form.cleaned_data)
                messages.success(request, "Put back with the new words. The former ones stay sealed.")
            case "destroy":
                done = destroy(item, person)
                second = "Asked for. It is destroyed once a second person of yours says yes."
                messages.success(request, "Destroyed. Nothing of it is left here." if done else second)
            case "keep":
                keep_it(item, person)
                messages.success(request, "It is not destroyed. It stays sealed.")
            case _:
                raise Http404
    except CaseInformation as asked:
        form.ask_back(asked)
        return page_of(request, item, form, status=422)
    except Conflict:
        messages.warning(request, "Somebody decided on this meanwhile. This is how it stands now.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return page_of(request, item, form, status=422)
    return redirect("workspaces:sealed-items")


def page_of(request, item, form=None, status=200):
    try:
        content, is_unreadable = read_sealed(item, request.user), False
    except Unreadable:
        content, is_unreadable = {}, True
    words = content.get("body") or content.get("title") or ""
    context = {
        "item": item,
        "where": [{"label": "What was taken out", "url": reverse("workspaces:sealed-items")}],
        "row": row(item),
        "heading": f"{item.get_kind_display()} of {item.author.name}",
        "words": words,
        "name": content.get("name"),
        "former": [body for _, body in content.get("revisions", []) if body],
        "is_unreadable": is_unreadable,
        "form": form or RedactForm(initial={"words": words}),
        "may_redact": item.kind != FILE and item.state == SealedItem.State.WAITING,
        "is_second": item.destruction_asked_by_id not in (None, request.user.pk),
        "holds": list(item.holds().select_related("office")),
        "mailed": mailed(item),
        "quoted": [
            {"author": each.author.name, "url": reverse("workspaces:message", args=[each.topic.workspace.slug, each.pk])}
            for each in quoted_in(item, request.user)
        ],
    }
    return render(request, "workspaces/sealed/detail.html", context, status=status)


def visible(person):
    return SealedItem.objects.visible_to(person).select_related(
        *("topic__workspace__enrolment__city", "topic__workspace__convening", "topic__office", "office", "cohort"),
        *("topic__workspace__enrolment__mayor_office", "topic__workspace__enrolment__prosecutor_office"),
        *("author", "marked_by", "term__seat__office", "decided_by", "destruction_asked_by"),
    )


def item_or_404(request, pk):
    return get_object_or_404(visible(request.user), pk=pk)


def row(item):
    zone = clock_of(item.topic.workspace)
    return {
        "url": reverse("workspaces:sealed-item", args=[item.pk]),
        "kind": item.get_kind_display(),
        "author": item.author.name,
        "place": item.topic.workspace.name,
        "topic": item.topic.title,
        "why": item.get_why_display(),
        "marked_by": item.marked_by.name,
        "marked_title": item.term.title if item.term else "",
        "at": item.marked_at.isoformat(),
        "at_words": at_words(item.marked_at, zone),
        "state": item.get_state_display(),
        "decided": f"{item.get_state_display()} by {item.decided_by.name}, {at_words(item.decided_at, zone)}"
        if item.decided_by
        else "",
        "asked": f"{item.destruction_asked_by.name} asked for its destruction, {at_words(item.destruction_asked_at, zone)}"
        if item.destruction_asked_by
        else "",
    }
