"""Pages of indicators: the section on a tracker, one indicator with all its figures, and the forms."""

from collections import defaultdict

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cohorts.models import Conflict, require_rule, rules_of
from workspaces.views.doors import around, enter

from ..actions.imports import import_figures
from ..actions.indicators import (
    add_indicator,
    edit_indicator,
    edit_observation,
    enter_observation,
    release_all,
    release_observation,
    remove_observation,
)
from ..charts import PERIODS, chart_of, day_in_words, earlier, number, period_name
from ..forms.indicators import ImportForm, IndicatorForm, ObservationForm, plain
from ..models import Frequency, Indicator, Observation, Tracker
from ..sheets import NotATable, TooLarge

FIGURES = 60  # rows of an indicator's table on one page


def section(tracker, person, *, may_edit):
    """What a tracker's page shows of its indicators, as `person` may see it: `own` and `context` (rows for `_indicator.html`),
    `yearly` (published full years, rows for a table), `years`, `may_edit`, `new_url`. Three queries, however many there are.

    `tracker.workspace` is loaded."""
    slug = tracker.workspace.slug
    indicators = list(tracker.indicators.all())
    figures = defaultdict(list)
    for figure in Observation.objects.visible_to(person).filter(indicator__tracker=tracker).newest(PERIODS).charted():
        figures[figure.indicator_id].append(figure)
    told = {"own": [], "context": [], "yearly": [], "years": [], "may_edit": may_edit}
    for indicator in indicators:
        if indicator.is_context and indicator.frequency == Frequency.YEARLY:
            told["yearly"].append(indicator)
        else:
            told["context" if indicator.is_context else "own"].append(tell(indicator, figures[indicator.pk], slug))
    told["years"] = sorted({figure.period_start.year for each in told["yearly"] for figure in figures[each.pk]})
    told["yearly"] = [tell_years(each, figures[each.pk], told["years"], slug) for each in told["yearly"]]
    told["new_url"] = reverse("policies:indicator-new", args=[slug, tracker.pk])
    return told


def tell(indicator, figures, slug):
    """A row for `_indicator.html`. `kept` counts the figures that only the reader's office sees."""
    return {
        "indicator": indicator,
        "chart": chart_of(indicator, figures),
        "kept": sum(not figure.is_released for figure in figures),
        "url": reverse("policies:indicator", args=[slug, indicator.pk]),
        "baseline": line_words(indicator.baseline_value, indicator.baseline_on, "on"),
        "target": line_words(indicator.target_value, indicator.target_on, "by"),
    }


def tell_years(indicator, figures, years, slug):
    """A row of the table of full years: in each cell the figure, and the one that was published before it where they differ."""
    known = {figure.period_start.year: figure for figure in figures}
    return {
        "name": indicator.name.removesuffix(", full year"),
        "url": reverse("policies:indicator", args=[slug, indicator.pk]),
        "cells": [tell_year(known[year]) if year in known else {"value": "not published"} for year in years],
    }


def tell_year(figure):
    was = [f"{number(each.value)}, published {day_in_words(each.published_on)}" for each in earlier(figure)]
    return {"value": number(figure.value), "was": "; ".join(was)}


def line_words(value, on, join):
    if value is None:
        return ""
    return f"{number(value)} {join} {day_in_words(on)}" if on else number(value)


# --- one indicator


@login_required
def detail(request, slug, pk):
    standing, context, indicator = come_in(request, slug, pk)
    visible = Observation.objects.visible_to(request.user).filter(indicator=indicator)
    page = Paginator(visible.order_by("-period_start", "created_at").charted(), FIGURES).get_page(request.GET.get("page"))
    drawn = page.object_list if page.number == 1 else visible.newest(PERIODS).charted()
    context |= tell(indicator, list(drawn), slug)
    is_mine = context["may_edit"] and standing.office is not None
    context |= {
        "figures": [tell_figure(each, indicator, standing, is_mine) for each in page.object_list],
        "page": page,
        "kept": visible.filter(is_released=False).count() if is_mine else 0,
        "may_enter": is_mine,
        "may_upload": is_mine and rules_of(request.user).allows_uploads,
        "may_release": is_mine and standing.may_sign,
        "where": where(standing, indicator.tracker),
    }
    return render(request, "policies/indicators/detail.html", context)


