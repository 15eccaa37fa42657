"""Every action of `permissions.csv` by every role: it works (2xx), it is refused (403), or there is nothing there (404).

Each deed is tried as the person would do it, by API where there is one, and undone. An action of the file that has neither a
deed below nor a place in NOT_YET fails; so does a deed or a place for an action that the file does not have."""

import csv
import datetime as dt
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import transaction
from django.test import Client
from django.urls import reverse

from cohorts.actions.audit import record_act, rings_of_person
from cohorts.actions.commitments import write_commitment
from cohorts.actions.seats import create_seat
from cohorts.models.audit import AuditEntryQuerySet
from policies.actions.briefs import draft_brief
from policies.actions.check_ins import open_check_in, submit_answer
from policies.actions.editions import submit_review
from policies.actions.indicators import add_indicator, enter_observation, release_observation
from policies.actions.tracker_actions import add_action
from policies.actions.trackers import open_tracker, share_tracker
from policies.models import Intervention, Observation, Study
from policies.models.indicators import ObservationQuerySet
from policies.models.trackers import ActionQuerySet, TrackerQuerySet
from tests.cast import come_in, day_here
from tests.policies.reviewing import begin, make_whole
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import mark_agreement
from workspaces.actions.sign_offs import propose
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Message, SignedCopy, SignOff, Standing, Workspace
from workspaces.models.audiences import AudienceQuerySet

HERE = Path(__file__).resolve().parent
FILE = HERE / "permissions.csv"
ORIGINAL = HERE.parent.parent / "shared" / "design" / "permissions.csv"

ROLES = {
    "principal": ["ada", "ben"],
    "delegate": ["bea"],
    "staff": ["amos"],
    "facilitator": ["finn"],
    "researcher": ["nora"],
    "researcher_other": ["omar"],
    "other_city": ["cleo", "carl"],
    "other_cohort": ["dora"],
    "guest": ["gus"],
    "records": ["rhea"],
    "admin": ["ivy"],
    "former": ["otto"],
}
TOLD = {200: "allow", 201: "allow", 204: "allow", 302: "allow", 403: "deny", 404: "hide"}
NOT_YET = {  # what the platform cannot do yet
    *(
        "tracker.suggest",
        "adaptation.write",
    ),
    *("policy_document.edit_joint_or_own", "policy_document.edit_other_office_own"),
    *("check_in.share_answer_with_cohort", "brief.sign", "brief.view_released_shared"),
    *("records.export_city", "intervention.edit"),
    *("resource.edit", "newsletter.send"),
    "check_in.answer_other_office",  # there is no way to say for which office one answers: it is one's own
}


def table():
    with FILE.open(encoding="utf-8") as file:
        return {row["action"]: row for row in csv.DictReader(line for line in file if not line.startswith("#"))}


