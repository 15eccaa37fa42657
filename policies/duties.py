"""What a seat answers for, and what waits for its office: it passes with the seat, whoever holds it."""

from django.db.models import Exists, OuterRef, Q
from django.urls import reverse

from cohorts.permissions import SIGNING_ROLES, Role
from workspaces.models import SignOff
from workspaces.subjects import subject_of

from .models import Action, CheckIn, CheckInAnswer, Tracker

STAYS = [
    "What was typed and not sent: it was kept on one device only, and signing out removes it.",
    "API tokens of the person who leaves. They end with the seat.",
    "What was signed. It stays under the name and title of that day, and each signer keeps a copy of their own.",
]


def duties_of(seat, person):
    """`[{title, items: [{text, note, url}]}]`, as far as `person` sees it. A query a part."""
    parts = [("Open actions of this seat", actions(seat, person)), ("Trackers it answers for", trackers(seat, person))]
    if seat.role in SIGNING_ROLES:
        parts.append(("Proposals that wait for the office’s signature", proposals(seat, person)))
    if seat.role in (*SIGNING_ROLES, Role.STAFF):
        parts.append(("Check-ins that the office has still to answer", check_ins(seat, person)))
    return [{"title": title, "items": list(items)} for title, items in parts]


def actions(seat, person):
    owned = Action.objects.visible_to(person).unfinished().filter(owner=seat).select_related("tracker__workspace")
    for action in owned.order_by("due_on", "created_at"):
        yield {
            "text": action.title,
            "note": f"{action.tracker.title}" + (f", due {action.due_on:%B} {action.due_on.day}" if action.due_on else ""),
            "url": reverse("policies:action", args=[action.tracker.workspace.slug, action.pk]),
        }


def trackers(seat, person):
    owned = Tracker.objects.visible_to(person).active().filter(Q(mayor_owner=seat) | Q(prosecutor_owner=seat))
    for tracker in owned.select_related("workspace"):
        yield {
            "text": tracker.title,
            "note": tracker.workspace.name,
            "url": reverse("policies:tracker", args=[tracker.workspace.slug, tracker.pk]),
        }


def proposals(seat, person):
    waiting = list(SignOff.objects.visible_to(person).awaiting(seat.office).select_related("workspace").order_by("created_at"))
    for sign_off in waiting:
        heading = subject_of(sign_off.subject_kind).heading
        yield {
            "text": heading(sign_off.content) if heading else "A proposal",
            "note": f"{sign_off.workspace.name}, proposed {sign_off.created_at:%B} {sign_off.created_at.day}",
            "url": reverse("workspaces:sign-off", args=[sign_off.workspace.slug, sign_off.pk]),
        }


def check_ins(seat, person):
    """A draft of an answer belongs to the office, so it passes too."""
    mine = CheckInAnswer.objects.filter(check_in=OuterRef("pk"), office=seat.office)
    pairs = Q(workspace__enrolment__mayor_office=seat.office) | Q(workspace__enrolment__prosecutor_office=seat.office)
    waiting = (
        CheckIn.objects.visible_to(person)
        .open()
        .filter(pairs, ~Exists(mine.filter(submitted_at__isnull=False)))
        .annotate(is_begun=Exists(mine))
        .select_related("workspace")
    )
    for check_in in waiting.order_by("scheduled_for"):
        begun = ", a draft is begun and stays with the office" if check_in.is_begun else ""
        yield {
            "text": f"{check_in}, {check_in.workspace.name}",
            "note": f"The call is {check_in.scheduled_for:%B} {check_in.scheduled_for.day}{begun}",
            "url": reverse("policies:check-in", args=[check_in.workspace.slug, check_in.pk]),
        }
