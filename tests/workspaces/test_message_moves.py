"""Messages go to another topic with all that hangs on them; a line stays, and its link leads on."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile

from tests.sample_files import picture
from workspaces.actions.acknowledgements import acknowledge, ask_to_acknowledge
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import mark_agreement
from workspaces.actions.moves import Wider, move_messages
from workspaces.actions.pins import pin
from workspaces.actions.reactions import react
from workspaces.actions.topics import edit_message, edit_topic, open_topic, post_message, read_up_to, remove_message
from workspaces.events import read_messages
from workspaces.models import Emoji, Event, Message, Topic
from workspaces.reading import UTC
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks

pytestmark = pytest.mark.usefixtures("files_of_its_own")


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def hall(cast):
    return open_topic(cast.standing("ada"), title="The hall")


@pytest.fixture
def message(cast, topic):
    """Ben's, with a file, edited, pinned, reacted to, acknowledged."""
    ben = cast.standing("ben")
    file = attach(topic, ben, file=ContentFile(picture(), name="map.png"))
    message, _ = post_message(topic, ben, body="Which hall?", attachments=[file.pk])
    message = edit_message(message, ben, version=1, body="Which hall, @Ada?")
    pin(message, ben)
    react(message, cast.standing("ada"), Emoji.QUESTION)
    acknowledge(ask_to_acknowledge(message, ben), cast.standing("nora"))
    return Message.objects.select_related("topic").get(pk=message.pk)


def move(cast, message, target, name="amos", there=None, **more):
    return move_messages(message, cast.standing(name), target, there or cast.standing(name), **more)


def test_all_that_hangs_on_it_goes_along(cast, as_person, message, hall):
    post_message(hall, cast.standing("ada"), body="About the hall.")
    moved = move(cast, message, hall)
    told = as_person("ada").get(f"/api/v1/messages/{moved.pk}/").json()
    assert (told["topic"], told["position"], told["body"]) == (str(hall.pk), 2, "Which hall, @Ada?")
    assert (told["author"]["name"], told["created_at"][:19]) == ("Ben", message.created_at.isoformat()[:19])
    assert [each["name"] for each in told["attachments"]] == ["map.png"]
    assert (len(told["reactions"]), told["mentions"], told["pinned"] is None) == (1, [str(cast.ada.pk)], False)
    assert told["acknowledgement"]["user_ids"] == [str(cast.nora.pk)]
    revisions = as_person("ada").get(f"/api/v1/messages/{moved.pk}/revisions/").json()["results"]
    assert [each["body"] for each in revisions] == ["Which hall?"]
    words = as_person("ada").get(f"/workspaces/alder-ny/topics/{hall.pk}/").content.decode()
    assert "Moved here by Amos, Policy adviser, Alder mayor’s office, " in words
    assert {(each.kind, each.object_id) for each in find(cast.ada, understand("hall", known_marks(), UTC))} >= {
        ("message", moved.pk)
    }
    assert message.pk not in {each.object_id for each in find(cast.ada, understand("hall", known_marks(), UTC))}


def test_a_line_stays_and_its_links_lead_on(cast, as_person, message, hall):
    moved = move(cast, message, hall)
    told, html = read_messages({message.pk}, message.stream)[message.pk]
    assert (told["body"], told["deleted_at"] is None, told["attachments"]) == ("", False, [])
    assert "Moved to another topic by Amos, Policy adviser, Alder mayor’s office, " in html
    answer = as_person("nora").get(f"/workspaces/alder-ny/messages/{message.pk}/")
    assert (answer.status_code, answer.url) == (302, f"/workspaces/alder-ny/messages/{moved.pk}/")
    assert [each.kind for each in Event.objects.filter(subject_id__in=[message.pk, moved.pk]).order_by("seq")][-2:] == [
        "message.created",
        "message.deleted",
    ]
    inner = open_topic(cast.standing("ben"), title="Ours", audience="offices")
    gone = move(cast, Message.objects.select_related("topic").get(pk=moved.pk), inner, "ben")
    assert as_person("nora").get(f"/workspaces/alder-ny/messages/{moved.pk}/").status_code == 200  # the line alone
    assert as_person("ada").get(f"/workspaces/alder-ny/messages/{moved.pk}/").url.endswith(f"/messages/{gone.pk}/")
    assert "Which hall" not in as_person("nora").get(f"/workspaces/alder-ny/messages/{moved.pk}/").content.decode()


