"""The page of one sign-off: what is signed, what each office said, and the one thing this reader can do. Whoever signs or
declines has shown within five minutes that it is they; what they had typed is kept while they are asked."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import ValidationError
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cohorts.models import Conflict
from cohorts.permissions import Role
from cohorts.views.asking import asked_again

from ..actions import sign_offs as actions
from ..actions.sign_offs import principal_of
from ..forms.sign_offs import DeclineForm, SignForm
from ..markdown import to_html
from ..models import AGREEMENT, SignOff
from ..subjects import subject_of
from .doors import around, come_to_the_door


def sign_offs_in(standing):
    return SignOff.objects.visible_to(standing.person).filter(workspace=standing.workspace)


def sign_off_of(standing, pk):
    sign_offs = sign_offs_in(standing).select_related("proposed_by", "term")
    return get_object_or_404(sign_offs.prefetch_related("deciders", "signatures__office"), pk=pk)


def come_to(request, slug, pk):
    """What stands around the page, under the tab of what is signed, and the sign-off."""
    standing = come_to_the_door(request, slug)
    kind = get_object_or_404(sign_offs_in(standing).values_list("subject_kind", flat=True), pk=pk)
    context = around(standing, subject_of(kind).tab)
    return context, sign_off_of(standing, pk)


@login_required
@asked_again
def detail(request, slug, pk):
    """Read it; a POST signs it."""
    context, sign_off = come_to(request, slug, pk)
    if request.method != "POST":
        return page(request, context, sign_off)
    form = SignForm(request.POST, prefix="sign")
    if not form.is_valid():
        return page(request, context, sign_off, sign_form=form, status=422)
    try:
        sign_off = actions.sign(
            sign_off,
            context["standing"],
            seen=form.cleaned_data["content_sha256"],
            reservation=form.cleaned_data["reservation"],
        )
    except ValidationError as error:
        return page(request, context, sign_off, complaint=" ".join(error.messages), status=422)
    except Conflict:
        return changed(request, context, pk)
    tell_signed(request, sign_off)
    return redirect("workspaces:sign-off", slug, pk)


def tell_signed(request, sign_off):
    if sign_off.status == SignOff.Status.APPROVED:
        messages.success(request, "Signed. Every office that decides has signed: it is done.")
    elif sign_off.status == SignOff.Status.STALE:
        messages.warning(request, "What you were asked to sign was changed before you signed. Nothing was signed.")
    else:
        messages.success(request, "Signed for your office. It takes effect when the other office has signed too.")


@login_required
@require_POST
@asked_again
def decline(request, slug, pk):
    context, sign_off = come_to(request, slug, pk)
    form = DeclineForm(request.POST, prefix="decline")
    if not form.is_valid():
        return page(request, context, sign_off, decline_form=form, status=422)
    try:
        seen, reason = form.cleaned_data["content_sha256"], form.cleaned_data["reason"]
        actions.decline(sign_off, context["standing"], seen=seen, reason=reason)
    except ValidationError as error:
        return page(request, context, sign_off, complaint=" ".join(error.messages), status=422)
    except Conflict:
        return changed(request, context, pk)
    messages.success(request, "Declined, with your reason. The other office can read it.")
    return redirect("workspaces:sign-off", slug, pk)


@login_required
@require_POST
def withdraw(request, slug, pk):
    context, sign_off = come_to(request, slug, pk)
    try:
        actions.withdraw(sign_off, context["standing"])
    except Conflict:
        return changed(request, context, pk)
    messages.success(request, "Withdrawn.")
    return redirect("workspaces:sign-off", slug, pk)


def changed(request, context, pk):
    """A 409: the proposal as it is now, in place of what was on the page."""
    complaint = "This proposal changed while you were reading. Nothing was done; this is how it stands now."
    return page(request, context, sign_off_of(context["standing"], pk), complaint=complaint, status=409)


def newer_than(sign_off, person):
    """The newest proposal for the same subject, when it came after this one."""
    same = SignOff.objects.visible_to(person).filter(subject_kind=sign_off.subject_kind, subject_id=sign_off.subject_id)
    return same.filter(created_at__gt=sign_off.created_at).order_by("-created_at").first()


def may_propose(subject, thing, person):
    return subject.editable_by(person).filter(pk=thing.pk).exists()


def page(request, context, sign_off, *, sign_form=None, decline_form=None, complaint="", status=200):
    standing = context["standing"]
    subject = subject_of(sign_off.subject_kind)
    thing = get_object_or_404(subject.visible_to(request.user), pk=sign_off.subject_id)
    thing.workspace = standing.workspace
    said = {signature.office_id: signature for signature in sign_off.signatures.all()}
    deciders = list(sign_off.deciders.all())
    is_open = sign_off.status == SignOff.Status.OPEN
    newer = None if is_open else newer_than(sign_off, request.user)
    is_awaited = is_open and standing.office in deciders and standing.office.pk not in said
    signing_term = standing.term_to_sign(sign_off.subject_kind) if is_awaited else None
    seen = {"content_sha256": sign_off.content_sha256}
    context |= {
        "sign_off": sign_off,
        "title": subject.title(thing, sign_off.proposal),
        "words": subject.words(sign_off.content),
        "text": to_html(subject.text(sign_off.content)) if subject.text else "",
        "thing": thing,
        "is_agreement": sign_off.subject_kind == AGREEMENT,
        "address": subject.address(thing),
        "offices": [(office, said.get(office.pk)) for office in deciders],
        "is_open": is_open,
        "newer": newer,
        "may_ask_again": standing.is_pending and not is_open and not newer and may_propose(subject, thing, request.user),
        "is_asked": signing_term is not None,
        "signs_for": principal_of(standing.office) if signing_term and signing_term.seat.role != Role.PRINCIPAL else "",
        "is_left_to_others": is_awaited and standing.may_edit and signing_term is None,
        "is_kept_back": standing.may_sign,
        "is_mine": is_open and standing.may_edit and sign_off.proposed_by_id == request.user.pk,
        "is_only_seen": is_open and standing.office is not None and standing.office not in deciders,
        "sign_form": sign_form or SignForm(initial=seen, prefix="sign"),
        "decline_form": decline_form or DeclineForm(initial=seen, prefix="decline"),
        "is_declining": decline_form is not None,
        "complaint": complaint,
    }
    return render(request, "workspaces/sign_offs/detail.html", context, status=status)
