"""What somebody began to write waits for them on every device, and for nobody else."""

import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from cohorts.actions.seats import end_term
from workspaces.actions.drafts import keep_draft
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Draft


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def shown(client, topic, query=""):
    return client.get(f"/workspaces/alder-ny/topics/{topic.pk}/{query}").context["form"]["body"].value()


def send(client, topic, body, **told):
    return client.post(f"/workspaces/alder-ny/topics/{topic.pk}/draft/", {"body": body, **told}).status_code


def test_it_is_kept_shown_again_and_marked_in_the_list(cast, as_person, topic):
    ada = as_person("ada")
    assert [send(ada, topic, body) for body in ("The 14", "The 14th,\r\n  or the 15th ")] == [204, 204]
    assert Draft.objects.get().body == "The 14th,\n  or the 15th "
    assert shown(ada, topic) == "The 14th,\n  or the 15th "
    assert [row["has_draft"] for row in ada.get("/workspaces/alder-ny/").context["topics"]] == [True]
    ben = as_person("ben")
    assert (shown(ben, topic), ben.get("/workspaces/alder-ny/").context["topics"][0]["has_draft"]) == ("", False)


def test_nothing_written_is_nothing_kept(cast, as_person, topic):
    ada = as_person("ada")
    send(ada, topic, "The 14th")
    assert (send(ada, topic, "  \n"), Draft.objects.count()) == (204, 0)


def test_sent_it_is_a_draft_no_more_and_what_comes_late_changes_nothing(cast, as_person, topic):
    client_id = uuid.uuid4()
    keep_draft(topic, cast.standing("ada"), body="The 14")
    keep_draft(topic, cast.standing("ben"), body="Mine")
    post_message(topic, cast.standing("ada"), body="The 14th", client_id=client_id)
    assert [draft.person for draft in Draft.objects.all()] == [cast.ben]
    assert send(as_person("ada"), topic, "The 14th", client_id=client_id) == 204
    assert [draft.person for draft in Draft.objects.all()] == [cast.ben]


def test_a_quote_stands_before_it_once(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("ben"), body="The 14th?")
    ada, quote = as_person("ada"), f"?quote={message.pk}"
    send(ada, topic, "Yes.")
    begun = shown(ada, topic, quote)
    assert (begun.startswith("> The 14th?\n"), begun.endswith("\n\nYes.")) == (True, True)
    send(ada, topic, begun)
    assert shown(ada, topic, quote) == begun


def test_too_long_and_not_allowed(cast, as_person, topic):
    assert send(as_person("ada"), topic, "x" * 10_001) == 422
    with pytest.raises(ValidationError):
        keep_draft(topic, cast.standing("ada"), body="x" * 10_001)
    with pytest.raises(PermissionDenied):
        keep_draft(topic, cast.standing("rhea"), body="x")
    assert [send(as_person(name), topic, "x") for name in ("rhea", "cleo", "ivy")] == [403, 404, 404]
    assert Draft.objects.count() == 0


def test_it_stays_behind_when_the_seat_ends(cast, as_person, topic):
    keep_draft(topic, cast.standing("amos"), body="Mine alone")
    end_term(cast.seats["amos"].terms.get())
    assert not Draft.objects.visible_to(cast.amos).exists()
    assert "Mine alone" not in as_person("ada").get(f"/workspaces/alder-ny/topics/{topic.pk}/").content.decode()
