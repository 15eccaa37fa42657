"""Lists of studies as files: RIS and BibTeX in and out, CSL-JSON and CSV out. Reads and writes; decides and stores nothing.

A reference is what a study says of itself: {title, authors, year, source, doi, read_at, note}, each only where it is known.
Several authors stand in one text, a semicolon between them."""

import csv
import io
import json
import logging
import re

import bibtexparser
import rispy
from bibtexparser.model import DuplicateBlockKeyBlock, Entry, Field
from django.core.exceptions import ValidationError
from pylatexenc.latex2text import LatexNodes2Text

MOST_BYTES = 2 * 1024 * 1024
MOST_RECORDS = 500
LENGTHS = {"title": 300, "authors": 300, "source": 200, "doi": 200, "read_at": 400, "note": 4000}
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # what a spreadsheet would take for one, at the beginning of a cell

LATEX = LatexNodes2Text(math_mode="verbatim", strict_latex_spaces=False)
CIRCUMFLEX = re.compile(r"\\textasciicircum\b(?:\{\})?|\\\^(?:\{\}|(?![\w{\\]))")  # which pylatexenc takes for a letter
ESCAPES = {letter: f"\\{letter}" for letter in "{}%&$#_"}
ESCAPES |= {"\\": r"\textbackslash{}", "^": r"\textasciicircum{}", "~": r"\textasciitilde{}"}

logging.getLogger("bibtexparser").setLevel(logging.CRITICAL)  # what is wrong is told to whoever uploaded it


def read_references(name, data):
    """The references in a RIS or BibTeX file, in its order. Raises ValidationError with the line where it cannot be read."""
    if len(data) > MOST_BYTES:
        raise ValidationError("The file has more than 2 MB. Export fewer records at a time.")
    text = decoded(data)
    is_ris = re.search(r"^TY  ?- ?", text, re.MULTILINE)
    is_bibtex = re.search(r"^\s*@\s*\w+\s*[{(]", text, re.MULTILINE)
    if name.lower().endswith(".bib") or (is_bibtex and not is_ris):
        found = read_bibtex(text)
    elif is_ris:
        found = read_ris(text)
    else:
        raise ValidationError("This is neither a RIS nor a BibTeX file: no record begins with “TY  - ” or “@article{”.")
    if not found:
        raise ValidationError("The file holds no record.")
    if len(found) > MOST_RECORDS:
        raise ValidationError(f"The file holds {len(found):,} records. Bring in {MOST_RECORDS} at a time at most.")
    return found


def decoded(data):
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
    if "\0" in text:
        raise ValidationError("This is not a text file.")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def kept(**fields):
    """The fields that say something, each on one line and no longer than a study keeps."""
    told = {name: " ".join(value.split())[: LENGTHS[name]] for name, value in fields.items() if name != "year" and value}
    if match := re.search(r"\b(1[89]|20|21)\d\d\b", fields.get("year") or ""):
        told["year"] = int(match[0])
    return {name: value for name, value in told.items() if value}


# --- RIS


def read_ris(text):
    check_ris(text)
    try:
        records = rispy.loads(text)
    except (ValueError, OSError, TypeError) as error:
        raise ValidationError(f"This is not a RIS file that can be read: {error}.")
    return [
        kept(
            title=record.get("title") or record.get("primary_title") or "",
            authors="; ".join(record.get("authors") or record.get("first_authors") or []),
            year=record.get("year") or record.get("publication_year") or record.get("date") or "",
            source=record.get("journal_name") or record.get("secondary_title") or record.get("publisher") or "",
            doi=record.get("doi") or "",
            read_at=next(iter(record.get("urls") or []), ""),
            note=" ".join(record.get("notes") or []),
        )
        for record in records
    ]


def check_ris(text):
    """Raises ValidationError for a record without an end, which the reader would pass over in silence."""
    begun = None
    for number, line in enumerate(text.split("\n"), 1):
        tag = re.match(r"^([A-Z][A-Z0-9])  ?-(?: |$)", line)
        if tag is None:
            continue
        if tag[1] == "TY":
            if begun:
                raise ValidationError(f"Line {begun}: the record that begins here has no end (“ER  - ”) before line {number}.")
            begun = number
        elif begun is None:
            raise ValidationError(f"Line {number}: “{tag[1]}” stands outside of a record; one begins with “TY  - ”.")
        elif tag[1] == "ER":
            begun = None
    if begun:
        raise ValidationError(f"Line {begun}: the record that begins here has no end (“ER  - ”).")


def write_ris(references):
    records = []
    for reference in references:
        told = {
            "type_of_reference": "JOUR" if reference.get("source") else "GEN",
            "authors": authors_of(reference),
            "title": reference.get("title"),
            "year": str(reference["year"]) if reference.get("year") else None,
            "journal_name": reference.get("source"),
            "doi": reference.get("doi"),
            "urls": [reference["read_at"]] if reference.get("read_at") else None,
            "notes": [reference["note"]] if reference.get("note") else None,
        }
        records.append({key: one_line(value) for key, value in told.items() if value})
    return rispy.dumps(records)


