"""Pages of briefs: the list, a new one, one as a page, its words, and the PDF."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe

from cohorts.models import Conflict
from cohorts.views.files import as_file
from workspaces.views.doors import around, enter

from ..actions.briefs import download_brief, draft_brief, edit_brief, editable_fields, may_draft, redraw
from ..briefs.figures import asides_of, charts_of
from ..briefs.words import brief_context, span
from ..forms.briefs import LABELS, DraftForm, WordsForm
from ..models import Brief

REFRESH_SECONDS = 4  # of a page that waits for its PDF, where no script listens


@login_required
def index(request, slug):
    standing, context = come_in(request, slug)
    briefs = visible(standing).select_related("drafted_by", "term", "tracker").defer("content")
    context["briefs"] = [{"brief": brief, "period": span(brief.period_start, brief.period_end)} for brief in briefs]
    return render(request, "policies/briefs/index.html", context)


@login_required
def create(request, slug):
    standing, context = come_in(request, slug)
    standing.require(context["may_draft"])
    form = DraftForm(request.POST or None, workspace=standing.workspace)
    if request.method == "POST" and form.is_valid():
        try:
            brief = draft_brief(standing, **form.told)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The brief is being drawn from the city’s data. This takes a few seconds.")
            return redirect("policies:brief", slug, brief.pk)
    context["form"] = form
    return render(request, "policies/briefs/form.html", context, status=422 if form.errors else 200)


@login_required
def detail(request, slug, pk):
    standing, context = come_in(request, slug)
    brief = get_object_or_404(visible(standing).select_related("drafted_by", "term"), pk=pk)
    context |= waiting(brief) | {"editable": editable_fields(standing)}
    if brief.content:
        context |= brief_context(brief.content)
        context |= {"charts": charts_of(brief.content), "asides": asides_of(brief.content)}
    return render(request, "policies/briefs/detail.html", context)


@login_required
def update(request, slug, pk):
    """The paragraphs. A colleague who was quicker is shown beside, nothing typed is lost."""
    standing, context = come_in(request, slug)
    brief = get_object_or_404(visible(standing), pk=pk)
    editable = editable_fields(standing)
    standing.require(editable)
    form = WordsForm(request.POST or None, instance=brief, editable=editable)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_brief(brief, standing, version=form.cleaned_data["version"], **form.words)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["theirs"] = [
                {"label": LABELS[name], "words": getattr(conflict.current, name)}
                for name in form.words
                if getattr(conflict.current, name).strip() != form.words[name].strip()
            ]
            form.stand_on(conflict.current.version)
            status = 409
        else:
            messages.success(request, "Saved. The PDF is being drawn with these words.")
            return redirect("policies:brief", slug, pk)
    context |= {"form": form, "brief": brief}
    return render(request, "policies/briefs/words.html", context, status=422 if form.errors else status)


@require_POST
@login_required
def draw(request, slug, pk):
    standing, _ = come_in(request, slug)
    brief = get_object_or_404(visible(standing), pk=pk)
    try:
        redraw(brief, standing)
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, "The brief is being drawn again from the city’s data of today.")
    return redirect("policies:brief", slug, pk)


@require_safe
@login_required
def pdf(request, slug, pk):
    """The stored PDF; while it is being drawn, a page that says so and asks again by itself."""
    standing, context = come_in(request, slug)
    brief = get_object_or_404(visible(standing), pk=pk)
    if not brief.is_ready:
        return render(request, "policies/briefs/waiting.html", context | waiting(brief), status=202)
    name = f"{slugify(standing.workspace.name)}-brief-{brief.number}.pdf"
    response = as_file(download_brief(brief, standing), name, "application/pdf", is_inline="inline" in request.GET)
    response["Content-Security-Policy"] = "sandbox; default-src 'none'"
    return response


def come_in(request, slug):
    standing = enter(request, slug)
    where = [
        {"label": standing.workspace.name, "url": reverse("workspaces:detail", args=[slug])},
        {"label": "Briefs", "url": reverse("policies:briefs", args=[slug])},
    ]
    return standing, around(standing, "briefs") | {"where": where, "may_draft": may_draft(standing)}


def visible(standing):
    return Brief.objects.visible_to(standing.person).filter(workspace=standing.workspace)


def waiting(brief):
    """`is_waiting`: a worker is to draw it, and has not failed. `refresh`: seconds after which the page asks again."""
    is_waiting = brief.status == Brief.Status.DRAFTING and not brief.problem
    return {
        "brief": brief,
        "brief_here": f"Brief {brief.number}",
        "brief_period": span(brief.period_start, brief.period_end),
        "is_waiting": is_waiting,
        "refresh": REFRESH_SECONDS if is_waiting else None,
    }
