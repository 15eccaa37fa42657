"""What Crossref knows of a DOI, asked by a job: nobody waits for it, and without a network nothing is lost."""

import datetime as dt
import logging

from django.db import transaction
from django.utils import timezone
from habanero import Crossref

from ..models import EvidenceReview, ReviewStudy, Study
from ..references import kept

log = logging.getLogger(__name__)

GRACE = dt.timedelta(minutes=2)  # how long a look-up may take before the sweep believes its worker dead
SECONDS = 10


def look_up(pk):
    """Fill in what is not said yet of a study whose DOI is to be looked up, while its review is a draft. Safe to run twice."""
    study = Study.objects.filter(pk=pk, doi_state=Study.LookUp.ASKED).first()
    if study is None:
        return
    try:
        found = ask_crossref(study.doi)
    except Exception as error:  # no network, a wall, an answer that is none: all the same to whoever waits
        status = getattr(getattr(error, "response", None), "status_code", None)
        log.info("doi_not_looked_up", extra={"study": pk, "error": type(error).__name__})
        keep(study, {}, Study.LookUp.UNKNOWN if status == 404 else Study.LookUp.UNREACHABLE)
    else:
        keep(study, found, Study.LookUp.FOUND)


def ask_crossref(doi):
    """A reference as `references.kept` tells it. Raises whatever the client raises."""
    told = Crossref(timeout=SECONDS).works(ids=doi)["message"]
    names = [
        ", ".join(filter(None, (each.get("family") or each.get("name"), each.get("given")))) for each in told.get("author", [])
    ]
    days = told.get("issued", {}).get("date-parts") or [[None]]
    return kept(
        title=" ".join(told.get("title") or []),
        authors="; ".join(names),
        year=str(days[0][0] or ""),
        source=next(iter(told.get("container-title") or []), ""),
    )


@transaction.atomic
def keep(study, found, state):
    """Only what is still empty is filled in; whoever writes on it just then is told, as of any other change."""
    review = EvidenceReview.objects.select_for_update(no_key=True).filter(pk=study.entered_for_id).first()
    study = Study.objects.filter(pk=study.pk, doi_state=Study.LookUp.ASKED).first()
    if study is None:
        return
    study.doi_state = state
    news = {name: value for name, value in found.items() if not getattr(study, name)}
    if news and review and review.status == EvidenceReview.Status.DRAFT:
        for name, value in news.items():
            setattr(study, name, value)
        for row in ReviewStudy.objects.filter(study=study, review=review):
            row.version += 1
            row.save()
        review.version += 1
        review.save()
    study.save()


def look_up_left_over(grace=GRACE):
    """Ask for what waits longer than `grace`: its worker was killed."""
    left = Study.objects.filter(doi_state=Study.LookUp.ASKED, doi_asked_at__lte=timezone.now() - grace)
    for pk in left.values_list("pk", flat=True):
        look_up(pk)
