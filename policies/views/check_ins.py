"""Pages of check-ins: the list, one side by side, an office's own answer, the researcher's summary."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.http import Http404
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from cohorts.models import Conflict
from workspaces.actions.guard import CaseInformation
from workspaces.views.doors import around, enter

from ..actions.check_ins import (
    complete_check_in,
    edit_check_in,
    make_follow_up_action,
    open_check_in,
    save_draft,
    submit_answer,
)
from ..forms.check_ins import AnswerForm, CheckInForm, FollowUpForm, SummaryForm
from ..models import Action, CheckIn, CheckInAnswer


@login_required
def index(request, slug):
    standing, context = come_in(request, slug)
    rows = [row(check_in, standing) for check_in in visible(standing)]
    context["running"] = [each for each in rows if each["check_in"].status != CheckIn.Status.COMPLETED]
    context["completed"] = [each for each in rows if each["check_in"].status == CheckIn.Status.COMPLETED]
    if standing.may_research or standing.may_facilitate:
        context["new_url"] = reverse("policies:check-in-new", args=[slug])
    return render(request, "policies/check_ins/index.html", context)


@login_required
def create(request, slug):
    standing, context = come_in(request, slug)
    standing.require(standing.may_research or standing.may_facilitate)
    form = CheckInForm(request.POST or None, workspace=standing.workspace)
    if request.method == "POST" and form.is_valid():
        told = {key: form.cleaned_data[key] for key in ("scheduled_for", "trackers")}
        try:
            check_in = open_check_in(standing, **told)
        except ValidationError as error:
            form.complain(error)
        else:
            messages.success(request, "The check-in is open. Both offices are asked to answer it.")
            return redirect("policies:check-in", slug, check_in.pk)
    context["form"] = form
    return render(request, "policies/check_ins/form.html", context, status=422 if form.errors else 200)


@login_required
def update(request, slug, pk):
    standing, context = come_in(request, slug)
    check_in = get_object_or_404(visible(standing), pk=pk)
    standing.require(standing.may_research or standing.may_facilitate)
    form = CheckInForm(
        request.POST or None, instance=check_in, initial={"version": check_in.version}, workspace=standing.workspace
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        told = {key: form.cleaned_data[key] for key in ("scheduled_for", "trackers")}
        try:
            edit_check_in(check_in, standing, version=form.cleaned_data["version"] or 0, **told)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["current"], status = conflict.current, 409
            stand_on(form, conflict.current.version)
        else:
            messages.success(request, "Saved.")
            return redirect("policies:check-in", slug, pk)
    context |= {"form": form, "check_in": get_object_or_404(visible(standing), pk=pk)}
    return render(request, "policies/check_ins/form.html", context, status=422 if form.errors else status)


@login_required
def detail(request, slug, pk):
    standing, context = come_in(request, slug)
    context |= sheet(get_object_or_404(visible(standing), pk=pk), standing)
    return render(request, "policies/check_ins/detail.html", context)


@login_required
def answer(request, slug, pk):
    """One's own office's answer: write on, keep a draft, send. A colleague who was quicker is shown beside, nothing is lost."""
    standing, context = come_in(request, slug)
    check_in = get_object_or_404(visible(standing), pk=pk)
    own = own_side(check_in, standing)
    standing.require(standing.may_edit and own)
    questions = check_in.template.questions
    mine = own.readable
    is_draft = request.POST.get("do") == "draft"
    form = AnswerForm(request.POST or None, questions=questions, answer=mine, is_draft=is_draft)
    context |= {"check_in": check_in, "mine": mine, "other_office": other_office(check_in, standing)}
    if request.method != "POST" and (own.is_in or not check_in.takes_answers):
        return redirect("policies:check-in", slug, pk)
    status = 200
    if request.method == "POST" and form.is_valid():
        verb = save_draft if is_draft else submit_answer
        told = {"values": form.values, "audience": form.cleaned_data["audience"], "seen": form.cleaned_data["version"]}
        told |= {} if is_draft else {"anyway": form.cleaned_data["anyway"]}
        try:
            written = verb(check_in, standing, **told)
        except CaseInformation as asked:
            form.ask_back(asked)
            status = 422
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["conflict"] = beside(conflict.current, form, questions)
            status = 409
        else:
            messages.success(request, said(is_draft, written.check_in, standing))
            return redirect("policies:check-in-answer" if is_draft else "policies:check-in", slug, pk)
    context["form"] = form
    return render(request, "policies/check_ins/answer.html", context, status=422 if form.errors else status)


@login_required
def complete(request, slug, pk):
    standing, context = come_in(request, slug)
    check_in = get_object_or_404(visible(standing), pk=pk)
    standing.require(standing.may_research)
    context |= sheet(check_in, standing)
    if check_in.status == CheckIn.Status.COMPLETED and request.method != "POST":
        return redirect("policies:check-in", slug, pk)
    form = SummaryForm(
        request.POST or None, instance=CheckIn(workspace=standing.workspace), initial={"version": check_in.version}
    )
    status = 200
    if request.method == "POST" and form.is_valid():
        told = {key: form.cleaned_data[key] for key in ("version", "summary", "fidelity", "confidence", "follow_ups")}
        try:
            complete_check_in(check_in, standing, **told)
        except ValidationError as error:
            form.complain(error)
        except Conflict as conflict:
            context["current"], status = conflict.current, 409
            stand_on(form, conflict.current.version)
        else:
            messages.success(request, "The check-in is completed. Both offices can read your summary.")
            return redirect("policies:check-in", slug, pk)
    context["form"] = form
    return render(request, "policies/check_ins/complete.html", context, status=422 if form.errors else status)


@login_required
@require_POST
def follow_up(request, slug, pk, number):
    standing, context = come_in(request, slug)
    check_in = get_object_or_404(visible(standing), pk=pk)
    form = FollowUpForm(request.POST, workspace=standing.workspace)
    standing.require(standing.may_edit or standing.may_research or standing.may_facilitate)
    if form.is_valid():
        try:
            action = make_follow_up_action(check_in, standing, number=number, tracker=form.cleaned_data["tracker"])
        except ValidationError as error:
            form.complain(error)
        else:
            suggested = action.status == Action.Status.SUGGESTED
            messages.success(request, "Suggested to the offices as an action." if suggested else "It is an action now.")
            return redirect("policies:check-in", slug, pk)
    context |= sheet(check_in, standing) | {"form": form}
    return render(request, "policies/check_ins/detail.html", context, status=422)


# --- what the pages say


def come_in(request, slug):
    """The person's standing and the page's surroundings; only a city's workspace has check-ins."""
    standing = enter(request, slug)
    if not standing.workspace.enrolment_id:
        raise Http404
    return standing, around(standing, "check-ins")


