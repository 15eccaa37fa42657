"""When somebody's mail of a day is due: at seven in the morning where they are; who wants to hear at once when they are called
keeps the day's mail for that, until five in the afternoon."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef
from django.utils import timezone

from cohorts.models import Person, Term

from ..models import Mail

MORNING, EVENING = dt.time(7), dt.time(17)
KEPT = dt.timedelta(days=3)  # how long a mail that had nothing to say stays, so that its day is known to be done


def today(person, now=None):
    return timezone.localdate(now, ZoneInfo(person.timezone))


def moment(day, time, person):
    return dt.datetime.combine(day, time, ZoneInfo(person.timezone))


def plan_news(now=None):
    """A mail for the day of each person with a seat where it is morning by now. Planned twice, it is one. Returns how many."""
    now = now or timezone.now()
    seated = Person.objects.filter(Exists(Term.objects.current(now).filter(person=OuterRef("pk"))), is_active=True)
    planned = []
    for name in seated.order_by().values_list("timezone", flat=True).distinct():
        here = now.astimezone(ZoneInfo(name))
        if here.time() >= MORNING:
            done = Mail.objects.filter(person=OuterRef("pk"), kind=Mail.Kind.NEWS, day=here.date())
            due = seated.filter(~Exists(done), timezone=name)
            planned += [Mail.of_news(person, here.date()) for person in due.values_list("pk", flat=True)]
    Mail.objects.wait(planned)
    Mail.objects.filter(state=Mail.State.EMPTY, created_at__lt=now - KEPT).delete()
    return len(planned)