class World:
    """Alder at work, and one person who tries something."""

    def __init__(self, cast):
        self.cast = cast
        ada, amos, bea = (cast.standing(name) for name in ("ada", "amos", "bea"))
        self.mayors, self.prosecutors = cast.offices["alder"]
        self.topics = {
            "workspace": open_topic(ada, title="For all"),
            "offices": open_topic(ada, title="For both offices", audience="offices"),
            self.mayors: open_topic(amos, title="For the mayor’s office", audience="office", office=self.mayors),
            self.prosecutors: open_topic(bea, title="For the prosecutor’s", audience="office", office=self.prosecutors),
        }
        self.cohort_topic = open_topic(cast.standing("cleo", cast.cohort.workspace), title="For the cohort")
        self.convening_topic = open_topic(cast.standing("cleo", cast.convening.workspace), title="At the convening")
        self.message = post_message(self.topics["workspace"], ada, body="Can we do the 14th?")[0]
        self.agreement = mark_agreement(self.message, amos)
        file = attach(self.topics["workspace"], ada, file=ContentFile(b"The plan", name="plan.txt"))
        post_message(self.topics["workspace"], ada, attachments=[file.pk])
        self.file = file
        self.tracker = open_tracker(ada, decided_by="joint", title="Court-date reminders")
        self.shared = open_tracker(ada, decided_by="joint", title="Street lighting")
        share_tracker(self.shared, ada)
        self.actions = {
            "joint": add_action(self.tracker, ada, title="Name a court", office="joint"),
            "mayor": add_action(self.tracker, ada, title="Fund it", office="mayor"),
            "prosecutor": add_action(self.tracker, bea, title="Staff it", office="prosecutor"),
        }
        self.indicator = add_indicator(
            ada, self.tracker, name="Missed dates", unit="cases", direction="decrease", frequency="monthly"
        )
        period = {"period_start": dt.date(2026, 1, 1), "period_end": dt.date(2026, 1, 31)}
        self.figures = {
            "mayor": enter_observation(self.indicator, amos, value=41, **period),
            "prosecutor": enter_observation(self.indicator, bea, value=42, **period),
        }
        self.today = day_here()
        self.check_in = open_check_in(
            cast.standing("nora"), scheduled_for=self.today + dt.timedelta(1), trackers=[self.tracker]
        )
        self.values = {question["key"]: (question["choices"] or ["Mine"])[0] for question in self.check_in.template.questions}
        self.brief = draft_brief(ada, period_start=self.today - dt.timedelta(60), period_end=self.today)
        self.commitment = write_commitment(cast.standing("finn"), cast.convening, cast.alder.enrolment, text="Every Monday.")
        Intervention.objects.create(slug="street-lighting", name="Street lighting", summary="Lamps.", lead="mayor")

    def office_of(self, who):
        """The person's own office of Alder; for others one that is there."""
        return self.cast.standing(who).office or self.mayors

    def other_office(self, who):
        return self.prosecutors if self.office_of(who) == self.mayors else self.mayors

    def proposal(self):
        return propose(self.cast.standing("amos"), "stage_change", self.tracker.pk, rationale="Ready.", to_stage="preparation")

    def of(self, who):
        """The message, as if `who` had written it."""
        Message.objects.filter(pk=self.message.pk).update(author=getattr(self.cast, who))
        return f"/api/v1/messages/{self.message.pk}/"


class Caller:
    def __init__(self, person):
        self.person = person
        self.client = Client(raise_request_exception=False)
        come_in(self.client, person)

    def get(self, path):
        return self.client.get(path)

    def post(self, path, body=None):
        return self.client.post(path, body or {}, content_type="application/json")

    def send(self, path, form):
        """A form of a page."""
        return self.client.post(path, form)

    def patch(self, path, body):
        return self.client.patch(path, body, content_type="application/json")

    def delete(self, path):
        return self.client.delete(path)


def api(name, thing):
    return reverse(f"{name}-detail", args=[thing.pk])


def page(name, *args):
    return reverse(f"policies:{name}", args=["alder-ny", *args])


def topic_in(world, me, **audience):
    return me.post("/api/v1/topics/", {"workspace": "alder-ny", "title": "Mine", **audience})


def add_figure(world, me, who):
    body = {"indicator": str(world.indicator.pk), "period_start": "2026-02-01", "period_end": "2026-02-28", "value": 12}
    return me.post("/api/v1/observations/", body)


def change_action(world, me, office):
    action = world.actions[office]
    return me.patch(api("action", action), {"version": action.version, "title": "Changed"})


def sign_it(world, me, who):
    proposal = world.proposal()
    return me.post(reverse("signoff-sign", args=[proposal.pk]), {"content_sha256": proposal.content_sha256})


def withdraw_own(world, me, who):
    proposal = world.proposal()
    SignOff.objects.filter(pk=proposal.pk).update(proposed_by=getattr(world.cast, who))
    return me.post(reverse("signoff-withdraw", args=[proposal.pk]))


def answer(world, me, who):
    return me.post(reverse("checkin-answer", args=[world.check_in.pk]), {"values": world.values})


def others_answers(world, me, who):
    """The other office has answered, one's own has not: is its answer there to read?"""
    speaker = "amos" if world.other_office(who) == world.mayors else "bea"
    submit_answer(world.check_in, world.cast.standing(speaker), values=world.values, audience="offices")
    told = me.get(api("checkin", world.check_in))
    if told.status_code != 200:
        return told
    return any(each["values"] for each in told.json()["answers"])


def summarise(world, me, who):
    for speaker in ("amos", "bea"):
        submit_answer(world.check_in, world.cast.standing(speaker), values=world.values, audience="offices")
    world.check_in.refresh_from_db()
    body = {"version": world.check_in.version, "summary": "Both on time.", "fidelity": "high", "confidence": "high"}
    return me.post(reverse("checkin-complete", args=[world.check_in.pk]), body)


