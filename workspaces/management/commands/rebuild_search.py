from django.core.management.base import BaseCommand

from workspaces.search.index import rebuild


class Command(BaseCommand):
    help = "Indexes anew everything that can be searched. Safe while people work, and to run twice."

    def handle(self, **options):
        for kind, entries in rebuild().items():
            self.stdout.write(f"{kind}: {entries}")
