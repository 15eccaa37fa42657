from django.core.management.base import BaseCommand, CommandError

from cohorts.actions.tokens import issue_token
from cohorts.models import ApiToken, Person, is_administrator


class Command(BaseCommand):
    help = "Print a new API token of a person, once. It cannot be shown again."

    def add_arguments(self, parser):
        parser.add_argument("email", metavar="EMAIL")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--days", type=int, default=90, help="How long it is valid (90).")

    def handle(self, *, email, scope, days, **options):
        person = Person.objects.filter(email__iexact=email, is_active=True).first()
        if person is None:
            raise CommandError(f"Nobody active signs in as {email}.")
        if not person.terms.current().exists() and not is_administrator(person):
            raise CommandError(f"{email} holds no seat, and a token ends with the seat.")
        if not 1 <= days <= 3650:
            raise CommandError("--days is a number from 1 to 3650.")
        _, secret = issue_token(person, scope=scope, days=days)
        self.stdout.write(secret)
