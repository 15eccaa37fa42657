"""The demonstration's mail: told on the console in a line, and kept in a folder where a page shows it. Only where no mail
server is set and the demonstration is on, so that no letter of a real installation is ever kept."""

import json
import secrets
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.console import EmailBackend as ConsoleBackend

KEPT = 200


class EmailBackend(ConsoleBackend):
    def write_message(self, message):
        self.stream.write(f"Mail to {', '.join(message.to)}: {message.subject} (read it at /people/mailbox/)\n")
        keep(message)


def keep(message):
    folder = Path(settings.DEMO_MAILBOX)
    folder.mkdir(parents=True, exist_ok=True)
    written = {"to": message.to, "subject": message.subject, "body": message.body, "at": datetime.now(UTC).isoformat()}
    written["reply_to"] = message.reply_to
    (folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json").write_text(json.dumps(written), encoding="utf-8")
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)


def letters(to="", limit=50):
    """The newest first, of those whose address holds `to`: [{to, subject, body, at, reply_to}]."""
    files = sorted(Path(settings.DEMO_MAILBOX).glob("*.json"), reverse=True)
    kept = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    wanted = (each for each in kept if to.lower() in " ".join(each["to"]).lower())
    return [{"reply_to": []} | each | {"at": datetime.fromisoformat(each["at"])} for each in islice(wanted, limit)]
