"""The words somebody wrote in a mail: without what they quote, without their signature, and without what hangs on it."""

import re

from mailparser_reply import EmailMessage as Parted

READ = 12_000  # characters: more than a message may hold, and as much as the parser's patterns take in good time
LONG = 300  # of a line; no client writes a header or a signature that long
QUOTED_IN_HTML = "blockquote, .gmail_quote, .gmail_signature, #Signature, .moz-cite-prefix, .moz-signature, head, style, script"
CUT_FROM_IN_HTML = "#appendonsend, #divRplyFwdMsg, #mail-editor-reference-message-container"
SIGNED = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}


def words_of(mail):
    """What is new in `mail` (an EmailMessage), as Markdown; "" when that is nothing."""
    body = mail.get_body(("plain", "html"))
    if body is None:
        return ""
    text = text_in(body)
    return cut(from_html(text) if body.get_content_subtype() == "html" else text)


def text_in(part):
    try:
        return part.get_content()
    except LookupError:  # it names a character set that nobody knows
        return part.get_payload(decode=True).decode(errors="replace")


def from_html(html):
    from bs4 import BeautifulSoup  # noqa: PLC0415 (slow to load, and most mails have plain text)
    from markdownify import markdownify  # noqa: PLC0415

    soup = BeautifulSoup(html[: 20 * READ], "html.parser")
    try:
        for start in soup.select(CUT_FROM_IN_HTML):
            for after in [*start.find_next_siblings(), start]:
                after.decompose()
        for quoted in soup.select(QUOTED_IN_HTML):
            quoted.decompose()
        return markdownify(str(soup), heading_style="ATX", strip=["img"])
    except RecursionError:  # nested deeper than anybody writes
        return ""


def cut(text):
    text = text.replace("\r\n", "\n").replace("\x00", "")
    text = re.sub(r"[^\S\n]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()[:READ]
    kept = []

    def keep(line):
        """Long lines are put aside while the parser looks for headers and signatures: its patterns take too long on them."""
        mark = ">" if line[0].startswith(">") else ""
        kept.append(line[0].removeprefix(mark))
        return f"{mark}\ue000{len(kept) - 1}\ue001"

    short = re.sub(rf"^.{{{LONG},}}$", keep, text, flags=re.MULTILINE)
    parted = Parted(text=short, languages=["en"], keep_hyphen_lists=True).read()
    words = parted.replies[0].body if parted.replies else ""
    words = re.sub(r"(?:\n?^>.*$)+\s*\Z", "", words, flags=re.MULTILINE)  # quoted to the end, under no header
    return re.sub("\ue000(\\d+)\ue001", lambda mark: kept[int(mark[1])] if int(mark[1]) < len(kept) else "", words).strip()


def attachments_of(mail):
    """The files that hang on it; neither pictures within its text nor what signs it."""
    parts = [part for part in mail.walk() if not part.is_multipart() and part.get_content_type() not in SIGNED]
    return [
        part
        for part in parts
        if part.get_content_disposition() == "attachment" or (part.get_filename() and not part["Content-ID"])
    ]
