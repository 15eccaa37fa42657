"""One table: everything readable, by who may read it. Each row holds a word that nothing else holds; every address of pages and
API is asked as everyone of the cast, and nobody may find a word that is not theirs, wherever they look.

A readable model, a resource of the API or a named address that has no place in the tables fails the test."""

import datetime as dt
import io
import zipfile
from dataclasses import dataclass

import pypdf
import pytest
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.db import models
from django.test import Client, RequestFactory
from django.urls import get_resolver, reverse

from cohorts.actions.administrative_readings import begin_reading, end_reading
from cohorts.actions.agreements import write_agreement
from cohorts.actions.audit import acting_in, record_act, rings_of_person
from cohorts.actions.cohorts import enrol_city
from cohorts.actions.commitments import write_commitment
from cohorts.actions.departures import leave_cohort
from cohorts.actions.feeds import make_feed
from cohorts.actions.guests import invite_guest
from cohorts.actions.hand_overs import hand_over, mark_of
from cohorts.actions.invitations import invite
from cohorts.actions.seats import create_seat
from cohorts.actions.tokens import issue_token
from cohorts.models import AuditEntry, City, OfficeRules, SignOn, SignOnLink, holdings_of, remembering
from mpi.api import router
from policies.actions.appeals import make_appeal
from policies.actions.briefs import draft_brief, redraw
from policies.actions.check_ins import complete_check_in, open_check_in, save_draft, submit_answer
from policies.actions.editions import publish_review, submit_review
from policies.actions.indicators import add_indicator, enter_observation
from policies.actions.readings import submit_reading, take_reading
from policies.actions.study_lists import upload_list
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker, share_tracker
from policies.briefs.compose import brief_sha256, compose_brief
from policies.briefs.drawing import draw_brief, keep
from policies.models import Intervention, RatingChange, Study
from tests.cast import EVERYONE, city, come_in, day_here, pair
from tests.mail_server import whole
from tests.policies.reviewing import begin, make_whole
from workspaces.actions.decisions import mark_agreement
from workspaces.actions.delegations import delegate
from workspaces.actions.mails import choose_mails
from workspaces.actions.pins import pin
from workspaces.actions.reactions import react
from workspaces.actions.sign_offs import decline, propose, sign
from workspaces.actions.topics import open_topic, post_message
from workspaces.mails import planning
from workspaces.mails.sending import send_due
from workspaces.models import Emoji, Mail, MailChoice, SearchEntry, SignedCopy, Standing
from workspaces.reading import UTC
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks
from workspaces.search.kinds import searchables
from workspaces.search.results import read_results

MAYORS, PROSECUTORS = {"ada", "amos", "rhea"}, {"ben", "bea"}
OFFICES = MAYORS | PROSECUTORS
WORKSPACE = OFFICES | {"finn", "nora"}
COHORT = WORKSPACE | {"cleo", "carl", "omar"}
CONVENING = COHORT | {"gus"}
LIBRARY = CONVENING | {"dora", "ivy"}
OUTSIDE = set(EVERYONE) - WORKSPACE
TRAIL = {"ada", "rhea", "ben", "bea"}


@dataclass
class Row:
    """`thing` is read by `readers`, as its queryset says; its `word` is found by `finders`, at `page` and at `api`."""

    thing: models.Model
    readers: set
    word: str = ""
    finders: set | None = None
    page: tuple = ()  # (url name, args)
    api: tuple = ()
    has_own_page: bool = True  # else its page is that of the thing it is in, which more people read
    has_own_api: bool = True
    is_in_api: bool = True  # else the contract has no resource for it, and only pages tell its word
    refusal: int | None = 404  # what everyone else is told; None: 403 or 404, by what else they know
    said_in: models.Model | None = None  # the thing whose words these are, which a search finds in its place

    def __post_init__(self):
        self.finders = self.readers if self.finders is None else self.finders


def request_from(person, address):
    request = RequestFactory(REMOTE_ADDR=address).get("/")
    request.user = person
    return request


