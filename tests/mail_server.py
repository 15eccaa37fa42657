"""A mail server on loopback, started for a test: it keeps what it took."""

import email
import email.policy
import socket

import pytest
from aiosmtpd.controller import Controller


class MailServer:
    """`mails`: what came in, parsed. `answers`: what it says to a recipient in place of taking the mail. It hangs up after as
    many mails as it is told."""

    def __init__(self, port=0, hangs_up_after=None):
        self.mails, self.answers, self.hangs_up_after = [], {}, hangs_up_after
        self.controller = Controller(self, hostname="127.0.0.1", port=port or free_port(), ready_timeout=10)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if len(self.mails) == self.hangs_up_after:
            server.transport.close()
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.mails.append(mail)
        return "250 OK"

    @property
    def port(self):
        return self.controller.port

    def __enter__(self):
        self.controller.start()
        return self

    def __exit__(self, *exc):
        self.controller.stop()

    def to(self, person):
        return [mail for mail in self.mails if mail["To"] == person.email]


def send_to(settings, port):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port


@pytest.fixture
def server(settings):
    with MailServer() as running:
        send_to(settings, running.port)
        yield running


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def text_of(mail):
    return mail.get_body(("plain",)).get_content().replace("\r\n", "\n")


def html_of(mail):
    return mail.get_body(("html",)).get_content().replace("\r\n", "\n")


def header(mail, name):
    """As it was before it was folded."""
    return " ".join(mail[name].split())


def whole(mail):
    """Everything in it that anybody could read: headers, text and HTML."""
    return "\n".join([*(f"{name}: {value}" for name, value in mail.items()), text_of(mail), html_of(mail)])
