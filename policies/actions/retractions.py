"""The Crossref / Retraction Watch list: read whole, kept, and held against the library's studies."""

import csv
import datetime as dt
import io

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models.functions import Lower

from ..models import Retraction, Study

COLUMNS = ("OriginalPaperDOI", "RetractionNature", "RetractionDate", "Reason", "RetractionDOI")
NATURES = {"retraction": Retraction.Nature.RETRACTION, "expression of concern": Retraction.Nature.CONCERN}
UNDONE = {"reinstatement"}
AT_ONCE = 1000
DAYS = ("%m/%d/%Y", "%Y-%m-%d")


@transaction.atomic
def load_retractions(text):
    """Keep what the list says now, in the place of what the last one said, and flag the studies that it names. Returns
    `{listed, flagged}`. Raises ValidationError with the line where it cannot be read; then nothing changes."""
    told = read_list(text)
    Retraction.objects.all().delete()
    Retraction.objects.bulk_create(told.values(), batch_size=AT_ONCE)
    studies = Study.objects.exclude(doi="").annotate(small=Lower("doi"))
    flagged = 0
    for study in studies:
        study.retraction = told.get(study.small)
        study.save(update_fields=["retraction"])
        flagged += study.retraction is not None
    return {"listed": len(told), "flagged": flagged}


def read_list(text):
    """`{doi: Retraction}` of what is retracted or doubted now: the latest word on each publication."""
    reader = csv.DictReader(io.StringIO(text.removeprefix("\ufeff"), newline=""))
    missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
    if missing:
        raise ValidationError(f"This is not the Retraction Watch list: it has no column {', '.join(missing)}.")
    latest = {}
    try:
        for row in reader:
            doi = (row["OriginalPaperDOI"] or "").strip().lower()
            nature = (row["RetractionNature"] or "").strip().lower()
            if doi.startswith("10.") and (nature in NATURES or nature in UNDONE):
                on = day_of(row["RetractionDate"], reader.line_num)
                if doi not in latest or (on or dt.date.min) >= (latest[doi][0] or dt.date.min):
                    latest[doi] = (on, nature, row)
    except csv.Error as error:
        raise ValidationError(f"Line {reader.line_num}: the list cannot be read here ({error}).")
    return {
        doi: Retraction(
            doi=doi[:200],
            nature=NATURES[nature],
            on=on,
            reasons=(row["Reason"] or "").replace("+", "").replace(";", "; ").strip("; "),
            notice_doi=(row["RetractionDOI"] or "").strip()[:200],
        )
        for doi, (on, nature, row) in latest.items()
        if nature in NATURES
    }


def day_of(text, line):
    words = (text or "").split()
    if not words:
        return None
    for form in DAYS:
        try:
            return dt.datetime.strptime(words[0], form).date()
        except ValueError:
            continue
    raise ValidationError(f"Line {line}: “{words[0]}” is not a day.")
