from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from cohorts.actions.accounts import password_address
from cohorts.actions.administrators import appoint_first
from cohorts.models import Person


class Command(BaseCommand):
    help = "Makes the first administrator, and prints the link that sets their password. They appoint others on their pages."

    def add_arguments(self, parser):
        parser.add_argument("email")
        parser.add_argument("--name", help="Of somebody who has no account yet.")

    @transaction.atomic
    def handle(self, email, name, **options):
        person = Person.objects.filter(email__iexact=email).first()
        if person is None and not name:
            raise CommandError("Nobody signs in with this address yet: say --name, too.")
        try:
            person = person or Person.objects.create_user(email, name)
            appoint_first(person)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from None
        self.stdout.write(f"{person.name} is the first administrator. This link sets the password, once:")
        self.stdout.write(password_address(person))
