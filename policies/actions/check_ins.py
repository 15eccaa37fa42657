"""What people do with check-ins: a researcher opens one, each office answers apart, the researcher sums up."""

import json
from pathlib import Path

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from cohorts.models import Conflict
from workspaces.actions.guard import ask_back, note_anyway
from workspaces.models import Workspace

from .. import events
from ..models import Action, CheckIn, CheckInAnswer, CheckInTemplate, Tracker
from .tracker_actions import add_action

TEMPLATE_FILE = Path(__file__).resolve().parent.parent / "data" / "check_in_template.json"
ANSWER_LENGTH = 4000  # characters of one answer
FOLLOW_UPS = 12
FOLLOW_UP_LENGTH = 200  # characters: a follow-up becomes an action's title


def load_check_in_template():
    """The project's own questions, stored once an edition. New questions come as a new edition."""
    told = json.loads(TEMPLATE_FILE.read_text(encoding="utf-8"))
    template, _ = CheckInTemplate.objects.get_or_create(
        name=told["name"], edition=told["edition"], defaults={"questions": told["questions"]}
    )
    return template


# --- the researcher and the facilitator


@transaction.atomic
def open_check_in(standing, *, scheduled_for, trackers=(), template=None):
    """Ask both offices the questions of `template` (ours, unless said), for the call of the day `scheduled_for`.

    Raises ValidationError for another workspace's tracker or a second check-in for the day."""
    standing.require(standing.may_facilitate or standing.may_research)
    Workspace.objects.select_for_update(no_key=True, of=("self",)).get(
        pk=standing.workspace.pk
    )  # two who open at once: one waits
    check_in = CheckIn(
        workspace=standing.workspace,
        template=template or load_check_in_template(),
        scheduled_for=scheduled_for,
        opened_by=standing.person,
        term=standing.term,
    )
    check_in.full_clean()
    check_in.save()
    check_in.trackers.set(_of_workspace(trackers, check_in))
    events.check_in_told("check_in.opened", check_in, standing)
    return check_in


@transaction.atomic
def edit_check_in(check_in, standing, *, version, **changes):
    """Move the call to another day (`scheduled_for`), or say which `trackers` it is about. Raises Conflict when somebody saved
    since `version`, or when the check-in is completed."""
    standing.require(standing.may_facilitate or standing.may_research)
    check_in = _lock(check_in)
    if check_in.status == CheckIn.Status.COMPLETED:
        raise Conflict(check_in)
    if "scheduled_for" in changes:
        check_in.scheduled_for = changes["scheduled_for"]
    check_in.save_version(version)
    if "trackers" in changes:
        check_in.trackers.set(_of_workspace(changes["trackers"], check_in))
    events.check_in_told("check_in.updated", check_in, standing)
    return check_in


@transaction.atomic
def complete_check_in(check_in, standing, *, version, summary, fidelity, confidence, follow_ups=()):
    """Sum up for the workspace, with the researcher's ratings and `follow_ups` (texts). One absent office does not hold it up.

    Raises PermissionDenied for anyone but the city's researcher, Conflict when it was changed since `version` or is completed,
    ValidationError while no office has answered."""
    standing.require(standing.may_research)
    check_in = _lock(check_in)
    if check_in.status == CheckIn.Status.COMPLETED:
        raise Conflict(check_in)
    if not check_in.answers.filter(submitted_at__isnull=False).exists():
        raise ValidationError("Neither office has answered yet. Move the call to another day, or wait for one of them.")
    check_in.summary = summary.strip()
    check_in.fidelity, check_in.confidence = fidelity, confidence
    check_in.follow_ups = [{"text": text, "action": None} for text in _follow_up_texts(follow_ups)]
    missing = {
        field: "Say this before you complete the check-in."
        for field in ("summary", "fidelity", "confidence")
        if not getattr(check_in, field)
    }
    if missing:
        raise ValidationError(missing)
    check_in.status = CheckIn.Status.COMPLETED
    check_in.completed_at = timezone.now()
    check_in.save_version(version)
    events.check_in_told("check_in.completed", check_in, standing)
    return check_in


@transaction.atomic
def make_follow_up_action(check_in, standing, *, number, tracker):
    """Put follow-up `number` (from 0) on a tracker, once: for whoever may edit that tracker as an action, for others as a
    suggestion. Returns the action; the second click finds the first one's.

    Raises ValidationError when there is no such follow-up or the tracker is not this workspace's."""
    standing.require(standing.may_edit or standing.may_research or standing.may_facilitate)
    check_in = _lock(check_in)
    if not 0 <= number < len(check_in.follow_ups):
        raise ValidationError({"number": "There is no such follow-up."})
    follow_up = check_in.follow_ups[number]
    if follow_up["action"]:
        return Action.objects.get(pk=follow_up["action"])
    (tracker,) = _of_workspace([tracker], check_in)
    may_edit = Tracker.objects.editable_by(standing.person).contains(tracker)
    action = add_action(
        tracker,
        standing,
        title=follow_up["text"],
        office=tracker.decided_by,
        status=Action.Status.TODO if may_edit else Action.Status.SUGGESTED,
    )
    follow_up["action"] = str(action.pk)
    check_in.save(update_fields=["follow_ups", "updated_at"])
    return action