def build(cast):
    """`(rows, addresses)`: the table, and for each url name the arguments it is asked with."""
    ada, amos, ben, bea = (cast.standing(name) for name in ("ada", "amos", "ben", "bea"))
    nora, slug, today = cast.standing("nora"), cast.alder.slug, day_here()
    mayors, prosecutors = cast.offices["alder"]
    rows, asked = {}, {}

    def ask(name, *args):
        asked.setdefault(name, [])
        if args not in asked[name]:
            asked[name].append(args)
        return name, args

    def row(label, thing, readers, word="", finders=None, page=(), api=(), **more):
        rows[label] = Row(thing, readers, word, finders, page and ask(*page), api and ask(*api), **more)
        return thing

    # discussion, in every ring
    rings = [
        ("workspace", ada, WORKSPACE, "workspace", None, "amaranth"),
        ("both offices", ada, OFFICES, "offices", None, "bergamot"),
        ("mayor’s office", amos, MAYORS, "office", mayors, "celandine"),
        ("prosecutor’s office", bea, PROSECUTORS, "office", prosecutors, "dandelion"),
        ("cohort", Standing.of(cast.cleo, cast.cohort.workspace), COHORT, "workspace", None, "edelweiss"),
        ("convening", Standing.of(cast.cleo, cast.convening.workspace), CONVENING, "workspace", None, "hellebore"),
    ]
    for ring, standing, readers, audience, office, word in rings:
        place = standing.workspace.slug
        topic = open_topic(standing, title=f"The {word} topic", audience=audience, office=office)
        message, _ = post_message(topic, standing, body=f"Words of {word}fold")
        row(
            f"topic, {ring}",
            topic,
            readers,
            f"{word} topic",
            page=("workspaces:topic", place, topic.pk),
            api=("topic-detail", topic.pk),
        )
        for name in ("topic-title", "topic-closing", "topic-reading", "topic-preview"):
            ask(f"workspaces:{name}", place, topic.pk)
        ask("topic-read", topic.pk)
        ask("topic-readers", topic.pk)
        row(
            f"message, {ring}",
            message,
            readers,
            f"{word}fold",
            page=("workspaces:topic", place, topic.pk),
            api=("message-detail", message.pk),
        )
        for name in (
            "message",
            "message-removal",
            "message-tools",
            "message-history",
            "message-reactions",
            "message-pin",
            "message-cards",
            "message-agreement",
        ):
            ask(f"workspaces:{name}", place, message.pk)
        ask("message-revisions", message.pk)
        for name in ("message-reactions", "message-put-pin", "message-cards"):
            ask(name, message.pk)
        pin(message, standing)
        row(f"pin, {ring}", message.pin, readers)
        react(message, standing, Emoji.YES)
        row(f"reaction, {ring}", message.reactions.get(), readers)
        row(f"stream, {ring}", message.stream, readers)
    both = open_topic(ada, title="What they agree on", audience="offices")
    decision = mark_agreement(post_message(both, ada, body="We agree on the amethyst.")[0], ada)
    at = {"page": ("workspaces:decisions", slug), "has_own_page": False, "api": ("decision-detail", decision.pk)}
    row("decision", decision, OFFICES, "amethyst", said_in=decision.message, **at)
    for name in ("decision-confirmation", "decision-removal"):
        ask(f"workspaces:{name}", slug, decision.pk)
    ask("decision-confirm", decision.pk)
    topic = open_topic(ada, title="Who is called")
    row("mention", post_message(topic, ada, body="@Ben")[0].mentions.get(), WORKSPACE)
    for place in (slug, cast.cohort.workspace.slug, cast.convening.workspace.slug):
        for name in ("detail", "topic-new", "people"):
            ask(f"workspaces:{name}", place)
        ask("workspace-detail", place)
        ask("workspace-unread", place)
        ask("workspace-events", place)

    # trackers and what is in them
    tracker = open_tracker(ada, decided_by="joint", title="The fuchsia tracker", problem_statement="About gentian")
    own = open_tracker(ada, decided_by="mayor", title="The heather tracker")
    at = {"page": ("policies:tracker", slug, tracker.pk), "api": ("tracker-detail", tracker.pk)}
    row("tracker", tracker, WORKSPACE, "gentian", **at)
    row(
        "tracker of one office",
        own,
        WORKSPACE,
        "heather",
        page=("policies:tracker", slug, own.pk),
        api=("tracker-detail", own.pk),
    )
    shared = open_tracker(ada, decided_by="joint", title="The iris tracker", problem_statement="About jasmine")
    with acting_in(request_from(cast.ada, "203.0.113.1")):
        share_tracker(shared, ada)
    row(
        "tracker shared with the cohort",
        shared,
        WORKSPACE,
        "iris tracker",
        COHORT,
        page=("policies:shared-tracker", cast.cohort.slug, shared.pk),
        api=("api-shared-tracker", cast.cohort.slug, shared.pk),
    )
    for each in (tracker, shared):
        for name in (
            "tracker",
            "tracker-edit",
            "tracker-history",
            "tracker-move",
            "tracker-share",
            "action-new",
            "indicator-new",
        ):
            ask(f"policies:{name}", slug, each.pk)
        ask("policies:shared-tracker", cast.cohort.slug, each.pk)
        ask("api-shared-tracker", cast.cohort.slug, each.pk)
        ask("tracker-detail", each.pk)
    actions = {
        "action": add_action(tracker, ada, title="Call the kalmia", office="joint"),
        "action of one office": add_action(tracker, bea, title="Call the lavender", office="prosecutor"),
        "suggested action": add_action(tracker, nora, title="Call the magnolia", office="mayor", status="suggested"),
    }
    for label, action in actions.items():
        word = action.title.split()[-1]
        row(label, action, WORKSPACE, word, page=("policies:action", slug, action.pk), api=("action-detail", action.pk))
        for name in ("action-step", "action-answer", "action-order", "action-remove"):
            ask(f"policies:{name}", slug, action.pk)
    indicator = add_indicator(ada, tracker, name="Narcissus a month", unit="cases", direction="decrease", frequency="monthly")
    row(
        "indicator",
        indicator,
        WORKSPACE,
        "Narcissus",
        page=("policies:indicator", slug, indicator.pk),
        api=("indicator-detail", indicator.pk),
    )
    for name in ("indicator-edit", "indicator-release", "indicator-import", "observation-new"):
        ask(f"policies:{name}", slug, indicator.pk)
    ask("indicator-import", indicator.pk)
    figures = [
        ("figure, released", ada, WORKSPACE, "oleander", {"is_released": True}, 1),
        ("figure, mayor’s office’s own", amos, MAYORS, "peony", {}, 2),
        ("figure, prosecutor’s office’s own", bea, PROSECUTORS, "quince", {}, 3),
    ]
    for label, standing, readers, word, told, month in figures:
        period = {"period_start": dt.date(2026, month, 1), "period_end": dt.date(2026, month, 28)}
        figure = enter_observation(indicator, standing, value=40 + month, note=f"Counted by {word}", **period, **told)
        at = {"page": ("policies:indicator", slug, indicator.pk), "api": ("observation-detail", figure.pk)}
        row(label, figure, readers, word, has_own_page=False, **at)
        for name in ("observation-edit", "observation-release", "observation-remove"):
            ask(f"policies:{name}", slug, figure.pk)
    refused = propose(amos, "stage_change", shared.pk, rationale="Because of rosemary", to_stage="preparation")
    refused = decline(refused, ben, seen=refused.content_sha256, reason="Because of saffron")
    proposed = propose(amos, "stage_change", tracker.pk, rationale="Because of tansy", to_stage="preparation")
    for label, sign_off, word in (
        ("sign-off, open", proposed, "tansy"),
        ("sign-off, declined", refused, "rosemary"),
        ("sign-off, its reason", refused, "saffron"),
    ):
        row(
            label,
            sign_off,
            WORKSPACE,
            word,
            page=("workspaces:sign-off", slug, sign_off.pk),
            api=("signoff-detail", sign_off.pk),
        )
        for name in ("sign-off-refusal", "sign-off-withdrawal"):
            ask(f"workspaces:{name}", slug, sign_off.pk)
        for name in ("sign", "decline", "withdraw"):
            ask(f"signoff-{name}", sign_off.pk)

    # check-ins: a draft, one in, both in, both in for the researcher alone
    moments = [
        ("a draft", [("mayor’s", amos, "ursinia", "draft", MAYORS)]),
        ("one in", [("mayor’s", amos, "valerian", "offices", MAYORS | {"nora"})]),
        (
            "both in",
            [
                ("mayor’s", amos, "wisteria", "offices", OFFICES | {"nora"}),
                ("prosecutor’s", bea, "xylobium", "offices", PROSECUTORS | {"ada", "amos", "nora"}),
            ],
        ),
        (
            "both in, for the researcher",
            [
                ("mayor’s", amos, "yarrow", "researcher", MAYORS | {"nora"}),
                ("prosecutor’s", bea, "zinnia", "researcher", PROSECUTORS | {"nora"}),
            ],
        ),
    ]
    for days, (moment, given) in enumerate(moments, 1):
        check_in = open_check_in(nora, scheduled_for=today + dt.timedelta(days), trackers=[tracker])
        page, api = ("policies:check-in", slug, check_in.pk), ("checkin-detail", check_in.pk)
        row(f"check-in, {moment}", check_in, WORKSPACE, page=page, api=api)
        for whose, standing, word, audience, readers in given:
            values = {question["key"]: (question["choices"] or [f"Our {word}"])[0] for question in check_in.template.questions}
            if audience == "draft":
                answer = save_draft(check_in, standing, values=values)
            else:
                answer = submit_answer(check_in, standing, values=values, audience=audience)
            if audience == "draft":
                page = ("policies:check-in-answer", slug, check_in.pk)
            inside = {"has_own_page": False, "has_own_api": False}
            row(f"answer, {moment}, {whose}", answer, readers, word, page=page, api=api, **inside)
        for name in ("check-in-edit", "check-in-answer", "check-in-complete"):
            ask(f"policies:{name}", slug, check_in.pk)
        ask("policies:check-in-follow-up", slug, check_in.pk, 0)
        for name in ("answer", "complete"):
            ask(f"checkin-{name}", check_in.pk)
    complete_check_in(
        check_in,
        nora,
        version=1,
        summary="They spoke of acanthus.",
        fidelity="high",
        confidence="low",
        follow_ups=["Ask begonia"],
    )
    row("check-in’s summary", check_in, WORKSPACE, "acanthus", page=page, api=api)
    row("check-in’s follow-up", check_in, WORKSPACE, "begonia", page=page, api=api)

    # offices, their seats, who signs for them, and what a signer keeps
    for label, office in (("mayor’s", mayors), ("prosecutor’s", prosecutors)):
        row(f"office, {label}", office, WORKSPACE, page=("workspaces:office", office.pk))
        ask("workspaces:delegations", office.pk)
        ask("workspaces:office-election", office.pk)
        rules = OfficeRules.objects.create(office=office)
        at = {"page": ("cohorts:office-rules", office.pk), "refusal": None, "is_in_api": False}
        row(f"rules of an office, {label}", rules, MAYORS if office == mayors else PROSECUTORS, **at)
        told = {"name": f"The {office.kind} laburnum", "issuer": "https://login.example.org", "client_id": "mpi"}
        sign_on = SignOn.objects.create(pk=office.pk, office=office, **told)
        at = {"page": ("cohorts:office-sign-on", office.pk), "has_own_page": False, "is_in_api": False}
        readers = MAYORS if office == mayors else PROSECUTORS
        row(f"sign-on of an office, {label}", sign_on, readers, f"{office.kind} laburnum", readers | {"ivy"}, **at)
        for name in ("office-sign-on-demand", "office-sign-on-removal", "sign-on-link", "sign-on-unlinking"):
            ask(f"cohorts:{name}", office.pk)
        ask("cohorts:office-sign-on-unlinking", office.pk, cast.ada.pk)
        ask("cohorts:sign-on-release", office.pk)
    told = {"name": "The League mimulus", "issuer": "https://login.example.org", "client_id": "mpi"}
    sign_on = SignOn.objects.create(pk=cast.cohort.pk, cohort=cast.cohort, **told)
    at = {"page": ("cohorts:cohort-sign-on", cast.cohort.slug), "has_own_page": False, "is_in_api": False}
    row("sign-on of a cohort", sign_on, {"finn"}, "League mimulus", {"finn", "nora", "omar", "ivy"}, **at)
    ask("cohorts:cohort-sign-on-removal", cast.cohort.slug)
    told = {"sign_on": SignOn.objects.get(pk=mayors.pk), "issuer": "https://login.example.org", "subject": "ada.work"}
    row("link to a sign-on", SignOnLink.objects.create(person=cast.ada, **told), {"ada"})
    ask("cohorts:sign-ons")
    ask("cohorts:administration-sign-ons")
    for name in ("ada", "amos", "ben", "bea"):
        ask("policies:seat-hand-over", cast.seats[name].pk)
    handed_over = [
        ("mayor’s", ada, MAYORS, "hyssop", cast.gus),
        ("prosecutor’s", ben, PROSECUTORS, "lobelia", cast.dora),
    ]
    for label, who, readers, word, successor in handed_over:
        desk = create_seat("staff", "Desk", office=who.office)
        told = {"successor": successor, "on": today + dt.timedelta(days=30), "note": f"Water the {word}."}
        passed = hand_over(desk, who.person, seen=mark_of(None, None), **told)
        row(f"hand-over, {label}", passed, readers, word, page=("policies:hand-over", passed.pk), is_in_api=False)
        row(f"delegation, {label}", delegate(desk, who.person, kinds=["stage_change"], until=today), readers)
    ask("workspaces:leaving", mayors.pk, slug)
    elsewhere = enrol_city(cast.other, cast.alder.enrolment.city, mayors, prosecutors)
    left = leave_cohort(elsewhere, mayors, cast.ada, reason="Because of orpine")
    at = {"page": ("workspaces:office", mayors.pk), "has_own_page": False, "is_in_api": False}
    row("departure", left, OFFICES, "orpine", **at)
    move = propose(amos, "stage_change", shared.pk, rationale="Because of myrtle", to_stage="preparation")
    signed = sign(move, ada, seen=move.content_sha256, reservation="But for nigella")
    row("signature’s reservation", signed, WORKSPACE, "nigella", page=("workspaces:sign-off", slug, move.pk))
    ask("workspaces:signed-copies")
    copy = SignedCopy.objects.get(sign_off=signed)
    row("signed copy", copy, {"ada"}, page=("workspaces:signed-copy", copy.pk))

    # the participation agreement, and a pair that has yet to sign it: nothing there is visible but the proposal to sign
    agreement = write_agreement(cast.cohort, cast.finn, text="We keep hollyhock.", edition=1)
    at = {"page": ("workspaces:cohort-agreement", "first"), "api": ("agreement-detail", agreement.pk)}
    row("agreement of a cohort", agreement, COHORT, "hollyhock", **at)
    ask("workspaces:cohort-agreement-new", "first")
    ask("workspaces:agreement", slug)
    dover = city("dover")
    pending = enrol_city(cast.cohort, dover, *pair(dover), by=cast.finn)
    to_sign = pending.workspace.sign_offs.get()
    at = {"page": ("workspaces:sign-off", "dover-ny", to_sign.pk), "api": ("signoff-detail", to_sign.pk)}
    row("sign-off of a pending pair", to_sign, {"finn"}, **at)
    row("pending pair", pending, set())
    row("workspace of a pending pair", pending.workspace, set())
    row("stream of a pending pair", pending.workspace.streams.get(audience="workspace"), {"finn"})
    row("stream of both offices of a pending pair", pending.workspace.streams.get(audience="offices"), set())

    # briefs, convenings, commitments, and what all of it stands in
    period = {"period_start": today - dt.timedelta(60), "period_end": today}
    brief = draft_brief(ada, narrative="We saw camellia.", **period)
    content = compose_brief(brief)
    keep(brief, content, brief_sha256(content), None)
    row("brief", brief, WORKSPACE, "camellia", page=("policies:brief", slug, brief.pk), api=("brief-detail", brief.pk))
    for name in ("brief-pdf", "brief-words", "brief-draw"):
        ask(f"policies:{name}", slug, brief.pk)
    convening = cast.convening
    convening.description = "On delphinium"
    convening.save()
    row(
        "convening",
        convening,
        CONVENING,
        "September convening",
        page=("policies:convening", "first", "september"),
        api=("convening-detail", convening.pk),
    )
    for name in ("convening-edit", "convening-answer", "commitments"):
        ask(f"policies:{name}", "first", "september")
    ask("policies:convening-new", "first")
    ask("cohorts:convening-calendar", "first", "september")
    ask("convening-rsvp", convening.pk)
    commitment = write_commitment(amos, convening, cast.alder.enrolment, text="We will plant eucalyptus.")
    row(
        "commitment",
        commitment,
        WORKSPACE,
        "eucalyptus",
        has_own_page=False,
        page=("policies:convening", "first", "september"),
        api=("commitment-detail", commitment.pk),
    )
    for name in ("commitment-accept", "commitment-edit", "commitment-action"):
        ask(f"policies:{name}", commitment.pk)
        if name != "commitment-edit":
            ask(name, commitment.pk)
    # who is invited
    asking = {"email": "new@example.org", "office": mayors, "role": "staff", "title": "Keeper of sagebrush"}
    invitation = invite(cast.ada, **asking)
    at = {"page": ("cohorts:office-invitations", mayors.pk), "refusal": None, "is_in_api": False}
    row("invitation of an office", invitation, {"ada"}, "sagebrush", **at)
    asking = {"email": "new@example.org", "cohort": cast.cohort, "role": "researcher", "title": "Student of thimbleweed"}
    invited = invite(cast.finn, **asking)
    at["page"] = ("cohorts:cohort-invitations", "first")
    row("invitation of a cohort", invited, {"finn", "ivy"}, "thimbleweed", **at)
    last = {"ends_on": today + dt.timedelta(days=30)}
    guest = invite_guest(cast.convening, cast.finn, email="guest@example.org", title="Friend of trillium", **last)
    at["page"] = ("cohorts:convening-guests", "first", "september")
    row("invitation of a guest", guest, {"finn"}, "trillium", **at)
    ask("cohorts:convening-guest-new", "first", "september")
    ask("cohorts:guest-end", cast.seats["gus"].terms.get().pk)
    ask("cohorts:office-invitation-new", mayors.pk)
    for name in ("cohort-invitation-new", "cohort-invitations-file", "enrolment-new"):
        ask(f"cohorts:{name}", "first")
    for name in ("invitation-resend", "invitation-revoke"):
        ask(f"cohorts:{name}", invitation.pk)
    for name in ("welcome", "welcome-here"):
        ask(f"cohorts:{name}")
    # what administrators keep, and what they read for a reason
    read = end_reading(begin_reading(cast.alder.enrolment, cast.ivy, reason="Ada asks about her figures."), cast.ivy)
    row("administrative reading", read, WORKSPACE | {"ivy"})
    ask("cohorts:reading-end", read.pk)
    for name in ("administration", "accounts", "administration-offices", "administration-cohorts", "administration-cohort-new"):
        ask(f"cohorts:{name}")
    for name in ("administration-office", "administration-hand-over"):
        ask(f"cohorts:{name}", mayors.pk)
    ask("cohorts:account", cast.ada.pk)
    ask("cohorts:account-step", cast.ada.pk, "sessions")
    ask("cohorts:administration-cohort", "first")
    ask("cohorts:staff", "first")
    ask("cohorts:staff-end", "first", cast.seats["nora"].terms.get().pk)
    ask("cohorts:researcher-cities", "first", cast.seats["nora"].pk)
    for name in KNOWN_TO_ADMINISTRATORS:
        ask(name, slug)
    intervention = Intervention.objects.create(slug="foxglove", name="Foxglove reminders", summary="It reminds.", lead="joint")
    Study.objects.create(intervention=intervention, position=0, title="A trial", outcome="appearance", direction="null")
    row(
        "intervention",
        intervention,
        LIBRARY,
        "Foxglove",
        refusal=403,  # that there is a library is no secret
        page=("policies:intervention", "foxglove"),
        api=("intervention-detail", "foxglove"),
    )
    ask("policies:review-new", "foxglove")
    ask("policies:reviews")
    reviews = [
        ("draft", begin(cast.nora, intervention, title="On lungwort"), {"nora"}, None),
        ("in review", begin(cast.nora, intervention, title="On meadowsweet"), {"nora", "omar"}, None),
        ("published", begin(cast.omar, intervention, title="On cinquefoil"), LIBRARY, 403),
    ]
    for state, review, readers, refusal in reviews:
        at = {"page": ("policies:review", review.pk), "api": ("evidencereview-detail", review.pk), "refusal": refusal}
        if state == "published":
            open_tracker(ada, intervention=intervention, title="Reminders here")
            review = make_whole(review, cast.omar)
            publish_review(review, cast.omar, version=review.version)
            row("rating that changed", RatingChange.objects.get(), WORKSPACE)
        elif state == "draft":
            make_whole(review, cast.nora)
        else:
            review = make_whole(review, cast.nora)
            submit_review(review, cast.nora, version=review.version)
            rating = {"rating": "effective", "direction": "null", "certainty": "low", "reason": "Because of samphire."}
            reading = take_reading(review, cast.omar)
            told = {"conflicts_of_interest": "none", "ratings": {"failure to appear": rating}}
            submit_reading(reading, cast.omar, **told, remarks="It is for samphire.")
            at_own = {"page": ("policies:reading", review.pk, reading.pk), "refusal": None}
            row("second reading, the other not in yet", reading, {"omar"}, "samphire", **at_own)
            ask("policies:reading-give-back", review.pk, reading.pk)
        row(f"evidence review, {state}", review, readers, review.title.split()[-1], **at)
        for name in (
            "edit",
            "declaration",
            "author-new",
            "study-new",
            "library-studies",
            "study-doi",
            "list-new",
            "outcome-new",
        ):
            ask(f"policies:review-{name}", review.pk)
        ask("policies:review-export", review.pk, "ris")
        ask("policies:appeal-new", review.pk)
        if state == "published":
            appeal = make_appeal(review, cast.amos, body="You missed the study on loosestrife.")
            row(
                "appeal against a review",
                appeal,
                LIBRARY,
                "loosestrife",
                refusal=403,
                page=("policies:review", review.pk),
                is_in_api=False,
            )
            ask("policies:appeal-answer", review.pk, appeal.pk)
        ask("policies:review-look-up", review.pk, review.studies.first().pk)
        if state == "draft":
            found = upload_list(review, cast.nora, name="x.ris", data=b"TY  - JOUR\nTI  - Of lungwort\nER  - \n")
            ask("policies:review-list", review.pk, found.pk)
        for name in ("publish", "next", "discard", "submit", "return"):
            ask(f"policies:review-{name}", review.pk)
        ask("policies:readings", review.pk)
        for name in ("submit", "return", "readings", "publish"):
            ask(f"evidencereview-{name}", review.pk)
        for name in ("study", "study-edit", "study-remove"):
            ask(f"policies:review-{name}", review.pk, review.studies.first().pk)
        for name in ("outcome", "outcome-remove"):
            ask(f"policies:review-{name}", review.pk, review.outcomes.get().pk)
    row("workspace of a city", cast.alder, WORKSPACE, page=("workspaces:detail", slug), api=("workspace-detail", slug))
    row(
        "workspace of a cohort",
        cast.cohort.workspace,
        COHORT,
        page=("workspaces:detail", "first"),
        api=("workspace-detail", "first"),
    )
    row(
        "workspace of a convening",
        convening.workspace,
        CONVENING,
        page=("workspaces:detail", "first-september"),
        api=("workspace-detail", "first-september"),
    )
    row("cohort", cast.cohort, COHORT, page=("policies:cohort", "first"), api=("cohort-detail", "first"))
    row("enrolment", cast.alder.enrolment, WORKSPACE)
    row("city", City.objects.get(slug="alder-ny"), COHORT, api=("city-detail", "alder-ny"))
    # the audit trail: the pair's, each office's own, the platform's
    act = AuditEntry.objects.get(action="tracker.shared", of=None)
    beside = AuditEntry.objects.get(of=act)
    inside = {"page": ("workspaces:audit", slug), "has_own_page": False}
    one = inside | {"api": ("auditentry-detail", act.pk)}
    row("act on a shared thing", act, TRAIL, "shared the tracker “The iris", **one)
    row("network address of it", beside, {"ada", "rhea"}, "203.0.113.1", **one, has_own_api=False)
    doors = [("amos", {"ada", "rhea"}), ("bea", {"ben", "bea"}), ("finn", {"ivy"}), ("otto", {"ivy"})]
    for number, (name, readers) in enumerate(doors, 2):
        with acting_in(request_from(getattr(cast, name), f"203.0.113.{number}")):
            record_act("sign_in.done", *rings_of_person(getattr(cast, name)))
        entry = AuditEntry.objects.get(address=f"203.0.113.{number}")
        page = {"page": ("workspaces:platform-audit",)} if entry.chain.is_platform else {}
        one = inside | page | {"api": ("auditentry-detail", entry.pk)}
        row(f"sign-in of {name}", entry, readers, f"203.0.113.{number}", **one)
    ask("workspaces:platform-audit-csv")
    for place in (slug, cast.cohort.workspace.slug, cast.convening.workspace.slug):
        for name in ("audit", "audit-csv"):
            ask(f"workspaces:{name}", place)
    for label, ring in (("topic", "workspace"), ("message", "both offices"), ("message", "mayor’s office")):
        thing = rows[f"{label}, {ring}"]
        entry = SearchEntry.objects.get(kind=label, object_id=thing.thing.pk)
        row(f"search entry of a {label}, {ring}", entry, thing.readers)
    ask("workspaces:search-everywhere")
    ask("workspaces:search", slug)
    ask("workspaces:search", "first")
    ask("search")
    for name in ("trackers", "tracker-new", "briefs", "brief-new", "check-ins", "check-in-new"):
        ask(f"policies:{name}", slug)
    token, _ = issue_token(cast.ada, name="For the sheet", scope="read", days=30)
    row("token", token, {"ada"})
    ask("cohorts:token-revocation", token.pk)
    feed, _ = make_feed(cast.ada, name="For the yellowwood")
    row("calendar feed", feed, {"ada"}, "yellowwood", page=("cohorts:feeds",), has_own_page=False, is_in_api=False)
    ask("cohorts:feed-revocation", feed.pk)
    ask("cohorts:feed-new")
    session = UserSession.objects.create(user=cast.ada, ip="192.0.2.77", session_key="elsewhere", user_agent="Firefox")
    ask("cohorts:session-end", session.pk)
    for name in ("settings", "sessions", "tokens", "token-new"):
        ask(f"cohorts:{name}")
    choice = choose_mails(cast.ada, cast.alder, mentions="never")
    row("what one gets by mail", choice, {"ada"}, page=("workspaces:mail-choice", slug), has_own_page=False, is_in_api=False)
    for name in ("mail-choices", "mail-everywhere"):
        ask(f"workspaces:{name}")
    ask("workspaces:mail-same", slug)
    ask("policies:library")
    ask("home")
    ask("installation")
    ask("me")
    ask("cockpit", "first")
    for name in [url.name for url in router.urls if url.name.endswith("-list")]:
        ask(name)
    return rows, asked


