"""Home: what needs me, what moved, what comes next.

One page for every seat: each part reads what the person may see and do, so a part that is not theirs is empty and left out.
A facilitator of one cohort, and of nothing else, lands on its page; a guest of one convening, on the convening's; an
administrator, on their own."""

import datetime as dt

from django.contrib.auth.decorators import login_required
from django.db.models import Exists, OuterRef, Prefetch, Q
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from cohorts.calendars import when
from cohorts.models import Commitment, Convening, Enrolment, HandOver, Term, granted, holdings_of, is_administrator
from cohorts.permissions import SIGNING_ROLES, Role
from policies.models import Action, Brief, CheckIn, CheckInAnswer, RatingChange, Tracker, changes_of
from workspaces.gist import gist_of
from workspaces.markdown import excerpt
from workspaces.models import (
    DECIDING_ROLES,
    Decision,
    Mention,
    Message,
    Reminder,
    SealedItem,
    Signature,
    SignedCopy,
    SignOff,
    Topic,
    Workspace,
    signing_terms,
)
from workspaces.subjects import subject_of

TOPICS_SHOWN = 5
MENTIONS_SHOWN = 5
ACTIONS_SHOWN = 5
INVITATIONS_SHOWN = 3
SEALED_SHOWN = 5
ACKNOWLEDGEMENTS_SHOWN = 5
REMINDERS_SHOWN = 5
NEW_IN_A_SEAT = 30  # days
RATINGS_TOLD = 30  # days


@login_required
def index(request):
    person = request.user
    terms = holdings_of(person).terms
    roles = {term.seat.role for term in terms}
    if roles == {Role.FACILITATOR} and len(terms) == 1:
        return redirect("policies:cohort", terms[0].seat.cohort.slug)
    if roles == {Role.GUEST} and len(terms) == 1:
        return redirect("policies:convening", terms[0].seat.convening.cohort.slug, terms[0].seat.convening.slug)
    if not terms and is_administrator(person):
        return redirect("cohorts:administration")
    offices = {term.seat.office for term in terms if term.seat.office_id}
    spaces = {space.pk: space for space in workspaces_of(person)}
    convenings = upcoming(person)
    talks = list(check_ins(spaces, offices))
    trackers = trackers_of(spaces)
    needs = [
        *signatures_asked(person),
        *[each for each in talks if "verb" in each],
        *overdue_actions(person, spaces),
        *agreements_to_confirm(person, terms),
        *commitments_to_accept(person, offices),
        *to_acknowledge(person),
        *reminders(person),
        *invitations(convenings),
        *seats_handed_to(person, terms),
        *taken_out(person, roles),
    ]
    context = {
        "terms": terms,
        "over": over(terms),
        "needs": needs,
        "queues": list(queues(person, terms, spaces, convenings)),
        "awaited": [each for each in talks if "verb" not in each],
        "spaces": list(spaces.values()),
        "trackers": trackers,
        "last_brief": None if needs else last_brief(person, spaces),
        "mentions": mentions(person),
        "unread": unread(person),
        "ratings_changed": list(ratings_changed(trackers)),
        "upcoming": [{"convening": each, "when": when(each)} for each in convenings[:1]],
        "cohorts_run": [term.seat.cohort for term in terms if term.seat.role == Role.FACILITATOR],
        "offices_ruled": [term.seat.office for term in terms if term.seat.role == Role.IT_CONTACT],
        "guest_of": [term.seat.convening for term in terms if term.seat.convening_id],
        "keeps_copies": not terms and SignedCopy.objects.visible_to(person).exists(),
    }
    return render(request, "home/index.html", context)


def over(terms):
    """Who the page is for, above its heading: “Rochester mayor’s office”."""
    homes = [term.seat.office or term.seat.cohort or term.seat.convening for term in terms]
    return " · ".join(dict.fromkeys(str(home) for home in homes))


def workspaces_of(person):
    """The city workspaces `person` is in, each with what they may do there; one query."""

    def may(codename):
        return Q(enrolment__in=granted(person, Enrolment, codename))

    return (
        Workspace.objects.visible_to(person)
        .filter(kind=Workspace.Kind.CITY)
        .annotate(may_edit=may("edit_city_work"), may_research=may("research"))
        .select_related("enrolment__city", "enrolment__cohort", "enrolment__mayor_office", "enrolment__prosecutor_office")
        .order_by("name")
    )


