"""The other table: every way to change something, by everybody. Each operation of the API that is not a GET and each form of a
page is tried by everyone of the cast and undone: it is done, it is refused (403), or there is nothing there (404). Whatever the
answer, no word stands in its body or its headers that is not the person's to read.

An operation or a form without a row fails the suite. The row goes into `deeds_of`, beside its nouns' others."""

import datetime as dt
import json
from collections import defaultdict
from dataclasses import dataclass, field
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from django.urls import get_resolver, reverse
from django.utils import timezone
from drf_spectacular.generators import SchemaGenerator

from cohorts.actions.commitments import accept_commitment, write_commitment
from cohorts.actions.tokens import issue_token
from policies.actions.trackers import open_tracker
from tests.cast import EVERYONE, come_in, day_here
from tests.readable import COHORT, CONVENING, MAYORS, OFFICES, PROSECUTORS, WORKSPACE, build
from tests.test_who_sees_what import OPEN, is_api, text_of
from workspaces.actions.topics import open_topic
from workspaces.models import Emoji, Standing

SIGNERS = {"ada", "ben", "bea"}
EDITORS = {"ada", "amos", "ben", "bea"}
WRITERS = EDITORS | {"finn", "nora"}
ALL = set(EVERYONE)
API_DONE, PAGE_DONE = {200, 201, 204}, {200, 204, 302, 422}
ASKED_ELSEWHERE = ("/accounts/login/", "/accounts/reauthenticate/", "/accounts/2fa/", "/people/welcome/")


@dataclass
class Deed:
    """`method` on the address `name` with `args`: done for `doers`, refused to the other `seers`, not there for anybody else.
    `body`: what is sent, or a function of who sends it. `done`: what a doer is told."""

    method: str
    name: str
    args: tuple
    doers: set
    seers: set
    body: object = field(default_factory=dict)
    done: set | None = None
    untried: frozenset = frozenset()  # whose deed would leave the house

    @property
    def address(self):
        return reverse(self.name, args=self.args)

    def expected(self, who):
        if who in self.doers:
            return self.done or (API_DONE if is_api(self.name) else PAGE_DONE)
        return {403} if who in self.seers else {404}

    def done_by(self, client, who):
        body = self.body(who) if callable(self.body) else self.body
        if is_api(self.name) and not any(isinstance(value, SimpleUploadedFile) for value in body.values()):
            return client.generic(self.method, self.address, json.dumps(body, default=str), "application/json")
        return client.post(self.address, body)