def one_line(value):
    return [" ".join(each.split()) for each in value] if isinstance(value, list) else " ".join(value.split())


def authors_of(reference):
    return [name.strip() for name in (reference.get("authors") or "").split(";") if name.strip()]


# --- BibTeX


def read_bibtex(text):
    library = bibtexparser.parse_string(text)
    entries = list(library.entries)
    for block in library.failed_blocks:
        if isinstance(block, DuplicateBlockKeyBlock) and isinstance(block.ignore_error_block, Entry):
            entries.append(block.ignore_error_block)  # two records with one key are two records
        else:
            line = (block.start_line or 0) + 1
            first = (block.raw or "").strip().split("\n")[0][:60]
            raise ValidationError(
                f"Line {line}: the record that begins here (“{first}”) is not closed, or a quote or comma is missing in it."
            )
    check_closed(text, library)
    return [read_entry(entry) for entry in sorted(entries, key=lambda entry: entry.start_line or 0)]


def check_closed(text, library):
    """Raises ValidationError where a record begins that the parser passed over as text between records."""
    known = {(entry.start_line or 0) + 1 for entry in library.blocks}
    for number, line in enumerate(text.split("\n"), 1):
        if re.match(r"@\s*\w+\s*[{(]", line) and number not in known:
            raise ValidationError(f"Line {number}: the record that begins here cannot be read. Is the one before it closed?")


def read_entry(entry):
    said = {key.lower(): str(field.value) for key, field in entry.fields_dict.items()}
    source = said.get("journal") or said.get("journaltitle") or said.get("booktitle") or said.get("publisher") or ""
    return kept(
        title=plain(said.get("title", "")),
        authors="; ".join(plain(name) for name in split_names(said.get("author", ""))),
        year=said.get("year") or said.get("date") or "",
        source=plain(source),
        doi=said.get("doi", "").replace("\\_", "_"),
        read_at=said.get("url", "").replace("\\_", "_"),
        note=plain(said.get("note", "")),
    )


def plain(text):
    """LaTeX as one reads it. A percent sign is one: many programs write it without its backslash."""
    text = CIRCUMFLEX.sub("^", re.sub(r"(?<!\\)%", r"\\%", text))
    return LATEX.latex_to_text(text)


def split_names(text):
    """Names at the “and”s that stand outside of braces."""
    depth, name, names = 0, "", []
    for word in re.split(r"(\s+)", text):
        if word == "and" and depth == 0:
            names.append(name.strip())
            name = ""
        else:
            braces = re.sub(r"\\.", "", word)
            depth += braces.count("{") - braces.count("}")
            name += word
    return [each for each in [*names, name.strip()] if each]


def as_latex(text):
    """As BibTeX wants it: signs that mean something to LaTeX are escaped, and no two of them run into another one."""
    escaped = "".join(ESCAPES.get(letter, letter) for letter in text or "")
    return re.sub(r"([-'`!?<>,])(?=[-'`<>,])", r"\1{}", escaped)


def write_bibtex(references):
    library = bibtexparser.Library()
    for number, reference in enumerate(references, 1):
        names = [as_latex(name) for name in authors_of(reference)]
        names = [f"{{{name}}}" if re.search(r"\sand\s", f" {name} ") else name for name in names]
        fields = {
            "author": " and ".join(names),
            "title": as_latex(reference.get("title")),
            "year": str(reference.get("year") or ""),
            "journal": as_latex(reference.get("source")),
            "doi": reference.get("doi"),
            "url": reference.get("read_at"),
            "note": as_latex(reference.get("note")),
        }
        written = [Field(key, " ".join(value.split())) for key, value in fields.items() if value]
        library.add(Entry("article" if reference.get("source") else "misc", f"study{number}", written))
    return bibtexparser.write_string(library)


# --- CSL-JSON


def write_csl(references):
    items = []
    for number, reference in enumerate(references, 1):
        item = {
            "id": f"study{number}",
            "type": "article-journal" if reference.get("source") else "document",
            "title": reference.get("title"),
            "author": [csl_name(name) for name in authors_of(reference)],
            "issued": {"date-parts": [[reference["year"]]]} if reference.get("year") else None,
            "container-title": reference.get("source"),
            "DOI": reference.get("doi"),
            "URL": reference.get("read_at"),
            "note": reference.get("note"),
        }
        items.append({key: value for key, value in item.items() if value})
    return json.dumps(items, ensure_ascii=False, indent=2)


def csl_name(name):
    family, comma, given = name.partition(", ")
    return {"family": family, "given": given} if comma and given else {"literal": name}


# --- CSV


def write_csv(rows):
    """Rows of one shape as CSV; what a spreadsheet would run is text in it."""
    lines = io.StringIO()
    table = csv.writer(lines)
    rows = list(rows)
    if rows:
        table.writerow(rows[0].keys())
    for row in rows:
        table.writerow([f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell for cell in row.values()])
    return lines.getvalue()
