"""An answer by mail: posted as the person whose address it was, or refused with a plain reason; through every way in."""

import base64
import email
import email.policy
import json
import smtplib
import time
from email.message import EmailMessage
from io import BytesIO, StringIO
from types import SimpleNamespace

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone
from hypothesis import HealthCheck, given, strategies
from hypothesis import settings as trying

from cohorts.actions.people import deactivate
from cohorts.actions.seats import end_term
from cohorts.models import OfficeRules
from tests.cast import seat
from tests.mail_server import free_port, header, text_of
from tests.workspaces.test_mails import deliver
from workspaces.actions.topics import edit_topic, open_topic, post_message
from workspaces.mails.cutting import cut, words_of
from workspaces.mails.listening import listener
from workspaces.mails.replies import receive_reply
from workspaces.models import Attachment, Mail, MailAddress, Topic


@pytest.fixture(autouse=True)
def answers_arrive(settings):
    settings.MAIL_REPLY_DOMAIN, settings.MAIL_AUTHSERV_ID = "answers.example.org", ""


@pytest.fixture
def topic(cast):
    return open_topic(cast.standing("ada"), title="Call-in date")


@pytest.fixture
def called(cast, server, topic):
    """The mail that Ben got when Ada called him."""
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    return server.to(cast.ben)[0]


def answer(called, words="The 14th works.", sender="Ben <ben@example.org>", message_id="<1@phone.example.org>", **headers):
    mail = EmailMessage()
    mail["From"], mail["To"] = sender, header(called, "Reply-To")
    mail["Subject"], mail["Message-ID"] = f"Re: {header(called, 'Subject')}", message_id
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(words)
    return mail


def posted(topic):
    return [(message.author.name, message.body) for message in topic.messages.all() if message.position > 1]


def refusal(server):
    """The one refusal that went, as (to, its words)."""
    deliver()
    mails = [mail for mail in server.mails if header(mail, "Subject") == "Your answer was not posted"]
    assert len(mails) == 1
    return mails[0]["To"], text_of(mails[0])


# --- posted


def test_an_answer_is_posted_as_the_person_who_got_the_mail(cast, called, topic):
    assert header(called, "Reply-To").startswith("reply+") and header(called, "Reply-To").endswith("@answers.example.org")
    assert "Answer this mail to write in “Call-in date”, under your name." in text_of(called)
    assert "Who reads it: Both offices, the cohort’s facilitators and Alder’s researchers." in text_of(called)
    quoted = "".join(f"> {line}\n" for line in text_of(called).splitlines())
    words = f"The *14th* works.\n\n- at ten\n\nThanks,\nBen\n\nOn Wed, Nov 25, 2026 at 10:00 AM MPI <a@b> wrote:\n{quoted}"
    assert receive_reply(bytes(answer(called, words))) == "posted"
    assert posted(topic) == [("Ben", "The *14th* works.\n\n- at ten")]
    assert topic.messages.last().term == cast.seats["ben"].terms.get()


def test_the_same_mail_again_is_the_same_message(called, topic):
    mail = bytes(answer(called))
    assert [receive_reply(mail), receive_reply(mail)] == ["posted", "posted"]
    assert receive_reply(bytes(answer(called, "And at ten.", message_id="<2@phone.example.org>"))) == "posted"
    assert posted(topic) == [("Ben", "The 14th works."), ("Ben", "And at ten.")]


def with_files(mail):
    """A map that is taken, a program that is not, and the picture of a signature, which is no file of its own."""
    mail.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename="map.pdf")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="run.exe")
    mail.add_attachment(b"x", maintype="image", subtype="png", filename="logo.png", cid="<logo>", disposition="inline")
    return bytes(mail)


def test_what_hangs_on_it_is_kept_and_what_cannot_be_is_told(called, topic):
    mail = with_files(answer(called))
    assert [receive_reply(mail), receive_reply(mail)] == ["posted", "posted"]
    assert posted(topic) == [("Ben", "The 14th works.\n\n*Sent by mail; 1 attachment was not kept.*")]
    assert [(each.name, each.message.author.name) for each in Attachment.objects.all()] == [("map.pdf", "Ben")]


def test_a_mail_may_be_a_file_and_nothing_else(called, topic):
    assert receive_reply(with_files(answer(called, "\n\n-- \nBen\n"))) == "posted"
    assert topic.messages.last().attachments.get().name == "map.pdf"


