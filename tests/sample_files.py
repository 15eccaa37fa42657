"""Files as people send them, made when a test asks."""

import io
import zipfile

from openpyxl import Workbook
from PIL import Image
from weasyprint import HTML

WORD = '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:body></w:document>'


def pdf(*pages):
    """A PDF with a page for each text."""
    return HTML(string="".join(f'<p style="break-after: page">{text}</p>' for text in pages or ["The plan"])).write_pdf()


def picture(form="PNG", size=(64, 48), **more):
    made = io.BytesIO()
    Image.new("RGB", size, "navy").save(made, form, **more)
    return made.getvalue()


def docx(text="The plan", **parts):
    return archive(**{"[Content_Types].xml": "<Types/>", "word/document.xml": WORD.format(text)} | parts)


def odt(text="The plan"):
    return archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": f"<text:p>{text}</text:p>"})


def xlsx(*rows):
    made, book = io.BytesIO(), Workbook()
    for row in rows:
        book.active.append(row)
    book.save(made)
    return made.getvalue()


def archive(**parts):
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in parts.items():
            packed.writestr(name, content)
    return made.getvalue()


SAMPLES = {
    "plan.pdf": pdf,
    "map.png": picture,
    "map.jpg": lambda: picture("JPEG"),
    "map.jpeg": lambda: picture("JPEG"),
    "map.gif": lambda: picture("GIF"),
    "map.webp": lambda: picture("WEBP"),
    "plan.docx": docx,
    "figures.xlsx": lambda: xlsx(["month", "shootings"], ["2026-01", 12]),
    "plan.odt": odt,
    "figures.csv": lambda: b"month,shootings\n2026-01,12\n",
    "notes.txt": lambda: "The plan – in brief".encode(),
    "notes.md": lambda: b"# The plan\n",
    "call-in.ics": lambda: b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n",
}