def queues(person, terms, spaces, convenings):
    """What waits for the principal of an office, for the assistant who keeps their day: as far as the assistant sees it too. No
    query for anybody else."""
    for term in terms:
        if term.seat.role != Role.ASSISTANT:
            continue
        leading = Term.objects.current().filter(seat__office=term.seat.office_id, seat__role=Role.PRINCIPAL)
        for led in leading.filter(person__is_active=True).select_related("person", "seat__office"):
            principal = led.person
            theirs = {space.pk: space for space in workspaces_of(principal) if space.pk in spaces}
            answered = {each.pk: each for each in upcoming(principal)}
            needs = [
                *signatures_asked(principal, reader=person),
                *[each for each in check_ins(theirs, {led.seat.office}) if "verb" in each],
                *agreements_to_confirm(principal, [led], reader=person),
                *commitments_to_accept(principal, {led.seat.office}, reader=person),
                *invitations([answered[each.pk] for each in convenings if each.pk in answered]),
            ]
            yield {"who": led, "needs": needs}


def signatures_asked(person, reader=None):
    """Open proposals that wait for a signature this person may give, the agreement that opens a workspace among them; of them
    those that `reader`, if it is another, sees."""
    reader = reader or person
    asked_of = Q(pk__in=[])
    for term, kinds in signing_terms(holdings_of(person).terms):
        of_office = Q(deciders=term.seat.office_id)
        asked_of |= of_office if kinds is None else of_office & Q(subject_kind__in=kinds)
    answered = Signature.objects.filter(sign_off=OuterRef("pk"), office__in=holdings_of(person).offices)
    asked = list(
        SignOff.objects.visible_to(reader)
        .open()
        .filter(asked_of, ~Exists(answered))
        .select_related("workspace")
        .prefetch_related(Prefetch("signatures", Signature.objects.select_related("office")))
        .order_by("created_at")
        .distinct()
    )
    for kind in sorted({sign_off.subject_kind for sign_off in asked}):
        subject = subject_of(kind)
        things = subject.visible_to(reader).in_bulk([each.subject_id for each in asked if each.subject_kind == kind])
        for sign_off in asked:
            if sign_off.subject_id in things:
                yield {
                    "verb": "Sign",
                    "title": subject.title(things[sign_off.subject_id], sign_off.proposal),
                    "note": signed_by(sign_off) or f"Proposed {day(sign_off.created_at)}",
                    "url": reverse("workspaces:sign-off", args=[sign_off.workspace.slug, sign_off.pk]),
                    "action": "Read",
                }


def signed_by(sign_off):
    return ", ".join(
        f"{signature.office.get_kind_display()} signed {day(signature.signed_at)}" for signature in sign_off.signatures.all()
    )


def check_ins(spaces, offices):
    """Open check-ins that this person's office has not answered; for a researcher those to summarise, and those to await."""
    mine = [office.pk for office in offices]
    answered = CheckInAnswer.objects.filter(check_in=OuterRef("pk"), office__in=mine, submitted_at__isnull=False)
    editing = [pk for pk, space in spaces.items() if space.may_edit]
    researching = [pk for pk, space in spaces.items() if space.may_research]
    waiting = CheckIn.objects.filter(
        Q(~Exists(answered), workspace__in=editing, status=CheckIn.Status.OPEN)
        | Q(workspace__in=researching, status__in=[CheckIn.Status.OPEN, CheckIn.Status.ANSWERED])
    )
    for check_in in waiting.order_by("scheduled_for"):
        space = spaces[check_in.workspace_id]
        words = to_summarise if check_in.status == CheckIn.Status.ANSWERED else to_answer if space.may_edit else to_await
        yield words(check_in, space) | {"url": reverse("policies:check-in", args=[space.slug, check_in.pk])}


def to_answer(check_in, space):
    is_late = check_in.scheduled_for < timezone.localdate()
    call = date(check_in.scheduled_for)
    return {
        "verb": "Answer",
        "title": str(check_in),
        "note": space.name if is_late else f"{space.name}, the call is {call}",
        "late": f"The call was {call}" if is_late else "",
        "action": "Answer",
    }


def to_summarise(check_in, space):
    return {
        "verb": "Summarise",
        "title": f"{check_in}, {space.name}",
        "note": "Both offices have answered",
        "action": "Read the answers",
    }


def to_await(check_in, space):
    """Not asked of the researcher, but theirs to watch."""
    call = date(check_in.scheduled_for)
    tense = "was" if check_in.scheduled_for < timezone.localdate() else "is"
    return {"text": f"{check_in}, {space.name}: the offices are answering; the call {tense} {call}"}