OPEN = {  # addresses that hold nothing of anyone's: signing in and out, health, the description of the API
    *("account_login", "account_logout", "account_signup", "account_inactive", "account_change_password"),
    *("account_reset_password", "account_reset_password_done", "account_reset_password_from_key"),
    *("account_reset_password_from_key_done", "account_set_password", "account_reauthenticate"),
    *("account_request_login_code", "account_confirm_login_code", "cohorts:session"),
    *("mfa_index", "mfa_authenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_login_webauthn"),
    *("mfa_activate_totp", "mfa_deactivate_totp", "mfa_list_webauthn", "mfa_add_webauthn"),
    *("mfa_edit_webauthn", "mfa_remove_webauthn"),
    *("mfa_view_recovery_codes", "mfa_generate_recovery_codes", "mfa_download_recovery_codes"),
    *("healthz", "readyz", "schema", "api-docs"),
    *("cohorts:invitation", "cohorts:confirmation"),  # who has the link knows; tests of invitations say what it shows
    # to an office's provider and back, for whoever is not signed in yet; tests of sign-ons say what each shows
    *("cohorts:sign-on", "cohorts:sign-on-find", "cohorts:sign-on-begin", "cohorts:sign-on-answer", "cohorts:sign-on-again"),
    *("cohorts:sign-on-needed", "cohorts:sign-on-link-needed", "cohorts:invitation-sign-on"),
    "policies:calendar-feed",  # who has the address reads it; below, each person's own is asked
    "cohorts:mailbox",  # of the demonstration alone
    "workspaces:mail-inbound",  # a mail service's, by its password
    "workspaces:mail-stop",  # who has the address stops a mail; tests of mails say what it shows
}
KNOWN_TO_ADMINISTRATORS = {"cohorts:reading-new", "cohorts:enrolment-end"}  # that there is such a city, not what it does
FILES = {  # addresses of what is no page and no JSON; who reads each is told by `readers_of_files`
    "policies:brief-pdf": "application/pdf",
    "policies:review-export": "application/x-research-info-systems",
    "workspaces:audit-csv": "text/csv",
    "workspaces:platform-audit-csv": "text/csv",
    "cohorts:convening-calendar": "text/calendar",
}
EVERYTHING = "?q=after:1900"  # of what a search finds
QUERIES = {
    "workspace-events": [f"?stream={name}&after=0" for name in ("workspace", "offices", "office")],
    "search": [f"{EVERYTHING}&page_size=200"],
    "workspaces:search": [f"{EVERYTHING}&page={page}" for page in range(1, 5)],
    "workspaces:search-everywhere": [f"{EVERYTHING}&page={page}" for page in range(1, 5)],
}
EVERY = {"?page_size=200", "?page_size=200&workspace=alder-ny"}  # lists are asked with and without a filter