def tell_figure(figure, indicator, standing, is_mine):
    slug = standing.workspace.slug
    is_own = is_mine and figure.office_id == standing.office.pk
    was = [
        f"{'not available' if each.value is None else number(each.value)}"
        + (f", published {day_in_words(each.published_on)}" if each.published_on else "")
        for each in earlier(figure)
    ]
    return {
        "pk": figure.pk,
        "version": figure.version,
        "period": period_name(figure.period_start, indicator.frequency),
        "value": "" if figure.value is None else number(figure.value),
        "missing_reason": figure.missing_reason,
        "parts": parts_of(figure),
        "was": "; ".join(was),
        "office": figure.office.name if figure.office_id else "Published",
        "is_provisional": figure.is_provisional,
        "is_released": figure.is_released,
        "note": figure.note,
        "source": figure.source,
        "edit_url": reverse("policies:observation-edit", args=[slug, figure.pk])
        if is_own and (standing.may_sign or not figure.is_released)
        else "",
        "may_release": is_own and standing.may_sign and not figure.is_released,
        "may_remove": is_own and not figure.is_released,
    }


def parts_of(figure):
    if figure.denominator is None:
        return ""
    return f"{number(figure.numerator)} of {number(figure.denominator)}"


@login_required
def create(request, slug, tracker):
    standing = enter(request, slug)
    context = around(standing, "trackers")
    tracker = get_object_or_404(Tracker.objects.visible_to(request.user).filter(workspace=standing.workspace), pk=tracker)
    standing.require(Tracker.objects.editable_by(request.user).contains(tracker))
    form = IndicatorForm(posted(request))
    form.instance.tracker = tracker
    if request.method == "POST" and form.is_valid():
        try:
            indicator = add_indicator(standing, tracker, **form.told)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The indicator is added. It has no figures yet.")
            return redirect("policies:indicator", slug, indicator.pk)
    context |= {"form": form, "where": where(standing, tracker), "tracker": tracker}
    return render(request, "policies/indicators/form.html", context, status=422 if form.errors else 200)


@login_required
def update(request, slug, pk):
    standing, context, indicator = come_in(request, slug, pk)
    standing.require(context["may_edit"])
    form = IndicatorForm(posted(request), instance=indicator, initial={"version": indicator.version})
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            edit_indicator(indicator, standing, version=form.cleaned_data["version"] or 0, **form.told)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["differences"], status = beside(form, conflict.current), 409
        else:
            messages.success(request, "Saved.")
            return redirect("policies:indicator", slug, pk)
    stored = visible(standing).get(pk=pk)  # the form has written on the other one
    context |= {"form": form, "indicator": stored, "tracker": stored.tracker, "where": where(standing, stored.tracker, stored)}
    return render(request, "policies/indicators/form.html", context, status=422 if form.errors else status)


# --- figures


@login_required
def create_observation(request, slug, pk):
    standing, context, indicator = come_in(request, slug, pk)
    standing.require(context["may_edit"] and standing.office is not None)
    form = ObservationForm(posted(request), indicator=indicator, may_release=standing.may_sign)
    if request.method == "POST" and form.is_valid():
        try:
            figure = enter_observation(indicator, standing, **form.told)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, saved_words(figure))
            return redirect("policies:indicator", slug, pk)
    context |= {"form": form, "where": where(standing, indicator.tracker, indicator)}
    return render(request, "policies/indicators/observation.html", context, status=422 if form.errors else 200)


@login_required
def update_observation(request, slug, pk):
    standing, context, figure = come_to_figure(request, slug, pk)
    standing.require(standing.may_sign or not figure.is_released)
    form = ObservationForm(posted(request), indicator=figure.indicator, observation=figure, may_release=standing.may_sign)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            figure = edit_observation(figure, standing, version=form.cleaned_data["version"] or 0, **form.told)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["differences"], status = beside(form, conflict.current), 409
        else:
            messages.success(request, saved_words(figure))
            return redirect("policies:indicator", slug, figure.indicator_id)
    context |= {"form": form, "figure": figure, "where": where(standing, figure.indicator.tracker, figure.indicator)}
    return render(request, "policies/indicators/observation.html", context, status=422 if form.errors else status)


@login_required
@require_POST
def release(request, slug, pk):
    """One figure of one's own office, as it was seen."""
    standing, context, figure = come_to_figure(request, slug, pk)
    return settle(request, slug, figure, release_observation, standing, "Released. The workspace sees this figure now.")


@login_required
@require_POST
def remove(request, slug, pk):
    standing, context, figure = come_to_figure(request, slug, pk)
    return settle(request, slug, figure, remove_observation, standing, "The figure is taken out.")


