"""“This should not be here”: out of sight for everybody at once, sealed for its owner, put back, redacted or destroyed."""

import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cohorts.actions.seats import end_term
from cohorts.models import AuditEntry, Conflict
from tests.cast import build_cast, person, seat
from tests.sample_files import pdf
from workspaces.actions.attachments import attach
from workspaces.actions.decisions import confirm, mark_agreement
from workspaces.actions.guard import CaseInformation
from workspaces.actions.legal_holds import lift_hold, place_hold
from workspaces.actions.pins import pin
from workspaces.actions.sealing import (
    destroy,
    keep_it,
    read_sealed,
    redact,
    restore,
    take_out,
)
from workspaces.actions.topics import edit_message, open_topic, post_message, remove_message
from workspaces.events import read_messages
from workspaces.files.drawing import draw_pictures
from workspaces.mails import planning
from workspaces.mails.sending import send_due
from workspaces.models import Attachment, Event, Mail, Message, MessageRevision, SealedItem
from workspaces.reading import UTC
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks

SECRET = "Jordan Doe was seen at Elm Street"


pytestmark = pytest.mark.usefixtures("files_of_its_own")


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def message(cast, topic):
    """Amos's, edited once, pinned, with a file."""
    amos = cast.standing("amos")
    file = attach(topic, amos, file=ContentFile(pdf(SECRET), name=f"{SECRET}.pdf"))
    message, _ = post_message(topic, amos, body=f"First: {SECRET}. @Ben", attachments=[file.pk])
    draw_pictures(file.pk)
    pin(message, amos)
    return edit_message(message, amos, version=message.version, body=f"Rather: {SECRET}. @Ben")