@pytest.fixture
def table(cast):
    return build(cast)


def is_api(name):
    return ":" not in name and name not in {"home", "installation"}


def addresses(asked, of_api):
    for name, calls in asked.items():
        if is_api(name) == of_api:
            for args in calls:
                for query in EVERY if name.endswith("-list") else QUERIES.get(name, [""]):
                    yield reverse(name, args=args) + query


def text_of(response):
    """Everything that an answer says: its headers, and its body however it is packed."""
    content = b"".join(response.streaming_content) if response.streaming else response.content
    told = [f"{name}: {value}" for name, value in response.headers.items()]
    if content.startswith(b"%PDF"):
        told += [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]
    elif content.startswith(b"PK\x03\x04"):  # an archive, or a sheet, which is one
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            told += [name + archive.read(name).decode(errors="replace") for name in archive.namelist()]
    elif response.headers.get("Content-Type", "").startswith("text/calendar"):
        told.append(content.decode().replace("\r\n ", ""))
    else:
        told.append(content.decode(errors="replace"))
    return "\n".join(told)


def names(patterns, space=""):
    for pattern in patterns:
        if hasattr(pattern, "url_patterns"):
            inner = f"{pattern.namespace}:" if pattern.namespace else ""
            yield from names(pattern.url_patterns, space + inner)
        elif pattern.name:
            yield space + pattern.name