def test_an_office_that_allows_no_uploads_gets_the_words(cast, called, topic):
    OfficeRules.objects.create(office=cast.offices["alder"][1], allows_uploads=False)
    receive_reply(with_files(answer(called)))
    assert posted(topic) == [("Ben", "The 14th works.\n\n*Sent by mail; 2 attachments were not kept.*")]
    assert Attachment.objects.count() == 0


def test_a_refused_mail_leaves_no_file_behind(cast, called, topic):
    mail = answer(called)
    mail.add_attachment(b"DOB 04/12/1998", maintype="text", subtype="plain", filename="notes.txt")
    assert receive_reply(bytes(mail)) == "guard"
    assert (posted(topic), Attachment.objects.count()) == ([], 0)


def test_an_answer_in_html_alone(called, topic):
    mail = answer(called)
    html = "<p>The <b>14th</b> works.</p><div class=gmail_signature>Ben</div><blockquote><p>Ada called</p></blockquote>"
    mail.set_content(f"<html><head><style>p {{}}</style></head><body>{html}</body></html>", subtype="html")
    receive_reply(bytes(mail))
    assert posted(topic) == [("Ben", "The **14th** works.")]


# --- refused


@pytest.mark.parametrize(
    "sender", ["Ben <ben@home.example.org>", "Bea <bea@example.org>", '"ben@example.org" <ben@evil.example>']
)
def test_only_from_ones_own_address(server, called, topic, sender):
    assert receive_reply(bytes(answer(called, sender=sender))) == "foreign"
    to, words = refusal(server)
    assert to in sender and "You wrote from another address than the one you are known by here." in words
    assert "Call-in" not in words and posted(topic) == []


def test_an_address_that_never_was(server, called, topic):
    mail = answer(called)
    mail.replace_header("To", f"reply+{'0' * 40}@answers.example.org")
    assert receive_reply(bytes(mail)) == "unknown"
    assert "not one of ours" in refusal(server)[1]


def test_an_address_works_for_thirty_days(server, called, topic):
    MailAddress.objects.filter(purpose="reply").update(expires_at="2026-01-01T00:00Z")
    assert receive_reply(bytes(answer(called))) == "expired"
    assert "they are over" in refusal(server)[1]


@pytest.mark.parametrize("end", ["deactivated", "seat over", "another seat since", "lost factor"])
def test_who_lost_access_writes_nothing(cast, server, called, topic, end):
    if end == "deactivated":
        deactivate(cast.ben)
    elif end == "lost factor":
        Authenticator.objects.filter(user=cast.ben).delete()
    else:
        end_term(cast.seats["ben"].terms.get())
        if end == "another seat since":
            seat(cast.ben, "staff", "Adviser", office=cast.offices["alder"][1])
            cast.ben.terms.update(begins_at=timezone.now())
    assert receive_reply(bytes(answer(called))) == "closed"
    assert posted(topic) == []


def test_a_resolved_topic(cast, server, called, topic):
    topic = Topic.objects.get()
    edit_topic(topic, cast.standing("ada"), version=topic.version, is_closed=True)
    assert receive_reply(bytes(answer(called))) == "resolved"
    to, words = refusal(server)
    assert (to, "The topic is resolved. Reopen it to write in it." in words) == ("ben@example.org", True)


def test_an_office_that_says_no(cast, server, called, topic):
    OfficeRules.objects.create(office=cast.offices["alder"][1], allows_mail_replies=False)
    assert receive_reply(bytes(answer(called))) == "rule"
    assert "Your office does not allow answers by mail." in refusal(server)[1]
    post_message(topic, cast.standing("ada"), body="@Bea and you?")
    deliver()
    assert server.to(cast.bea)[0]["Reply-To"] is None


@pytest.mark.parametrize("words, reason", [("> The 14th?\n", "empty"), ("x " * 6000, "long"), ("\n\n-- \nBen\n", "empty")])
def test_too_little_and_too_much(server, called, topic, words, reason):
    assert receive_reply(bytes(answer(called, words))) == reason
    assert posted(topic) == [] and refusal(server)[0] == "ben@example.org"


def test_what_looks_like_a_case_is_not_posted_by_mail(server, called, topic):
    assert receive_reply(bytes(answer(called, "Look at 24-CR-01234, please."))) == "guard"
    assert posted(topic) == []
    _, told = refusal(server)
    assert "Something in it looks like a docket number" in told and "24-CR" not in told


def test_a_refusal_goes_once_and_answers_the_mail_it_is_about(server, called):
    mail = bytes(answer(called, "> nothing"))
    for _ in range(3):
        receive_reply(mail)
    refusal(server)
    sent = server.mails[-1]
    assert (header(sent, "In-Reply-To"), sent["Auto-Submitted"]) == ("<1@phone.example.org>", "auto-replied")
    assert receive_reply(bytes(sent), [header(called, "Reply-To")]) == "ignored"


