"""Discussion: the topics of a workspace, and one topic with its messages."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.db import transaction
from django.db.models import Exists, OuterRef, Subquery
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cohorts.models import Conflict, rules_of

from ..actions.attachments import StorageFull, attach, findings_in
from ..actions.guard import CaseInformation, warning_of
from ..actions.moves import may_order
from ..actions.topics import edit_topic, mark_read, open_topic, post_message
from ..calling import callable_names
from ..files.kinds import clean_name
from ..forms.messages import MessageForm
from ..forms.reading import ReadForm
from ..forms.topics import ClosingForm, TitleForm, TopicForm
from ..markdown import mentioned, to_html
from ..models import MESSAGE_LENGTH, Attachment, Audience, Draft, Message, Topic, audience_in_words
from ..reading import at_words, clock_of, read_file, read_message, read_pins
from ..ties import tie_of
from ..tools import quote_of
from .doors import around, enter, lands

TOPICS_A_PAGE = 30
WINDOW = 50  # messages shown at once


@login_required
def index(request, slug):
    standing = enter(request, slug)
    context = around(standing, "discussion")
    is_unresolved_only = request.GET.get("unresolved") == "1"
    topics = topics_of(standing)
    if is_unresolved_only:
        topics = topics.filter(is_closed=False)
    page = Paginator(topics, TOPICS_A_PAGE).get_page(request.GET.get("page"))
    here = reverse("workspaces:detail", args=[slug])
    kept = "unresolved=1&" if is_unresolved_only else ""
    return render(
        request,
        "workspaces/topics/index.html",
        context
        | {
            "topics": [row(topic, standing) for topic in page],
            "seen_by": "" if standing.workspace.offices else seen_by(standing.workspace),
            "is_unresolved_only": is_unresolved_only,
            "previous_url": f"{here}?{kept}page={page.previous_page_number()}" if page.has_previous() else "",
            "next_url": f"{here}?{kept}page={page.next_page_number()}" if page.has_next() else "",
        },
    )


@login_required
def create(request, slug):
    standing = enter(request, slug)
    standing.require(standing.may_discuss)
    context = around(standing, "discussion")
    form = TopicForm(request.POST or None, standing=standing)
    if form.is_valid():
        try:
            topic = open_with_message(standing, **form.cleaned_data)
        except CaseInformation as asked:
            form.ask_back(asked)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        else:
            return redirect("workspaces:topic", slug, topic.pk)
    context |= {"form": form, "seen_by": seen_by(standing.workspace)}
    return render(request, "workspaces/topics/form.html", context, status=422 if request.method == "POST" else 200)


@transaction.atomic
def open_with_message(standing, *, title, audience=Audience.WORKSPACE, body="", anyway=False):
    topic = open_topic(standing, title=title, audience=audience, anyway=anyway)
    if body.strip():
        post_message(topic, standing, body=body, anyway=anyway)
    return topic


@login_required
@lands(Topic)
def detail(request, slug, pk):
    """A topic. POST sends a message; `?before=POSITION` shows the messages before that one, `?at=POSITION` those around it."""
    standing = enter(request, slug)
    if request.method != "POST":
        return page_of(request, standing, pk)
    topic = topic_or_404(standing, pk)
    form = MessageForm(request.POST, request.FILES)
    told = taken(form, topic, standing)
    if form.is_valid():
        try:
            message, _ = post_message(topic, standing, **told)
        except CaseInformation as asked:
            form.ask_back(asked)
        except ValidationError as error:
            form.add_error(None, ValidationError(error.messages))
        except Conflict:
            form.add_error(None, "This was sent already, in another topic.")
        else:
            return redirect(f"{reverse('workspaces:topic', args=[slug, pk])}#message-{message.pk}")
    return page_of(request, standing, pk, form=form, status=422)


def taken(form, topic, standing):
    """What `form` tells of a message. Its new files are uploaded, so that they are not lost whatever becomes of the message:
    from now on the form names them among the others. A file that is refused is told beside them."""
    form.is_valid()
    told = form.cleaned_data.copy()
    form.keys = list(told.get("attachments", []))
    for file in told.pop("files", []):
        try:
            form.keys.append(attach(topic, standing, file=file).pk)
        except ValidationError as error:
            form.add_error("files", f"{clean_name(file.name)}: {' '.join(error.messages)}")
        except StorageFull:
            form.add_error("files", f"{clean_name(file.name)}: there is no room for it on the server. Try again later.")
    return told | {"attachments": form.keys}


@require_POST
@login_required
def preview(request, slug, pk):
    """What a message would look like. No message is kept, and of files only what its author sees."""
    standing = enter(request, slug)
    topic = topic_or_404(standing, pk)
    form = MessageForm(request.POST, request.FILES)
    if not request.htmx:
        taken(form, topic, standing)
    form.is_valid()
    body = request.POST.get("body", "")[:MESSAGE_LENGTH]
    shown = to_html(body, mentioned(body, callable_names(topic)) if "@" in body else ())
    if request.htmx:
        return render(request, "workspaces/messages/_preview.html", {"preview": shown})
    return page_of(request, standing, pk, form=form, preview=shown)


def page_of(request, standing, pk, form=None, title_form=None, preview="", status=200):
    context = around(standing, "discussion")
    topic = topic_or_404(standing, pk)
    first, last = window(request.GET, topic.message_count)
    shown = [
        read_message(message)
        for message in Message.objects.filter(topic=topic, position__gt=first, position__lte=last).for_reading()
    ]
    topics = topics_of(standing)[:TOPICS_A_PAGE]
    here = reverse("workspaces:topic", args=[standing.workspace.slug, topic.pk])
    return render(
        request,
        "workspaces/topics/detail.html",
        context
        | {
            "topic": topic,
            "seen_by": seen_by(standing.workspace, topic.audience, topic.office),
            "tie": tie_of(topic, standing.person) if topic.subject_kind else None,
            "shown": shown,
            "first_unread": first_unread(topic, shown, standing.person),
            "earlier_url": f"{here}?before={first + 1}" if first else "",
            "unread_url": f"{here}?at={topic.read_position + 1}" if topic.unread_count and topic.read_position < first else "",
            "newest_url": here if last < topic.message_count else "",
            "topics": [row(each, standing, current=topic.pk) for each in topics],
            "form": form or MessageForm(initial={"body": begun(request, topic)}),
            "uploads": uploads_of(topic, standing, form),
            "may_upload": rules_of(standing.person).allows_uploads,
            "preview": preview,
            "pins": read_pins(topic),
            "readers_url": reverse("topic-readers", args=[topic.pk]),
            "may_move": topic.opened_by_id == standing.person.pk or may_order(standing),
            "is_retitling": title_form is not None or status == 409,
            "title_form": title_form or TitleForm(initial={"title": topic.title, "version": topic.version}),
            "closing_form": ClosingForm(initial={"is_closed": "0" if topic.is_closed else "1", "version": topic.version}),
            "read_form": ReadForm(initial={"position": last}),
        },
        status=status,
    )


def uploads_of(topic, standing, form):
    """Rows of the files that the person uploaded here and has not sent; all go along but those that `form` leaves out."""
    chosen = getattr(form, "keys", None)
    return [
        read_file(each, standing.workspace.slug)
        | {
            "is_chosen": chosen is None or each.pk in chosen,
            "warning": warning_of(findings_in([each])) if each.found else "",
            "remove_url": reverse("workspaces:file-removal", args=[standing.workspace.slug, each.pk]),
        }
        for each in Attachment.objects.pending_of(standing.person).filter(topic=topic).select_related("uploaded_by")
    ]


def seen_by(workspace, audience=Audience.WORKSPACE, office=None):
    return f"{audience_in_words(audience, workspace, office)} can see this"


def begun(request, topic):
    """What stands in the field at first: the person's draft. `?quote=ID` puts the words of another message before it."""
    draft = Draft.objects.filter(topic=topic, person=request.user).values_list("body", flat=True).first() or ""
    try:
        message = topic.messages.for_reading().get(pk=request.GET["quote"], deleted_at=None)
    except (KeyError, ValidationError, Message.DoesNotExist):
        return draft
    quote = quote_of(message)
    return draft if quote.strip() in draft else quote + draft


