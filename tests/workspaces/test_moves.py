"""A topic goes elsewhere: whole, never unseen to more people, and old links find it."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from cohorts.models import AuditEntry
from policies.actions.trackers import open_tracker
from tests.sample_files import picture
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import mark_agreement
from workspaces.actions.moves import Wider, move_topic
from workspaces.actions.topics import open_topic, post_message, read_up_to
from workspaces.files.drawing import draw_pictures
from workspaces.models import Event, Message, Topic
from workspaces.reading import UTC
from workspaces.realtime.payloads import after
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks

pytestmark = pytest.mark.usefixtures("files_of_its_own")


@pytest.fixture
def inner(cast):
    """Of both offices: Ada's, with a file, and Ben's answer."""
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Call-in date", audience="offices")
    file = attach(topic, ada, file=ContentFile(picture(), name="map.png"))
    draw_pictures(file.pk)
    post_message(topic, ada, body="The fourteenth?", attachments=[file.pk])
    return post_message(topic, cast.standing("ben"), body="Yes.")[0].topic


def to_workspace(cast, topic, name="amos", **more):
    here = cast.standing(name)
    return move_topic(topic, here, here, audience="workspace", **more)


def newest(cast):
    """The last number of what the whole workspace hears."""
    return cast.alder.streams.get(audience="workspace").last_seq


def stream_of(topic):
    return topic.messages.first().stream


# --- whole


def test_its_messages_and_files_go_along_and_its_new_readers_have_it_all(cast, as_person, inner):
    read_up_to(inner, cast.bea, 2)
    nora = as_person("nora")
    assert nora.get(f"/workspaces/alder-ny/topics/{inner.pk}/").status_code == 404
    before = stream_of(inner)
    moved = to_workspace(cast, inner, is_confirmed=True)
    page = nora.get(f"/workspaces/alder-ny/topics/{moved.pk}/")
    assert [message["author"] for message in page.context["shown"]] == ["Ada", "Ben"]
    words = page.content.decode()
    assert "Moved here by Amos, Policy adviser, Alder mayor’s office, " in words
    assert "from Alder. Until then: Only the two offices could see it." in words
    file = moved.attachments.get()
    assert nora.get(f"/workspaces/alder-ny/files/{file.pk}/thumbnail/").status_code == 200
    assert [each.kind for each in find(cast.nora, understand("fourteenth", known_marks(), UTC))] == ["message"]
    counts = {name: Topic.objects.counts_for(getattr(cast, name))[str(moved.pk)]["unread"] for name in ("nora", "bea", "ada")}
    assert counts == {"nora": 2, "bea": 0, "ada": 1}
    stream = stream_of(moved)
    assert (before.audience, stream.audience) == ("offices", "workspace")


def test_both_streams_stay_without_a_gap_and_each_tells_its_own(cast, inner):
    before, told = stream_of(inner), newest(cast)
    moved = to_workspace(cast, inner, is_confirmed=True)
    for stream in (before, stream_of(moved)):
        stream.refresh_from_db()
        numbers = list(Event.objects.filter(stream=stream).order_by("seq").values_list("seq", flat=True))
        assert numbers == list(range(1, stream.last_seq + 1))
    there = after(before, 0, 100)
    assert (there[-1]["kind"], there[-1]["data"]) == ("topic.moved", {"gone": True})
    assert "fourteenth" not in str(there)
    here = after(stream_of(moved), told, 100)
    assert [(each["kind"], each["data"].get("body", "")) for each in here] == [
        ("message.edited", "The fourteenth?"),
        ("message.edited", "Yes."),
        ("topic.moved", ""),
    ]
    assert list(Message.objects.order_by("position").values_list("seq", flat=True)) == [told + 1, told + 2]


def test_what_is_written_next_comes_after(cast, inner):
    moved = to_workspace(cast, inner, is_confirmed=True)
    message, _ = post_message(moved, cast.standing("nora"), body="The evidence says so.")
    assert (message.position, message.seq) == (3, newest(cast))


def test_old_links_lead_on_for_who_may_see_the_new_place(cast, as_person, inner):
    ada, there = cast.standing("ada"), cast.standing("ada", cast.cohort.workspace)
    message, file = inner.messages.first(), inner.attachments.get()
    move_topic(inner, ada, there, audience="workspace", is_confirmed=True)
    old = ["topics/{0}/", "topics/{0}/?at=1", "messages/{1}/", "messages/{1}/history/", "files/{2}/", "files/{2}/download/"]
    for path in (each.format(inner.pk, message.pk, file.pk) for each in old):
        answer = as_person("ben").get(f"/workspaces/alder-ny/{path}")
        assert (answer.status_code, answer.url) == (302, f"/workspaces/first/{path}")
        assert as_person("omar").get(f"/workspaces/alder-ny/{path}").url == f"/workspaces/first/{path}"
        assert as_person("dora").get(f"/workspaces/alder-ny/{path}").status_code == 404
    assert as_person("ben").get(f"/workspaces/alder-ny/topics/{uuid.uuid4()}/").status_code == 404
    assert as_person("ben").post(f"/workspaces/alder-ny/topics/{inner.pk}/", {"body": "x"}).status_code == 404


def test_a_link_to_a_place_one_may_not_see_leads_nowhere(cast, as_person):
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Ours after all")
    move_topic(topic, ada, ada, audience="office")
    assert as_person("ben").get(f"/workspaces/alder-ny/topics/{topic.pk}/").status_code == 404
    assert as_person("amos").get(f"/workspaces/alder-ny/topics/{topic.pk}/").status_code == 200


# --- never unseen to more people


def test_more_people_are_asked_about_first(cast, as_person, inner):
    with pytest.raises(Wider) as asked:
        to_workspace(cast, inner)
    assert asked.value.message == (
        "Only the two offices can see it now. Both offices, the cohort’s facilitators and Alder’s researchers will see "
        "it: every message in it, every file, and who wrote them. That cannot be taken back from who has read it."
    )
    ada = as_person("ada")
    address = f"/workspaces/alder-ny/topics/{inner.pk}/move/"
    page = ada.post(address, {"to": "alder-ny:workspace"})
    assert (page.status_code, "More people would see it" in page.content.decode()) == (422, True)
    assert Topic.objects.get().audience == "offices"
    assert ada.post(address, {"to": "alder-ny:workspace", "is_confirmed": "1"}).status_code == 302
    assert Topic.objects.get().audience == "workspace"


def test_by_api_a_wider_place_is_refused_until_it_is_confirmed(cast, as_person, inner):
    ada, path, told = as_person("ada"), f"/api/v1/topics/{inner.pk}/move/", {"workspace": "alder-ny", "audience": "workspace"}
    answer = ada.post(path, told, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "wider")
    answer = ada.post(path, told | {"is_confirmed": True}, content_type="application/json")
    assert (answer.status_code, answer.json()["audience"]) == (200, "workspace")


def test_nobodys_words_are_taken_away_from_them(cast, inner):
    ada = cast.standing("ada")
    with pytest.raises(ValidationError, match="Ben wrote in it and would no longer see it."):
        move_topic(inner, ada, ada, audience="office")


def test_who_may_move_what(cast, inner):
    elsewhere = cast.standing("amos", cast.cohort.workspace)
    with pytest.raises(PermissionDenied):  # out of the city only by who signs for an office
        move_topic(inner, cast.standing("amos"), elsewhere, audience="workspace", is_confirmed=True)
    shared = open_topic(cast.standing("ada"), title="For all")
    for name in ("nora", "rhea"):
        with pytest.raises(PermissionDenied):
            to_workspace(cast, shared, name)
    with pytest.raises(PermissionDenied):  # a facilitator speaks in no office’s ring
        move_topic(shared, cast.standing("finn"), cast.standing("finn"), audience="offices")
    mine = open_topic(cast.standing("nora"), title="What I read")
    with pytest.raises(ValidationError, match="It is there already."):
        to_workspace(cast, mine, "nora")


def test_what_belongs_to_its_city_stays(cast, inner):
    ada, there = cast.standing("ada"), cast.standing("ada", cast.cohort.workspace)
    mark_agreement(inner.messages.first(), cast.standing("amos"))
    with pytest.raises(ValidationError, match="an agreement of both offices"):
        move_topic(inner, ada, there, audience="workspace", is_confirmed=True)
    tracker = open_tracker(ada, decided_by="joint", title="Reminders")
    tied = Topic.objects.get(subject_id=tracker.pk)
    with pytest.raises(ValidationError, match="belongs to something of its workspace"):
        move_topic(tied, ada, there, audience="workspace", is_confirmed=True)


def test_the_trail_of_both_places_has_it(cast, inner):
    there = cast.standing("ada", cast.cohort.workspace)
    move_topic(inner, cast.standing("ada"), there, audience="workspace", is_confirmed=True)
    entries = AuditEntry.objects.filter(action="topic.moved", of=None).select_related("chain")
    rings = {(each.chain.enrolment_id, each.chain.cohort_id) for each in entries}
    assert rings == {(cast.alder.enrolment_id, None), (None, cast.cohort.pk)}


# --- the page


def test_only_places_where_one_writes_are_offered(cast, as_person, inner):
    page = as_person("amos").get(f"/workspaces/alder-ny/topics/{inner.pk}/move/")
    offered = {key for _, group in page.context["form"].fields["to"].choices[1:] for key, _ in group}
    here = {"alder-ny:workspace", "alder-ny:office"}
    assert offered == here | {"first:workspace", "first-september:workspace"}
    answer = as_person("amos").post(f"/workspaces/alder-ny/topics/{inner.pk}/move/", {"to": "birch-ny:workspace"})
    assert answer.status_code == 422


def test_fifty_messages_cost_what_five_hundred_do(cast, django_assert_max_num_queries):
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Long", audience="offices")
    for number in range(50):
        post_message(topic, ada, body=f"Number {number}")
    first = newest(cast) + 1
    with django_assert_max_num_queries(40):
        to_workspace(cast, topic, is_confirmed=True)
    assert list(topic.messages.order_by("position").values_list("seq", flat=True)) == list(range(first, first + 50))