def test_nobody_is_flooded_with_refusals(server, called):
    for number in range(9):
        receive_reply(bytes(answer(called, "> nothing", message_id=f"<{number}@phone.example.org>")))
    assert Mail.objects.filter(kind="refusal").count() == 5


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Auto_Submitted": "auto-generated; owner=x"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"List_Id": "<list.example.org>"},
    ],
)
def test_machines_get_no_answer(called, topic, headers):
    assert receive_reply(bytes(answer(called, **headers))) == "ignored"
    assert posted(topic) == [] and not Mail.objects.filter(kind="refusal").exists()


FOUND = [
    ("mx.example.org; dmarc=pass header.from=example.org", "posted"),
    ("mx.example.org; dkim=pass header.d=example.org", "posted"),
    ("mx.example.org; spf=pass smtp.mailfrom=ben@example.org", "posted"),
    ("mx.example.org; dkim=pass header.d=evil.example; spf=pass smtp.mailfrom=x@evil.example; dmarc=fail", "unproven"),
    ("mx.example.org; dmarc=fail header.from=example.org", "unproven"),
    ("mx.evil.example; dmarc=pass header.from=example.org", "unproven"),
    ("nonsense", "unproven"),
]


@pytest.mark.parametrize("found, outcome", FOUND)
def test_what_our_mail_server_found(settings, called, topic, found, outcome):
    settings.MAIL_AUTHSERV_ID = "mx.example.org"
    assert receive_reply(f"Authentication-Results: {found}\n".encode() + bytes(answer(called))) == outcome


def test_only_what_it_wrote_on_top_counts(settings, called, topic):
    settings.MAIL_AUTHSERV_ID = "mx.example.org"
    forged = b"Authentication-Results: mx.example.org; dmarc=pass header.from=example.org\n"
    found = b"Authentication-Results: mx.example.org; dmarc=fail header.from=example.org\n"
    assert receive_reply(found + forged + bytes(answer(called))) == "unproven"
    assert receive_reply(bytes(answer(called))) == "unproven"


# --- what a mail carries an address for


@pytest.mark.parametrize("ring", ["offices", "office"])
def test_what_the_offices_keep_is_not_answered_by_mail(cast, server, ring):
    within = open_topic(cast.standing("ada"), title="Within", audience=ring)
    post_message(within, cast.standing("ada"), body="@Amos @Ben hear")
    deliver()
    assert [mail["Reply-To"] for mail in server.mails] == [None] * len(server.mails) != []


def test_without_a_place_for_answers_no_mail_asks_for_any(cast, server, settings, topic):
    settings.MAIL_REPLY_DOMAIN = ""
    post_message(topic, cast.standing("ada"), body="@Ben, the 14th?")
    deliver()
    assert server.mails[0]["Reply-To"] is None and "Answer this mail" not in text_of(server.mails[0])


def test_addresses_for_answers_are_kept_hashed(called):
    token = header(called, "Reply-To").partition("+")[2].partition("@")[0]
    assert len(token) == 40 and not MailAddress.objects.filter(digest__contains=token).exists()


# --- the ways in


def test_by_smtp(db, called, topic):
    """The listener takes what is for us and nothing else."""
    taking = listener("127.0.0.1", free_port())
    taking.start()
    try:
        with smtplib.SMTP("127.0.0.1", taking.port) as client, pytest.raises(smtplib.SMTPRecipientsRefused):
            client.send_message(answer(called), to_addrs=["ada@example.org"])
    finally:
        taking.stop()


@pytest.mark.django_db(transaction=True)
def test_by_smtp_to_the_topic(cast, server, called, topic):
    taking = listener("127.0.0.1", free_port())
    taking.start()
    try:
        with smtplib.SMTP("127.0.0.1", taking.port) as client:
            client.send_message(answer(called))
            client.send_message(answer(called))
    finally:
        taking.stop()
    assert posted(topic) == [("Ben", "The 14th works.")]


POSTMARK = {"From": "ben@example.org", "FromFull": {"Email": "ben@example.org", "Name": "Ben"}, "Subject": "Re:"}


def by_postmark(called, password="robin:secret", **told):
    to = header(called, "Reply-To")
    body = POSTMARK | {"ToFull": [{"Email": to, "Name": ""}], "OriginalRecipient": to, "TextBody": "The 14th works."}
    body["Headers"] = [{"Name": "Return-Path", "Value": "<ben@example.org>"}, {"Name": "Message-ID", "Value": "<9@x>"}]
    headers = {"Authorization": f"Basic {base64.b64encode(password.encode()).decode()}"} if password else {}
    return Client().post("/mail/inbound/", json.dumps(body | told), content_type="application/json", headers=headers)


