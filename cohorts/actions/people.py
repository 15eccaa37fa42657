from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import transaction
from django.db.models import F

from ..models import Person
from ..signals import access_changed
from .audit import PLATFORM, record_act, rings_of_seat


@transaction.atomic
def renew_access(person):
    """Make every open page of `person` be let in anew: after a change of password, a sign-out, an end of access."""
    Person.objects.filter(pk=person.pk).update(access_epoch=F("access_epoch") + 1)
    access_changed.send(Person, person=person)


@transaction.atomic
def deactivate(person):
    """End the account: no sign-in, no token, no open page. The seats stay theirs."""
    Person.objects.filter(pk=person.pk).update(is_active=False)
    renew_access(person)
    record_account("account.closed", person)


@transaction.atomic
def reactivate(person):
    """The account signs in again, and holds what its terms still give."""
    Person.objects.filter(pk=person.pk).update(is_active=True)
    renew_access(person)
    record_account("account.reopened", person)


def record_account(action, person):
    held = person.terms.current().select_related("seat__office", "seat__cohort", "seat__convening__cohort")
    rings = [ring for term in held for ring in rings_of_seat(term.seat)]
    record_act(action, *rings, PLATFORM, for_whom=person, subject=("person", person.pk, person.name))


def introduce(person, *, name, timezone):
    """How `person` is called here, and in whose time pages speak to them."""
    person.name, person.timezone = name, timezone
    person.full_clean(exclude=["password"])
    person.save(update_fields=["name", "timezone"])


@transaction.atomic
def end_sessions(person, sessions):
    """Sign `person` out wherever `sessions` (rows of UserSession, theirs) are; open pages there end with it."""
    keys = list(sessions.filter(user=person).values_list("session_key", flat=True))
    Session.objects.filter(pk__in=keys).delete()
    UserSession.objects.filter(session_key__in=keys).delete()
    renew_access(person)


def end_other_sessions(person, key):
    """Sign `person` out everywhere but in the session with this `key`."""
    end_sessions(person, UserSession.objects.exclude(session_key=key))
