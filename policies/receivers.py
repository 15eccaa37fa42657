"""What this app does when cohorts tell it something."""

from django.dispatch import receiver

from cohorts.signals import commitment_changed, convening_changed
from workspaces.search.index import index

from . import events


@receiver(convening_changed)
def tell_the_cohort(sender, convening, by, term, **kwargs):
    events.convening_updated(convening, by, term)
    index("convening", convening.pk)  # its agenda was saved after it


@receiver(commitment_changed)
def tell_the_city(sender, commitment, by, term, is_new, **kwargs):
    events.commitment_told("commitment.created" if is_new else "commitment.updated", commitment, by, term)
