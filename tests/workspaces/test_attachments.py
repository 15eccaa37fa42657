"""Files on messages: what is taken, who sees it, how it looks, and what becomes of it."""

import errno
import io
import os
import subprocess
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from PIL import Image

from cohorts.models import AuditEntry, OfficeRules
from tests.cast import build_cast, come_in
from tests.sample_files import SAMPLES, archive, docx, pdf, picture, xlsx
from workspaces.actions.attachments import attach, discard, discard_left_over, remove_attachment, sweep_storage
from workspaces.actions.decisions import confirm, mark_agreement
from workspaces.actions.guard import CaseInformation
from workspaces.actions.sealing import take_out
from workspaces.actions.topics import edit_topic, open_topic, post_message, remove_message
from workspaces.events import read_messages
from workspaces.files import reading
from workspaces.files.drawing import draw_left_over, draw_pictures
from workspaces.files.kinds import KINDS, MOST_BYTES, Kind, TooLarge, clean_name
from workspaces.models import Attachment, Event, Message
from workspaces.search.asking import understand
from workspaces.search.finding import find, known_marks

pytestmark = pytest.mark.usefixtures("files_of_its_own")


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


def sent(topic, standing, *files, body="See this."):
    """The message, with each `(name, content)` of `files` on it."""
    made = [attach(topic, standing, file=ContentFile(content, name=name)) for name, content in files]
    return post_message(topic, standing, body=body, attachments=[each.pk for each in made])[0]


def upload(client, topic, name="plan.pdf", content=None, **more):
    file = SimpleUploadedFile(name, SAMPLES[name]() if content is None else content)
    return client.post("/api/v1/attachments/", {"topic": str(topic.pk), "file": file}, **more)


def read(attachment):
    with attachment.file.open() as file:
        return file.read()


def kept(settings):
    """How many files there are in storage."""
    return sum(len(files) for _, _, files in os.walk(settings.MEDIA_ROOT))


# --- what is taken


@pytest.mark.parametrize("name", SAMPLES)
def test_what_offices_work_with_is_taken(cast, topic, name):
    content = SAMPLES[name]()
    made = attach(topic, cast.standing("ada"), file=ContentFile(content, name=name))
    assert (made.name, made.size, read(made)) == (name, len(content), content)
    shown = {"pdf", "png", "jpg", "jpeg", "gif", "webp"}
    assert made.preview == ("waiting" if name.partition(".")[2] in shown else "none")


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
ELSE = "what is in the file is something else"


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("map.png", SVG, ELSE),
        ("map.png", b"<!doctype html><script>alert(1)</script>", ELSE),
        ("map.png", SAMPLES["map.jpg"](), ELSE),
        ("notes.txt", b"\xef\xbb\xbf  <html>", ELSE),
        ("figures.csv", b"MZ\x90\0", ELSE),
        ("plan.pdf", b"MZ\x90\0", ELSE),
        ("plan.docx", SAMPLES["figures.xlsx"](), ELSE),
        ("plan.odt", archive(mimetype="text/html"), ELSE),
        ("plan.docx", b"PK\x03\x04 no archive", ELSE),
        ("plan.docx", docx(**{"word/vbaProject.bin": b"x"}), "macros"),
        ("plan.docx", docx(**{"word/big.xml": b"0" * 210_000_000}), "far larger once it is opened"),
        ("map.svg", SVG, "end in .svg are not taken. Save it as JPEG or PNG"),
        ("page.html", b"<p>", "Print it to PDF"),
        ("plan.doc", b"\xd0\xcf\x11\xe0", "Save it as .docx or PDF"),
        ("run.exe", b"MZ", "PDF, pictures"),
        ("Makefile", b"all:", "without an ending"),
        ("notes.txt", b"", "empty"),
        ("invoice\u202efdp.exe", b"MZ", "end in .exe"),
    ],
)
def test_what_is_not_what_it_says_is_refused_and_nothing_of_it_stays(cast, as_person, settings, topic, name, content, why):
    answer = upload(as_person("ada"), topic, name, content)
    told = answer.json()["errors"][0]
    assert (answer.status_code, told["code"]) in ((415, "unsupported_media_type"), (400, "empty"))
    assert why in told["detail"]
    assert (Attachment.objects.count(), kept(settings)) == (0, 0)


