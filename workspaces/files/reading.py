"""Asks the reader (a process of its own, see `reader`) what a file says and how it looks."""

import json
import logging
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from django.conf import settings

WITHIN = 60  # seconds
log = logging.getLogger(__name__)


class NotReadable(Exception):
    """The reader could make nothing of it, or took too long."""


def text_of(file):
    """The words in `file` (binary), as far as they can be read; what cannot be read says nothing."""
    with unpacked(file) as (path, _):
        try:
            return ask("text", path)["text"]
        except NotReadable:
            return ""


@contextmanager
def pictures_of(file):
    """`(number of pages in all, [(path, width, height)], path of the thumbnail)`, while the `with` lasts. Raises
    NotReadable."""
    with unpacked(file) as (path, folder):
        told = ask("pictures", path, folder)
        pages = [(folder / f"{number}.webp", *size) for number, size in enumerate(told["pages"], 1)]
        if not pages:
            raise NotReadable("It has no pages.")
        yield told["count"], pages, folder / "small.webp"


@contextmanager
def unpacked(file):
    """A copy on this machine's disk, wherever files are kept."""
    with TemporaryDirectory(prefix="mpi-reader-") as folder:
        path = Path(folder) / "file"
        with path.open("wb") as copy:
            for chunk in file.chunks():
                copy.write(chunk)
        yield path, Path(folder)


def ask(*arguments):
    command = [sys.executable, "-m", "workspaces.files.reader", *map(str, arguments)]
    try:
        done = subprocess.run(command, cwd=settings.BASE_DIR, env={}, capture_output=True, timeout=WITHIN, check=True)
        return json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        said = getattr(error, "stderr", None) or b""
        log.warning("file_not_read", extra={"reason": said.decode(errors="replace").strip()[-300:] or type(error).__name__})
        raise NotReadable from error
