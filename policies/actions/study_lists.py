"""Studies by the file and by DOI: each record of a RIS or BibTeX file is seen before it is brought in, duplicates found."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone

from .. import tasks
from ..models import Study, StudyList
from ..models.interventions import as_doi
from ..references import read_references
from .evidence_reviews import add_study, as_author, link, take_studies


@transaction.atomic
def upload_list(review, person, *, name, data):
    """Read a file of references and keep them for choosing among; nothing of it is in the review yet. Raises ValidationError
    with the line where the file cannot be read."""
    review, _ = as_author(review, person)
    found = StudyList(review=review, name=name[:120], references=read_references(name, data), brought_by=person)
    found.full_clean(exclude=["review", "brought_by"])
    found.save()
    return found


def looked_through(found):
    """`[{number, reference, doi, problem, known, is_in_review, same_as}]`: each record with what is wrong with its DOI, the
    study of the library that it is (by DOI, else by title and year), and the earlier record of the file that it repeats."""
    review = found.review
    library = list(Study.objects.in_library().filter(intervention=review.intervention_id))
    inside = [row.study for row in review.studies.select_related("study")]
    known = {mark: study for study in [*library, *inside] for mark in marks_of(study.doi, study.title, study.year)}
    taken = {study.pk for study in inside}
    seen, rows = {}, []
    for number, reference in enumerate(found.references, 1):
        row = {"number": number, "reference": reference, "doi": "", "problem": "", "known": None, "same_as": None}
        if reference.get("doi"):
            try:
                row["doi"] = as_doi(reference["doi"])
            except ValidationError as error:
                row["problem"] = f"Record {number}: {' '.join(error.messages)}"
        if not row["problem"] and not (reference.get("title") or row["doi"]):
            row["problem"] = f"Record {number} has neither a title nor a DOI."
        marks = marks_of(row["doi"], reference.get("title"), reference.get("year"))
        row["known"] = next((known[mark] for mark in marks if mark in known), None)
        row["same_as"] = next((seen[mark] for mark in marks if mark in seen), None)
        row["is_in_review"] = bool(row["known"]) and row["known"].pk in taken
        row["may_take"] = not (row["problem"] or row["is_in_review"] or row["same_as"])
        for mark in marks:
            seen.setdefault(mark, number)
        rows.append(row)
    return rows


def marks_of(doi, title, year):
    """By what a study is known again: its DOI, and its title with its year."""
    marks = [("doi", doi.lower())] if doi else []
    words = re.sub(r"\W+", " ", title or "").strip().lower()
    return [*marks, ("title", words, year)] if words and year else marks


@transaction.atomic
def bring_in(found, person, numbers):
    """Take the chosen records into the review, all or none: a study of the library as it stands there, others as the file tells
    them. Returns the rows; the list is gone."""
    review, _ = as_author(found.review, person)
    found = StudyList.objects.select_for_update().filter(pk=found.pk).select_related("review").first()
    if found is None:
        raise ValidationError("These records were brought in already.")
    chosen = [row for row in looked_through(found) if row["number"] in set(numbers)]
    if not chosen:
        raise ValidationError({"records": "Choose at least one record."})
    if any(not row["may_take"] for row in chosen):
        raise ValidationError({"records": "One of these cannot be brought in. Look through them again."})
    rows = []
    for row in chosen:
        if row["known"]:
            rows += take_studies(review, person, [row["known"]])
        else:
            rows.append(add_study(review, person, **row["reference"] | {"doi": row["doi"]}))
    found.delete()
    return rows


@transaction.atomic
def add_by_doi(review, person, *, doi):
    """Enter a study by its DOI alone, or take the library's; what Crossref knows of it is looked up by a job."""
    review, _ = as_author(review, person)
    doi = as_doi(doi)
    known = Study.objects.in_library().filter(intervention=review.intervention, doi__iexact=doi).first()
    if review.studies.filter(study__doi__iexact=doi).exists():
        raise ValidationError({"doi": "A study with this DOI is in the review already. Enter a second result of it by hand."})
    if known:
        return link(review, known)
    row = add_study(review, person, doi=doi)
    ask(row.study)
    return row


@transaction.atomic
def look_up_again(row, person):
    review, _ = as_author(row.review, person)
    if row.study.entered_for_id != review.pk or not row.study.doi:
        raise ValidationError("There is nothing to look up.")
    ask(row.study)


def ask(study):
    study.doi_state, study.doi_asked_at = Study.LookUp.ASKED, timezone.now()
    study.save()
    transaction.on_commit(lambda: tasks.look_up_doi(study.pk), robust=True)