def window(asked, count):
    """Positions above the first and up to the second are shown: the newest, unless an earlier window is asked for."""
    last = count
    if asked.get("before", "").isdecimal():
        last = int(asked["before"][:9]) - 1
    elif asked.get("at", "").isdecimal():
        last = int(asked["at"][:9]) + WINDOW // 2
    last = max(0, min(count, last))
    return max(0, last - WINDOW), last


def first_unread(topic, shown, person):
    """Position of the first message here that is new to the person, or None."""
    if not topic.unread_count:
        return None
    return next((message["position"] for message in shown if message["position"] > topic.read_position), None)


@require_POST
@login_required
def update(request, slug, pk):
    """Another title."""
    standing = enter(request, slug)
    topic = topic_or_404(standing, pk)
    form = TitleForm(request.POST)
    if not form.is_valid():
        return page_of(request, standing, pk, title_form=form, status=422)
    try:
        edit_topic(topic, standing, **form.cleaned_data)
    except CaseInformation as asked:
        form.ask_back(asked)
        return page_of(request, standing, pk, title_form=form, status=422)
    except Conflict as conflict:
        newer = conflict.current
        messages.warning(request, f"Somebody else changed the title meanwhile. It now reads: “{newer.title}”.")
        mine = TitleForm(initial={"title": form.cleaned_data["title"], "version": newer.version})
        return page_of(request, standing, pk, title_form=mine, status=409)
    return redirect("workspaces:topic", slug, pk)