def deeds_of(cast, rows, asked):
    """The table. `rows`: what there is, and `asked`: at which addresses, of the table of who sees what."""
    ada, ben, slug, today = cast.standing("ada"), cast.standing("ben"), cast.alder.slug, day_here()
    mayors, prosecutors = cast.offices["alder"]
    deeds = []

    def api(method, name, doers, seers, body=None, *args, **more):
        deeds.append(Deed(method, name, args, set(doers), set(seers), body or {}, **more))

    def page(name, doers, seers, body=None, *args, **more):
        deeds.append(Deed("POST", name, args, set(doers), set(seers), body or {"nonsense": "1"}, **more))

    def there(label):
        thing = rows[label].thing
        thing.refresh_from_db()
        return thing

    def own_office(who):
        return mayors if who in MAYORS else prosecutors

    # discussion: what only reads keeps to reading
    rings = [
        ("workspace", slug, "ada", WORKSPACE),
        ("both offices", slug, "ada", OFFICES),
        ("mayor’s office", slug, "amos", MAYORS),
        ("prosecutor’s office", slug, "bea", PROSECUTORS),
        ("cohort", "first", "cleo", COHORT),
        ("convening", "first-september", "cleo", CONVENING),
    ]
    for ring, place, author, readers in rings:
        writers = readers - {"rhea"}
        topic, message = there(f"topic, {ring}"), there(f"message, {ring}")
        changed = {"version": topic.version, "title": "Changed"}
        api("POST", "message-list", writers, readers, {"topic": topic.pk, "body": "Yes."})
        api("PATCH", "message-detail", {author}, readers, {"version": message.version, "body": "Changed."}, message.pk)
        api("DELETE", "message-detail", {author}, readers, {}, message.pk)
        for method in ("POST", "DELETE"):
            api(method, "message-reactions", writers, readers, {"emoji": Emoji.YES}, message.pk)
            api(method, "message-put-pin", writers, readers, {}, message.pk)
        api("PATCH", "topic-detail", writers, readers, changed, topic.pk)
        api("POST", "topic-read", readers, readers, {"position": 1}, topic.pk)
        yes = lambda who: {"body": "Yes.", "client_id": uuid4()}  # noqa: E731
        page("workspaces:topic", writers, readers, yes, place, topic.pk, done={302})
        page("workspaces:topic-title", writers, readers, changed, place, topic.pk)
        page("workspaces:topic-closing", writers, readers, {"version": topic.version, "is_closed": "1"}, place, topic.pk)
        movers = (EDITORS & readers if place == slug else {author}) | ({"finn"} & readers)
        page("workspaces:topic-move", movers, readers, {"to": "nowhere:workspace"}, place, topic.pk)
        told = {"workspace": "first-september" if place == "first" else "first", "is_confirmed": True}
        theirs = Standing.of(getattr(cast, author), topic.workspace)
        beside = open_topic(theirs, title="Beside it", audience=topic.audience, office=topic.office)
        page("workspaces:message-move", movers | {author}, readers, {"to": beside.pk}, place, message.pk, done={302})
        api("POST", "message-move", movers | {author}, readers, {"topic": beside.pk}, message.pk)
        leavers = movers & SIGNERS if place == slug else movers  # what is a city's leaves it by who signs for it
        api("POST", "topic-move", leavers, readers, told, topic.pk)
        page("workspaces:topic-reading", readers, readers, {"position": 1}, place, topic.pk)
        page("workspaces:topic-draft", writers, readers, {"body": "Perhaps."}, place, topic.pk)
        page("workspaces:topic-preview", readers, readers, {"body": "Yes."}, place, topic.pk)
        api("POST", "message-ask-for-acknowledgement", {author}, readers, {}, message.pk)
        api("POST", "message-acknowledgement", readers - {author}, readers, {}, message.pk)
        page("workspaces:message-acknowledgements", {author}, readers, {"deed": "ask"}, place, message.pk, done={302})
        told = {"deed": "acknowledge"}
        page("workspaces:message-acknowledgements", readers - {author}, readers, told, place, message.pk, done={302})
        page("workspaces:message-reminder", readers, readers, {"when": "tomorrow"}, place, message.pk, done={302})
        upload = lambda who, topic=topic: {"topic": topic.pk, "file": SimpleUploadedFile("notes.txt", b"Yes.")}  # noqa: E731
        api("POST", "attachment-list", writers, readers, upload)
        for label, seers in ((f"attachment, {ring}", readers), (f"attachment not sent, {ring}", {author})):
            api("DELETE", "attachment-detail", {author}, seers, {}, there(label).pk)
            page("workspaces:file-removal", {author}, seers, {}, place, there(label).pk)
        for kind, label in (("message", "message"), ("file", "attachment"), ("title", "topic")):
            thing = there(f"{label}, {ring}")
            api("POST", f"{label}-take-out", readers, readers, {"why": "case"}, thing.pk)
            page("workspaces:take-out", readers, readers, {"why": "case"}, place, kind, thing.pk, done={302})
        page("workspaces:message", {author}, readers, {"body": "Changed.", "version": 1}, place, message.pk)
        page("workspaces:message-removal", {author}, readers, {}, place, message.pk)
        page("workspaces:message-reactions", writers, readers, {"emoji": Emoji.YES}, place, message.pk)
        page("workspaces:message-pin", writers, readers, {"is_pinned": "1"}, place, message.pk)
        page("workspaces:message-agreement", readers & EDITORS if place == slug else (), readers, {}, place, message.pk)
        if ring in ("workspace", "both offices"):
            api("POST", "decision-list", EDITORS, readers, {"message": message.pk})
            told = {"topic": topic.pk, "text": "By phone.", "decided_on": today}
            api("POST", "decision-list", SIGNERS, readers, told)
    for place, writers, readers in (
        (slug, WRITERS, WORKSPACE),
        ("first", COHORT - {"rhea"}, COHORT),
        ("first-september", CONVENING - {"rhea"}, CONVENING),
    ):
        api("POST", "topic-list", writers, readers, {"workspace": place, "title": "New"})
        page("workspaces:topic-new", writers, readers, {}, place)
    mine = {"workspace": slug, "title": "New", "audience": "office"}
    api("POST", "topic-list", EDITORS, WORKSPACE, {"workspace": slug, "title": "New", "audience": "offices"})
    api("POST", "topic-list", EDITORS, WORKSPACE, lambda who: mine | {"office": own_office(who).pk})
    api("POST", "topic-list", {"ada", "amos"}, WORKSPACE, mine | {"office": mayors.pk})
    for label, deciders in (("mayor’s", {"rhea"}), ("prosecutor’s", {"ben", "bea"}), ("facilitator’s", {"finn"})):
        for deed in ("restore", "keep"):
            item = there(f"sealed message, {label}")
            page("workspaces:sealed-decision", deciders, deciders, {"deed": deed}, item.pk, done={302})
    page("workspaces:holds", {"rhea"}, WORKSPACE, {"matter": "A suit"}, mayors.pk, done={302})
    page("workspaces:hold-lifting", {"rhea"}, {"rhea"}, {}, there("legal hold").pk, done={302})
    decision = there("decision")
    api("DELETE", "decision-detail", EDITORS, OFFICES, {}, decision.pk)
    api("POST", "decision-confirm", SIGNERS, OFFICES, {}, decision.pk)
    page("workspaces:decisions", SIGNERS, WORKSPACE, {}, slug)
    page("workspaces:decision-confirmation", SIGNERS, OFFICES, {}, slug, decision.pk)
    page("workspaces:decision-removal", EDITORS, OFFICES, {}, slug, decision.pk)

    # trackers, actions, indicators, figures
    tracker = there("tracker")
    opening = {"workspace": slug, "title": "New", "decided_by": "joint"}
    api("POST", "tracker-list", EDITORS, WORKSPACE, opening)
    api("POST", "tracker-list", SIGNERS, WORKSPACE, opening | {"is_shared_with_cohort": True})
    page("policies:tracker-new", EDITORS, WORKSPACE, None, slug)
    for label, doers in (("tracker", EDITORS), ("tracker of one office", MAYORS - {"rhea"})):
        each = there(label)
        version = {"version": each.version}
        api("PATCH", "tracker-detail", doers, WORKSPACE, version | {"problem_statement": "Changed."}, each.pk)
        page("policies:tracker-edit", doers, WORKSPACE, None, slug, each.pk)
    api("PATCH", "tracker-detail", SIGNERS, WORKSPACE, {"version": tracker.version, "is_shared_with_cohort": True}, tracker.pk)
    page("policies:tracker-share", SIGNERS, WORKSPACE, {}, slug, tracker.pk)
    page("policies:tracker-move", EDITORS, WORKSPACE, None, slug, tracker.pk)
    page("policies:action-new", WRITERS, WORKSPACE, None, slug, tracker.pk)
    new_action = {"tracker": tracker.pk, "title": "New", "office": "joint"}
    api("POST", "action-list", EDITORS, WORKSPACE, new_action)
    api("POST", "action-list", WRITERS, WORKSPACE, new_action | {"status": "suggested"})
    for label, doers in (
        ("action", EDITORS),
        ("action of one office", PROSECUTORS),
        ("suggested action", MAYORS - {"rhea"}),
    ):
        action = there(label)
        version = {"version": action.version}
        api("PATCH", "action-detail", doers, WORKSPACE, version | {"title": "Changed"}, action.pk)
        api("DELETE", "action-detail", doers, WORKSPACE, {}, action.pk)
        page("policies:action", doers, WORKSPACE, None, slug, action.pk)
        page("policies:action-step", doers, WORKSPACE, version | {"status": "doing"}, slug, action.pk)
        page("policies:action-order", doers, WORKSPACE, {"up": ""}, slug, action.pk)
        page("policies:action-remove", doers, WORKSPACE, {}, slug, action.pk)
    page("policies:action-answer", MAYORS - {"rhea"}, WORKSPACE, {"accept": ""}, slug, there("suggested action").pk)
    indicator = there("indicator")
    named = {"name": "New", "unit": "cases", "direction": "decrease", "frequency": "monthly"}
    api("POST", "indicator-list", EDITORS, WORKSPACE, named | {"tracker": tracker.pk})
    api("PATCH", "indicator-detail", EDITORS, WORKSPACE, {"version": indicator.version, "name": "Changed"}, indicator.pk)
    api("POST", "indicator-import", EDITORS, WORKSPACE, sheet, indicator.pk)
    page("policies:indicator-new", EDITORS, WORKSPACE, None, slug, tracker.pk)
    for name, doers in (
        ("indicator-edit", EDITORS),
        ("indicator-import", EDITORS),
        ("observation-new", EDITORS),
        ("indicator-release", SIGNERS),
    ):
        page(f"policies:{name}", doers, WORKSPACE, None, slug, indicator.pk)
    period = {"indicator": indicator.pk, "period_start": "2026-06-01", "period_end": "2026-06-30", "value": 12}
    api("POST", "observation-list", EDITORS, WORKSPACE, period)
    api("POST", "observation-list", SIGNERS, WORKSPACE, period | {"is_released": True})
    for label, removers, doers, readers in (
        ("figure, released", {"ada", "amos"}, {"ada"}, WORKSPACE),
        ("figure, mayor’s office’s own", {"ada", "amos"}, {"ada", "amos"}, MAYORS),
        ("figure, prosecutor’s office’s own", PROSECUTORS, PROSECUTORS, PROSECUTORS),
    ):
        figure = there(label)
        version = {"version": figure.version}
        api("PATCH", "observation-detail", doers, readers, version | {"note": "Changed"}, figure.pk)
        api("PATCH", "observation-detail", doers & SIGNERS, readers, version | {"is_released": True}, figure.pk)
        is_kept = {400} if figure.is_released else None  # the other office has read it
        api("DELETE", "observation-detail", removers, readers, {}, figure.pk, done=is_kept)
        page("policies:observation-edit", doers, readers, None, slug, figure.pk)
        page("policies:observation-release", doers & SIGNERS, readers, {}, slug, figure.pk)
        page("policies:observation-remove", removers, readers, {}, slug, figure.pk)

    # sign-offs: who proposes, who signs
    fresh = open_tracker(ada, decided_by="joint", title="To be moved")
    moved = {"subject": {"kind": "stage_change", "id": fresh.pk}, "to_stage": "preparation", "rationale": "Ready."}
    api("POST", "signoff-list", EDITORS, WORKSPACE, moved)
    waiting = there("sign-off, open")
    seen = {"content_sha256": waiting.content_sha256}
    api("POST", "signoff-sign", SIGNERS, WORKSPACE, seen, waiting.pk)
    api("POST", "signoff-decline", SIGNERS, WORKSPACE, seen | {"reason": "Not yet."}, waiting.pk)
    api("POST", "signoff-withdraw", {"amos"}, WORKSPACE, {}, waiting.pk)
    signing = {"sign-content_sha256": waiting.content_sha256, "sign-is_confirmed": "on"}
    declining = {"decline-content_sha256": waiting.content_sha256, "decline-reason": "Not yet."}
    page("workspaces:sign-off", SIGNERS, WORKSPACE, signing, slug, waiting.pk)
    page("workspaces:sign-off-refusal", SIGNERS, WORKSPACE, declining, slug, waiting.pk)
    page("workspaces:sign-off-withdrawal", {"amos"}, WORKSPACE, {}, slug, waiting.pk)
    pending = there("sign-off of a pending pair")
    seen = {"content_sha256": pending.content_sha256}
    api("POST", "signoff-sign", (), {"finn"}, seen, pending.pk)
    api("POST", "signoff-decline", (), {"finn"}, seen | {"reason": "No."}, pending.pk)
    signing = {"sign-content_sha256": pending.content_sha256, "sign-is_confirmed": "on"}
    page("workspaces:sign-off", (), {"finn"}, signing, "dover-ny", pending.pk)
    api("POST", "agreement-list", {"finn"}, COHORT, {"cohort": "first", "text": "New words.", "edition": 2})
    page("workspaces:cohort-agreement-new", {"finn"}, COHORT, None, "first")
    page("workspaces:agreement", {"finn"}, WORKSPACE, None, slug, done={404})  # asked again only after a refusal

    # check-ins and briefs
    drafted, one_in, both_in = (there(f"check-in, {moment}") for moment in ("a draft", "one in", "both in"))
    answers = {question["key"]: (question["choices"] or ["Ours"])[0] for question in drafted.template.questions}
    later = {"version": drafted.version, "scheduled_for": today + dt.timedelta(20)}
    api("POST", "checkin-list", {"finn", "nora"}, WORKSPACE, {"workspace": slug, "scheduled_for": today + dt.timedelta(30)})
    api("PATCH", "checkin-detail", {"finn", "nora"}, WORKSPACE, later, drafted.pk)
    written = there("answer, a draft, mayor’s").version
    api(
        "POST",
        "checkin-answer",
        EDITORS,
        WORKSPACE,
        lambda who: {"values": answers, "version": written if who in MAYORS else 0},
        drafted.pk,
    )
    summary = {"version": both_in.version, "summary": "On time.", "fidelity": "high", "confidence": "high"}
    api("POST", "checkin-complete", {"nora"}, WORKSPACE, summary, both_in.pk)
    page("policies:check-in-new", {"finn", "nora"}, WORKSPACE, None, slug)
    page("policies:check-in-edit", {"finn", "nora"}, WORKSPACE, None, slug, drafted.pk)
    page("policies:check-in-complete", {"nora"}, WORKSPACE, None, slug, both_in.pk)
    page("policies:check-in-follow-up", WRITERS, WORKSPACE, {"tracker": tracker.pk}, slug, both_in.pk, 0)
    for each in (drafted, one_in, both_in):
        page("policies:check-in-answer", EDITORS, WORKSPACE, None, slug, each.pk)
    drafters, brief = EDITORS | {"finn"}, there("brief")
    span = {"period_start": today - dt.timedelta(30), "period_end": today}
    api("POST", "brief-list", drafters, WORKSPACE, span | {"workspace": slug, "scope": "city"})
    api("PATCH", "brief-detail", drafters, WORKSPACE, {"version": brief.version, "narrative": "Changed."}, brief.pk)
    for office, kind in ((MAYORS, "mayor"), (PROSECUTORS, "prosecutor")):
        words = {"version": brief.version, f"{kind}_paragraph": "Ours."}
        api("PATCH", "brief-detail", office & EDITORS, WORKSPACE, words, brief.pk)
    page("policies:brief-new", drafters, WORKSPACE, None, slug)
    page("policies:brief-words", drafters, WORKSPACE, None, slug, brief.pk)
    page("policies:brief-draw", drafters, WORKSPACE, {}, slug, brief.pk)

    # convenings and commitments
    convening, commitment = there("convening"), there("commitment")
    hours = {"starts_at": f"{today}T14:00:00Z", "ends_at": f"{today}T16:00:00Z", "timezone": "America/New_York"}
    called = {"cohort": "first", "title": "New", "kind": "webinar"} | hours
    api("POST", "convening-list", {"finn"}, COHORT, called)
    api("PATCH", "convening-detail", {"finn"}, CONVENING, {"version": convening.version, "title": "New"}, convening.pk)
    api("POST", "convening-rsvp", CONVENING - {"rhea"}, CONVENING, {"status": "going"}, convening.pk)
    page("policies:convening-new", {"finn"}, COHORT, None, "first")
    page("policies:convening-edit", {"finn"}, CONVENING, None, "first", "september")
    page("policies:convening-answer", CONVENING - {"rhea"}, CONVENING, {"status": "going"}, "first", "september")
    ours = {"convening": convening.pk, "workspace": slug, "text": "Every Tuesday."}
    api("POST", "commitment-list", drafters, WORKSPACE, ours)
    reworded = {"version": commitment.version, "text": "Every Friday."}
    api("PATCH", "commitment-detail", drafters, WORKSPACE, reworded, commitment.pk)
    api("POST", "commitment-accept", SIGNERS, WORKSPACE, {}, commitment.pk)
    page("policies:commitments", drafters | {"cleo", "carl"}, COHORT, None, "first", "september")
    page("policies:commitment-edit", drafters, WORKSPACE, None, commitment.pk)
    page("policies:commitment-accept", SIGNERS, WORKSPACE, {}, commitment.pk)
    accepted = write_commitment(ada, convening, cast.alder.enrolment, text="Every Monday.")
    accept_commitment(accepted, ben)
    api("POST", "commitment-action", EDITORS, WORKSPACE, {"tracker": tracker.pk}, accepted.pk)
    page("policies:commitment-action", EDITORS, WORKSPACE, {"tracker": tracker.pk}, accepted.pk)

    # offices, seats, invitations
    known_to_ivy = WORKSPACE | {"ivy"}
    for office, people, principals in ((mayors, MAYORS, {"ada"}), (prosecutors, PROSECUTORS, {"ben", "bea"})):
        page("workspaces:office-election", principals, WORKSPACE, {"next_election_on": today}, office.pk)
        page("workspaces:delegations", people & principals - {"bea"}, WORKSPACE, None, office.pk)
        page("cohorts:office-rules", (), known_to_ivy, None, office.pk)  # its IT contact’s alone to set
    for name, holders in (("amos", {"ada"}), ("bea", {"ben", "bea"})):
        page("policies:seat-hand-over", holders, WORKSPACE, None, cast.seats[name].pk)
    page("workspaces:leaving", {"ada"}, WORKSPACE, None, mayors.pk, slug)
    invitation = there("invitation of an office")
    page("cohorts:office-invitation-new", {"ada"}, known_to_ivy, None, mayors.pk)
    for name in ("invitation-resend", "invitation-revoke"):
        page(f"cohorts:{name}", {"ada"}, (), {}, invitation.pk)
    known = COHORT | {"ivy"}
    for name in ("cohort-invitation-new", "cohort-invitations-file", "enrolment-new"):
        page(f"cohorts:{name}", {"finn", "ivy"}, known, None, "first")
    for office, people in ((mayors, MAYORS), (prosecutors, PROSECUTORS)):
        for name in ("office-sign-on", "office-sign-on-demand", "office-sign-on-removal"):
            page(f"cohorts:{name}", (), known_to_ivy, None, office.pk)  # its IT contact’s alone to set
        page("cohorts:sign-on-link", people, (), {}, office.pk, untried=frozenset(people))  # tests of sign-ons go there
    page("cohorts:office-sign-on-unlinking", (), known_to_ivy, {}, mayors.pk, cast.ada.pk)
    page("cohorts:sign-on-unlinking", {"ada"}, (), {}, mayors.pk)
    page("cohorts:sign-on-release", {"ivy"}, (), None, mayors.pk, done={404})  # nothing is demanded
    for name in ("cohort-sign-on", "cohort-sign-on-removal"):
        page(f"cohorts:{name}", {"finn"}, known, None, "first")
    page("cohorts:convening-guest-new", {"finn"}, CONVENING, None, "first", "september")
    page("cohorts:guest-end", {"finn"}, CONVENING, {}, cast.seats["gus"].terms.get().pk)
    page("cohorts:staff-end", {"finn", "ivy"}, known, None, "first", cast.seats["nora"].terms.get().pk)
    page("cohorts:researcher-cities", {"finn", "ivy"}, known, None, "first", cast.seats["nora"].pk)

    # evidence reviews: whoever does no research writes nothing, whatever the review
    research = {"nora", "omar"}
    own, given = (there(f"evidence review, {state}") for state in ("draft", "in review"))
    reading = there("second reading, the other not in yet")
    words = {"intervention": "foxglove", "title": "New", "conflicts_of_interest": "none"}
    rating = {"outcome": "failure to appear", "rating": "promising", "direction": "null", "certainty": "low", "reason": "So."}
    readers = {"conflicts_of_interest": "none", "ratings": [rating]}
    not_omar = ALL - {"omar"}
    api("POST", "evidencereview-list", research, ALL, words)
    api("PATCH", "evidencereview-detail", {"nora"}, not_omar, {"version": own.version, "title": "New"}, own.pk)
    api("POST", "evidencereview-submit", {"nora"}, not_omar, {"version": own.version}, own.pk)
    api("POST", "evidencereview-publish", {"nora"}, not_omar, {"version": own.version}, own.pk)
    api("POST", "evidencereview-return", {"nora", "omar"}, ALL, {"version": given.version, "reason": "So."}, given.pk)
    api("POST", "evidencereview-readings", {"omar"}, ALL, readers, given.pk, done={400, 409})  # omar's is in
    page("policies:review-new", research, ALL, None, "foxglove")
    study, outcome = own.studies.first().pk, own.outcomes.get().pk
    for name in (
        "edit",
        "declaration",
        "author-new",
        "study-new",
        "library-studies",
        "outcome-new",
        "submit",
        "publish",
        "discard",
    ):
        page(f"policies:review-{name}", {"nora"}, not_omar, None, own.pk)
    for name, number in (
        ("study", study),
        ("study-remove", study),
        ("outcome", outcome),
        ("outcome-remove", outcome),
    ):
        page(f"policies:review-{name}", {"nora"}, not_omar, None, own.pk, number)
    page("policies:review-study-edit", {"nora"}, not_omar, None, own.pk, study, done={404})  # the library’s are not theirs
    for name in ("study-doi", "list-new", "list", "look-up"):
        for args in asked.get(f"policies:review-{name}", ()):
            if args[0] == own.pk:
                page(f"policies:review-{name}", {"nora"}, not_omar, None, *args)
    published = there("evidence review, published")
    page("policies:review-next", research, ALL, None, published.pk)
    page("policies:appeal-new", ALL - {"omar", "otto"}, ALL, None, published.pk)
    page("policies:appeal-answer", {"omar"}, ALL, None, published.pk, there("appeal against a review").pk)
    page("policies:review-return", research, {"otto"}, None, given.pk)
    page("policies:readings", {"omar"}, {"nora", "otto"}, None, given.pk)
    page("policies:reading", {"omar"}, {"otto"}, None, given.pk, reading.pk)
    page("policies:reading-give-back", {"omar"}, {"otto"}, None, given.pk, reading.pk)

    # administration, and what is one's own
    page("cohorts:administration-cohort-new", {"ivy"}, ())
    page("cohorts:administration-cohort", {"ivy"}, (), None, "first")
    page("cohorts:account-step", {"ivy"}, (), None, cast.ada.pk, "sessions")
    for name in ("administration-office", "administration-hand-over"):
        page(f"cohorts:{name}", {"ivy"}, (), None, mayors.pk)
    page("cohorts:enrolment-end", {"ivy"}, (), None, slug)
    page("cohorts:reading-new", {"ivy"}, (), None, slug)
    page("cohorts:reading-end", {"ivy"}, (), {}, there("administrative reading").pk)
    page("cohorts:token-revocation", {"ada"}, (), {}, there("token").pk)
    page("cohorts:feed-revocation", {"ada"}, (), {}, there("calendar feed").pk)
    elsewhere = cast.ada.usersession_set.get(session_key="elsewhere")
    Session.objects.create(session_key=elsewhere.session_key, expire_date=timezone.now() + dt.timedelta(hours=1))
    page("cohorts:session-end", {"ada"}, (), {}, elsewhere.pk)
    for name in ("welcome", "settings", "sessions", "token-new", "feed-new"):
        page(f"cohorts:{name}", ALL, ())
    page("workspaces:mail-everywhere", ALL, ())
    page("workspaces:presence", ALL, (), {"shown_to": "nobody"}, done={302})
    page("workspaces:mail-choice", WORKSPACE, (), None, slug)
    page("workspaces:mail-same", WORKSPACE, (), {}, slug)
    return deeds