def test_25_megabytes_and_no_byte_more(cast, as_person, topic):
    whole = b"a," * (MOST_BYTES // 2)
    ada = as_person("ada")
    assert upload(ada, topic, "figures.csv", whole).status_code == 201
    answer = upload(ada, topic, "figures.csv", whole + b"a")
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (413, "too_large")
    assert "more than 25 MB" in answer.json()["errors"][0]["detail"]
    with pytest.raises(TooLarge):
        attach(topic, cast.standing("ada"), file=ContentFile(b"a" * (MOST_BYTES + 1), name="figures.csv"))


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("C:\\Users\\ada\\plan.pdf", "plan.pdf"),
        ("../../etc/plan.pdf", "plan.pdf"),
        ("the\nplan\r\n\t.pdf", "the plan .pdf"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("a\0b\x1b[31m.pdf", "ab[31m.pdf"),
        ("…" * 200 + ".pdf", "…" * 146 + ".pdf"),
        ("Ordnung für Bürger – 2026.pdf", "Ordnung für Bürger – 2026.pdf"),
        ("\u2028", "file"),
        ("", "file"),
    ],
)
def test_a_name_is_one_plain_line(told, shown):
    assert clean_name(told) == shown


# --- sent


def test_a_file_is_its_uploaders_alone_until_it_is_sent(cast, as_person, topic):
    ada = as_person("ada")
    told = upload(ada, topic).json()
    made = Attachment.objects.get()
    path = f"/workspaces/alder-ny/files/{made.pk}/download/"
    assert told == {
        "id": str(made.pk),
        "url": f"http://testserver/api/v1/attachments/{made.pk}/",
        "topic": str(topic.pk),
        "message": None,
        "name": "plan.pdf",
        "size": made.size,
        "content_type": "application/pdf",
        "sha256": made.sha256,
        "download_url": f"http://testserver{path}",
        "warning": "",
        "created_at": told["created_at"],
        "updated_at": told["updated_at"],
    }
    ben = Client()
    come_in(ben, cast.ben)
    assert (ada.get(path).status_code, ben.get(path).status_code) == (200, 404)
    posted = ada.post(
        "/api/v1/messages/", {"topic": str(topic.pk), "body": "", "attachments": [told["id"]]}, content_type="application/json"
    )
    assert posted.status_code == 201
    file = {field: told[field] for field in ("id", "name", "size", "content_type", "sha256")} | {"download_url": path}
    assert posted.json()["attachments"] == [file]
    assert ben.get(f"/api/v1/messages/{posted.json()['id']}/").json()["attachments"] == [file]
    assert ben.get("/api/v1/attachments/").json()["results"][0]["message"] == posted.json()["id"]
    answer = ben.get(path)
    assert (answer.status_code, answer.content) == (200, read(made))
    assert answer["Content-Disposition"] == 'attachment; filename="plan.pdf"'
    assert (answer["X-Content-Type-Options"], answer["Content-Type"]) == ("nosniff", "application/pdf")
    assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert answer["Cache-Control"] == "private, no-store"


def test_only_ones_own_files_of_this_topic_are_sent_and_each_once(cast, topic):
    ada, elsewhere = cast.standing("ada"), open_topic(cast.standing("ada"), title="Another")
    mine = attach(topic, ada, file=ContentFile(SAMPLES["plan.pdf"](), name="plan.pdf"))
    others = attach(topic, cast.standing("ben"), file=ContentFile(b"x", name="notes.txt"))
    there = attach(elsewhere, ada, file=ContentFile(b"x", name="notes.txt"))
    first, _ = post_message(topic, ada, attachments=[mine.pk])
    for keys in ([others.pk], [there.pk], [mine.pk], [uuid.uuid4()], [there.pk, others.pk]):
        with pytest.raises(Exception, match="no longer here"):
            post_message(topic, ada, body="Here.", attachments=keys)
    assert Message.objects.get() == first
    with pytest.raises(Exception, match="blank"):
        post_message(topic, ada, body=" ")


