from django.core.management.base import BaseCommand

from mpi.demo.load import load_demo


class Command(BaseCommand):
    help = "Build the demonstration cohorts; running it again changes nothing."

    def handle(self, **options):
        if load_demo():
            self.stdout.write("The demonstration is loaded.")
        else:
            self.stdout.write("The demonstration was loaded before; nothing changed.")