def overdue_actions(person, spaces):
    """Late actions of this person's office, or of both offices together: those due longest ago first."""
    today = timezone.localdate()
    late = (
        Action.objects.editable_by(person)
        .overdue(today)
        .filter(removed_at=None)
        .select_related("tracker")
        .order_by("due_on")[:ACTIONS_SHOWN]
    )
    for action in late:
        days = (today - action.due_on).days
        yield {
            "verb": "Overdue",
            "title": action.title,
            "late": f"{days} day{'' if days == 1 else 's'} late",
            "note": action.tracker.title,
            "url": reverse("policies:tracker", args=[spaces[action.tracker.workspace_id].slug, action.tracker_id]),
            "action": "Open",
        }


def commitments_to_accept(person, offices, reader=None):
    """Commitments that wait for the yes of an office this person speaks for."""
    signing = Enrolment.objects.granting("sign", person)
    waiting = (
        Commitment.objects.visible_to(reader or person)
        .awaiting([office.pk for office in offices])
        .filter(enrolment__in=signing)
    )
    for commitment in waiting.select_related("convening__cohort", "enrolment__city"):
        convening = commitment.convening
        yield {
            "verb": "Accept",
            "title": commitment.text,
            "note": f"{commitment.enrolment.city.name}, {convening.title}",
            "url": reverse("policies:convening", args=[convening.cohort.slug, convening.slug]) + "#commitments",
            "action": "Read",
        }


def agreements_to_confirm(person, terms, reader=None):
    """Working agreements that wait for the yes of an office this person speaks for."""
    offices = [term.seat.office_id for term in terms if term.seat.role in SIGNING_ROLES]
    waiting = Decision.objects.visible_to(reader or person).awaiting(offices) if offices else []
    for decision in waiting and waiting.select_related("message__topic__workspace", "proposed_by"):
        workspace = decision.message.topic.workspace
        yield {
            "verb": "Confirm",
            "title": excerpt(decision.text),
            "note": f"{workspace.name}, a working agreement in “{decision.message.topic.title}”",
            "url": reverse("workspaces:decisions", args=[workspace.slug]) + f"#decision-{decision.pk}",
            "action": "Read",
        }


def to_acknowledge(person):
    """Messages whose authors ask for it, those asked longest ago first."""
    asked = Message.objects.to_acknowledge_by(person).order_by("acknowledgement_asked_at")
    for message in asked.select_related("author", "topic__workspace").prefetch_related("attachments")[:ACKNOWLEDGEMENTS_SHOWN]:
        topic = message.topic
        address = reverse("workspaces:topic", args=[topic.workspace.slug, topic.pk])
        yield {
            "verb": "Acknowledge",
            "title": gist_of(message),
            "note": f"{message.author.name} asks everyone in “{topic.title}”, {topic.workspace.name}",
            "url": f"{address}?at={message.position}#message-{message.pk}",
            "action": "Read",
        }


def reminders(person):
    """What they asked to be reminded of, by today."""
    due = Reminder.objects.visible_to(person).due(timezone.localdate())
    rows = due.select_related("message__author", "message__topic__workspace").prefetch_related("message__attachments")
    for reminder in rows[:REMINDERS_SHOWN]:
        message = reminder.message
        yield {
            "verb": "Reminder",
            "title": gist_of(message),
            "note": f"{message.author.name} in “{message.topic.title}”, {message.topic.workspace.name}",
            "url": reverse("workspaces:message-reminder", args=[message.topic.workspace.slug, message.pk]),
            "action": "Read",
        }


def taken_out(person, roles):
    """What was marked as something that should not be here, and waits for this person's word. No query for who decides
    nothing."""
    if not roles & {*DECIDING_ROLES, *SIGNING_ROLES, Role.FACILITATOR}:
        return
    waiting = SealedItem.objects.visible_to(person).waiting().select_related("topic__workspace")
    for item in waiting.order_by("marked_at")[:SEALED_SHOWN]:
        yield {
            "verb": "Decide",
            "title": f"{item.get_kind_display()} that should not be here",
            "note": f"{item.topic.workspace.name}. {item.get_why_display()}",
            "url": reverse("workspaces:sealed-item", args=[item.pk]),
            "action": "Read",
        }


def upcoming(person):
    """Convenings to come, nearest first, with the person's answer and whether it is theirs to give; one query."""
    answerable = Convening.objects.answerable_by(person).filter(pk=OuterRef("pk"))
    return list(
        Convening.objects.visible_to(person)
        .upcoming()
        .with_answers(person)
        .annotate(may_answer=Exists(answerable))
        .select_related("cohort")
    )