def asked_by(client, asked, of_api):
    """What every address answers: `{address: (status, text)}`."""
    answers = {address: client.get(address) for address in addresses(asked, of_api)}
    kinds = {answer.headers.get("Content-Type", "").partition(";")[0] for answer in answers.values()}
    assert kinds <= {"", "text/html", "application/json", *FILES.values()}, "a file’s address goes into FILES"
    return {address: (answer.status_code, text_of(answer)) for address, answer in answers.items()}


def found_in(answers, rows):
    """Labels of the rows whose word stands in any of the answers."""
    shown = "\n".join(text for _, text in answers.values())
    return {label for label, row in rows.items() if row.word and row.word in shown}


def querysets_that_err(cast, rows, people=EVERYONE):
    """`[(who, label)]` where a row is among what somebody may see and they are not its reader, or the other way round."""
    wrong = []
    for person in people:
        kinds = {type(row.thing) for row in rows.values()}
        seen = {kind: set(kind.objects.visible_to(getattr(cast, person)).values_list("pk", flat=True)) for kind in kinds}
        for label, row in rows.items():
            if (row.thing.pk in seen[type(row.thing)]) != (person in row.readers):
                wrong.append((person, label))
    return wrong


def test_the_queryset_says_who(cast, table):
    rows, _ = table
    assert querysets_that_err(cast, rows) == []


