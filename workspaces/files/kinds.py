"""Which files are taken: known by their ending and, whatever that says, by their content. What a browser could run, what brings
macros, and what is something else than its name says, is refused with a sentence."""

import re
import unicodedata
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath

from django.core.exceptions import ValidationError
from PIL import Image

MOST_BYTES = 25 * 1024 * 1024
MOST_UNPACKED = 200 * 1024 * 1024  # bytes that an office file says it holds
MOST_MEMBERS = 3_000
TEXT_LOOKED_AT = 1024 * 1024
OFFICE = "application/vnd.openxmlformats-officedocument"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument"


class NotAccepted(ValidationError):
    """A kind of file that is not taken, or one that is not what its name says."""


class TooLarge(ValidationError):
    def __init__(self):
        super().__init__("The file has more than 25 MB. Make it smaller, or share it in another way and paste a link.")


@dataclass(frozen=True)
class Kind:
    """`is_it(file)`: whether the content of `file`, open at its beginning, is of this kind."""

    content_type: str
    label: str
    is_it: Callable
    has_pictures: bool = False


def is_pdf(file):
    return b"%PDF-" in file.read(1024)


def picture(label, form):
    def is_it(file):
        try:
            with Image.open(file, formats=[form]) as image:
                image.verify()
        except Exception:  # Pillow raises what it likes on what is no picture
            return False
        return True

    return Kind(f"image/{form.lower()}", label, is_it, has_pictures=True)


def packed(content_type, label, is_it):
    """An office file: an archive of parts, of which `is_it(archive)` knows the right ones."""

    def is_whole(file):
        try:
            with zipfile.ZipFile(file) as archive:
                parts = archive.infolist()
                if len(parts) > MOST_MEMBERS or sum(part.file_size for part in parts) > MOST_UNPACKED:
                    raise NotAccepted("This file would be far larger once it is opened. It was not taken.")
                if any(part.filename.lower().endswith("vbaproject.bin") for part in parts):
                    raise NotAccepted("This file holds macros. Save it without them and try again.")
                return is_it(archive)
        except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError, ValueError, OSError):
            return False

    return Kind(content_type, label, is_whole)


def office(kind, label, folder):
    def is_it(archive):
        names = archive.namelist()
        return "[Content_Types].xml" in names and any(name.startswith(f"{folder}/") for name in names)

    return packed(f"{OFFICE}.{kind}", label, is_it)


def open_document(kind, label):
    content_type = f"{OPEN_DOCUMENT}.{kind}"

    def is_it(archive):
        if archive.getinfo("mimetype").file_size > 200:
            return False
        return archive.read("mimetype").strip() == content_type.encode()

    return packed(content_type, label, is_it)


def is_text(file):
    start = file.read(TEXT_LOOKED_AT)
    return b"\0" not in start and not start.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def is_calendar(file):
    return file.read(100).removeprefix(b"\xef\xbb\xbf").lstrip().upper().startswith(b"BEGIN:VCALENDAR")


KINDS = {
    "pdf": Kind("application/pdf", "PDF", is_pdf, has_pictures=True),
    "png": picture("Picture", "PNG"),
    "jpg": picture("Picture", "JPEG"),
    "jpeg": picture("Picture", "JPEG"),
    "gif": picture("Picture", "GIF"),
    "webp": picture("Picture", "WEBP"),
    "docx": office("wordprocessingml.document", "Word", "word"),
    "xlsx": office("spreadsheetml.sheet", "Excel", "xl"),
    "pptx": office("presentationml.presentation", "PowerPoint", "ppt"),
    "odt": open_document("text", "Text document"),
    "ods": open_document("spreadsheet", "Spreadsheet"),
    "odp": open_document("presentation", "Slides"),
    "csv": Kind("text/csv", "CSV", is_text),
    "txt": Kind("text/plain", "Text", is_text),
    "md": Kind("text/markdown", "Text", is_text),
    "ics": Kind("text/calendar", "Calendar", is_calendar),
}
ENDINGS = ",".join(f".{ending}" for ending in KINDS)
TAKEN = "PDF, pictures (PNG, JPEG, GIF, WebP), Word, Excel, PowerPoint, OpenDocument, CSV, text and calendar files are taken."
SAVED_ANEW = {
    **dict.fromkeys(("doc", "docm", "dot", "rtf"), "Save it as .docx or PDF and try again."),
    **dict.fromkeys(("xls", "xlsm", "xlsb"), "Save it as .xlsx or CSV and try again."),
    **dict.fromkeys(("ppt", "pptm", "pps"), "Save it as .pptx or PDF and try again."),
    **dict.fromkeys(("heic", "heif", "tif", "tiff", "bmp", "svg"), "Save it as JPEG or PNG and try again."),
    **dict.fromkeys(("htm", "html"), "Print it to PDF and try again."),
}


def kind_of(name, file):
    """The Kind of `file` (binary, seekable) called `name`. Raises NotAccepted, TooLarge."""
    ending = PurePath(name).suffix.removeprefix(".").lower()
    kind = KINDS.get(ending)
    if kind is None:
        shown = f"Files that end in .{ending} are not taken." if ending else "A file without an ending is not taken."
        raise NotAccepted(f"{shown} {SAVED_ANEW.get(ending, TAKEN)}")
    if file.size > MOST_BYTES:
        raise TooLarge
    if not file.size:
        raise NotAccepted("This file is empty.")
    file.seek(0)
    is_it = kind.is_it(file)
    file.seek(0)
    if not is_it:
        raise NotAccepted(f"The name says .{ending}, but what is in the file is something else. It was not taken.")
    return kind


def kind_called(content_type):
    return next(kind for kind in KINDS.values() if kind.content_type == content_type)


def clean_name(name, most=150):
    """The file's own name in one line: without a path, and without characters that would turn or hide its ending."""
    shown = PurePath(name.replace("\\", "/")).name
    shown = "".join(" " if unicodedata.category(each) in ("Zl", "Zp") or each.isspace() else each for each in shown)
    shown = "".join(each for each in shown if unicodedata.category(each) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    shown = re.sub(r" {2,}", " ", shown).strip(" .") or "file"
    path = PurePath(shown)
    return shown if len(shown) <= most else path.stem[: most - len(path.suffix)].rstrip() + path.suffix[:20]
