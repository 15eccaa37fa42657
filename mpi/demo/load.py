"""Loads the demonstration once, whole or not at all."""

from django.db import transaction
from django.utils import timezone

from cohorts.models import Cohort
from policies.actions.check_ins import load_check_in_template
from policies.actions.interventions import load_interventions
from workspaces.search.index import rebuild

from .agreements import build_signatures
from .clock import EASTERN, days_ago
from .meetings import build_convenings
from .people import build_cohorts
from .work import build_work


@transaction.atomic
def load_demo():
    """True when it was loaded now, False when it was there before. All dates are relative to the day of loading."""
    if Cohort.objects.filter(slug="mpi-demo").exists():
        return False
    today = timezone.localdate(timezone=EASTERN)
    load_interventions()
    load_check_in_template()
    with days_ago(180):
        first, other = build_cohorts(today)
    build_signatures()
    build_work(first, other, build_convenings(first, today), today)
    rebuild()  # as of the days that everything was dated back to
    return True
