"""A review's studies as files, each kind by the end of its name."""

from .actions.study_lists import marks_of
from .criteria import RIGOUR_KEYS
from .references import write_bibtex, write_csl, write_csv, write_ris

COLUMNS = (
    *("citation", "doi", "year", "design", "setting", "sample", "sample_size", "outcome", "effect_measure", "effect"),
    *("effect_text", "ci_low", "ci_high", "ci95", "direction", "is_meta_analysis", "read_at", "note"),
)
KINDS = {
    "ris": (write_ris, "application/x-research-info-systems"),
    "bib": (write_bibtex, "application/x-bibtex"),
    "json": (write_csl, "application/vnd.citationstyles.csl+json"),
}


def studies_as(kind, review):
    """`(content, content type)`. Raises KeyError for a kind that there is not."""
    rows = list(review.studies.select_related("study", "outcome"))
    if kind == "csv":
        return write_csv(row_of(row) for row in rows), "text/csv"
    write, content_type = KINDS[kind]
    return write(references_of(row.study for row in rows)), content_type


def references_of(studies):
    """Each publication once, though several of its results stand in the review."""
    seen, told = set(), []
    for study in studies:
        marks = marks_of(study.doi, study.title, study.year)
        if not seen.intersection(marks):
            names = ("title", "authors", "year", "source", "doi", "read_at", "note")
            told.append({name: getattr(study, name) for name in names})
        seen.update(marks)
    return told


def row_of(row):
    told = {column: getattr(row.study, column) for column in COLUMNS}
    told |= {"outcome_of_the_review": row.outcome.outcome if row.outcome else "", "design_level": row.design_level}
    told |= {f"rigour_{key}": row.rigour.get(key, "") for key in RIGOUR_KEYS}
    return told | {"score_note": row.note}