def test_the_same_message_twice_has_its_files_once(cast, topic):
    made = attach(topic, cast.standing("ada"), file=ContentFile(b"x", name="notes.txt"))
    told = {"body": "Here.", "client_id": uuid.uuid4(), "attachments": [made.pk]}
    first, second = (post_message(topic, cast.standing("ada"), **told) for _ in range(2))
    assert (first[0], first[1], second[1]) == (second[0], True, False)
    assert [each.pk for each in second[0].attachments.all()] == [made.pk]


@pytest.mark.django_db(transaction=True)
def test_two_messages_at_once_cannot_both_have_it():
    cast = build_cast()
    ada = cast.standing("ada")
    topic = open_topic(ada, title="Call-in date")
    made = attach(topic, ada, file=ContentFile(b"x", name="notes.txt"))

    def post(number):
        try:
            return post_message(topic, ada, body=f"Number {number}", attachments=[made.pk])[0].pk
        except Exception as error:
            return " ".join(error.messages)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as people:
        told = list(people.map(post, range(4)))
    assert told.count("A file is no longer here. Add it again.") == 3
    assert Message.objects.count() == 1


def test_ten_a_message_and_thirty_unsent(cast, topic):
    ada = cast.standing("ada")
    made = [attach(topic, ada, file=ContentFile(b"x", name=f"{number}.txt")) for number in range(30)]
    with pytest.raises(Exception, match="30 files here that you have not sent"):
        attach(topic, ada, file=ContentFile(b"x", name="more.txt"))
    with pytest.raises(Exception, match="A message takes 10 files"):
        post_message(topic, ada, attachments=[each.pk for each in made[:11]])
    message, _ = post_message(topic, ada, attachments=[each.pk for each in made[:10]])
    assert message.attachments.count() == 10


def test_an_upload_named_by_a_key_is_one_file(as_person, topic):
    ada = as_person("ada")
    first, again = (upload(ada, topic, headers={"Idempotency-Key": "one"}) for _ in range(2))
    assert (first.status_code, again.json()["id"], Attachment.objects.count()) == (201, first.json()["id"], 1)
    assert upload(ada, topic, content=pdf("Another"), headers={"Idempotency-Key": "one"}).status_code == 409


def test_who_only_reads_and_whose_office_says_no_cannot_upload(cast, as_person, topic):
    assert upload(as_person("rhea"), topic).status_code == 403
    assert upload(as_person("cleo"), topic).status_code == 404
    OfficeRules.objects.create(office=cast.offices["alder"][0], allows_uploads=False)
    answer = upload(as_person("ada"), topic)
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (
        403,
        "Your office does not allow uploads here. Its IT contact sets this rule.",
    )
    page = as_person("ada").get(f"/workspaces/alder-ny/topics/{topic.pk}/").content.decode()
    assert "Attach files" not in page
    assert Attachment.objects.count() == 0


def test_nothing_is_uploaded_to_a_resolved_topic(cast, as_person, topic):
    edit_topic(topic, cast.standing("ada"), version=topic.version, is_closed=True)
    answer = upload(as_person("ada"), topic)
    assert (answer.status_code, answer.json()["errors"][0]["detail"]) == (
        400,
        "This topic is resolved. Reopen it to write in it.",
    )


