from django.core.management.base import BaseCommand

from policies.briefs.drawing import draw_left_over
from workspaces.mails.planning import plan_news
from workspaces.mails.sending import send_due


class Command(BaseCommand):
    help = "Does whatever is due now and was left: the drawing of briefs, mails and digests. Safe to run twice at once."

    def handle(self, *args, **options):
        drawn = draw_left_over()
        self.stdout.write(f"Briefs drawn: {drawn}")
        plan_news()
        self.stdout.write(f"Mails sent: {send_due()}")