def new_commitment(world, me, who):
    body = {"convening": str(world.cast.convening.pk), "workspace": "alder-ny", "text": "Every Tuesday."}
    return me.post("/api/v1/commitments/", body)


def new_brief(world, me, who):
    body = {
        "workspace": "alder-ny",
        "scope": "city",
        "period_start": str(world.today - dt.timedelta(30)),
        "period_end": str(world.today),
    }
    return me.post("/api/v1/briefs/", body)


def release(world, me, who):
    """A figure of one's own office; who is of neither sees only figures that are released already."""
    figure = Observation.objects.get(pk=world.figures[world.office_of(who).kind].pk)
    if not world.cast.standing(who).office:
        release_observation(figure, world.cast.standing("ada"), version=figure.version)
        figure.refresh_from_db()
    return me.patch(api("observation", figure), {"version": figure.version, "is_released": True})


def sign_ins(world, me, office):
    """Somebody of that office came in: is it told?"""
    person = world.cast.rhea if office == world.mayors else world.cast.bea
    record_act("sign_in.done", *rings_of_person(person), by=person)
    told = me.get("/api/v1/audit/?action=sign_in.done&workspace=alder-ny")
    if told.status_code != 200 or not Workspace.objects.visible_to(me.person).filter(slug="alder-ny").exists():
        return me.get(reverse("workspaces:audit", args=["alder-ny"]))
    return any(each["actor"]["id"] == str(person.pk) for each in told.json()["results"])


def own_copy(world, me, who):
    """One's own copy by who signs or signed; the list by others who see the workspace; anybody else tries Ada's copy."""
    signer = who if who in ("ada", "ben", "bea", "otto") else "ada"
    proposal, person = world.proposal(), getattr(world.cast, signer)
    term = person.terms.select_related("seat__office").get()
    copy = SignedCopy.objects.create(
        sign_off=proposal,
        office=term.seat.office,
        person=person,
        term=term,
        name=person.name,
        title=term.title,
        decision="signed",
        content_sha256=proposal.content_sha256,
    )
    sees_workspace = signer != who and world.cast.standing(who).terms
    return me.get(reverse("workspaces:signed-copies") if sees_workspace else reverse("workspaces:signed-copy", args=[copy.pk]))


def write_review(world, me, who):
    body = {"intervention": "street-lighting", "title": "Lamps", "conflicts_of_interest": "none"}
    return me.post("/api/v1/evidence-reviews/", body)


def second_read(world, me, author):
    """A whole review by `author` is in review: read it."""
    intervention = Intervention.objects.get(slug="street-lighting")
    Study.objects.create(intervention=intervention, position=0, title="Lamps", outcome="crime", direction="favourable")
    review = make_whole(begin(author, intervention), author)
    submit_review(review, author, version=review.version)
    rating = {"outcome": "failure to appear", "rating": "promising", "direction": "null", "certainty": "low", "reason": "So."}
    return me.post(f"/api/v1/evidence-reviews/{review.pk}/readings/", {"conflicts_of_interest": "none", "ratings": [rating]})


def read_own(world, me, who):
    """Their own, where they could have written one; others try one that a researcher wrote."""
    return second_read(world, me, me.person if who in ("nora", "omar") else world.cast.nora)


def read_other(world, me, who):
    return second_read(world, me, world.cast.omar if who == "nora" else world.cast.nora)


def hand_over_page(world, me, who):
    seat = create_seat("staff", "Adviser", office=world.office_of(who))
    return me.get(reverse("policies:seat-hand-over", args=[seat.pk]))


