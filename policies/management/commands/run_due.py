from django.core.management.base import BaseCommand

from policies.briefs.drawing import draw_left_over


class Command(BaseCommand):
    help = "Does whatever is due now and was left: the drawing of briefs. Safe to run twice at once."

    def handle(self, *args, **options):
        drawn = draw_left_over()
        self.stdout.write(f"Briefs drawn: {drawn}")