def sheet(who):
    return {"file": SimpleUploadedFile("figures.csv", b"period_start,value\n2026-07-01,4\n", "text/csv")}


@pytest.fixture
def world(cast):
    rows, asked = build(cast)
    return SimpleNamespace(cast=cast, rows=rows, asked=asked, deeds=deeds_of(cast, rows, asked))


class Asking:
    """Everyone, signed in, each asked again just now whenever they ask: a table takes longer than the minutes that holds."""

    def __init__(self, cast):
        self.cast, self.clients = cast, {}

    def client(self, who):
        if who not in self.clients:
            self.clients[who] = Client(raise_request_exception=False)
        come_in(self.clients[who], getattr(self.cast, who))
        return self.clients[who]


def undone(ask):
    with transaction.atomic():
        answer = ask()
        transaction.set_rollback(True)
    return answer


def leaks(rows, who, answer):
    """Labels of the rows whose word stands in the answer's body or headers, and that `who` does not find."""
    said = text_of(answer)
    return [label for label, row in rows.items() if row.word and who not in row.finders and row.word in said]


def departures(world, deeds, people=EVERYONE):
    """`[(who, method, name, what was told, what is expected, words that leaked)]` wherever a row of the table does not hold."""
    wrong, asking = [], Asking(world.cast)
    for who in people:
        client = asking.client(who)
        for number, deed in enumerate(each for each in deeds if who not in each.untried):
            if number % 50 == 49:
                client = asking.client(who)
            answer = undone(lambda client=client, deed=deed, who=who: deed.done_by(client, who))
            sent_away = answer.status_code == 302 and answer["Location"].startswith(ASKED_ELSEWHERE)
            leaked = leaks(world.rows, who, answer)
            if answer.status_code not in deed.expected(who) or sent_away or leaked:
                told = "asked to sign in" if sent_away else answer.status_code
                body = answer.content[:160] if answer.status_code == 400 else b""
                wrong.append((who, deed.method, deed.name, *map(str, deed.args), told, deed.expected(who), leaked, body))
    return wrong


