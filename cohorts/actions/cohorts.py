from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.text import slugify

from ..models import City, Cohort, Enrolment, Office, Person, Seat, Term, is_taken
from ..permissions import Role, grant, revoke
from ..signals import city_enrolled, cohort_changed, cohort_opened
from .administrators import require_administrator
from .audit import PLATFORM, record_act
from .cities import found_city, new_city, open_office
from .people import renew_access


@transaction.atomic
def open_cohort(**fields):
    cohort = Cohort(**fields)
    cohort.full_clean()
    if is_taken(cohort.slug):
        raise ValidationError({"slug": f"“{cohort.slug}” is the address of something else."})
    cohort.save()
    cohort_opened.send(Cohort, cohort=cohort)
    return cohort


@transaction.atomic
def start_cohort(by, *, name, programme, starts_on, ends_on):
    """An administrator opens a cohort; its address is made from its name, for good.

    Raises PermissionDenied, ValidationError for a name whose address is taken, or an end before the start."""
    require_administrator(by)
    slug = slugify(name)[:50].strip("-")
    if not slug or is_taken(slug):
        raise ValidationError({"name": "A cohort or a city has this name already, or one too much like it."})
    cohort = open_cohort(name=name, slug=slug, programme=programme, starts_on=starts_on, ends_on=ends_on)
    record_act("cohort.opened", cohort, PLATFORM, by=by, subject=("cohort", cohort.pk, cohort.name))
    return cohort


@transaction.atomic
def change_cohort(cohort, by, *, version, **changes):
    """Another name, programme or dates; the address stays. Raises PermissionDenied, Conflict, ValidationError."""
    require_administrator(by)
    cohort = Cohort.objects.get(pk=cohort.pk)
    before = {name: str(getattr(cohort, name)) for name in changes}
    for name, value in changes.items():
        setattr(cohort, name, value)
    cohort.save_version(version)
    cohort_changed.send(Cohort, cohort=cohort)
    told = in_words({name: (before[name], str(value)) for name, value in changes.items()})
    if told:
        subject = ("cohort", cohort.pk, cohort.name)
        record_act("cohort.changed", cohort, PLATFORM, by=by, subject=subject, changes=told)
    return cohort


def in_words(changes):
    """“name from A to B, ends on from C to D”, of what is another now."""
    return ", ".join(
        f"{name.replace('_', ' ')} from {before or 'nothing'} to {after or 'nothing'}"
        for name, (before, after) in changes.items()
        if before != after
    )


def address_of(cohort, city, prosecutor_office):
    """The slug of a pair's work: the city's own; with the cohort's, then the office's jurisdiction, where that is taken."""
    jurisdiction = slugify(prosecutor_office.jurisdiction or prosecutor_office.name)
    for slug in (city.slug, f"{city.slug}-{cohort.slug}", f"{city.slug}-{cohort.slug}-{jurisdiction}"):
        if not is_taken(slug):
            return slug
    raise ValidationError("This pair is already enrolled in this cohort.")


@transaction.atomic
def enrol_city(cohort, city, mayor_office, prosecutor_office, by=None):
    """Enrol a city's pair, and give the seats of both offices and the cohort's facilitators what their roles hold there. It is
    active at once in a cohort that has no participation agreement; else once both offices have signed it."""
    Cohort.objects.select_for_update(no_key=True).get(pk=cohort.pk)  # no edition is written meanwhile
    enrolment = Enrolment(
        slug=address_of(cohort, city, prosecutor_office),
        cohort=cohort,
        city=city,
        mayor_office=mayor_office,
        prosecutor_office=prosecutor_office,
        activated_at=None if cohort.agreements.exists() else timezone.now(),
    )
    enrolment.full_clean()
    enrolment.save()
    for seat in Seat.objects.filter(office__in=enrolment.offices):
        grant(seat, enrolment)
        grant(seat, cohort)
    for seat in Seat.objects.filter(cohort=cohort, role=Role.FACILITATOR):
        grant(seat, enrolment)
    city_enrolled.send(Enrolment, enrolment=enrolment, by=by)
    record_act("city.enrolled", enrolment, by=by, subject=("enrolment", enrolment.pk, str(enrolment)))
    return enrolment


@transaction.atomic
def enrol_pair(cohort, by, *, city, offices):
    """Enrol a city with its two offices, making what is not here yet. `city` is a City, a row of `known_cities()`, or the
    fields of one that is not among them; `offices` tells each kind's Office, or the fields of a new one.

    Raises PermissionDenied, or ValidationError: an office of another city, somebody in both offices, a pair enrolled before."""
    if not Cohort.objects.staffed_by(by).filter(pk=cohort.pk).exists():
        raise PermissionDenied
    if not isinstance(city, City):
        city = found_city(city) if "place_geoid" in city else new_city(**city)
    pair = []
    for kind in Office.Kind:
        office = offices[kind]
        if not isinstance(office, Office):
            check_contact(office.get("contact_email", ""), cohort, beside=f"{kind}_contact_email")
            office = open_office(kind, city, **office)
        if office.kind != kind or not office.cities.contains(city):
            raise ValidationError(f"{office} is not an office of {city}.")
        pair.append(office)
    of_one, of_other = (Person.objects.filter(terms__in=Term.objects.current().filter(seat__office=each)) for each in pair)
    if of_one.filter(pk__in=of_other.values("pk")).exists():
        raise ValidationError("Nobody holds seats in both offices of a pair.")
    return enrol_city(cohort, city, *pair, by=by)


def check_contact(contact, cohort, beside, others=()):
    """An office's published contact is nobody's who runs the cohort, and none of `others`."""
    staff = Term.objects.current().filter(seat__cohort=cohort, person__email__iexact=contact)
    if contact and (contact.lower() in others or staff.exists()):
        raise ValidationError({beside: "Give the address that the office itself publishes, not one of these people’s own."})


@transaction.atomic
def activate_enrolment(enrolment):
    """Both offices have signed: the pair's work begins, and everyone who holds a seat in it is let in."""
    enrolment.activated_at = timezone.now()
    enrolment.save(update_fields=["activated_at"])
    record_act("city.activated", enrolment, subject=("enrolment", enrolment.pk, str(enrolment)))


@transaction.atomic
def end_enrolment(enrolment, act="city.left", *rings, **detail):
    """Close a city's work in a cohort to everyone at once. Its rows stay. `rings`: who else reads that in their trail."""
    enrolment = Enrolment.objects.select_for_update(no_key=True).get(pk=enrolment.pk)
    enrolment.ended_at = timezone.now()
    enrolment.save()
    concerned = Person.objects.filter(
        terms__in=Term.objects.current().filter(seat__group__enrolmentgrant__content_object=enrolment)
    ).distinct()
    for person in list(concerned):
        renew_access(person)
    for seat in Seat.objects.filter(office__in=enrolment.offices):
        revoke(seat, enrolment)
        if not Enrolment.objects.current().of_office(seat.office).filter(cohort=enrolment.cohort).exists():
            revoke(seat, enrolment.cohort)
    record_act(act, enrolment, *rings, subject=("enrolment", enrolment.pk, str(enrolment)), **detail)
    return enrolment
