"""`manage.py import_indicators FILE --tracker ID [--mapping FILE] [--dry-run]`: figures from CSV or XLSX, all rows or none."""

import json
import uuid

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from policies.actions.imports import import_figures
from policies.models import Tracker
from policies.sheets import MOST_BYTES, NotATable, TooLarge


class Command(BaseCommand):
    help = "Reads figures from a CSV or XLSX file into a tracker's indicators: all rows or none."

    def add_arguments(self, parser):
        parser.add_argument("file")
        parser.add_argument("--tracker", required=True, type=uuid.UUID, metavar="ID")
        parser.add_argument("--mapping", metavar="FILE", help='{"filter": {column: value}, "period": …, "columns": {…}}')
        parser.add_argument("--indicator", metavar="NAME", help="whose figures a file without a mapping has")
        parser.add_argument(
            "--office",
            choices=["mayor", "prosecutor"],
            help="the office whose figures these are, until it releases them; without it they are published figures",
        )
        parser.add_argument("--dry-run", action="store_true", help="say what would happen, and store nothing")

    def handle(self, file, tracker, mapping, indicator, office, dry_run, **options):
        found = Tracker.objects.select_related("workspace__enrolment").filter(pk=tracker).first()
        if found is None:
            raise CommandError(f"There is no tracker {tracker}.")
        named = {each.name: each for each in found.indicators.order_by("-is_context", "position")}
        for each in named.values():
            each.tracker = found
        try:
            if mapping:
                with open(mapping, encoding="utf-8-sig") as lines:
                    mapping = json.load(lines)
            with open(file, "rb") as table:
                if table.seek(0, 2) > MOST_BYTES:
                    raise CommandError("The file has more than 25 MB.")
                table.seek(0)
                report = import_figures(
                    table,
                    named if mapping else self.choose(named, indicator),
                    mapping=mapping,
                    office=found.workspace.enrolment.office_of(office) if office else None,
                    is_dry_run=dry_run,
                )
        except OSError as error:
            raise CommandError(f"{error.filename}: {error.strerror}.")
        except (json.JSONDecodeError, UnicodeDecodeError):
            raise CommandError("The mapping is not JSON.")
        except ValidationError as error:
            raise CommandError(" ".join(error.messages))
        except (NotATable, TooLarge) as error:
            raise CommandError(str(error))
        self.tell(report, dry_run)

    def choose(self, named, indicator):
        """The one indicator of a simple file: the one named, else the tracker's only own."""
        own = {name: each for name, each in named.items() if (name == indicator if indicator else not each.is_context)}
        if len(own) != 1:
            raise CommandError(f"Name one indicator with --indicator. The tracker has: {'; '.join(named) or 'none'}.")
        return own

    def tell(self, report, dry_run):
        for each in report.guessed:
            self.stdout.write(f"row {each['row']}: “{each['value']}” read as {each['read_as']}")
        for each in report.errors:
            place = f"row {each['row']}" + (f", column {each['column']}" if each["column"] else "")
            self.stderr.write(f"{place}: “{each['value']}”: {each['detail']}")
        if report.errors:
            raise CommandError("Nothing was stored. Mend these rows and run it again.")
        told = f"{report.created} created, {report.updated} updated, {report.unchanged} unchanged"
        self.stdout.write(f"{told}. Dry run: nothing was stored." if dry_run else f"{told}.")