@pytest.mark.parametrize("people", [EVERYONE[::2], EVERYONE[1::2]], ids=["one-half", "other-half"])  # for two workers
@pytest.mark.parametrize("of_api", [False, True], ids=["pages", "api"])
def test_it_is_done_refused_or_not_there(world, of_api, people):
    deeds = [deed for deed in world.deeds if is_api(deed.name) == of_api]
    assert departures(world, deeds, people) == []


def operations():
    """`{(method, url name)}` of the API, as its addresses have them."""
    found = set()
    for pattern in patterns(get_resolver().url_patterns):
        if pattern.name and is_api(pattern.name):
            view = getattr(pattern.callback, "view_class", None) or getattr(pattern.callback, "cls", None)
            if view is not None and hasattr(view, "get_serializer"):
                methods = getattr(pattern.callback, "actions", None) or [m for m in view.http_method_names if hasattr(view, m)]
                found |= {(method.upper(), pattern.name) for method in methods if method not in ("head", "options")}
    return found


def patterns(among, space=""):
    for pattern in among:
        if not hasattr(pattern, "url_patterns"):
            yield pattern
        elif not pattern.namespace:
            yield from patterns(pattern.url_patterns)


def test_every_operation_of_the_api_has_its_row(world):
    """Of the addresses, and as many as the API's own description tells."""
    changing = {(method, name) for method, name in operations() if method != "GET"}
    rows = {(deed.method, deed.name) for deed in world.deeds if is_api(deed.name)}
    missing = [f'api("{method}", "{name}", DOERS, SEERS, {{body}}, thing.pk)' for method, name in sorted(changing - rows)]
    assert missing == [], "Add these to deeds_of() in tests/test_who_does_what.py"
    assert rows - changing == set()
    paths = SchemaGenerator().get_schema(public=True)["paths"]
    described = [method.upper() for path in paths.values() for method in path if method in ("post", "put", "patch", "delete")]
    assert sorted(described) == sorted(method for method, _ in changing)