# --- the guard


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("notes.txt", b"DOB 04/12/1998, he is on the list."),
        ("plan.pdf", pdf("The plan", "DOB 04/12/1998, he is on the list.")),
        ("plan.docx", docx("DOB 04/12/1998, he is on the list.")),
        ("figures.xlsx", xlsx(["born"], ["DOB 04/12/1998"])),
    ],
)
def test_the_guard_reads_files_and_what_goes_all_the_same_is_noted_without_the_words(cast, as_person, topic, name, content):
    ada = cast.standing("ada")
    told = upload(as_person("ada"), topic, name, content).json()
    why = f"This looks like a date of birth (“DOB 04/12/1998” in the file “{name}”)."
    assert told["warning"].startswith(why)
    with pytest.raises(CaseInformation, match="a date of birth"):
        post_message(topic, ada, body="Here.", attachments=[told["id"]])
    message, _ = post_message(topic, ada, body="Here.", attachments=[told["id"]], anyway=True)
    assert message.attachments.get().found == []  # the words are kept nowhere but in the file
    entry = AuditEntry.objects.get(action="guard.passed", of=None)
    assert (entry.subject_words, "1998" in str(entry.__dict__)) == ("a date of birth", False)


def test_a_docket_number_in_a_name_is_found(cast, topic):
    made = attach(topic, cast.standing("ada"), file=ContentFile(SAMPLES["map.png"](), name="24-CR-01234.png"))
    assert made.found == [["a docket or case number", "24-CR-01234"]]


# --- pictures


def test_pages_become_pictures_that_the_rings_readers_see(cast, as_person, topic):
    message = sent(topic, cast.standing("ada"), ("plan.pdf", pdf("One", "Two", "Three")))
    made = message.attachments.get()
    assert (draw_pictures(made.pk), draw_pictures(made.pk)) == (True, False)
    made.refresh_from_db()
    assert (made.preview, made.page_count, made.pages.count()) == ("made", 3, 3)
    assert Event.objects.get(kind="message.previewed").subject_id == message.pk
    told, html = read_messages({message.pk}, message.stream)[message.pk]
    assert f"/files/{made.pk}/thumbnail/" in html
    for name, status in (("ben", 200), ("nora", 200), ("cleo", 404), ("ivy", 404)):
        for what in ("", "thumbnail/", "pages/1/", "pages/3/", "download/"):
            assert as_person(name).get(f"/workspaces/alder-ny/files/{made.pk}/{what}").status_code == status, (name, what)
    answer = as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/pages/2/")
    with Image.open(io.BytesIO(answer.content)) as image:
        assert (image.format, max(image.size)) == ("WEBP", 1400)
    assert answer["Content-Type"] == "image/webp"
    assert as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/pages/4/").status_code == 404
    assert as_person("ben").get(f"/workspaces/birch-ny/files/{made.pk}/").status_code == 404


def test_of_a_long_document_twenty_pages_are_shown_and_the_page_says_so(cast, as_person, topic):
    made = sent(topic, cast.standing("ada"), ("plan.pdf", pdf(*map(str, range(23))))).attachments.get()
    draw_pictures(made.pk)
    page = as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/").content.decode()
    assert (made.pages.count(), "The first 20 of 23 pages are shown." in page) == (20, True)


def test_a_picture_is_made_anew_without_where_it_was_taken(cast, topic):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "at the corner of Elm"  # turned, and described
    made = sent(topic, cast.standing("ada"), ("map.jpg", picture("JPEG", (640, 320), exif=exif))).attachments.get()
    draw_pictures(made.pk)
    with made.pages.get().image.open() as file, Image.open(file) as image:
        assert (image.size, dict(image.getexif())) == ((320, 640), {})


@pytest.mark.parametrize(
    ("name", "content"),
    [("plan.pdf", b"%PDF-1.7\n" + b"[" * 5000), ("map.png", SAMPLES["map.png"]()[:60] + b"x" * 40)],
)
def test_what_cannot_be_shown_says_so_and_can_be_downloaded(cast, as_person, topic, name, content, monkeypatch):
    monkeypatch.setattr("workspaces.files.kinds.KINDS", kinds_that_take_anything())
    made = sent(topic, cast.standing("ada"), (name, content)).attachments.get()
    assert draw_pictures(made.pk) is False
    made.refresh_from_db()
    page = as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/").content.decode()
    assert (made.preview, "could not be made into pictures" in page) == ("failed", True)
    assert as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/download/").content == content


