from pathlib import Path

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from policies.actions.briefs import download_brief
from policies.briefs.drawing import draw_brief
from policies.models import Brief


class Command(BaseCommand):
    help = "Writes a brief's PDF to a file: the stored bytes; a brief that waits is drawn first."

    def add_arguments(self, parser):
        parser.add_argument("brief", metavar="ID")
        parser.add_argument("-o", "--output", required=True, metavar="FILE.pdf", type=Path)

    def handle(self, *args, **options):
        try:
            brief = Brief.objects.get(pk=options["brief"])
        except (Brief.DoesNotExist, ValidationError):
            raise CommandError("There is no brief with this id.")
        if brief.status == Brief.Status.DRAFTING:
            draw_brief(brief.pk)
            brief.refresh_from_db()
        if not brief.is_ready:
            raise CommandError(brief.problem or "This brief is being drawn by a worker right now. Try again in a moment.")
        try:
            options["output"].write_bytes(download_brief(brief))
        except OSError as problem:
            raise CommandError(f"The file could not be written: {problem.strerror}.")
        self.stdout.write(f"{options['output']}: {brief.pages} pages, SHA-256 {brief.sha256}")
