import signal
import sys

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from workspaces.mails.listening import listener
from workspaces.mails.replies import LARGEST, receive_reply

TRY_AGAIN = 75  # EX_TEMPFAIL: whoever pipes the mail keeps it and comes back


class Command(BaseCommand):
    help = "Takes answers by mail: one from standard input, or with --listen those that a mail server hands on."

    def add_arguments(self, parser):
        parser.add_argument("--listen", metavar="HOST:PORT", help="take them by SMTP until it is stopped")
        parser.add_argument("--to", action="append", default=[], metavar="ADDRESS", help="whom the envelope names")

    def handle(self, *args, listen, to, **options):
        if not settings.MAIL_REPLY_DOMAIN:
            raise CommandError("MAIL_REPLY_DOMAIN is not set: no mail asks for answers.")
        if listen:
            return self.listen(*listen.rpartition(":")[::2])
        try:
            self.stdout.write(receive_reply(sys.stdin.buffer.read(LARGEST), to))
        except Exception as error:
            self.stderr.write(type(error).__name__)
            sys.exit(TRY_AGAIN)

    def listen(self, host, port):
        if not port.isdigit():
            raise CommandError("Say where as HOST:PORT.")
        controller = listener(host, int(port))
        controller.start()
        self.stdout.write(f"Listening on {listen_at(controller)}")
        self.stdout.flush()
        signal.sigwait({signal.SIGINT, signal.SIGTERM})
        controller.stop()


def listen_at(controller):
    return "{}:{}".format(*controller.server.sockets[0].getsockname()[:2])