@pytest.fixture
def item(cast, message, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        return take_out("message", message, cast.standing("nora"), why="people")


def everywhere(client, topic, message):
    """All that somebody reads of it, one after the other."""
    file = Attachment.objects.filter(message=message).first()
    here = "/workspaces/alder-ny/"
    paths = [
        *(here, f"{here}topics/{topic.pk}/", f"{here}messages/{message.pk}/", f"{here}messages/{message.pk}/history/"),
        *(f"{here}messages/{message.pk}/tools/", f"{here}files/", f"{here}search/?q=Jordan", "/search/?q=Jordan", "/"),
        *("/api/v1/messages/", f"/api/v1/messages/{message.pk}/", f"/api/v1/messages/{message.pk}/revisions/"),
        *("/api/v1/attachments/", f"{here}files/{file.pk}/download/", f"{here}files/{file.pk}/pages/1/"),
        *(f"{here}topics/{topic.pk}/?quote={message.pk}", "/api/v1/workspaces/alder-ny/events/?stream=workspace&after=0"),
    ]
    return {path: client.get(path) for path in paths}


def in_the_database():
    """Every text of every row of this app. SQLite's own full-text tables let go of what was deleted when they are merged."""
    with connection.cursor() as cursor:
        told = []
        for table in connection.introspection.table_names(cursor):
            if table.startswith("workspaces_") and not table.endswith(("_data", "_idx", "_docsize", "_content", "_config")):
                cursor.execute(f"SELECT * FROM {table}")
                told += [str(row) for row in cursor.fetchall()]
    return "\n".join(told)


def stored(settings):
    return b"".join(path.read_bytes() for path in settings.MEDIA_ROOT.rglob("*") if path.is_file())


# --- out of sight


def test_it_is_gone_for_everybody_at_once(cast, as_person, settings, topic, message, django_capture_on_commit_callbacks):
    before = everywhere(as_person("ben"), topic, message).values()
    assert any(SECRET in answer.content.decode(errors="replace") for answer in before)
    with django_capture_on_commit_callbacks(execute=True):
        take_out("message", message, cast.standing("nora"), why="people")
    for name in ("amos", "ada", "ben", "nora", "finn", "rhea"):
        for path, answer in everywhere(as_person(name), topic, message).items():
            assert "Jordan" not in answer.content.decode(errors="replace").replace("q=Jordan", "").replace(
                'value="Jordan"', ""
            ).replace("“Jordan”", ""), (name, path)
            assert (answer.status_code == 404) == ("/files/" in path and len(path) > 30), (name, path)
    words = in_the_database()
    assert "Jordan" not in words and "jordan" not in words  # nor the index’s stems
    assert b"%PDF" not in stored(settings) and b"WEBP" not in stored(settings)
    page = as_person("ben").get(f"/workspaces/alder-ny/topics/{topic.pk}/").content.decode()
    told = "marked as something that should not be here. The Alder mayor’s office decides what becomes of it."
    assert told in page and "Ask Rhea, Records officer." in page
    assert "Pinned (1)" not in page


def test_open_pages_hear_it_and_a_client_of_the_api_sees_it_deleted(cast, topic, message):
    take_out("message", message, cast.standing("nora"), why="people")
    event = Event.objects.filter(subject_id=message.pk).last()
    told, html = read_messages({message.pk}, message.stream)[message.pk]
    assert (event.kind, event.actor) == ("message.deleted", cast.nora)
    assert (told["body"], told["attachments"], told["mentions"], told["deleted_at"] is None) == ("", [], [], False)
    assert "Taken out" in html


def test_no_mail_that_has_not_left_carries_it(cast, server, topic, message):
    take_out("message", message, cast.standing("ben"), why="people")
    tomorrow = timezone.now() + timezone.timedelta(days=1)
    planning.plan_news(tomorrow)
    send_due(tomorrow)
    assert all("Jordan" not in str(mail) for mail in server.mails)


def test_twice_is_once_and_what_its_author_removed_cannot_be_taken_out(cast, topic, message, item):
    assert take_out("message", message, cast.standing("ada"), why="case") == item
    assert SealedItem.objects.filter(kind="message").count() == 1
    other, _ = post_message(topic, cast.standing("ada"), body="Never mind.")
    remove_message(other, cast.standing("ada"))
    with pytest.raises(ValidationError, match="author has removed"):
        take_out("message", other, cast.standing("ben"), why="case")
    with pytest.raises(ValidationError, match="Say why"):
        take_out("message", message, cast.standing("ben"), why="because")


@pytest.mark.django_db(transaction=True)
def test_two_who_mark_it_at_once_seal_it_once():
    cast = build_cast()
    topic = open_topic(cast.standing("ada"), title="Call-in date")
    message, _ = post_message(topic, cast.standing("ada"), body=SECRET)

    def mark(name):
        try:
            return take_out("message", message, cast.standing(name), why="people").pk
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        made = set(people.map(mark, ["ben", "nora", "finn", "bea"]))
    assert len(made) == SealedItem.objects.count() == 1
    assert restore(SealedItem.objects.get(), cast.rhea).state == "restored"
    assert Message.objects.get().body == SECRET


def test_a_file_alone_leaves_its_message(cast, as_person, topic, message):
    file = message.attachments.get()
    item = take_out("file", file, cast.standing("ben"), why="personal")
    told, html = read_messages({message.pk}, message.stream)[message.pk]
    assert ("Rather: Jordan" in told["body"], told["attachments"]) == (True, [])
    assert "A file was taken out: marked as something that should not be here." in html
    assert restore(item, cast.rhea).state == "restored"
    file.refresh_from_db()
    with file.file.open() as back:
        assert (file.name, back.read()[:4], file.removed_at) == (f"{SECRET}.pdf", b"%PDF", None)
    assert draw_pictures(file.pk)
    assert as_person("ben").get(f"/workspaces/alder-ny/files/{file.pk}/download/").status_code == 200


def test_a_title_too(cast, as_person):
    topic = open_topic(cast.standing("amos"), title="Jordan Doe")
    item = take_out("title", topic, cast.standing("ben"), why="people")
    topic.refresh_from_db()
    assert topic.title == "(Title taken out)"
    assert "Jordan" not in in_the_database()
    page = as_person("ben").get(f"/workspaces/alder-ny/topics/{topic.pk}/").content.decode()
    assert "The title was taken out: marked as something that should not be here." in page
    redact(item, cast.rhea, words="A person")
    topic.refresh_from_db()
    assert (topic.title, topic.sealed_note) == ("A person", "")


def test_a_decision_keeps_its_day_without_its_words(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("amos"), body=SECRET)
    decision = mark_agreement(message, cast.standing("amos"))
    for name in ("ada", "ben"):
        confirm(decision, cast.standing(name))
    item = take_out("message", message, cast.standing("nora"), why="people")
    page = as_person("ben").get("/workspaces/alder-ny/decisions/").content.decode()
    assert ("Its words were taken out" in page, "Jordan" in page) == (True, False)
    restore(item, cast.rhea)
    decision.refresh_from_db()
    assert (decision.text, decision.decided_at is None) == (SECRET, False)


# --- whose it is


def test_the_owning_office_decides_and_nobody_else(cast, as_person, item):
    for name in ("ada", "amos", "ben", "bea", "finn", "nora", "cleo", "ivy"):
        assert as_person(name).get(f"/people/sealed/{item.pk}/").status_code == 404, name
        with pytest.raises(PermissionDenied):
            restore(item, getattr(cast, name))
    page = as_person("rhea").get(f"/people/sealed/{item.pk}/").content.decode()
    assert ("Rather: Jordan" in page, "First: Jordan" in page, "It names a victim" in page) == (True, True, True)
    assert "Decide" in as_person("rhea").get("/").content.decode()
    assert AuditEntry.objects.filter(action="item.read", of=None, actor=cast.rhea).count() == 1


def test_counsel_decides_and_without_either_the_principal(cast, item):
    counsel = seat(cast.otto, "counsel", "Counsel", office=cast.offices["alder"][0])
    assert SealedItem.objects.visible_to(cast.otto).filter(pk=item.pk).exists()
    end_term(counsel.terms.get(), timezone.now())
    end_term(cast.seats["rhea"].terms.get(), timezone.now())
    assert not SealedItem.objects.visible_to(cast.rhea).exists()
    assert restore(item, cast.ada).decided_by == cast.ada


def test_what_no_office_owns_is_the_facilitators(cast, as_person, topic):
    message, _ = post_message(topic, cast.standing("nora"), body=SECRET)
    item = take_out("message", message, cast.standing("ada"), why="people")
    assert (item.office, item.owner) == (None, "First cohort’s facilitators")
    assert "Something that should not be here was taken out" in as_person("finn").get("/cohorts/first/").content.decode()
    restore(item, cast.finn)
    message.refresh_from_db()
    assert message.body == SECRET


# --- decided


def test_put_back_it_is_as_it_was(cast, as_person, topic, message, item, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        for each in SealedItem.objects.all():
            restore(each, cast.rhea)
    message.refresh_from_db()
    assert (message.body, message.deleted_at, message.sealed_note) == (f"Rather: {SECRET}. @Ben", None, "")
    assert message.revisions.get().body == f"First: {SECRET}. @Ben"
    assert message.mentions.get().person == cast.ben
    asked = understand("Jordan", known_marks(), UTC)
    assert {each.kind for each in find(cast.ben, asked)} == {"message", "file"}
    assert set(SealedItem.objects.values_list("content", "file", "state")) == {("", "", "restored")}
    with pytest.raises(Conflict):
        restore(item, cast.rhea)


def test_redacted_it_says_so_and_whose_words_they_are(cast, as_person, topic, message, item):
    with pytest.raises(CaseInformation):
        redact(item, cast.rhea, words="DOB 04/12/1998 was seen.")
    with pytest.raises(ValidationError, match="Write what is to stand"):
        redact(item, cast.rhea, words="  ")
    redact(item, cast.rhea, words="Somebody was seen.")
    page = as_person("ben").get(f"/workspaces/alder-ny/messages/{message.pk}/").content.decode()
    assert ("Somebody was seen." in page, "Redacted by decision of the Alder mayor’s office." in page) == (True, True)
    history = as_person("ben").get(f"/workspaces/alder-ny/messages/{message.pk}/history/").content.decode()
    assert ("by Rhea" in history, "Jordan" in history) == (True, False)
    assert MessageRevision.objects.filter(message=message).exclude(body="").count() == 0
    file = SealedItem.objects.get(kind="file")
    with pytest.raises(ValidationError, match="cannot be redacted"):
        redact(file, cast.rhea, words="x")


def test_two_people_destroy_it_and_nothing_is_left(cast, as_person, settings, item, django_capture_on_commit_callbacks):
    file = SealedItem.objects.get(kind="file")
    with django_capture_on_commit_callbacks(execute=True):
        for each in (item, file):
            assert destroy(each, cast.rhea) is False
            with pytest.raises(ValidationError, match="A second person"):
                destroy(each, cast.rhea)
            with pytest.raises(PermissionDenied):
                destroy(each, cast.ben)
            assert destroy(each, cast.ada) is True
    assert (stored(settings), set(SealedItem.objects.values_list("content", "state"))) == (b"", {("", "destroyed")})
    message = Message.objects.get()
    assert message.sealed_note == "It was destroyed by decision of the Alder mayor’s office."
    assert as_person("rhea").get(f"/people/sealed/{item.pk}/").status_code == 200
    for verb in (lambda: restore(item, cast.rhea), lambda: destroy(item, cast.ada)):
        with pytest.raises(Conflict):
            verb()


def test_a_principal_reads_it_only_once_the_second_yes_is_asked(cast, as_person, item):
    assert as_person("ada").get(f"/people/sealed/{item.pk}/").status_code == 404
    with pytest.raises(PermissionDenied):
        destroy(item, cast.ada)
    destroy(item, cast.rhea)
    page = as_person("ada").get(f"/people/sealed/{item.pk}/").content.decode()
    assert ("Yes, destroy it for good" in page, "Jordan" in page) == (True, True)
    keep_it(item, cast.ada)
    assert as_person("ada").get(f"/people/sealed/{item.pk}/").status_code == 404
    assert SealedItem.objects.get(pk=item.pk).state == "waiting"


def test_a_legal_hold_of_either_office_keeps_it(cast, as_person, item):
    rex = person("rex")
    seat(rex, "records", "Records officer", office=cast.offices["alder"][1])
    hold = place_hold(cast.offices["alder"][1], rex, matter="The suit of Doe")
    for who in (cast.rhea, cast.ada):
        with pytest.raises(ValidationError, match="A legal hold of the Alder County"):
            destroy(item, who)
    assert (
        "A legal hold of the Alder County District Attorney’s office"
        in as_person("rhea").get(f"/people/sealed/{item.pk}/").content.decode()
    )
    lift_hold(hold, rex)
    assert (destroy(item, cast.rhea), destroy(item, cast.ada)) == (False, True)
    acts = AuditEntry.objects.filter(of=None, action__startswith="hold.").values_list("action", "actor__name").order_by("at")
    assert list(acts) == [("hold.placed", "Rex"), ("hold.lifted", "Rex")]


def test_the_trail_says_who_did_what_and_no_word_of_it(cast, item):
    read_sealed(item, cast.rhea)
    destroy(item, cast.rhea)
    keep_it(item, cast.ada)
    restore(item, cast.rhea)
    entries = AuditEntry.objects.filter(of=None, subject_id=item.pk).order_by("at")
    assert [(each.action, each.actor.name) for each in entries] == [
        ("item.taken_out", "Nora"),
        ("item.read", "Rhea"),
        ("item.destruction_asked", "Rhea"),
        ("item.kept", "Ada"),
        ("item.restored", "Rhea"),
    ]
    assert "Jordan" not in str([each.__dict__ for each in entries])


def test_what_had_left_by_mail_and_what_quotes_it_is_listed(cast, as_person, server, topic, message):
    now = timezone.now() + timezone.timedelta(days=1)
    planning.plan_news(now)
    send_due(now)
    assert Mail.objects.filter(messages=message, state="sent").exists()
    quote = f"> …\n>\n> [Amos](/workspaces/alder-ny/messages/{message.pk}/)\n\nWhat of it?"
    post_message(topic, cast.standing("ben"), body=quote)
    theirs = open_topic(cast.standing("bea"), title="Ours", audience="office")
    post_message(theirs, cast.standing("bea"), body=quote)
    item = take_out("message", message, cast.standing("nora"), why="people")
    page = as_person("rhea").get(f"/people/sealed/{item.pk}/").content.decode()
    assert ("Mails that had left with its words" in page, "ben@example.org" in page) == (True, True)
    assert ("A message of Ben" in page, "A message of Bea" in page) == (True, False)  # in a ring that is not Rhea's


def test_sealed_under_a_key_that_is_gone_it_says_so(as_person, item):
    rhea = as_person("rhea")
    content = SealedItem.objects.get(pk=item.pk).content
    SealedItem.objects.filter(pk=item.pk).update(content=content[:-8] + "AAAAAAA=")
    page = rhea.get(f"/people/sealed/{item.pk}/").content.decode()
    assert "It was sealed under a key that the platform no longer has." in page


# --- the pages


def test_from_the_page_without_script(cast, as_person, topic, message):
    nora = as_person("nora")
    address = f"/workspaces/alder-ny/should-not-be-here/message/{message.pk}/"
    assert address in nora.get(f"/workspaces/alder-ny/messages/{message.pk}/").content.decode()
    page = nora.get(address).content.decode()
    assert ("with its 1 file," in page, "The contact is Rhea, Records officer." in page) == (True, True)
    assert nora.post(address, {}).status_code == 422
    assert Message.objects.get().deleted_at is None
    page = nora.post(address, {"why": "people"}, follow=True).content.decode()
    assert "Taken out, for everybody. The Alder mayor’s office decides what becomes of it. Ask Rhea, Records officer." in page
    item = SealedItem.objects.get(kind="message")
    rhea = as_person("rhea")
    decide = f"/people/sealed/{item.pk}/decision/"
    assert rhea.post(decide, {"deed": "dance"}).status_code == 404
    page = rhea.post(decide, {"deed": "redact", "words": "DOB 04/12/1998"})
    assert (page.status_code, "Put it back anyway" in page.content.decode()) == (422, True)
    assert rhea.post(decide, {"deed": "redact", "words": "DOB 04/12/1998", "anyway": "1"}).status_code == 302
    assert Message.objects.get().body == "DOB 04/12/1998"
    assert AuditEntry.objects.filter(action="guard.passed", of=None, actor=cast.rhea).count() == 1
    page = rhea.post(decide, {"deed": "restore"}, follow=True).content.decode()
    assert "Somebody decided on this meanwhile." in page


def test_what_is_not_there_or_not_sent_has_no_such_page(cast, as_person, topic, message):
    ada = as_person("ada")
    for path in (f"message/{uuid.uuid4()}", f"poem/{message.pk}", f"message/{topic.pk}", f"file/{message.pk}"):
        assert ada.get(f"/workspaces/alder-ny/should-not-be-here/{path}/").status_code == 404
    made = attach(topic, cast.standing("ada"), file=ContentFile(b"x", name="notes.txt"))
    answer = ada.post(f"/api/v1/attachments/{made.pk}/should-not-be-here/", {"why": "case"}, content_type="application/json")
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (400, "This file was not sent: remove it.")
    assert as_person("cleo").get(f"/workspaces/alder-ny/should-not-be-here/message/{message.pk}/").status_code == 404


def test_it_is_asked_again_before_what_was_sealed_is_shown(client, cast, item):
    client.force_login(cast.rhea)
    assert client.get(f"/people/sealed/{item.pk}/").status_code == 302
    assert client.post(f"/people/sealed/{item.pk}/decision/", {"deed": "restore"}).status_code == 302
    assert SealedItem.objects.get(pk=item.pk).state == "waiting"


def test_one_item_and_three_ask_the_same_of_the_database(cast, as_person, topic):
    rhea, counts = as_person("rhea"), []
    for many in (1, 2):
        for _ in range(many):
            message, _ = post_message(topic, cast.standing("amos"), body=SECRET)
            take_out("message", message, cast.standing("ben"), why="people")
        rhea.get("/people/sealed/")
        with CaptureQueriesContext(connection) as asked:
            rhea.get("/people/sealed/")
        counts.append(len(asked))
    assert counts[0] == counts[1]
