"""What in a text looks like case information or personal data: open cases, and people in them, do not belong here.

A guess by form, made to say little where there is nothing: a date alone is a date, a number after the word “bill” a bill.
Names of victims and defendants it cannot know. How often it is right and wrong is measured on `tests/case_examples.py`."""

import re
from dataclasses import dataclass

# Addresses and what is named by letters and digits drawn at random: in them, anything can be found.
LINKS = re.compile(r"\bhttps?://\S+|(?<![\w/])/[\w.-]+/\S*|\b[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\b", re.IGNORECASE)

# Social Security numbers: the areas, groups and serials that are never given out are none (SSA, POMS RM 10201.035).
SOCIAL_SECURITY = re.compile(
    r"(?<![\d-])(?!000|666|9)\d{3}(?P<gap>[- ])(?!00)\d{2}(?P=gap)(?!0000)\d{4}(?![\d-])"
    r"|\b(?:SSN|social security (?:number|no\.?|#))\W{0,6}(?:is |of )?\d{3}[- ]?\d{2}[- ]?\d{4}\b",
    re.IGNORECASE,
)

MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*"
DATE = (
    r"(?:\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})|\d{4}-\d{2}-\d{2}"
    rf"|{MONTHS}\.? \d{{1,2}}(?:st|nd|rd|th)?,? \d{{4}}|\d{{1,2}} {MONTHS}\.? \d{{4}})"
)
BIRTH = re.compile(
    rf"\b(?:d\.?o\.?b\.?|dates? of birth|birth ?dates?|birthday|born(?: on)?)\b[^\w\n]{{0,4}}(?:is |was |on |of )?{DATE}\b"
    rf"|\b{DATE},? ?\(?(?:d\.?o\.?b\b|date of birth)",
    re.IGNORECASE,
)

# Ten digits as the North American Numbering Plan writes them: area and exchange begin with 2 to 9.
PHONE = re.compile(r"(?<![\w.$/-])(?:\+?1[ .-]?)?(?:\([2-9]\d{2}\) ?|[2-9]\d{2}[ .-])[2-9]\d{2}[ .-]\d{4}(?![\w-]|\.\d)")

# A court's own letters for a kind of case, as state and federal courts number them.
KINDS = r"(?:CR|CF|CM|CV|CT|CRB|CRA|CRF|FH|FC|FD|JV|JD|JC|DV|DR|TR|MJ|PO|IND|SCI|CRIM|F[1-6])"
DOCKET = re.compile(
    rf"\b\d:\d{{2}}-(?:cr|cv|mj|po|mc)-\d{{3,6}}\b"
    rf"|\b(?:(?:19|20)\d{{2}}|\d{{2}})[- ]?{KINDS}[- ]?\d{{3,9}}\b"
    rf"|\b{KINDS}[- ]?(?:(?:19|20)\d{{2}}|\d{{2}})-\d{{3,9}}\b"
    rf"|\b{KINDS}-\d{{5,9}}-\d{{2}}(?:/?[A-Z]{{2}})?\b"
    rf"|\b(?:19|20)\d{{2}}-\d{{5,7}}-{KINDS}\b",
    re.IGNORECASE,
)
CALLED = r"(?:docket|case|cause|indictment|complaint|citation|incident|booking|arrest|warrant|police report|report)"
YEARS = r"(?:19|20)\d{2}[-/–](?:(?:19|20)\d{2}|\d{2})\b"
NUMBERED = re.compile(
    rf"\b{CALLED}s? ?(?:numbers?|nos?\.?|nrs?\.?|#)(?:[ :#]|is){{0,3}}(?=[\w/-]*\d{{3}})[A-Z0-9][\w/-]{{3,20}}"
    rf"|\b{CALLED}:? (?!{YEARS})(?:\d{{2}}|(?:19|20)\d{{2}})-\d{{3,7}}\b",
    re.IGNORECASE,
)

STATE = (
    r"(?:(?:The )?(?:State|People|Commonwealth)(?: of(?: the State of)? [A-Z]\w+(?: [A-Z]\w+)?)?"
    r"|United States(?: of America)?|U\.S\.|(?:City|County) of [A-Z]\w+(?: [A-Z]\w+)?)"
)
PARTY = r"(?:[A-Z][\w’'-]+|[A-Z]\.)(?: (?:of (?:the )?)?[A-Z][\w.’'-]+){0,3}"
CASE = re.compile(rf"\b(?:{STATE},? (?:v|vs)\.? (?P<accused>{PARTY})|(?P<first>{PARTY}) v\. (?P<second>{PARTY}))")
# What a published decision is cited by: a reporter with volume and page, or the year.
CITED = re.compile(
    r"[^.\n]{0,40}?(?:\(\D{0,12}(?:1[789]|20)\d{2}\)|\b\d{1,4} (?:U\.S\.|S\. ?Ct\.|F\.(?:2d|3d|4th)|N\.Y\.\dd|Cal\.))"
)
# Decisions that people of the field name without citing them.
LANDMARKS = re.compile(
    r"\b(?:Brady v\. Maryland|Miranda v\. Arizona|Terry v\. Ohio|Gideon v\. Wainwright|Batson v\. Kentucky|Mapp v\. Ohio"
    r"|Giglio v\. United States|Graham v\. (?:Connor|Florida)|Tennessee v\. Garner|Monell v\. |Crawford v\. Washington"
    r"|Strickland v\. Washington|Floyd v\. City of New York|(?:City of )?Grants Pass v\. Johnson"
    r"|Roper v\. Simmons|Miller v\. Alabama|Montgomery v\. Louisiana|Whren v\. United States|Ramos v\. Louisiana"
    r"|Kyles v\. Whitley|Napue v\. Illinois|Stack v\. Boyle|O[’']Donnell v\. Harris County|Walker v\. City of Calhoun"
    r"|Roe v\. Wade|Brown v\. Board of Education|Loving v\. Virginia|Tumey v\. Ohio|Bearden v\. Georgia"
    r"|Carpenter v\. United States|Katz v\. United States|Riley v\. California)"
)


@dataclass(frozen=True)
class Finding:
    """`kind` with its article, as in a sentence; `words` as they stand in the text; `file`, where they stand in one."""

    kind: str
    words: str
    file: str = ""


def found_in(text):
    """Findings, the first to stand in the text first; a place that is two things is told once."""
    text = LINKS.sub(lambda link: " " * len(link[0]), text)
    found, taken = [], []
    for kind, matches in (
        ("a Social Security number", SOCIAL_SECURITY.finditer(text)),
        ("a date of birth", BIRTH.finditer(text)),
        ("a docket or case number", DOCKET.finditer(text)),
        ("a docket or case number", NUMBERED.finditer(text)),
        ("the name of a case", cases_in(text)),
        ("a phone number", PHONE.finditer(text)),
    ):
        for match in matches:
            if not any(match.start() < end and begin < match.end() for begin, end in taken):
                taken.append(match.span())
                found.append((match.start(), Finding(kind, " ".join(match[0].split()))))
    return [finding for _, finding in sorted(found, key=lambda each: each[0])]


def cases_in(text):
    """Names of cases that no published decision has: those are cited, or known to everybody."""
    for match in CASE.finditer(text):
        if not CITED.match(text, match.end()) and not LANDMARKS.search(match[0]):
            yield match