def kinds_that_take_anything():
    return KINDS | {
        name: Kind(KINDS[name].content_type, KINDS[name].label, lambda file: True, has_pictures=True) for name in ("pdf", "png")
    }


def test_a_reader_that_hangs_or_dies_is_given_up(cast, topic, monkeypatch):
    ada = cast.standing("ada")
    made = sent(topic, ada, ("plan.pdf", pdf())).attachments.get()
    monkeypatch.setattr(reading, "WITHIN", 0.001)
    assert (draw_pictures(made.pk), Attachment.objects.get().preview) == (False, "failed")
    assert attach(topic, ada, file=ContentFile(b"DOB 04/12/1998", name="notes.txt")).found == []


def test_the_reader_knows_nothing_and_may_use_so_much(tmp_path):
    """It gets no environment, does not load the platform, and a greedy one ends by itself."""
    path = tmp_path / "plan.pdf"
    path.write_bytes(pdf())
    code = (
        "import sys, workspaces.files.reader as reader; reader.main('text', sys.argv[1]);"
        "assert not any(name.startswith(('django', 'cohorts', 'mpi')) for name in sys.modules); bytearray(2 * 1024**3)"
    )
    done = subprocess.run([reading.sys.executable, "-c", code, path], env={}, capture_output=True, text=True)
    assert '"The plan"' in done.stdout
    assert "MemoryError" in done.stderr


def test_a_sweep_makes_the_pictures_that_a_killed_worker_left(cast, topic):
    made = sent(topic, cast.standing("ada"), ("map.png", picture())).attachments.get()
    assert draw_left_over() == 0  # its own job may still be on its way
    Attachment.objects.update(created_at=timezone.now() - timezone.timedelta(minutes=4))
    assert draw_left_over() == 1
    made.refresh_from_db()
    assert made.preview == "made"


def test_its_job_is_asked_for_once_it_is_stored(cast, topic, django_capture_on_commit_callbacks, monkeypatch):
    asked = []
    monkeypatch.setattr("workspaces.tasks.draw_pictures", asked.append)
    with django_capture_on_commit_callbacks(execute=True):
        made = attach(topic, cast.standing("ada"), file=ContentFile(picture(), name="map.png"))
        attach(topic, cast.standing("ada"), file=ContentFile(b"x", name="notes.txt"))
    assert asked == [made.pk]


# --- taken away


def test_what_was_not_sent_is_discarded_whole(cast, as_person, settings, topic, django_capture_on_commit_callbacks):
    made = attach(topic, cast.standing("ada"), file=ContentFile(picture(), name="map.png"))
    draw_pictures(made.pk)
    assert kept(settings) == 3  # the file, its picture, a small one
    assert as_person("ben").delete(f"/api/v1/attachments/{made.pk}/").status_code == 404
    discard(made, cast.ben)
    assert Attachment.objects.count() == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert as_person("ada").delete(f"/api/v1/attachments/{made.pk}/").status_code == 204
    assert (Attachment.objects.count(), kept(settings)) == (0, 0)


def test_a_week_later_what_nobody_sent_is_gone(cast, settings, topic, django_capture_on_commit_callbacks):
    ada = cast.standing("ada")
    message = sent(topic, ada, ("notes.txt", b"sent"))
    attach(topic, ada, file=ContentFile(b"not sent", name="notes.txt"))
    with django_capture_on_commit_callbacks(execute=True):
        assert (discard_left_over(), discard_left_over(timezone.now() + timezone.timedelta(days=8))) == (0, 1)
    assert (Attachment.objects.get().message, kept(settings)) == (message, 1)


