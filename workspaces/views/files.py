"""Files: what hangs on the messages of a workspace, each one as pictures and as it was sent, and those not sent yet."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST, require_safe

from ..actions.attachments import discard, remove_attachment
from ..models import Attachment
from ..reading import at_words, clock_of, read_file
from ..searchables import ring_of
from .doors import around, enter, lands

FILES_A_PAGE = 40


@require_safe
@login_required
def index(request, slug):
    standing = enter(request, slug)
    context = around(standing, "files")
    sent = visible(standing).filter(message__isnull=False).order_by("-created_at", "-pk")
    page = Paginator(sent, FILES_A_PAGE).get_page(request.GET.get("page"))
    context |= {
        "files": [row(each, standing) for each in page],
        "previous_url": f"?page={page.previous_page_number()}" if page.has_previous() else "",
        "next_url": f"?page={page.next_page_number()}" if page.has_next() else "",
    }
    return render(request, "workspaces/files/index.html", context)


@require_safe
@login_required
@lands(Attachment, "topic__")
def detail(request, slug, pk):
    """The pictures of its pages."""
    standing = enter(request, slug)
    context = around(standing, "files")
    attachment = file_or_404(standing, pk)
    pages = list(attachment.pages.all())
    context |= {
        "file": row(attachment, standing),
        "pages": [
            {
                "url": reverse("workspaces:file-page", args=[slug, pk, page.number]),
                "number": page.number,
                "width": page.width,
                "height": page.height,
            }
            for page in pages
        ],
        "page_count": attachment.page_count,
        "is_waiting": attachment.preview == Attachment.Preview.WAITING,
        "has_failed": attachment.preview == Attachment.Preview.FAILED,
        "may_take_out": bool(standing.terms) and attachment.message_id is not None,
        "may_remove": standing.may_discuss and attachment.uploaded_by_id == request.user.pk,
    }
    return render(request, "workspaces/files/detail.html", context)


@require_safe
@login_required
@lands(Attachment, "topic__")
def download(request, slug, pk):
    """The file as it was sent, for the disk and never for the browser to run."""
    attachment = file_or_404(enter(request, slug), pk)
    answer = content(attachment.file, attachment.content_type)
    answer["Content-Disposition"] = content_disposition_header(True, attachment.name)
    return answer


@require_safe
@login_required
@lands(Attachment, "topic__")
def page(request, slug, pk, number):
    attachment = file_or_404(enter(request, slug), pk)
    return content(get_object_or_404(attachment.pages, number=number).image, "image/webp")


@require_safe
@login_required
@lands(Attachment, "topic__")
def thumbnail(request, slug, pk):
    attachment = file_or_404(enter(request, slug), pk)
    if not attachment.thumbnail:
        raise Http404
    return content(attachment.thumbnail, "image/webp")


def content(file, content_type):
    """Whole, because a server of this kind has no use for pieces; a picture may stay in this browser for an hour."""
    try:
        with file.open() as opened:
            answer = HttpResponse(opened.read(), content_type=content_type)
    except FileNotFoundError:
        raise Http404
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Content-Security-Policy"] = "sandbox; default-src 'none'"
    answer["Cache-Control"] = "private, no-store"
    return answer


@require_POST
@login_required
def remove(request, slug, pk):
    """One that was sent leaves a line behind; one that was not leaves nothing."""
    standing = enter(request, slug)
    attachment = file_or_404(standing, pk)
    topic = reverse("workspaces:topic", args=[slug, attachment.topic_id])
    if attachment.message_id is None:
        discard(attachment, request.user)
        return redirect(f"{topic}#compose")
    try:
        remove_attachment(attachment, standing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
        return redirect("workspaces:file", slug, pk)
    messages.success(request, f"“{attachment.name}” was removed. A line says so in its place.")
    return redirect(f"{topic}?at={attachment.message.position}#message-{attachment.message_id}")


def visible(standing):
    return (
        Attachment.objects.visible_to(standing.person)
        .filter(topic__workspace=standing.workspace)
        .select_related("topic__office", "topic__workspace", "message", "uploaded_by", "term")
    )


def file_or_404(standing, pk):
    return get_object_or_404(visible(standing), pk=pk)


def row(attachment, standing):
    """A file as ready strings, with where it stands."""
    workspace = standing.workspace
    topic = reverse("workspaces:topic", args=[workspace.slug, attachment.topic_id])
    message = attachment.message
    return read_file(attachment, workspace.slug) | {
        "title": attachment.term.title if attachment.term else "",
        "at": attachment.created_at.isoformat(),
        "at_words": at_words(attachment.created_at, clock_of(workspace)),
        "topic": attachment.topic.title,
        "topic_url": f"{topic}?at={message.position}#message-{message.pk}" if message else f"{topic}#compose",
        "is_sent": message is not None,
        "ring": ring_of(attachment.topic),
        "sha256": attachment.sha256,
        "remove_url": reverse("workspaces:file-removal", args=[workspace.slug, attachment.pk]),
    }