def test_every_form_of_a_page_has_its_row(world):
    """A page that answers a POST otherwise than a GET, or than 405, takes a form."""
    missing, asking = set(), Asking(world.cast)
    rows = {deed.name for deed in world.deeds}
    for who in ("ada", "finn", "ivy"):
        client = asking.client(who)
        for name, calls in world.asked.items():
            if not is_api(name) and name not in rows and name not in missing:
                address = reverse(name, args=calls[0])
                sent = undone(lambda address=address, client=client: client.post(address, {"nonsense": "1"})).status_code
                if sent not in (405, undone(lambda address=address, client=client: client.get(address)).status_code):
                    missing.add(name)
    told = [f'page("{name}", DOERS, SEERS, {{body}} or None, *args)' for name in sorted(missing)]
    assert told == [], "Add these to deeds_of() in tests/test_who_does_what.py"
    assert {deed.name for deed in world.deeds} <= set(world.asked) | OPEN


def test_who_is_not_signed_in_changes_nothing(client, world):
    wrong = []
    for deed in world.deeds:
        answer = deed.done_by(client, "ada")
        is_right = answer.status_code == 401 if is_api(deed.name) else answer.status_code == 302
        if not is_right or leaks(world.rows, "nobody", answer):
            wrong.append((deed.method, deed.name, answer.status_code))
        if not is_api(deed.name) and not answer["Location"].startswith("/accounts/login/"):
            wrong.append((deed.name, answer["Location"]))
    assert wrong == []