def test_a_file_taken_off_a_message_leaves_a_line(cast, as_person, topic):
    message = sent(topic, cast.standing("ada"), ("plan.pdf", pdf()), ("notes.txt", b"x"))
    made = message.attachments.get(name="plan.pdf")
    assert as_person("ben").delete(f"/api/v1/attachments/{made.pk}/").status_code == 403
    remove_attachment(made, cast.standing("ada"))
    told, html = read_messages({message.pk}, message.stream)[message.pk]
    assert [each["name"] for each in told["attachments"]] == ["notes.txt"]
    assert ("Ada removed a file." in html, "plan.pdf" in html) == (True, False)
    assert Event.objects.filter(kind="message.edited", subject_id=message.pk).count() == 1
    for what in ("", "download/", "thumbnail/"):
        assert as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/{what}").status_code == 404
    remove_attachment(made, cast.standing("ada"))
    assert Event.objects.filter(kind="message.edited").count() == 1
    made.refresh_from_db()
    assert read(made).startswith(b"%PDF")  # for the record


def test_a_decisions_file_stays(cast, topic):
    message = sent(topic, cast.standing("ada"), ("notes.txt", b"x"), body="We agree on this.")
    decision = mark_agreement(message, cast.standing("amos"))
    for name in ("ada", "ben"):
        confirm(decision, cast.standing(name))
    with pytest.raises(Exception, match="a decision of both offices"):
        remove_attachment(message.attachments.get(), cast.standing("ada"))


def test_with_its_message_a_file_goes_from_everywhere(cast, as_person, topic):
    message = sent(topic, cast.standing("ada"), ("plan.pdf", pdf()))
    made = message.attachments.get()
    remove_message(message, cast.standing("ada"))
    assert as_person("ben").get(f"/workspaces/alder-ny/files/{made.pk}/download/").status_code == 404
    assert as_person("ben").get("/api/v1/attachments/").json()["results"] == []
    assert "plan.pdf" not in as_person("ben").get("/workspaces/alder-ny/files/").content.decode()
    assert found(cast.ben, "plan") == []


# --- found


def found(person, words):
    return [
        (each.kind, each.object_id) for each in find(person, understand(words, known_marks(), timezone.get_default_timezone()))
    ]


def test_files_are_found_by_name_and_messages_by_having_one(cast, topic):
    ada = cast.standing("ada")
    message = sent(topic, ada, ("Ceasefire budget.pdf", pdf()), body="The figures.")
    post_message(topic, ada, body="Without.")
    made = message.attachments.get()
    attach(topic, ada, file=ContentFile(b"x", name="unsent budget.txt"))
    assert found(cast.ben, "budget") == found(cast.ada, "budget") == [("file", made.pk)]
    assert set(found(cast.ben, "has:attachment")) == {("file", made.pk), ("message", message.pk)}
    assert found(cast.ben, "figures has:attachment") == [("message", message.pk)]
    assert found(cast.ben, "figures -has:attachment") == found(cast.cleo, "budget") == []
    remove_attachment(made, ada)
    assert found(cast.ben, "budget") == found(cast.ben, "has:attachment") == []


# --- the page


def test_a_page_without_script_uploads_asks_and_sends(cast, as_person, topic):
    address = f"/workspaces/alder-ny/topics/{topic.pk}/"
    client_id = str(uuid.uuid4())
    files = [SimpleUploadedFile("notes.txt", b"DOB 04/12/1998"), SimpleUploadedFile("plan.exe", b"MZ")]
    ada = as_person("ada")
    page = ada.post(address, {"body": "Here.", "client_id": client_id, "files": files})
    words = page.content.decode()
    assert (page.status_code, Message.objects.count()) == (422, 0)
    assert "plan.exe: Files that end in .exe are not taken." in words
    made = Attachment.objects.get()
    box = f'value="{made.pk}"'
    assert (box in words, "Here." in words) == (True, True)
    page = ada.post(address, {"body": "Here.", "client_id": client_id, "attachments": [made.pk]})
    assert (page.status_code, "Post anyway" in page.content.decode()) == (422, True)
    told = {"body": "Here.", "client_id": client_id, "attachments": [made.pk], "anyway": "1"}
    assert ada.post(address, told).status_code == 302
    assert Message.objects.get().attachments.get() == made
    assert box not in ada.get(address).content.decode()