def _of_workspace(trackers, check_in):
    trackers = list(trackers)
    if any(tracker.workspace_id != check_in.workspace_id for tracker in trackers):
        raise ValidationError({"trackers": "Choose trackers of this workspace."})
    return trackers


def _follow_up_texts(follow_ups):
    texts = [text.strip() for text in follow_ups if text.strip()]
    if len(texts) > FOLLOW_UPS:
        raise ValidationError({"follow_ups": f"Keep it to {FOLLOW_UPS} follow-ups."})
    for text in texts:
        if len(text) > FOLLOW_UP_LENGTH:
            raise ValidationError(
                {"follow_ups": f"Keep each follow-up to {FOLLOW_UP_LENGTH} characters: it becomes an action."}
            )
        _check_text("follow_ups", text)
    return texts


# --- the offices


@transaction.atomic
def save_draft(check_in, standing, *, values, audience=CheckInAnswer.Audience.OFFICES, seen=0):
    """Keep an unfinished answer of one's office, which that office alone reads. `values`: {question key: text}; `seen`: the
    version of the draft they were written over, 0 when there was none.

    Raises PermissionDenied unless the person answers for an office, Conflict(answer) when a colleague saved or sent since,
    Conflict(check-in) when it is completed, ValidationError for unknown questions, other choices or too long texts."""
    return _save(check_in, standing, values, audience, seen, is_sent=False)


@transaction.atomic
def submit_answer(check_in, standing, *, values, audience=CheckInAnswer.Audience.OFFICES, seen=0, anyway=False):
    """Send one's office's answer, for good. Once both offices' are in, the check-in is answered and they read each other's.

    The very same answer sent twice is one. Raises like `save_draft`, ValidationError for a required question left out,
    CaseInformation unless `anyway`."""
    return _save(check_in, standing, values, audience, seen, is_sent=True, anyway=anyway)


def _save(check_in, standing, values, audience, seen, is_sent, anyway=False):
    if not standing.may_edit or standing.office not in check_in.workspace.offices:
        raise PermissionDenied
    check_in = _lock(check_in)  # one office's two people, and the two offices, one after the other
    values = _cleaned(values, check_in.template.questions)
    answer = check_in.answers.filter(office=standing.office).first()
    if answer and answer.submitted_at:
        if is_sent and (answer.values, answer.audience) == (values, audience):
            return answer
        raise Conflict(answer)
    if not check_in.takes_answers:
        raise Conflict(check_in)
    found = []
    if is_sent:
        _check_whole(values, check_in.template.questions)
        found = ask_back("\n".join(values.values()), anyway=anyway)
    if answer is None:
        answer = CheckInAnswer(check_in=check_in, office=standing.office, version=0)
    elif seen != answer.version:
        raise Conflict(answer)
    answer.values, answer.audience = values, audience
    answer.answered_by, answer.term = standing.person, standing.term
    answer.submitted_at = timezone.now() if is_sent else None
    answer.version += 1
    answer.full_clean()
    answer.save()
    if is_sent:
        _came_in(check_in, standing)
        note_anyway(found, standing, check_in, kind="check_in")
    return answer


def _came_in(check_in, standing):
    if check_in.answers.filter(submitted_at__isnull=False).count() == len(check_in.workspace.offices):
        check_in.status = CheckIn.Status.ANSWERED
    check_in.save(update_fields=["status", "updated_at"])
    events.check_in_told("check_in.answered", check_in, standing)


def _lock(check_in):
    return (
        CheckIn.objects.select_for_update(no_key=True, of=("self",))
        .select_related("template", "workspace__enrolment__mayor_office", "workspace__enrolment__prosecutor_office")
        .get(pk=check_in.pk)
    )


def _cleaned(values, questions):
    """`values` without the empty ones. Raises ValidationError naming the question, as `values.KEY`."""
    known = {question["key"]: question for question in questions}
    if not isinstance(values, dict) or values.keys() - known.keys():
        raise ValidationError({"values": "Answer the questions of this check-in, each by its key, and no others."})
    cleaned, wrong = {}, {}
    for key, text in values.items():
        try:
            text = _check_text(f"values.{key}", text).strip()
            if known[key]["kind"] == "choice" and text and text not in known[key]["choices"]:
                raise ValidationError({f"values.{key}": "Choose one of the answers offered."})
        except ValidationError as error:
            wrong |= error.message_dict
        else:
            if text:
                cleaned[key] = text
    if wrong:
        raise ValidationError(wrong)
    return cleaned


def _check_text(field, text):
    if not isinstance(text, str):
        raise ValidationError({field: "An answer is a text."})
    if len(text) > ANSWER_LENGTH:
        raise ValidationError({field: f"Keep it to {ANSWER_LENGTH:,} characters; this has {len(text):,}."})
    if "\0" in text or any("\ud800" <= letter <= "\udfff" for letter in text):
        raise ValidationError({field: "This holds characters that are not text."})
    return text


def _check_whole(values, questions):
    missing = {
        f"values.{question['key']}": "This one is needed before you send."
        for question in questions
        if question.get("is_required") and question["key"] not in values
    }
    if missing:
        raise ValidationError(missing)
