"""Propose, sign, decline, withdraw. Locks are taken in one order everywhere: subject, sign-off, stream."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.actions.audit import record_act
from cohorts.models import Conflict, Term
from cohorts.permissions import Role

from .. import events
from ..models import Signature, SignOff, content_sha256
from ..subjects import subject_of
from .mails import mail_who_may_sign

CLOSED_BY_ITSELF = {SignOff.Status.APPROVED: "sign_off.approved", SignOff.Status.STALE: "sign_off.overtaken"}


@transaction.atomic
def propose(standing, kind, subject_id, *, rationale, **proposal):
    """Open a sign-off on a subject. Proposing is not signing.

    Raises PermissionDenied when the subject is not the person's to propose for, ValidationError when another proposal is open
    or this one makes no sense."""
    subject = subject_of(kind)
    thing = subject.lock(subject_id)
    if not subject.editable_by(standing.person).filter(pk=thing.pk).exists():
        raise PermissionDenied
    overtake(kind, thing.pk, standing)
    subject.check(thing, proposal)
    content = subject.canonical(thing, proposal, rationale)
    sign_off = SignOff(
        workspace=subject.workspace(thing),
        subject_kind=kind,
        subject_id=thing.pk,
        proposal=proposal,
        rationale=rationale,
        content=content,
        content_sha256=content_sha256(content),
        proposed_by=standing.person,
        term=standing.term,
    )
    sign_off.full_clean()
    sign_off.save()
    sign_off.deciders.set(subject.deciders(thing))
    events.sign_off_told("sign_off.opened", sign_off, standing)
    mail_who_may_sign(sign_off)
    record("sign_off.proposed", sign_off, standing, thing)
    return sign_off


@transaction.atomic
def sign(sign_off, standing, *, seen, reservation=""):
    """Sign for one's office the content whose SHA-256 is `seen`; with the last office's signature it takes effect, once.

    Raises PermissionDenied unless the person signs for an office that decides, Conflict when `seen` is not the proposal's
    content or the proposal is closed, ValidationError when office or person has answered. A proposal whose subject has changed
    since becomes stale, is saved so, and is returned with that status."""
    subject, thing, sign_off = _lock(sign_off)
    deciders = list(sign_off.deciders.all())
    _check_may_answer(standing, sign_off, deciders, seen)
    if _is_overtaken(subject, thing, sign_off):
        return _close(sign_off, SignOff.Status.STALE, standing, thing)
    signature = _answer(sign_off, standing, Signature.Decision.SIGNED, reservation=reservation)
    events.sign_off_told("sign_off.signed", sign_off, standing)
    record("sign_off.signed", sign_off, standing, thing, **told_of(signature))
    signed = set(sign_off.signatures.filter(decision=Signature.Decision.SIGNED).values_list("office", flat=True))
    if signed >= {office.pk for office in deciders}:
        _close(sign_off, SignOff.Status.APPROVED, standing, thing)
        subject.approved(thing, sign_off)
    return sign_off


@transaction.atomic
def decline(sign_off, standing, *, seen, reason):
    """Say no for one's office, with the reason. That is final for this proposal."""
    _, thing, sign_off = _lock(sign_off)
    _check_may_answer(standing, sign_off, list(sign_off.deciders.all()), seen)
    if not reason.strip():
        raise ValidationError({"reason": "Say why, so that the other office can answer."})
    signature = _answer(sign_off, standing, Signature.Decision.DECLINED, reason=reason)
    events.sign_off_told("sign_off.declined", sign_off, standing)
    record("sign_off.declined", sign_off, standing, thing, **told_of(signature))
    return _close(sign_off, SignOff.Status.DECLINED, standing, thing)


@transaction.atomic
def withdraw(sign_off, standing):
    """Take back a proposal of one's own, while one's seat still proposes."""
    _, thing, sign_off = _lock(sign_off)
    standing.require(standing.may_edit and sign_off.proposed_by_id == standing.person.pk)
    _check_open(sign_off)
    _close(sign_off, SignOff.Status.WITHDRAWN, standing, thing)
    record("sign_off.withdrawn", sign_off, standing, thing)
    return sign_off


def overtake(kind, subject_id, standing):
    """Close the open proposal on a subject as stale when its content is no longer what is proposed. Called with the subject
    locked, by whatever changed it."""
    subject = subject_of(kind)
    for sign_off in _locked().open().filter(subject_kind=kind, subject_id=subject_id):
        thing = subject.lock(subject_id)
        if _is_overtaken(subject, thing, sign_off):
            _close(sign_off, SignOff.Status.STALE, standing, thing)


def _lock(sign_off):
    subject = subject_of(sign_off.subject_kind)
    thing = subject.lock(sign_off.subject_id)
    return subject, thing, _locked().get(pk=sign_off.pk)


def _locked():
    return SignOff.objects.select_for_update(no_key=True, of=("self",)).select_related("workspace__enrolment")


def _check_open(sign_off):
    if sign_off.status != SignOff.Status.OPEN:
        raise Conflict(sign_off)


def _check_may_answer(standing, sign_off, deciders, seen):
    if standing.office not in deciders or standing.term_to_sign(sign_off.subject_kind) is None:
        raise PermissionDenied
    _check_open(sign_off)
    if seen != sign_off.content_sha256:
        raise Conflict(sign_off)


def _is_overtaken(subject, thing, sign_off):
    return content_sha256(subject.canonical(thing, sign_off.proposal, sign_off.rationale)) != sign_off.content_sha256


def _answer(sign_off, standing, decision, **words):
    term = standing.term_to_sign(sign_off.subject_kind)
    signature = Signature(
        sign_off=sign_off,
        office=standing.office,
        person=standing.person,
        term=term,
        name=standing.person.name,
        title=term.title,
        on_behalf_of="" if term.seat.role == Role.PRINCIPAL else principal_of(standing.office),
        decision=decision,
        content_sha256=sign_off.content_sha256,
        **words,
    )
    signature.full_clean()
    signature.save()
    return signature


def principal_of(office):
    """Name and title of who holds the office's principal seat now, as printed beside the signature of whoever else signs."""
    term = Term.objects.current().filter(seat__office=office, seat__role=Role.PRINCIPAL).select_related("person").first()
    return f"{term.person.name}, {term.title}" if term else office.title


def _close(sign_off, status, standing, thing):
    sign_off.status = status
    sign_off.closed_at = timezone.now()
    sign_off.save()
    events.sign_off_told("sign_off.closed", sign_off, standing)
    if status in CLOSED_BY_ITSELF:
        record(CLOSED_BY_ITSELF[status], sign_off, standing, thing)
    return sign_off


def record(action, sign_off, standing, thing, **detail):
    title = subject_of(sign_off.subject_kind).title(thing, sign_off.proposal)
    pair, subject = sign_off.workspace.enrolment, ("sign_off", sign_off.pk, title)
    record_act(action, pair, by=standing.person, term=standing.term, subject=subject, **detail)


def told_of(signature):
    return {"office": signature.office.name, "on_behalf_of": signature.on_behalf_of}