DEEDS = {
    "workspace.view": lambda world, me, who: me.get("/api/v1/workspaces/alder-ny/"),
    "topic.create": lambda world, me, who: topic_in(world, me),
    "message.post": lambda world, me, who: me.post(
        "/api/v1/messages/", {"topic": str(world.topics["workspace"].pk), "body": "Yes."}
    ),
    "attachment.download": lambda world, me, who: me.get(f"/workspaces/alder-ny/files/{world.file.pk}/download/"),
    "item.mark_should_not_be_here": lambda world, me, who: me.post(
        f"/api/v1/messages/{world.message.pk}/should-not-be-here/", {"why": "personal"}
    ),
    "records.legal_hold": lambda world, me, who: me.send(
        reverse("workspaces:holds", args=[world.mayors.pk]), {"matter": "A suit"}
    ),
    "message.edit_own": lambda world, me, who: me.patch(world.of(who), {"version": 1, "body": "Changed."}),
    "message.edit_other": lambda world, me, who: me.patch(
        world.of("amos" if who != "amos" else "ada"), {"version": 1, "body": "Changed."}
    ),
    "message.delete_own": lambda world, me, who: me.delete(world.of(who)),
    "message.delete_other": lambda world, me, who: me.delete(world.of("amos" if who != "amos" else "ada")),
    "offices_topic.view": lambda world, me, who: me.get(api("topic", world.topics["offices"])),
    "offices_topic.create": lambda world, me, who: topic_in(world, me, audience="offices"),
    "office_topic.create": lambda world, me, who: topic_in(world, me, audience="office", office=str(world.office_of(who).pk)),
    "office_topic.view_own_office": lambda world, me, who: me.get(api("topic", world.topics[world.office_of(who)])),
    "office_topic.view_other_office": lambda world, me, who: me.get(api("topic", world.topics[world.other_office(who)])),
    "tracker.view": lambda world, me, who: me.get(api("tracker", world.tracker)),
    "tracker.open": lambda world, me, who: me.post(
        "/api/v1/trackers/", {"workspace": "alder-ny", "title": "New", "decided_by": "joint"}
    ),
    "tracker.edit": lambda world, me, who: me.patch(
        api("tracker", world.tracker), {"version": world.tracker.version, "problem_statement": "Changed."}
    ),
    "tracker.share_with_cohort": lambda world, me, who: me.patch(
        api("tracker", world.tracker), {"version": world.tracker.version, "is_shared_with_cohort": True}
    ),
    "tracker.view_shared": lambda world, me, who: me.get(reverse("policies:shared-tracker", args=["first", world.shared.pk])),
    "action.edit_joint": lambda world, me, who: change_action(world, me, "joint"),
    "action.edit_own_office": lambda world, me, who: change_action(world, me, world.office_of(who).kind),
    "action.edit_other_office": lambda world, me, who: change_action(world, me, world.other_office(who).kind),
    "action.suggest": lambda world, me, who: me.post(
        "/api/v1/actions/",
        {"tracker": str(world.tracker.pk), "title": "Call", "office": world.other_office(who).kind, "status": "suggested"},
    ),
    "observation.add_own_office": add_figure,
    "observation.release_own_office": release,
    "observation.view_unreleased_other_office": lambda world, me, who: me.get(
        api("observation", world.figures[world.other_office(who).kind])
    ),
    "stage_change.propose": lambda world, me, who: me.post(
        "/api/v1/sign-offs/",
        {
            "subject": {"kind": "stage_change", "id": str(world.tracker.pk)},
            "to_stage": "preparation",
            "rationale": "Ready.",
        },
    ),
    "stage_change.sign": sign_it,
    "sign_off.view": lambda world, me, who: me.get(api("signoff", world.proposal())),
    "sign_off.withdraw_own": withdraw_own,
    "check_in.view": lambda world, me, who: me.get(api("checkin", world.check_in)),
    "check_in.schedule": lambda world, me, who: me.post(
        "/api/v1/check-ins/", {"workspace": "alder-ny", "scheduled_for": str(world.today + dt.timedelta(9))}
    ),
    "check_in.answer_own_office": answer,
    "check_in.view_other_office_answers_before_both": others_answers,
    "check_in.summarise": summarise,
    "brief.draft": new_brief,
    "brief.view_draft": lambda world, me, who: me.get(api("brief", world.brief)),
    "indicator.edit": lambda world, me, who: me.patch(
        api("indicator", world.indicator), {"version": world.indicator.version, "name": "Changed"}
    ),
    "people.view": lambda world, me, who: me.get(reverse("workspaces:people", args=["alder-ny"])),
    "cohort_workspace.view": lambda world, me, who: me.get("/api/v1/workspaces/first/"),
    "cohort_workspace.post": lambda world, me, who: me.post(
        "/api/v1/messages/", {"topic": str(world.cohort_topic.pk), "body": "Hello."}
    ),
    "convening.view": lambda world, me, who: me.get(api("convening", world.cast.convening)),
    "convening.post": lambda world, me, who: me.post(
        "/api/v1/messages/", {"topic": str(world.convening_topic.pk), "body": "Hello."}
    ),
    "convening.edit": lambda world, me, who: me.patch(api("convening", world.cast.convening), {"version": 1, "title": "New"}),
    "convening.rsvp": lambda world, me, who: me.post(
        reverse("convening-rsvp", args=[world.cast.convening.pk]), {"status": "going"}
    ),
    "commitment.write": new_commitment,
    "commitment.accept": lambda world, me, who: me.post(reverse("commitment-accept", args=[world.commitment.pk])),
    "decision.confirm": lambda world, me, who: me.post(reverse("decision-confirm", args=[world.agreement.pk])),
    "cohort.cockpit": lambda world, me, who: me.get(reverse("cockpit", args=["first"])),
    "audit.view_shared_acts": lambda world, me, who: me.get(reverse("workspaces:audit", args=["alder-ny"])),
    "audit.view_own_office_sign_ins": lambda world, me, who: sign_ins(world, me, world.office_of(who)),
    "audit.view_other_office_sign_ins": lambda world, me, who: sign_ins(world, me, world.other_office(who)),
    "invite.staff_of_own_office": lambda world, me, who: me.send(
        reverse("cohorts:office-invitation-new", args=[world.office_of(who).pk]), {"email": "new@example.org", "seat": "staff"}
    ),
    "invite.first_principal_or_role_in_cohort": lambda world, me, who: me.send(
        reverse("cohorts:cohort-invitation-new", args=["first"]), {"email": "new@example.org", "seat": "researcher"}
    ),
    "signed_copy.view_own": own_copy,
    "seat.hand_over_own_office": hand_over_page,
    "evidence_review.write": write_review,
    "evidence_review.second_read_own": read_own,
    "evidence_review.second_read_other": read_other,
    "library.view": lambda world, me, who: me.get("/api/v1/interventions/street-lighting/"),
}