@pytest.mark.parametrize("people", [EVERYONE[::2], EVERYONE[1::2]], ids=["one-half", "other-half"])  # for two workers
@pytest.mark.parametrize("of_api", [False, True], ids=["pages", "api"])
def test_no_address_shows_a_word_to_anyone_else(cast, table, of_api, people):
    """And each thing is at its own address for whom it is there, and a 404 for the others."""
    rows, asked = table
    assert addresses_that_err(cast, rows, asked, of_api, people) == []


def addresses_that_err(cast, rows, asked, of_api, people):
    """`[(who, label, what)]`: a word found or not found, or a status, otherwise than the table says."""
    wrong = []
    for person in people:
        client = Client()
        come_in(client, getattr(cast, person))
        answers = asked_by(client, asked, of_api)
        found = found_in(answers, rows)
        for label, row in rows.items():
            finders = row.finders if row.is_in_api or not of_api else set()
            if row.word and (label in found) != (person in finders):
                wrong.append((person, label, "found" if label in found else "not found"))
            name, args = (row.api if of_api else row.page) or ("", ())
            if name and (row.has_own_api if of_api else row.has_own_page):
                status = answers[reverse(name, args=args)][0]
                refused = {403, 404} if row.refusal is None else {row.refusal}
                if status not in ({200} if person in row.finders else refused):
                    wrong.append((person, label, status))
    return wrong