def test_a_foreign_page_changes_nothing_in_ones_name(world):
    """Without the token that only our own pages have, whatever is asked."""
    client = Client(enforce_csrf_checks=True)
    come_in(client, world.cast.ada)
    told = {(deed.method, deed.name): deed.done_by(client, "ada").status_code for deed in world.deeds}
    assert {deed: status for deed, status in told.items() if status != 403} == {}


def changed_by_a_reading_token(world):
    """`{operation: status}` of what ada's token that only reads may after all change."""
    _, secret = issue_token(world.cast.ada, name="For the sheet", scope="read", days=1)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    deeds = [each for each in world.deeds if is_api(each.name) and "ada" in each.doers]
    told = {(each.method, each.name): undone(lambda each=each: each.done_by(client, "ada")).status_code for each in deeds}
    return {deed: status for deed, status in told.items() if status != 403}


def test_a_token_that_only_reads_changes_nothing(world):
    assert changed_by_a_reading_token(world) == {}


def signed_by_token(world, who):
    """`[(operation, status)]` of the sign-offs that somebody's token may after all sign, decline or withdraw."""
    _, secret = issue_token(getattr(world.cast, who), name="For the sheet", scope="write", days=1)
    client = Client(headers={"authorization": f"Bearer {secret}"})
    names = {"signoff-sign", "signoff-decline", "signoff-withdraw"}
    deeds = [deed for deed in world.deeds if deed.name in names and who in deed.doers]
    told = [(deed.name, undone(lambda deed=deed: deed.done_by(client, who)).status_code) for deed in deeds]
    assert told
    return [(name, status) for name, status in told if status != 403]