def test_what_is_unticked_stays_behind_and_stays_unticked(cast, as_person, topic):
    address = f"/workspaces/alder-ny/topics/{topic.pk}/"
    made = [attach(topic, cast.standing("ada"), file=ContentFile(b"x", name=f"{name}.txt")) for name in "ab"]
    ada = as_person("ada")
    page = ada.post(address, {"body": "24-CR-01234", "client_id": uuid.uuid4(), "attachments": [made[0].pk]})
    ticked = [each for each in page.context["uploads"] if each["is_chosen"]]
    assert (page.status_code, [each["name"] for each in ticked]) == (422, ["a.txt"])
    ada.post(address, {"body": "Fine.", "client_id": uuid.uuid4(), "attachments": [made[0].pk]})
    assert [each.name for each in Message.objects.get().attachments.all()] == ["a.txt"]
    assert Attachment.objects.pending_of(cast.ada).get() == made[1]


def test_one_file_and_three_ask_the_same_of_the_database(cast, as_person, topic):
    ada, ben = cast.standing("ada"), as_person("ben")
    for page in (f"/workspaces/alder-ny/topics/{topic.pk}/", "/workspaces/alder-ny/files/", "/api/v1/messages/"):
        counts = []
        for many in (1, 3):
            for _ in range(many):
                sent(topic, ada, ("notes.txt", b"x"), ("more.txt", b"x"))
            ben.get(page)
            with CaptureQueriesContext(connection) as asked:
                assert ben.get(page).status_code == 200
            counts.append(len(asked))
        assert counts[0] == counts[1], page


# --- no room


def test_a_full_disk_is_said_and_nothing_stays_by_half(cast, as_person, settings, topic, monkeypatch):
    def full(self, name, content, max_length=None):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("django.core.files.storage.FileSystemStorage.save", full)
    ada = as_person("ada")
    ada.raise_request_exception = False  # it is an error, and logged as one
    answer = upload(ada, topic)
    assert (answer.status_code, answer.json()["errors"][0]["code"]) == (507, "no_room")
    page = ada.post(
        f"/workspaces/alder-ny/topics/{topic.pk}/",
        {"body": "Here.", "client_id": uuid.uuid4(), "files": [SimpleUploadedFile("notes.txt", b"x")]},
    )
    assert "notes.txt: there is no room for it on the server." in page.content.decode()
    assert (Attachment.objects.count(), Message.objects.count(), kept(settings)) == (0, 0, 0)


def test_what_a_killed_process_left_in_storage_is_swept_a_day_later(cast, settings, topic):
    ada = cast.standing("ada")
    assert sweep_storage() == 0  # nobody has uploaded anything yet
    message = sent(topic, ada, ("plan.pdf", pdf()), ("map.png", picture()))
    draw_pictures(message.attachments.get(name="plan.pdf").pk)
    take_out("file", message.attachments.get(name="map.png"), ada, why="other")
    attach(topic, ada, file=ContentFile(b"x", name="notes.txt"))
    (settings.MEDIA_ROOT / "attachments" / "stray").write_bytes(b"half a fi")
    before = kept(settings)
    assert (sweep_storage(), kept(settings)) == (0, before)  # it may yet be named
    map_before_it_was_sealed = 1  # deleted once the test's transaction would be over
    later = timezone.now() + timezone.timedelta(days=2)
    assert (sweep_storage(later), kept(settings)) == (1 + map_before_it_was_sealed, before - 2)
    assert read(message.attachments.get(name="plan.pdf")).startswith(b"%PDF")


def test_a_row_that_does_not_come_to_be_leaves_no_file(cast, settings, topic, monkeypatch):
    monkeypatch.setattr(Attachment, "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        attach(topic, cast.standing("ada"), file=ContentFile(b"x", name="notes.txt"))
    assert kept(settings) == 0