def settle(request, slug, figure, verb, standing, done):
    version = request.POST.get("version", "")
    try:
        verb(figure, standing, version=int(version) if version.isascii() and version.isdigit() else 0)
    except Conflict:
        messages.warning(request, "A colleague changed this figure since you opened the page. Look at it, then decide again.")
    except ValidationError as error:
        messages.error(request, " ".join(error.messages))
    else:
        messages.success(request, done)
    return redirect("policies:indicator", slug, figure.indicator_id)


@login_required
@require_POST
def release_figures(request, slug, pk):
    """Every figure of one's own office that waits."""
    standing, context, indicator = come_in(request, slug, pk)
    many = release_all(indicator, standing)
    messages.success(request, f"{many} figure{'' if many == 1 else 's'} released. The workspace sees them now.")
    return redirect("policies:indicator", slug, pk)


@login_required
def upload(request, slug, pk):
    """Figures from a file: a dry run shows what would happen, the same file again then stores it."""
    standing, context, indicator = come_in(request, slug, pk)
    standing.require(context["may_edit"] and standing.office is not None)
    require_rule(request.user, "allows_uploads")
    form = ImportForm(posted(request), request.FILES or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        is_dry_run = form.cleaned_data["is_dry_run"]
        try:
            report = import_figures(
                form.cleaned_data["file"], {indicator.name: indicator}, standing=standing, is_dry_run=is_dry_run
            )
        except ValidationError as error:
            form.complain(error)
        except (NotATable, TooLarge) as error:
            form.add_error("file", str(error))
        else:
            context |= {"report": report, "is_dry_run": is_dry_run}
            status = 422 if report.errors else 200
            if not report.errors and not is_dry_run:
                told = f"{report.created} new, {report.updated} changed, {report.unchanged} as before."
                messages.success(request, f"{told} New figures are seen by your office alone until they are released.")
                return redirect("policies:indicator", slug, pk)
    context |= {"form": form, "where": where(standing, indicator.tracker, indicator)}
    return render(request, "policies/indicators/import.html", context, status=422 if form.errors else status)


# --- what these views share


def visible(standing):
    rows = Indicator.objects.visible_to(standing.person).filter(tracker__workspace=standing.workspace)
    return rows.select_related("tracker__workspace__enrolment")


def posted(request):
    return request.POST if request.method == "POST" else None


def come_in(request, slug, pk):
    """`(standing, context, indicator)`; 404 when it is not theirs to know of."""
    standing = enter(request, slug)
    context = around(standing, "trackers")
    indicator = get_object_or_404(visible(standing), pk=pk)
    context["indicator"] = indicator
    context["may_edit"] = Indicator.objects.editable_by(request.user).contains(indicator)
    return standing, context, indicator


def come_to_figure(request, slug, pk):
    """`(standing, context, figure)` of one's own office; 404 when it is not theirs to know of, 403 when not to change."""
    standing = enter(request, slug)
    context = around(standing, "trackers")
    rows = Observation.objects.visible_to(request.user).filter(indicator__tracker__workspace=standing.workspace)
    figure = get_object_or_404(rows.select_related("indicator__tracker__workspace__enrolment", "office"), pk=pk)
    standing.require(Observation.objects.editable_by(request.user).contains(figure))
    context["indicator"] = figure.indicator
    return standing, context, figure


def where(standing, tracker, indicator=None):
    slug = standing.workspace.slug
    steps = [
        {"label": standing.workspace.name, "url": reverse("workspaces:detail", args=[slug])},
        {"label": "Trackers", "url": reverse("policies:trackers", args=[slug])},
        {"label": tracker.title, "url": reverse("policies:tracker", args=[slug, tracker.pk])},
    ]
    if indicator:
        steps.append({"label": indicator.name, "url": reverse("policies:indicator", args=[slug, indicator.pk])})
    return steps


def saved_words(figure):
    if figure.is_released:
        return "Saved. The workspace sees this figure."
    return f"Saved. Only {figure.office.name} sees this figure until a principal or delegate releases it."


def beside(form, current):
    """What a colleague saved beside what was typed, where they differ: [{label, theirs, yours}]. What was typed then stands on
    their version, so that sending it again is a choice made with both in view."""
    rows = []
    for name, yours in form.told.items():
        theirs = getattr(current, name)
        if theirs != yours and name in form.fields or name == "period_start" and theirs != yours:
            label = form.fields["period" if name == "period_start" else name].label
            rows.append({"label": label or name.capitalize(), "theirs": shown(theirs), "yours": shown(yours)})
    form.data = form.data.copy()
    form.data["version"] = current.version
    return rows


def shown(value):
    if value in (None, ""):
        return "empty"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return plain(value) if hasattr(value, "normalize") else str(value)