def test_a_search_for_a_word_finds_it_for_its_readers_alone(cast, table):
    """What cannot be searched for is found by nobody, and the whole index holds nothing that the last page does not show."""
    rows, _ = table
    searched = {kind.model for kind in searchables()}
    assert {type(row.thing) for row in rows.values()} >= searched
    wrong = []
    for name in EVERYONE:
        with remembering():  # as a request does: what one holds is read once
            wrong += searches_that_err(name, getattr(cast, name), rows, searched)
    assert wrong == []


def searches_that_err(name, person, rows, searched):
    """`[(who, label, what was found)]`, otherwise than the table says."""
    wrong = []
    assert SearchEntry.objects.visible_to(person).count() <= 80  # four pages of twenty
    for label, row in rows.items():
        if row.word:
            asked = understand(f'"{row.word}"', known_marks(), UTC)
            found = {each.id: each for each in read_results(list(find(person, asked)), person, asked)}
            thing = row.said_in or row.thing
            if type(thing) in searched:
                said = thing.pk in found and "".join(t for t, _ in found[thing.pk].title + found[thing.pk].excerpt)
                if (row.word in (said or "")) != (name in row.finders):
                    wrong.append((name, label, said))
            elif found:
                wrong.append((name, label, found))
    return wrong


def feeds_that_err(cast, rows, people=EVERYONE):
    """`[(whose feed, label)]`: a word in it that an office or the two offices keep, or a convening that is not theirs."""
    wrong = []
    for person in [who for who in people if holdings_of(getattr(cast, who)).terms]:
        _, token = make_feed(getattr(cast, person))
        answer = Client().get(reverse("policies:calendar-feed", args=[token]))
        assert answer.status_code == 200
        text = text_of(answer)
        wrong += [(person, label) for label, row in rows.items() if row.word and row.word in text and label != "convening"]
        if ("September convening" in text) != (person in rows["convening"].readers):
            wrong.append((person, "convening"))
    return wrong


def test_no_calendar_feed_shows_a_word_to_anyone_else(cast, table):
    """Nor, whoever fetches it, a word that an office or the two offices keep to themselves."""
    rows, _ = table
    assert feeds_that_err(cast, rows) == []