def test_a_token_signs_nothing(world):
    assert [signed_by_token(world, who) for who in ("ada", "amos", "bea")] == [[], [], []]


NONSENSE = [
    ("application/json", "{}"),
    ("application/json", "[1]"),
    ("application/json", "{"),
    (
        "application/json",
        '{"version": "x", "topic": [], "body": {}, "tracker": "x", "workspace": 1, "subject": "x", "emoji": 1}',
    ),
    ("text/plain", "nonsense"),
]


def test_a_wrong_body_is_told_nothing(world):
    """Refused like a right one to whom it is hidden, and in words that hold nothing of anybody's."""
    wrong, asking = [], Asking(world.cast)
    by_name = defaultdict(list)
    for deed in world.deeds:
        if is_api(deed.name):
            by_name[deed.method, deed.name].append(deed)
    for who in ("ada", "ben", "finn", "cleo", "gus"):
        client = asking.client(who)
        for deeds in by_name.values():
            for deed in deeds[1:3] or deeds:  # of one in another ring too, where there is one
                for kind, body in NONSENSE:
                    answer = undone(lambda d=deed, k=kind, b=body, c=client: c.generic(d.method, d.address, b, k))
                    is_hidden = deed.args and who not in deed.doers | deed.seers
                    told = {404, 415} if is_hidden else {200, 204, 400, 403, 409, 415}
                    if answer.status_code not in told or leaks(world.rows, who, answer):
                        wrong.append((who, deed.method, deed.name, kind, body, answer.status_code))
    assert wrong == []