def visible(standing):
    """This workspace's check-ins with their sheets, as the person may read them."""
    person = standing.person
    return CheckIn.objects.visible_to(person).filter(workspace=standing.workspace).with_sheets(person)


def own_side(check_in, standing):
    return next((side for side in check_in.sheet if side.office == standing.office), None)


def other_office(check_in, standing):
    return next(office for office in check_in.workspace.offices if office != standing.office)


def row(check_in, standing):
    """A check-in in the list: what is asked of this reader, when the call is, and who has answered."""
    own = own_side(check_in, standing) if standing.may_edit else None
    asked = check_in.takes_answers and own and not own.is_in
    return {
        "check_in": check_in,
        "call": call_in_words(check_in.scheduled_for) if check_in.status != CheckIn.Status.COMPLETED else "",
        "is_late": check_in.takes_answers and check_in.scheduled_for < timezone.localdate(),
        "asked": asked,
        "has_draft": bool(asked and own.readable),
        "state": state_in_words(check_in),
        "sum_up": standing.may_research and check_in.status == CheckIn.Status.ANSWERED,
    }


def call_in_words(day):
    away = (day - timezone.localdate()).days
    if away == 0:
        return "today"
    if abs(away) == 1:
        return "tomorrow" if away > 0 else "yesterday"
    return f"in {away} days" if away > 0 else f"{-away} days ago"


def state_in_words(check_in):
    sides = check_in.sheet
    if all(side.is_in for side in sides):
        return "Both offices have answered."
    if not any(side.is_in for side in sides):
        return "Neither office has answered yet."
    come, awaited = sorted(sides, key=lambda side: not side.is_in)
    return f"{come.office.name} has answered; {awaited.office.name} has not."


