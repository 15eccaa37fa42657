from django.core.management.base import BaseCommand, CommandError

from cohorts.models import AuditChain

AT_ONCE = 2000


class Command(BaseCommand):
    help = "Walks every chain of the audit trail; names the first row that is missing or was changed, and then ends with 1."

    def handle(self, **options):
        chains = AuditChain.objects.select_related("enrolment__city", "enrolment__cohort", "office", "cohort")
        faults = 0
        for chain in sorted(chains, key=str):
            fault = first_fault(chain)
            faults += fault is not None
            entries = "1 entry" if chain.last_number == 1 else f"{chain.last_number} entries"
            told = fault or f"whole, {entries}, ends with {chain.last_hash}"
            self.stdout.write(f"{chain}: {told}")
        if faults:
            raise CommandError(f"The audit trail was tampered with: {faults} of its chains.")


def first_fault(chain):
    """One line about the first row that is not as it was written, or None."""
    number, previous = 0, ""
    for entry in chain.entries.order_by("number").iterator(AT_ONCE):
        number += 1
        if entry.number != number:
            return f"entry {number} is missing"
        if entry.digest() != entry.hash or entry.previous_hash != previous:
            return f"entry {number} was changed ({entry}, {entry.pk})"
        previous = entry.hash
    if number < chain.last_number:
        return f"entry {number + 1} is missing"
    if (number, previous) != (chain.last_number, chain.last_hash):
        return f"entry {number} is not the one it was"
    return None
