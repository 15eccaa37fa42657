"""What people do with convenings: call and change them, and answer the invitation."""

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.text import slugify

from ..models import Cohort, Convening, Rsvp, Session, Speaker, Term, is_taken
from ..permissions import Role
from ..signals import convening_changed, convening_opened

CONVENING_FIELDS = (
    "title",
    "kind",
    "description",
    "starts_at",
    "ends_at",
    "timezone",
    "venue",
    "joining_url",
    "capacity",
)
RESERVED = {"new"}  # the address of the form that calls one


@transaction.atomic
def call_convening(cohort, person, *, sessions=(), **fields):
    """A new convening of `cohort` with its agenda; `sessions` as in `set_sessions`.

    Raises PermissionDenied unless `person` facilitates the cohort, ValidationError when a field or session is wrong."""
    if not Cohort.objects.facilitated_by(person).contains(cohort):
        raise PermissionDenied
    convening = open_convening(cohort, sessions=sessions, slug=free_slug(cohort, fields.get("title", "")), **fields)
    convening_changed.send(Convening, convening=convening, by=person, term=term_in(convening, person))
    return convening


@transaction.atomic
def open_convening(cohort, *, sessions=(), **fields):
    """The convening itself, with its agenda; whoever called it is checked before. Raises ValidationError, also when what it is
    called would stand at the address of another workspace."""
    convening = Convening(cohort=cohort, **fields)
    convening.full_clean()
    if is_taken(convening.address):
        raise ValidationError(
            {"title": f"Its discussion would stand at “{convening.address}”, which is taken. Choose another title."}
        )
    convening.save()
    set_sessions(convening, sessions)
    convening_opened.send(Convening, convening=convening)
    return convening


@transaction.atomic
def edit_convening(convening, person, *, version, sessions=None, **changes):
    """Change a convening; `sessions`, when given, replace the agenda.

    Raises PermissionDenied unless `person` facilitates the cohort, Conflict when somebody saved since `version`,
    ValidationError when a field is wrong or a session would lie outside."""
    if not Convening.objects.editable_by(person).contains(convening):
        raise PermissionDenied
    for field in changes.keys() & set(CONVENING_FIELDS):
        setattr(convening, field, changes[field])
    convening.save_version(version)
    if sessions is None:
        for session in convening.sessions.all():
            session.clean()
    else:
        set_sessions(convening, sessions)
    convening_changed.send(Convening, convening=convening, by=person, term=term_in(convening, person))
    return convening


def set_sessions(convening, sessions):
    """Make `sessions` the agenda: dicts of title, starts_at, ends_at, and, as wanted, description, room and
    speakers [{name, label}]."""
    convening.sessions.all().delete()
    for fields in sessions:
        fields = dict(fields)
        speakers = fields.pop("speakers", [])
        session = Session(convening=convening, **fields)
        session.full_clean()
        session.save()
        for position, speaker in enumerate(speakers):
            speaker = Speaker(session=session, position=position, **speaker)
            speaker.full_clean()
            speaker.save()


@transaction.atomic
def answer_invitation(convening, person, status):
    """Say whether `person` comes; the latest answer stands.

    Raises PermissionDenied when the invitation is not theirs to answer, ValidationError when the convening is over or full."""
    convening = Convening.objects.select_for_update(no_key=True, of=("self",)).get(pk=convening.pk)
    if not Convening.objects.answerable_by(person).contains(convening):
        raise PermissionDenied
    if convening.ends_at < timezone.now():
        raise ValidationError("This convening is over.", code="over")
    others = convening.rsvps.exclude(person=person).filter(status=Rsvp.Status.GOING).count()
    if status == Rsvp.Status.GOING and convening.capacity is not None and others >= convening.capacity:
        raise ValidationError(
            f"This convening is full: all {convening.capacity} places are taken. Ask a facilitator of the cohort.",
            code="full",
        )
    rsvp = convening.rsvps.filter(person=person).first() or Rsvp(convening=convening, person=person)
    rsvp.status = status
    rsvp.term = term_in(convening, person)
    rsvp.answered_at = timezone.now()
    rsvp.full_clean()
    rsvp.save()
    return rsvp


def term_in(convening, person):
    """The term in which `person` takes part: of an office of the cohort before its staff's, and a guest's last."""
    terms = (
        Term.objects.current()
        .filter(
            Q(seat__group__cohortgrant__content_object=convening.cohort_id)
            | Q(seat__group__conveninggrant__content_object=convening.pk),
            person=person,
        )
        .select_related("seat")
    )
    return min(terms, key=lambda term: list(Role).index(term.seat.role), default=None)


def free_slug(cohort, title):
    """An address for `title` that no convening of the cohort has; fixed once given."""
    stem = slugify(title)[:70] or "convening"
    taken = set(cohort.convenings.filter(slug__startswith=stem).values_list("slug", flat=True)) | RESERVED
    return next(slug for slug in (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3))) if slug not in taken)
