"""Reads a file that somebody sent, in a process of its own: `python -m workspaces.files.reader text FILE` prints its words as
JSON, `… pictures FILE FOLDER` writes a picture of each page and prints their sizes.

It knows nothing of the platform (no settings, no database, an empty environment), may use so much time and memory and no more,
and whatever a crafted file does to it ends with it."""

import json
import re
import resource
import sys
import warnings
import zipfile
from html import unescape
from pathlib import Path

MEMORY = 1536 * 1024 * 1024  # bytes of addresses; the libraries alone map a few hundred
SECONDS = 40
LARGEST = 64 * 1024 * 1024  # bytes of a file that it writes
CHARACTERS = 300_000  # of text that is looked at
PAGES_READ = 100
PAGES_SHOWN = 20
WIDE, SMALL = 1400, 320  # px of a page's longer side, and of a thumbnail's
MOST_PIXELS = 60_000_000
PARTS = re.compile(
    r"word/(document|header\d*|footer\d*|footnotes|endnotes|comments)\.xml|xl/(sharedStrings|comments\d*|worksheets/sheet\d+)\.xml"
    r"|ppt/(slides/slide|notesSlides/notesSlide|comments/comment)\d+\.xml|content\.xml|styles\.xml"
)
ENDS_A_LINE = re.compile(r"</(?:w:p|a:p|text:p|text:h|row|si)>|<(?:w:br|w:tab|text:tab)\b[^>]*>")


def text_in(path):
    start = path.open("rb").read(8)
    if start.startswith(b"PK"):
        return office_text(path)
    if b"%PDF-" in path.open("rb").read(1024):
        return pdf_text(path)
    if start.startswith((b"\x89PNG", b"\xff\xd8", b"GIF8", b"RIFF")):
        return ""  # what a picture shows is not read
    raw = path.open("rb").read(4 * CHARACTERS)
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return raw.decode(encoding)[:CHARACTERS]
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1")[:CHARACTERS]


def office_text(path):
    told, left = [], CHARACTERS
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if left > 0 and PARTS.fullmatch(name):
                with archive.open(name) as part:
                    markup = part.read(20 * CHARACTERS).decode(errors="replace")
                text = unescape(re.sub(r"<[^>]*>", "", ENDS_A_LINE.sub("\n", markup)))
                told.append(text[:left])
                left -= len(told[-1])
    return "\n".join(told)


def pdf_text(path):
    from pypdfium2 import PdfDocument  # noqa: PLC0415 (only for a PDF)

    told, left = [], CHARACTERS
    with PdfDocument(path) as document:
        for number in range(min(len(document), PAGES_READ)):
            if left > 0:
                told.append(document[number].get_textpage().get_text_bounded()[:left])
                left -= len(told[-1])
    return "\n".join(told)


def pictures_of(path, folder):
    """`{"count": pages of the document, "pages": [[width, height], …]}`; `folder` gets 1.webp, 2.webp, … and small.webp."""
    pages, total = [], 0
    for count, image in drawn(path):
        total = count
        if not pages:
            small = image.copy()
            small.thumbnail((SMALL, SMALL))
            small.save(folder / "small.webp", quality=80)
        image.thumbnail((WIDE, WIDE))
        pages.append(list(image.size))
        image.save(folder / f"{len(pages)}.webp", quality=82)
    return {"count": total, "pages": pages}


def drawn(path):
    """`(number of pages in all, picture)` for each page that is shown."""
    if b"%PDF-" not in path.open("rb").read(1024):
        yield 1, picture(path)
        return
    from pypdfium2 import PdfDocument  # noqa: PLC0415 (only for a PDF)

    with PdfDocument(path) as document:
        for number in range(min(len(document), PAGES_SHOWN)):
            page = document[number]
            scale = WIDE / max(*page.get_size(), 1)
            yield len(document), page.render(scale=scale, may_draw_forms=True).to_pil().convert("RGB")


def picture(path):
    """Made anew from its pixels alone: turned as the camera held it, without where it was taken."""
    from PIL import Image, ImageOps  # noqa: PLC0415 (only for a picture)

    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    warnings.simplefilter("error", Image.DecompressionBombWarning)
    with Image.open(path, formats=["PNG", "JPEG", "GIF", "WEBP"]) as image:
        image.draft("RGB", (2 * WIDE, 2 * WIDE))
        image = ImageOps.exif_transpose(image)
        return image.convert("RGBA" if image.has_transparency_data else "RGB")


def main(what, path, folder=None):
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST, LARGEST))
    told = {"text": text_in(Path(path))} if what == "text" else pictures_of(Path(path), Path(folder))
    json.dump(told, sys.stdout)


if __name__ == "__main__":
    main(*sys.argv[1:])