@pytest.fixture
def world(cast):
    return World(cast)


def outcome(answered):
    """`allow`, `deny` or `hide`; what it was, when it is none of them. Of a part of a page: is it there, or left out."""
    if isinstance(answered, bool):
        return "allow" if answered else "left out"
    return TOLD.get(answered.status_code, f"{answered.status_code} {answered.content[:200]}")


LEFT_OUT = {"hide", "deny"}  # a part of something that is seen: not told, whatever the file calls it


def departures(world, action):
    """`[(who, what the file says, what happened)]` where the two differ."""
    wrong = []
    for role, people in ROLES.items():
        expected = table()[action][role]
        for who in people:
            with transaction.atomic():
                told = outcome(DEEDS[action](world, Caller(getattr(world.cast, who)), who))
                transaction.set_rollback(True)
            if told != expected and not (told == "left out" and expected in LEFT_OUT):
                wrong.append((who, expected, told))
    return wrong


@pytest.mark.parametrize("action", sorted(DEEDS))
def test_who_may(world, action):
    assert departures(world, action) == []


def all_of(rows, person):
    return rows.all()


GUARDS = [  # where a guard stands, what it would be without, and an action whose row must then be wrong
    (AudienceQuerySet, "visible_to", all_of, "office_topic.view_other_office"),
    (TrackerQuerySet, "visible_to", all_of, "tracker.view"),
    (ObservationQuerySet, "visible_to", all_of, "observation.view_unreleased_other_office"),
    (ActionQuerySet, "editable_by", all_of, "action.edit_other_office"),
    (AuditEntryQuerySet, "visible_to", all_of, "audit.view_other_office_sign_ins"),
    (Standing, "require", lambda standing, is_allowed: None, "message.edit_other"),
    (Standing, "term_to_sign", lambda standing, kind: standing.term, "stage_change.sign"),
]


@pytest.mark.parametrize("place, name, without, action", GUARDS, ids=[f"{place.__name__}.{name}" for place, name, *_ in GUARDS])
def test_the_table_is_red_without(world, monkeypatch, place, name, without, action):
    monkeypatch.setattr(place, name, without)
    assert departures(world, action) != []


def test_every_action_of_the_file_has_its_place():
    assert set(table()) == set(DEEDS) | NOT_YET
    assert not set(DEEDS) & NOT_YET
    assert set(next(iter(table().values()))) - {"action"} == set(ROLES)


def test_the_file_is_the_one_that_was_agreed():
    """The copy here and the original say the same, wherever the original lies beside the project."""
    agreed = ORIGINAL.read_text(encoding="utf-8") if ORIGINAL.exists() else FILE.read_text(encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == agreed
