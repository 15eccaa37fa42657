"""One namespace of addresses: each pair, each cohort and each convening has a workspace, and no two stand at the same place."""

from django.db.models import CharField, Value
from django.db.models.functions import Concat

from .cohorts import Cohort, Enrolment
from .convenings import Convening


def is_taken(address):
    """Whether a pair, a cohort or a convening has its workspace at `address`."""
    of_convening = Concat("cohort__slug", Value("-"), "slug", output_field=CharField())
    return (
        Enrolment.objects.filter(slug=address).exists()
        or Cohort.objects.filter(slug=address).exists()
        or Convening.objects.annotate(at=of_convening).filter(at=address).exists()
    )
