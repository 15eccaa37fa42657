from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from policies.actions.retractions import load_retractions


class Command(BaseCommand):
    help = "Load the Crossref / Retraction Watch list (CSV) and flag the library’s studies that it names."

    def add_arguments(self, parser):
        parser.add_argument("file", type=Path)

    def handle(self, *args, file, **options):
        try:
            told = load_retractions(file.read_text(encoding="utf-8", errors="replace"))
        except (OSError, ValidationError) as error:
            raise CommandError(" ".join(getattr(error, "messages", [str(error)])))
        studies = f"{told['flagged']:,} stud{'y' if told['flagged'] == 1 else 'ies'} of the library flagged"
        self.stdout.write(f"{told['listed']:,} retractions and concerns kept; {studies}.")