REFUSED = {403, 405}  # of evidence reviews, to whom they are not to write, before it is asked what the address takes


def test_an_address_takes_no_other_method(world):
    """Nor does asking what it takes tell whether there is something."""
    wrong, asking, allowed = [], Asking(world.cast), operations()
    for who in ("ada", "ben", "cleo", "gus"):
        client = asking.client(who)
        for label, row in world.rows.items():
            if row.api:
                name, args = row.api
                address, is_there = reverse(name, args=args), who in row.finders
                told = {
                    m: undone(lambda m=m, a=address, c=client: c.generic(m, a)) for m in ("HEAD", "OPTIONS", "PUT", "TRACE")
                }
                expected = {"HEAD": {200} if is_there or not row.has_own_api else {row.refusal} if row.refusal else {403, 404}}
                expected |= {"OPTIONS": {200}, "PUT": REFUSED, "TRACE": REFUSED}
                statuses = {method: answer.status_code for method, answer in told.items()}
                is_right = all(status in expected[method] for method, status in statuses.items())
                if (row.has_own_api and not is_right) or any(leaks(world.rows, who, each) for each in told.values()):
                    wrong.append((who, label, statuses))
                for method in {"POST", "PATCH", "DELETE"} - {m for m, n in allowed if n == name}:
                    if (status := client.generic(method, address).status_code) not in REFUSED:
                        wrong.append((who, label, method, status))
    assert wrong == []
