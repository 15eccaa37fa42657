"""What is readable, by whom: one row a thing, each with a word that nothing else holds. `test_who_sees_what` asks for it
at every address; `test_who_does_what`, `test_who_hears_what` and `test_the_tables_can_fail` stand on the same rows."""

import datetime as dt
from dataclasses import dataclass

from allauth.usersessions.models import UserSession
from django.core.files.base import ContentFile
from django.db import models
from django.test import RequestFactory

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
from cohorts.models import AuditEntry, City, OfficeRules, SignOn, SignOnLink
from mpi.api import router
from policies.actions.appeals import make_appeal
from policies.actions.briefs import draft_brief
from policies.actions.check_ins import complete_check_in, open_check_in, save_draft, submit_answer
from policies.actions.editions import publish_review, submit_review
from policies.actions.indicators import add_indicator, enter_observation
from policies.actions.readings import submit_reading, take_reading
from policies.actions.study_lists import upload_list
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker, share_tracker
from policies.briefs.compose import brief_sha256, compose_brief
from policies.briefs.drawing import keep
from policies.models import Intervention, RatingChange, Study
from tests.cast import EVERYONE, city, day_here, pair
from tests.policies.reviewing import begin, make_whole
from tests.sample_files import picture
from workspaces.actions.acknowledgements import acknowledge, ask_to_acknowledge
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import mark_agreement
from workspaces.actions.delegations import delegate
from workspaces.actions.drafts import keep_draft
from workspaces.actions.legal_holds import place_hold
from workspaces.actions.mails import choose_mails
from workspaces.actions.pins import pin
from workspaces.actions.reactions import react
from workspaces.actions.reminders import remind
from workspaces.actions.sealing import take_out
from workspaces.actions.sign_offs import decline, propose, sign
from workspaces.actions.topics import open_topic, post_message
from workspaces.files.drawing import draw_pictures
from workspaces.models import Emoji, SearchEntry, SignedCopy, Standing

MAYORS, PROSECUTORS = {"ada", "amos", "rhea"}, {"ben", "bea"}
OFFICES = MAYORS | PROSECUTORS
WORKSPACE = OFFICES | {"finn", "nora"}
COHORT = WORKSPACE | {"cleo", "carl", "omar"}
CONVENING = COHORT | {"gus"}
LIBRARY = CONVENING | {"dora", "ivy"}
OUTSIDE = set(EVERYONE) - WORKSPACE
TRAIL = {"ada", "rhea", "ben", "bea"}
KNOWN_TO_ADMINISTRATORS = {"cohorts:reading-new", "cohorts:enrolment-end"}  # that there is such a city, not what it does


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
    is_searched: bool = True  # else a search finds it for nobody
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
        files = [attach(topic, standing, file=ContentFile(picture(), name=f"{word}{end}.png")) for end in ("root", "seed")]
        message, _ = post_message(topic, standing, body=f"Words of {word}fold", attachments=[files[0].pk])
        row(
            f"topic, {ring}",
            topic,
            readers,
            f"{word} topic",
            page=("workspaces:topic", place, topic.pk),
            api=("topic-detail", topic.pk),
        )
        for name in ("topic-title", "topic-closing", "topic-reading", "topic-preview", "topic-move"):
            ask(f"workspaces:{name}", place, topic.pk)
        ask("topic-read", topic.pk)
        ask("topic-readers", topic.pk)
        ask("topic-move", topic.pk)
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
        author = standing.person.name.lower()
        for file, state, seen_by in ((files[0], "", readers), (files[1], " not sent", {author})):
            draw_pictures(file.pk)
            at = {"page": ("workspaces:file", place, file.pk), "api": ("attachment-detail", file.pk)}
            row(f"attachment{state}, {ring}", file, seen_by, file.name, is_searched=not state, **at)
            for view in ("file-download", "file-thumbnail", "file-removal"):
                ask(f"workspaces:{view}", place, file.pk)
            ask("workspaces:file-page", place, file.pk, 1)
        message = ask_to_acknowledge(message, standing)
        other = next(who for who in ("amos", "ada", "ben", "carl") if who in readers and who != author)
        acknowledge(message, Standing.of(getattr(cast, other), standing.workspace))
        row(f"acknowledgement, {ring}", message.acknowledgements.get(), readers)
        for name in ("message-acknowledgement", "message-ask-for-acknowledgement"):
            ask(name, message.pk)
        ask("message-move", message.pk)
        ask("workspaces:message-move", place, message.pk)
        ask("workspaces:message-acknowledgements", place, message.pk)
        row(f"reminder, {ring}", remind(message, getattr(cast, other), on=today + dt.timedelta(days=1)), {other})
        ask("workspaces:message-reminder", place, message.pk)
        keep_draft(topic, standing, body=f"Perhaps {word}leaf")
        draft = topic.drafts.get()
        at = {"page": ("workspaces:topic", place, topic.pk), "has_own_page": False, "is_in_api": False}
        row(f"draft, {ring}", draft, {author}, f"{word}leaf", **at)
        ask("workspaces:topic-draft", place, topic.pk)
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
    # what should not be here: its owner's, until they decide; in its place stands that it was taken out
    sealed = [
        ("mayor’s", cast.standing("amos"), {"rhea"}, "houndstongue"),
        ("prosecutor’s", ben, {"ben", "bea"}, "larkspur"),
        ("facilitator’s", cast.standing("finn"), {"finn"}, "motherwort"),
    ]
    for label, standing, readers, word in sealed:
        message, _ = post_message(topic, standing, body=f"Of {word}")
        item = take_out("message", message, ada, why="case")
        at = {"page": ("workspaces:sealed-item", item.pk), "is_in_api": False, "is_searched": False}
        row(f"sealed message, {label}", item, readers, word, **at)
        ask("workspaces:sealed-decision", item.pk)
    ask("workspaces:sealed-items")
    for kind, label in (("message", "message"), ("file", "attachment"), ("title", "topic")):
        for ring, *_ in rings:
            thing = rows[f"{label}, {ring}"].thing
            workspace = (thing if kind == "title" else thing.topic).workspace
            ask("workspaces:take-out", workspace.slug, kind, thing.pk)
            ask(f"{label}-take-out", thing.pk)
    hold = place_hold(mayors, cast.rhea, matter="The suit about mugwort")
    at = {"page": ("workspaces:holds", mayors.pk), "refusal": None, "is_in_api": False}
    row("legal hold", hold, {"rhea"}, "mugwort", **at)
    ask("workspaces:hold-lifting", hold.pk)
    for place in (slug, cast.cohort.workspace.slug, cast.convening.workspace.slug):
        for name in ("detail", "topic-new", "people", "files"):
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
        ask("policies:tracker-file", slug, each.pk, "xlsx")
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
    for name in ("mail-choices", "mail-everywhere", "presence"):
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
