"""Cities and the offices that serve them."""

import uuid
from zoneinfo import ZoneInfo

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from ..permissions import SIGNING_ROLES, Role
from .holdings import holdings_of
from .people import is_administrator, validate_timezone
from .versions import Versioned


class CityQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Cities that are in a cohort of the person's now."""
        from .cohorts import Cohort, Enrolment  # noqa: PLC0415 (cohorts refer to cities)

        current = Enrolment.objects.current().filter(cohort__in=Cohort.objects.visible_to(person))
        return self.filter(pk__in=current.values("city"))


class City(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    slug = models.SlugField(unique=True)
    name = models.CharField(max_length=80)
    state = models.CharField(max_length=2)
    county = models.CharField(max_length=80, blank=True)
    geoid = models.CharField("Census place code", max_length=7, blank=True)
    latitude = models.DecimalField(max_digits=7, decimal_places=4, null=True, blank=True)
    longitude = models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True)
    population = models.PositiveIntegerField(null=True, blank=True)
    population_year = models.PositiveSmallIntegerField(null=True, blank=True)
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[validate_timezone])

    objects = CityQuerySet.as_manager()

    class Meta:
        ordering = ["name", "state"]
        verbose_name_plural = "cities"

    def __str__(self):
        return self.name


class OfficeQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Offices of the pairs whose ring `person` is in or will be, and their own."""
        from .cohorts import Enrolment  # noqa: PLC0415 (enrolments refer to offices)

        pairs = Enrolment.objects.current().known_to(person)
        own = {term.seat.office_id for term in holdings_of(person).terms if term.seat.office_id}
        return self.filter(Q(pk__in=own) | Q(pk__in=pairs.values("mayor_office")) | Q(pk__in=pairs.values("prosecutor_office")))

    def known_to(self, person):
        """Offices whose name is no secret to `person`: an administrator knows them all, and sees none from inside."""
        return self.all() if is_administrator(person) else self.visible_to(person)

    def held_by(self, person):
        """Offices in which `person` holds a seat, whatever its role."""
        return self.filter(pk__in={term.seat.office_id for term in holdings_of(person).terms})

    def ruled_by(self, person):
        """Offices whose own rules `person` sets: those they are the IT contact of."""
        return self.filter(
            pk__in={term.seat.office_id for term in holdings_of(person).terms if term.seat.role == Role.IT_CONTACT}
        )

    def in_cohort(self, cohort):
        """The offices of the pairs that are in the cohort now."""
        pairs = cohort.enrolments.current()
        return self.filter(Q(pk__in=pairs.values("mayor_office")) | Q(pk__in=pairs.values("prosecutor_office")))

    def found_by(self, words):
        """Those whose name, jurisdiction or city holds each of `words`."""
        offices = self
        for word in words.split():
            of_city = City.objects.filter(name__icontains=word).values("offices")
            offices = offices.filter(Q(name__icontains=word) | Q(jurisdiction__icontains=word) | Q(pk__in=of_city))
        return offices

    def with_state(self):
        """Each with `is_enrolled`: in a cohort now; `is_led`: somebody holds, or by a day already set will hold, a seat
        that signs for it; `was_led`: somebody ever did."""
        from .cohorts import Enrolment  # noqa: PLC0415 (enrolments refer to offices)
        from .seats import Term  # noqa: PLC0415 (seats refer to offices)

        leading = {"seat__office": OuterRef("pk"), "seat__role__in": SIGNING_ROLES}
        pair = Q(mayor_office=OuterRef("pk")) | Q(prosecutor_office=OuterRef("pk"))
        return self.annotate(
            is_enrolled=Exists(Enrolment.objects.current().filter(pair)),
            is_led=Exists(Term.objects.lasting().filter(**leading)),
            was_led=Exists(Term.objects.filter(**leading)),
        )

    def in_state(self, state):
        """`enrolled`, `apart` (in no cohort now), `new` (enrolled, and nobody has led it yet), or `left`: enrolled, and nobody
        is left who signs for it."""
        told = {
            "enrolled": Q(is_enrolled=True),
            "apart": Q(is_enrolled=False),
            "new": Q(is_enrolled=True, was_led=False),
            "left": Q(is_enrolled=True, was_led=True, is_led=False),
        }
        return self.with_state().filter(told.get(state, Q()))

    def electing_by(self, day):
        """Those whose next election is on `day` or before, and not over, the first to come first."""
        return self.filter(next_election_on__range=(timezone.localdate(), day)).order_by("next_election_on", "name")

    def staffed_by(self, person):
        """Offices that `person` may add people to: those they are principal or delegate of."""
        return self.filter(
            pk__in={term.seat.office_id for term in holdings_of(person).terms if term.seat.role in SIGNING_ROLES}
        )


class Office(Versioned):
    """A mayor's or a prosecutor's office. Its principal's title is data: District Attorney, State's Attorney, …"""

    class Kind(models.TextChoices):
        MAYOR = "mayor", "Mayor’s office"
        PROSECUTOR = "prosecutor", "Prosecutor’s office"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=10, choices=Kind)
    name = models.CharField(max_length=120, help_text="As printed: “Rochester mayor’s office”.")
    title = models.CharField("principal’s title", max_length=80)
    jurisdiction = models.CharField(max_length=120, blank=True)
    is_title_verified = models.BooleanField(default=False, help_text="The office itself confirmed title and jurisdiction.")
    cities = models.ManyToManyField(City, related_name="offices")
    timezone = models.CharField(max_length=64, default="America/New_York", validators=[validate_timezone])
    contact_email = models.EmailField(
        "published contact",
        blank=True,
        help_text="The address the office itself publishes. A first principal is confirmed there.",
    )
    next_election_on = models.DateField("next election", null=True, blank=True, help_text="As the office itself says.")

    objects = OfficeQuerySet.as_manager()

    class Meta:
        ordering = ["kind", "name"]

    def __str__(self):
        return self.name

    @property
    def today(self):
        """The day it is in the office: its terms begin and end by it."""
        return timezone.localdate(timezone=ZoneInfo(self.timezone))