def test_with_all_that_follow_in_their_order(cast, topic, hall):
    for number in range(5):
        post_message(topic, cast.standing("ben" if number % 2 else "ada"), body=f"Number {number}")
    third = topic.messages.select_related("topic").get(position=3)
    remove_message(topic.messages.get(position=4), cast.standing("ben"))
    first = move(cast, third, hall, with_later=True)
    assert list(hall.messages.order_by("position").values_list("position", "body")) == [(1, "Number 2"), (2, "Number 4")]
    assert first.body == "Number 2"
    hall.refresh_from_db()
    assert hall.message_count == 2
    counts = {pk: row["unread"] for pk, row in Topic.objects.counts_for(cast.nora).items()}
    assert (counts[str(topic.pk)], counts[str(hall.pk)]) == (2, 2)
    message, _ = post_message(hall, cast.standing("nora"), body="And I.")
    assert message.position == 3


def test_who_has_read_it_finds_it_new_where_it_is(cast, message, hall):
    post_message(hall, cast.standing("ada"), body="About the hall.")
    read_up_to(Topic.objects.get(pk=hall.pk), cast.nora, 1)
    move(cast, message, hall)
    assert Topic.objects.counts_for(cast.nora)[str(hall.pk)]["unread"] == 1


def test_more_people_are_asked_about_first(cast, as_person, hall):
    inner = open_topic(cast.standing("ben"), title="Ours", audience="offices")
    message = post_message(inner, cast.standing("ben"), body="Between us.")[0]
    with pytest.raises(Wider, match="researchers will see it"):
        move(cast, message, hall)
    ben = as_person("ben")
    address, told = f"/workspaces/alder-ny/messages/{message.pk}/move/", {"to": str(hall.pk)}
    page = ben.post(address, told)
    assert (page.status_code, "More people would see it" in page.content.decode()) == (422, True)
    answer = ben.post(f"/api/v1/messages/{message.pk}/move/", {"topic": str(hall.pk)}, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (400, "wider")
    assert ben.post(address, told | {"is_confirmed": "1"}).status_code == 302
    assert hall.messages.get().body == "Between us."


def test_who_may_move_what(cast, topic, hall, message):
    with pytest.raises(PermissionDenied):  # another’s
        move(cast, message, hall, "nora")
    mine = post_message(topic, cast.standing("nora"), body="The evidence.")[0]
    with pytest.raises(PermissionDenied):  # and what follows is not all hers
        move(cast, mine, hall, "nora", with_later=True)
    assert move(cast, mine, hall, "nora").topic == hall
    there = cast.standing("amos", cast.cohort.workspace)
    shared = open_topic(there, title="For all cities")
    with pytest.raises(PermissionDenied):
        move(cast, message, shared, "amos", there, is_confirmed=True)
    there = cast.standing("ada", cast.cohort.workspace)
    assert move(cast, message, shared, "ada", there, is_confirmed=True).topic == shared


def test_what_stays_where_it_is(cast, topic, hall, message):
    ours = open_topic(cast.standing("ada"), title="Ours", audience="office")
    with pytest.raises(ValidationError, match="Ben wrote in it and would no longer see it."):
        move(cast, message, ours, "ada")
    with pytest.raises(ValidationError, match="It is there already."):
        move(cast, message, topic)
    agreed = post_message(topic, cast.standing("ada"), body="We agree.")[0]
    mark_agreement(agreed, cast.standing("amos"))
    with pytest.raises(ValidationError, match="an agreement of both offices"):
        move(cast, agreed, ours, "ada")
    edit_topic(hall, cast.standing("ada"), version=hall.version, is_closed=True)
    with pytest.raises(ValidationError, match="resolved"):
        move(cast, message, hall)
    remove_message(message, cast.standing("ben"))
    with pytest.raises(ValidationError, match="removed"):
        move(cast, message, open_topic(cast.standing("ada"), title="Open"))