def readers_of_files(rows):
    """`{address: {its first argument: (who reads it, who is refused it)}}`; for everybody else it is not there."""
    reviews = {state: rows[f"evidence review, {state}"] for state in ("published", "draft", "in review")}
    return {
        "policies:brief-pdf": {"alder-ny": (WORKSPACE, set())},
        "policies:review-export": {each.thing.pk: (each.readers, {"otto"}) for each in reviews.values()},
        "workspaces:audit-csv": {
            "alder-ny": (TRAIL, WORKSPACE),
            "first": (set(), COHORT),
            "first-september": (set(), CONVENING),
        },
        "workspaces:platform-audit-csv": {None: ({"ivy"}, set())},
        "cohorts:convening-calendar": {"first": (CONVENING, set())},
    }


def files_that_err(cast, rows, asked, people=EVERYONE):
    """`[(who, address, place, status or label)]`: a file given or refused otherwise than told, or a word in it."""
    wrong, told = [], readers_of_files(rows)
    words = {label: row for label, row in rows.items() if row.word}
    for person in people:
        client = Client()
        come_in(client, getattr(cast, person))
        for name, kind in FILES.items():
            for args in asked[name]:
                place = args[0] if args else None
                readers, seers = told[name][place]
                answer = client.get(reverse(name, args=args))
                said = text_of(answer)
                if answer.status_code != (200 if person in readers else 403 if person in seers else 404):
                    wrong.append((person, name, place, answer.status_code))
                found = [label for label, row in words.items() if row.word in said and person not in row.finders]
                wrong += [(person, name, place, label) for label in found]
                if answer.status_code == 200:
                    assert answer.headers["Content-Type"].partition(";")[0] == kind
                    assert (rows["brief"].word in said) == (name == "policies:brief-pdf")  # what is packed was unpacked
    return wrong


def test_no_file_shows_a_word_to_anyone_else(cast, table):
    """Every PDF, export and calendar, read as what it is."""
    rows, asked = table
    draw(cast, rows)
    assert files_that_err(cast, rows, asked) == []


def draw(cast, rows):
    brief = redraw(rows["brief"].thing, cast.standing("ada"))
    assert draw_brief(brief.pk)


@pytest.mark.parametrize("mentions", ["at_once", "digest"])
def test_no_mail_holds_a_word_of_an_inner_ring_or_of_anyone_else(cast, table, server, mentions):
    """Of every kind, to everybody: what is new, who is called in every ring, what asks for a signature, and its reminder."""
    rows, _ = table
    MailChoice.objects.all().delete()
    for name in EVERYONE:
        choose_mails(getattr(cast, name), mentions=mentions)
    called = " ".join(f"@{name.capitalize()}" for name in EVERYONE)
    for label in [label for label in rows if label.startswith("message, ")]:
        topic = rows[label].thing.topic
        standing = Standing.of(rows[label].thing.author, topic.workspace)
        post_message(topic, standing, body=f"{called}, {rows[label].word}")
    evening = planning.moment(day_here() + dt.timedelta(days=1), planning.EVENING, cast.ada)
    for now in (None, evening, evening + dt.timedelta(days=4)):
        planning.plan_news(now)
        send_due(now)
    kinds = set(Mail.objects.filter(state="sent").values_list("kind", flat=True))
    assert kinds == {"news", "signature", "reminder"}
    told = {name: "\n".join(whole(mail) for mail in server.to(getattr(cast, name))) for name in EVERYONE}
    travelling = [row.word for row in rows.values() if row.word and row.readers >= WORKSPACE]
    wrong = []
    for name, text in told.items():
        for label, row in rows.items():
            if row.word and row.word in text and (name not in row.finders or row.word not in travelling):
                wrong.append((name, label))
    assert wrong == []
    for label, readers in (("workspace", WORKSPACE), ("cohort", COHORT), ("convening", CONVENING)):
        word = rows[f"message, {label}"].word
        assert {name for name in EVERYONE if word in told[name]} == readers - {
            rows[f"message, {label}"].thing.author.name.lower()
        }
    assert all(
        "Something for you in Alder." in told[name] or "Something more for you in Alder." in told[name] for name in OFFICES
    )


def test_an_outsider_cannot_tell_a_hidden_address_from_one_that_never_was(cast, table):
    _, asked = table
    wrong = []
    for person in sorted(OUTSIDE):
        known = KNOWN_TO_ADMINISTRATORS if person == "ivy" else set()
        client = Client()
        come_in(client, getattr(cast, person))
        for name, calls in asked.items():
            for args in calls:
                if args[:1] == (cast.alder.slug,) and name not in {"city-detail", *known}:
                    there = client.get(reverse(name, args=args))
                    never = client.get(reverse(name, args=("never-was", *args[1:])))
                    if there.status_code not in (404, 405) or there.status_code != never.status_code:
                        wrong.append((person, name, there.status_code, never.status_code))
    assert wrong == []


def test_who_is_not_signed_in_finds_the_door(client, table):
    rows, asked = table
    for of_api in (False, True):
        answers = asked_by(client, asked, of_api)
        assert {status for status, _ in answers.values()} <= ({401} if of_api else {302, 405})
        assert found_in(answers, rows) == set()


def test_nothing_readable_is_left_out(table):
    """A new model with `visible_to`, resource or address fails here until it has its place in the tables above."""
    rows, asked = table
    readable = {model for model in apps.get_models() if hasattr(model._default_manager, "visible_to")}
    assert readable - {type(row.thing) for row in rows.values()} == set(), "Give each a row(…) in build()"
    resources = {viewset.queryset.model for _, viewset, _ in router.registry}
    assert resources - {type(row.thing) for row in rows.values()} == set(), "Give each a row(…, api=(…)) in build()"
    spaces = set(names(get_resolver().url_patterns))
    missing = [f'ask("{name}", *args)' for name in sorted(spaces - OPEN - set(asked))]
    assert missing == [], "Add these to build() in tests/test_who_sees_what.py, or put the name into OPEN and say why"
    assert set(asked) - spaces == set()