def invitations(convenings):
    soon = timezone.now() + dt.timedelta(days=60)
    open_ones = [each for each in convenings if each.may_answer and each.my_answer is None and each.starts_at < soon]
    for convening in open_ones[:INVITATIONS_SHOWN]:
        yield {
            "verb": "Invitation",
            "title": convening.title,
            "note": when(convening),
            "url": reverse("policies:convening", args=[convening.cohort.slug, convening.slug]),
            "action": "Answer",
        }


def seats_handed_to(person, terms):
    """What passed to somebody who took a seat lately, with the note of whoever handed it over; no query for the others."""
    lately = timezone.localdate() - dt.timedelta(days=NEW_IN_A_SEAT)
    begun = [term.pk for term in terms if term.starts_on >= lately]
    passed = HandOver.objects.visible_to(person).standing().filter(incoming__in=begun) if begun else []
    for hand_over in passed and passed.select_related("seat", "by", "incoming"):
        yield {
            "verb": "Read",
            "title": f"What passed to you as {hand_over.incoming.title}",
            "note": f"From {hand_over.by.name}, {day(hand_over.at)}",
            "url": reverse("policies:hand-over", args=[hand_over.pk]),
            "action": "Read",
        }


def trackers_of(spaces):
    trackers = Tracker.objects.active().filter(workspace__in=spaces.keys()).order_by("workspace__name", "created_at")
    return [{"tracker": tracker, "space": spaces[tracker.workspace_id]} for tracker in trackers]


def last_brief(person, spaces):
    drawn = Brief.objects.visible_to(person).filter(workspace__in=spaces.keys()).exclude(pdf="")
    brief = drawn.order_by("-created_at").first()
    return brief and {"brief": brief, "space": spaces[brief.workspace_id]}


def unread(person):
    """Topics with something new: `{count, topics, lines}` for `_since.html`."""
    topics = list(Topic.objects.visible_to(person).with_unread(person).filter(unread_count__gt=0).select_related("workspace"))
    count = sum(topic.unread_count for topic in topics)
    lines = [
        {
            "text": f"{topic.unread_count} new in “{topic.title}”, {topic.workspace.name}",
            "url": reverse("workspaces:topic", args=[topic.workspace.slug, topic.pk]),
        }
        for topic in topics[:TOPICS_SHOWN]
    ]
    return {"count": count, "topics": len(topics), "lines": lines}


def ratings_changed(trackers):
    """What lately became of the evidence that these `trackers_of` rest on: one line a notice."""
    using = {}  # (workspace, intervention) → the first that rests on it
    for row in trackers:
        if row["tracker"].intervention_id:
            using.setdefault((row["tracker"].workspace_id, row["tracker"].intervention_id), row)
    if not using:
        return
    workspaces, interventions = map(set, zip(*using, strict=True))
    lately = timezone.now() - dt.timedelta(days=RATINGS_TOLD)
    changes = RatingChange.objects.filter(
        workspace__in=workspaces, review__intervention__in=interventions, created_at__gte=lately
    )
    for change in changes.select_related("review__intervention", "review__supersedes").prefetch_related(
        "review__outcomes", "review__supersedes__outcomes"
    ):
        row = using.get((change.workspace_id, change.review.intervention_id))
        if row:
            name, count = change.review.intervention.name, len(changes_of(change.review))
            yield {
                "text": f"Evidence changed: {name}, {count} outcome{'' if count == 1 else 's'}, {row['space'].name}",
                "url": reverse("policies:tracker", args=[row["space"].slug, row["tracker"].pk]) + "#evidence",
            }


def mentions(person):
    """Where the person was called by name and has not read it yet, newest first."""
    called = Mention.objects.unread_by(person).select_related("message__author", "message__topic__workspace")
    return [
        {
            "text": f"{mention.message.author.name} called {'you' if mention.office_id is None else 'your office'} in "
            f"“{mention.message.topic.title}”, {mention.message.topic.workspace.name}",
            "url": reverse("workspaces:topic", args=[mention.message.topic.workspace.slug, mention.message.topic_id])
            + f"?at={mention.message.position}#message-{mention.message_id}",
        }
        for mention in called.order_by("-message__created_at")[:MENTIONS_SHOWN]
    ]


def day(moment):
    return date(timezone.localdate(moment))


def date(on):
    """A day as people say it: “Tuesday” within a week, else “March 3”."""
    days = (on - timezone.localdate()).days
    named = {0: "today", 1: "tomorrow", -1: "yesterday"}
    if days in named:
        return named[days]
    return f"{on:%A}" if -7 < days < 7 else f"{on:%B %-d}"