def sheet(check_in, standing):
    """Template context of a check-in side by side: `questions` [{text, anchor, is_different, sides: [{office, text, words,
    is_read}]}], and of those `to_talk_about`."""
    sides = [(side, side_in_words(side, check_in, standing)) for side in check_in.sheet]
    readable = [side.readable for side in check_in.sheet if side.readable and side.readable.submitted_at]
    actions = Action.objects.visible_to(standing.person).select_related("tracker")
    made = {str(action.pk): action for action in actions.filter(pk__in=[each["action"] for each in check_in.follow_ups])}
    may_act = standing.may_edit or standing.may_research or standing.may_facilitate
    follow_ups = [{"text": each["text"], "action": made.get(each["action"])} for each in check_in.follow_ups]
    questions = [
        {
            "text": question["text"],
            "anchor": f"question-{number}",
            "is_different": is_different(question, readable),
            "sides": [
                {
                    "office": side.office,
                    "text": side.readable.values.get(question["key"]) if side.readable else None,
                    "words": words,
                    "is_read": side.readable is not None,
                }
                for side, words in sides
            ],
        }
        for number, question in enumerate(check_in.template.questions, 1)
    ]
    return {
        "check_in": check_in,
        "row": row(check_in, standing),
        "sides": [{"side": side, "words": words} for side, words in sides],
        "questions": questions,
        "to_talk_about": [question for question in questions if question["is_different"]],
        "is_anything_read": any(side.readable for side in check_in.sheet),
        "trackers": check_in.trackers.all(),
        "follow_ups": follow_ups,
        "follow_up_trackers": list(FollowUpForm(workspace=standing.workspace).fields["tracker"].queryset)
        if may_act and any(each["action"] is None for each in follow_ups)
        else [],
        "may_reschedule": (standing.may_research or standing.may_facilitate) and check_in.status != CheckIn.Status.COMPLETED,
        "may_complete": standing.may_research
        and check_in.status != CheckIn.Status.COMPLETED
        and any(side.is_in for side in check_in.sheet),
        "absent": [side.office for side in check_in.sheet if not side.is_in],
    }


def is_different(question, answers):
    """Whether two answers that the reader may read chose differently. Texts differ always; that says nothing."""
    chosen = {answer.values.get(question["key"]) for answer in answers}
    return question["kind"] == "choice" and len(answers) == 2 and len(chosen) == 2


def side_in_words(side, check_in, standing):
    """What stands where this reader finds no answer of that office, or above the one they find."""
    if side.readable and not side.readable.submitted_at:
        return "Your office’s draft. Nobody else can read it."
    if side.readable:
        told = {
            CheckInAnswer.Audience.RESEARCHER: "For the research team only.",
            CheckInAnswer.Audience.OFFICES: "For both offices and the researcher.",
        }
        return told[side.readable.audience]
    if not side.is_in:
        return "Not in yet"
    if not standing.may_edit:
        return "In. It is read by whom that office chose."
    if all(each.is_in for each in check_in.sheet):
        return "In. They answered to the research team only."
    return "In. You read it when your own office’s answer is in too."


def said(is_draft, check_in, standing):
    if is_draft:
        return "Draft kept. Only your office can read it."
    if check_in.status == CheckIn.Status.ANSWERED:
        return "Sent. Both offices’ answers are in."
    return f"Sent. You read {other_office(check_in, standing).name}’s answer when both are in."


def stand_on(form, version):
    """Let what was typed stand on the newer `version`, so that sending again is a choice made with both in view."""
    form.data = form.data.copy()
    form.data["version"] = version


def beside(current, form, questions):
    """What was saved or closed in the meantime, beside what was typed: `{answer, is_closed, rows}`, a row a question that
    differs, as `sheet` tells a question."""
    answer = current if isinstance(current, CheckInAnswer) else None
    if answer and not answer.submitted_at:
        stand_on(form, answer.version)
    rows = []
    for number, question in enumerate(questions, 1):
        theirs = answer.values.get(question["key"], "") if answer else ""
        yours = form.values.get(question["key"], "").strip()
        sides = [{"office": answer.answered_by, "text": theirs, "is_read": True}] if answer else []
        sides.append({"office": {"name": "You"}, "text": yours, "is_read": True})
        if theirs != yours:
            rows.append({"text": question["text"], "anchor": f"both-{number}", "sides": sides})
    return {"answer": answer, "is_closed": answer is None or answer.submitted_at is not None, "rows": rows}
