"""The demonstration's mail: printed on the console, and kept in a folder where a page shows it. Only where no mail server is
set and the demonstration is on, so that no letter of a real installation is ever kept."""

import json
import secrets
import time
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.core.mail.backends.console import EmailBackend as ConsoleBackend

KEPT = 200


class EmailBackend(ConsoleBackend):
    def write_message(self, message):
        super().write_message(message)
        keep(message)


def keep(message):
    folder = Path(settings.DEMO_MAILBOX)
    folder.mkdir(parents=True, exist_ok=True)
    written = {"to": message.to, "subject": message.subject, "body": message.body, "at": datetime.now(UTC).isoformat()}
    (folder / f"{time.time_ns():020d}-{secrets.token_hex(4)}.json").write_text(json.dumps(written), encoding="utf-8")
    for old in sorted(folder.glob("*.json"))[:-KEPT]:
        old.unlink(missing_ok=True)


def letters(limit=50):
    """The newest first: [{to, subject, body, at}]."""
    files = sorted(Path(settings.DEMO_MAILBOX).glob("*.json"), reverse=True)[:limit]
    kept = (json.loads(file.read_text(encoding="utf-8")) for file in files)
    return [each | {"at": datetime.fromisoformat(each["at"])} for each in kept]