@require_POST
@login_required
def close(request, slug, pk):
    """Resolve a topic, or reopen it."""
    standing = enter(request, slug)
    topic = topic_or_404(standing, pk)
    form = ClosingForm(request.POST)
    if not form.is_valid():
        return page_of(request, standing, pk, status=422)
    try:
        edit_topic(topic, standing, **form.cleaned_data)
    except Conflict:
        messages.warning(request, "Somebody else changed this topic meanwhile. This is how it stands now.")
        return page_of(request, standing, pk, status=409)
    return redirect("workspaces:topic", slug, pk)


@require_POST
@login_required
def read(request, slug, pk):
    """Mark as read up to a position, for a page without the live part."""
    standing = enter(request, slug)
    topic = topic_or_404(standing, pk)
    form = ReadForm(request.POST)
    try:
        if form.is_valid():
            mark_read(topic, request.user, form.cleaned_data["position"])
            return redirect("workspaces:detail", slug)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    return page_of(request, standing, pk, status=422)


def topics_of(standing):
    """The topics a person sees in the workspace, newest talk first, with how it ended and what is unread."""
    newest = Message.objects.filter(topic=OuterRef("pk"), deleted_at=None).order_by("-position")
    return (
        Topic.objects.visible_in(standing.workspace, standing.person)
        .with_unread(standing.person)
        .select_related("office", "opened_by")
        .annotate(
            newest_body=Subquery(newest.values("body")[:1]),
            newest_author=Subquery(newest.values("author__name")[:1]),
            has_draft=Exists(Draft.objects.filter(topic=OuterRef("pk"), person=standing.person)),
        )
    )


def topic_or_404(standing, pk):
    topics = Topic.objects.visible_in(standing.workspace, standing.person).with_unread(standing.person)
    topic = get_object_or_404(topics.select_related("office"), pk=pk)
    topic.workspace = standing.workspace
    return topic


def row(topic, standing, current=None):
    """Context of `_topic.html`, as ready strings."""
    workspace = standing.workspace
    zone = clock_of(workspace)
    at = topic.last_message_at or topic.created_at
    newest = " ".join((topic.newest_body or "").split()) or ("Sent a file" if topic.newest_author else "")
    return {
        "id": topic.pk,
        "url": reverse("workspaces:topic", args=[workspace.slug, topic.pk]),
        "title": topic.title,
        "is_current": topic.pk == current,
        "is_closed": topic.is_closed,
        "ring": "" if topic.audience == Audience.WORKSPACE else audience_in_words(topic.audience, workspace, topic.office),
        "unread": topic.unread_count,
        "has_draft": topic.has_draft,
        "at": at.isoformat(),
        "at_words": at_words(at, zone),
        "newest": f"{newest[:140]}…" if len(newest) > 140 else newest,
        "newest_author": topic.newest_author or "",
    }