def test_by_a_mail_service(settings, called, topic):
    assert by_postmark(called).status_code == 404  # none is set
    settings.MAIL_INBOUND, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "robin:secret"}
    assert [by_postmark(called, wrong).status_code for wrong in ("", "robin:guess")] == [400, 400]
    assert posted(topic) == []
    assert [by_postmark(called).status_code, by_postmark(called).status_code] == [200, 200]
    assert posted(topic) == [("Ben", "The 14th works.")]
    large = {"Name": "map.pdf", "ContentType": "application/pdf", "Content": base64.b64encode(b"x" * 3_000_000).decode()}
    assert by_postmark(called, Attachments=[large], Headers=[]).status_code == 200
    assert posted(topic)[1] == ("Ben", "The 14th works.\n\n*Sent by mail; 1 attachment was not kept.*")


def test_by_a_mail_service_that_calls_it_spam(settings, called, topic):
    settings.MAIL_INBOUND, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "robin:secret"}
    spam = [{"Name": "X-Spam-Status", "Value": "Yes"}]
    assert by_postmark(called, Headers=spam).status_code == 200
    assert posted(topic) == []


def test_by_a_command(called, topic, monkeypatch):
    monkeypatch.setattr("sys.stdin", SimpleNamespace(buffer=BytesIO(bytes(answer(called)))))
    out = StringIO()
    call_command("receive_mail", stdout=out)
    assert out.getvalue().strip() == "posted"
    assert posted(topic) == [("Ben", "The 14th works.")]


def test_the_command_wants_a_place_for_answers(settings, db):
    settings.MAIL_REPLY_DOMAIN = ""
    with pytest.raises(CommandError, match="MAIL_REPLY_DOMAIN is not set"):
        call_command("receive_mail")


# --- the words


OUTLOOK = "\n\n________________________________\nFrom: MPI <mpi@example.org>\nSent: Wednesday\nTo: Ben\nSubject: Re\n\nAlder"


@pytest.mark.parametrize(
    "text, words",
    [
        ("The 14th works.", "The 14th works."),
        (f"Yes.{OUTLOOK}", "Yes."),
        ("Yes.\nSent from my iPhone\n\n> On Nov 25, MPI <a@b> wrote:\n> \n> Alder\n", "Yes."),
        ("Yes.\r\n\r\n-- \r\nBen\r\nDistrict Attorney", "Yes."),
        ("Yes.\n\n> Alder\n> more", "Yes."),
        ("> The 14th?\nYes.\n\n> At ten?\nNo.", "> The 14th?\nYes.\n\n> At ten?\nNo."),
        ("- one\n- two", "- one\n- two"),
        (f"Yes, {'and more ' * 60}end.\n\nOn Tue, Ada <a@b> wrote:\n> x", f"Yes, {'and more ' * 60}end."),
        (f"Yes.\n\n> Alder\n> {'and more ' * 60}end.\n", "Yes."),
        (f"> Alder {'and more ' * 60}end?\nYes.", f"> Alder {'and more ' * 60}end?\nYes."),
        ("null\x00byte", "nullbyte"),
        ("", ""),
    ],
)
def test_what_is_ones_own(text, words):
    assert cut(text) == words


@pytest.mark.parametrize(
    "bad", ["\n" * 60_000, "On " * 20_000, "> " * 20_000, "On x\n" * 5000, "From: x\n" * 5000, "\ue0007\ue001", " \t" * 50_000]
)
def test_no_mail_keeps_the_parser_busy(bad):
    """Without what is done before it is asked, some of these take it minutes."""
    began = time.process_time()
    cut(bad)
    assert time.process_time() - began < 5


PARTS = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"


@trying(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    raw=strategies.binary(max_size=400),
    head=strategies.sampled_from([b"", b"Content-Type: multipart/mixed; boundary=a\n\n--a\n"]),
)
def test_any_bytes_are_a_mail(raw, head):
    words_of(email.message_from_bytes(head + raw, policy=email.policy.default))


@pytest.mark.parametrize("nested", [b"<div>" * 5000, b"<blockquote>" * 5000])
def test_html_nested_deeper_than_anybody_writes(called, topic, nested):
    mail = answer(called)
    mail.set_content(nested.decode() + "Yes", subtype="html")
    assert receive_reply(bytes(mail)) in {"empty", "posted"}
