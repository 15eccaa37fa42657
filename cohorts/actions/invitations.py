"""What people do with invitations. `by` is who acts; whoever may not raises PermissionDenied, and what makes no sense raises
ValidationError with a plain sentence. Nothing is changed by half."""

import datetime as dt
from zoneinfo import ZoneInfo

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from .. import letters
from ..models import AuditEntry, Cohort, Convening, Enrolment, Invitation, Office, Person, SignOn, Term
from ..permissions import INVITED_BY_COHORT, INVITED_BY_OFFICE, SIGNING_ROLES, Role
from .audit import PLATFORM, record_act
from .cohorts import check_contact
from .seats import create_seat, fill_seat
from .sign_ons import link

MOST_DAYS = 3660


def invite(by, *, email, office=None, cohort=None, **told):
    """Invite `email` into a seat of `office`, of `cohort`, or (both) as the first principal of an office in the cohort.

    `told`: `seat` (a vacant one) or `role`; `title` (else the role's own), `term_days`, and for a first principal `contact`,
    the address that the office publishes."""
    with transaction.atomic():
        invitation, token = prepare(by, email=email, office=office, cohort=cohort, **told)
        letters.send([(letters.invitation_letter(invitation, token), invitation)])
    return invitation


def prepare(by, *, email, office=None, cohort=None, seat=None, role=None, title="", term_days=None, contact="", reason=""):
    """The invitation and its token, unsent; within the caller's transaction. `reason`: of the hand-over of an office that has
    nobody left."""
    require_inviter(by, office, cohort)
    email = email.strip().lower()
    if email == by.email.lower():
        raise ValidationError({"email": "Nobody invites themselves. Ask somebody else to invite you."})
    if term_days is not None and not 1 <= term_days <= MOST_DAYS:
        raise ValidationError({"term_days": f"A term lasts from 1 to {MOST_DAYS} days."})
    if office:
        office = Office.objects.select_for_update(no_key=True).get(pk=office.pk)
    role = seat.role if seat else role
    if office and cohort:
        role, seat = Role.PRINCIPAL, first_principal_seat(office, cohort, is_hand_over=bool(reason))
        if open_one := Invitation.objects.open().filter(office=office, role=Role.PRINCIPAL).first():
            raise ValidationError(f"{open_one.email} is invited to lead {office} already. Revoke that invitation first.")
        keep_contact(office, contact, cohort, others={email, by.email.lower()})
    elif office and role not in INVITED_BY_OFFICE:
        raise ValidationError("An office invites every role but its principal: that seat is handed over.")
    elif cohort and role not in INVITED_BY_COHORT:
        raise ValidationError("A cohort invites facilitators, researchers and the first principal of each office.")
    if seat:
        check_vacant(seat, office)
    check_not_asked_already(email, office, cohort)
    title = title.strip() or (seat.name if seat else office.title if role == Role.PRINCIPAL else Role(role).label)
    invitation = Invitation(
        email=email,
        office=office,
        cohort=cohort,
        seat=seat,
        role=role,
        seat_name=seat.name if seat else title,
        title=title,
        term_days=term_days,
        reason=reason,
        invited_by=by,
    )
    return invitation, keep(invitation)


def keep(invitation):
    """Store a new invitation, and tell so in the trail. Returns its token."""
    token = invitation.renew()
    invitation.full_clean()
    invitation.save()
    record_invitation("invitation.made", invitation, invitation.invited_by)
    return token


@transaction.atomic
def resend(invitation, by):
    """Send it again with a new link; the former link ends. An expired invitation is good again for its full time."""
    invitation = lock(invitation)
    require_inviter(by, invitation.office, invitation.cohort, invitation.convening)
    if invitation.state not in (Invitation.State.SENT, Invitation.State.EXPIRED):
        raise ValidationError("This invitation was accepted or revoked. Write a new one.")
    if invitation.state == Invitation.State.EXPIRED:
        check_not_asked_already(invitation.email, invitation.office, invitation.cohort, invitation.convening)
        if invitation.end_of_last_day and invitation.end_of_last_day <= timezone.now():
            raise ValidationError("Its last day is over. Write a new one.")
        if invitation.seat:
            check_vacant(invitation.seat, invitation.office)
    token = invitation.renew()
    invitation.save()
    letters.send([(letters.invitation_letter(invitation, token), invitation)])
    return invitation


@transaction.atomic
def revoke(invitation, by):
    """Take an invitation back, also a first principal's that was accepted and is not yet confirmed. Twice changes nothing."""
    invitation = lock(invitation)
    require_inviter(by, invitation.office, invitation.cohort, invitation.convening)
    if invitation.state == Invitation.State.ACCEPTED:
        how = "End the guest’s access instead." if invitation.is_for_guest else "A seat ends by hand-over."
        raise ValidationError(f"This invitation was accepted already. {how}")
    if not invitation.revoked_at:
        invitation.revoked_at, invitation.revoked_by = timezone.now(), by
        invitation.save()
        record_invitation("invitation.revoked", invitation, by)
    return invitation


def record_invitation(action, invitation, by):
    """What a cohort invites to, but for the guests of its convenings, the administrators read too."""
    ring = invitation.convening.cohort if invitation.is_for_guest else invitation.cohort or invitation.office
    rings = [ring, PLATFORM] if invitation.cohort_id else [ring]
    words = f"{invitation.email} to {invitation.home}"
    record_act(action, *rings, by=by, subject=("invitation", invitation.pk, words))


@transaction.atomic
def accept(invitation, person, *, title=""):
    """Take the seat; a first principal's is theirs after the confirmation or the delay. A guest may say by which `title`, the
    label beside the name, they are shown."""
    invitation = lock(invitation)
    check_open(invitation)
    if person.email.lower() != invitation.email or person.pk == invitation.invited_by_id:
        raise PermissionDenied
    if hasattr(person, "administrator"):
        raise ValidationError("An administrator holds no seat.")
    if invitation.is_for_guest:
        invitation.title = title.strip() or invitation.title
    invitation.accepted_at, invitation.accepted_by = timezone.now(), person
    if not invitation.is_first_principal:
        take_seat(invitation)
        return invitation
    office = Office.objects.select_for_update(no_key=True).get(pk=invitation.office_id)
    first_principal_seat(office, invitation.cohort, besides=invitation)
    check_could_take(invitation)
    token = invitation.ask_for_confirmation()
    invitation.save()
    mails = [(each, None) for each in letters.notice_letters(invitation)]
    if confirms(office, invitation):
        mails.append((letters.confirmation_letter(invitation, token), None))
    letters.send(mails)
    return invitation


@transaction.atomic
def join(invitation, *, name, password, title="", by_sign_on=None):
    """Make the account of somebody new, and accept. Returns the person. `by_sign_on`: the sign-on by which they came and their
    account there, which is linked; they need no password then. Where the office demands its sign-on, nobody joins without."""
    invitation = lock(invitation)
    check_open(invitation)
    if Person.objects.filter(email__iexact=invitation.email).exists():
        raise ValidationError("This address has an account already. Sign in to accept.")
    zone = (invitation.office or invitation.convening or invitation.invited_by).timezone
    demanding = SignOn.objects.filter(office=invitation.office, is_demanded=True).first() if invitation.office_id else None
    if demanding and by_sign_on is None:
        raise ValidationError(f"{invitation.office} lets its people in by {demanding} alone.")
    person = Person.objects.create_user(invitation.email, name.strip(), password, timezone=zone)
    accept(invitation, person, title=title)
    if by_sign_on:
        sign_on, subject = by_sign_on
        link(sign_on, person, subject, is_joining=True)
    return person


@transaction.atomic
def confirm(invitation):
    """The office's published contact says that it is right: the seat is filled at once."""
    invitation = lock(invitation)
    check_waiting(invitation)
    first_principal_seat(invitation.office, invitation.cohort, besides=invitation)
    invitation.confirmed_at = timezone.now()
    take_seat(invitation)
    letters.send([(letters.seated_letter(invitation), None)])
    return invitation


@transaction.atomic
def refuse(invitation):
    """The office's published contact says that it is wrong: nobody takes the seat, and who invited hears of it."""
    invitation = lock(invitation)
    check_waiting(invitation)
    end(invitation, "The office’s published contact did not confirm it.")
    letters.send([(letters.refusal_letter(invitation), None)])
    return invitation


def fill_due_seats():
    """Seat the first principals whose delay is over. Safe to run twice at once. Returns how many were seated."""
    return sum(fill_due_seat(pk) for pk in Invitation.objects.due().values_list("pk", flat=True))


@transaction.atomic
def fill_due_seat(pk):
    invitation = Invitation.objects.select_for_update(no_key=True, of=("self",)).due().filter(pk=pk).first()
    if invitation is None:
        return False
    try:
        with transaction.atomic():
            first_principal_seat(invitation.office, invitation.cohort, besides=invitation)
            take_seat(invitation)
    except ValidationError as error:
        end(invitation, " ".join(error.messages))
        return False
    letters.send([(letters.seated_letter(invitation), None)])
    return True


def take_seat(invitation):
    """Start the term; the seat is made when the invitation named none."""
    seat = invitation.seat or create_seat(
        invitation.role,
        invitation.seat_name,
        office=invitation.office,
        cohort=None if invitation.office_id else invitation.cohort,
        convening=invitation.convening,
    )
    person = invitation.accepted_by
    if not person.is_active:
        raise ValidationError("The account of this address is closed.")
    first = timezone.localdate(timezone=ZoneInfo(invitation.office.timezone if invitation.office_id else person.timezone))
    last = invitation.ends_on or (invitation.term_days and first + dt.timedelta(days=invitation.term_days - 1))
    invitation.seat = seat
    begun_at = timezone.now() if invitation.is_hand_over else None  # its last holder may have gone earlier that day
    invitation.term = fill_seat(seat, person, title=invitation.title, starts_on=first, ends_on=last, begun_at=begun_at)
    invitation.save()


def end(invitation, because):
    Invitation.objects.filter(pk=invitation.pk).update(revoked_at=timezone.now(), ended_because=because[:300])


def lock(invitation):
    """The row as it stands now, locked for the transaction, with what it speaks of."""
    return (
        Invitation.objects.select_for_update(no_key=True, of=("self",))
        .select_related("office", "cohort", "convening__cohort", "seat", "invited_by", "accepted_by")
        .get(pk=invitation.pk)
    )


# --- what may be


def require_inviter(by, office, cohort, convening=None):
    """An office's people are invited by the office; a cohort's roles and first principals by its facilitators or an
    administrator; a convening's guests by the cohort's facilitators."""
    if convening:
        homes = Convening.objects.editable_by(by).filter(pk=convening.pk)
    elif cohort:
        homes = Cohort.objects.staffed_by(by).filter(pk=cohort.pk)
    else:
        homes = Office.objects.staffed_by(by).filter(pk=office.pk)
    if not by.is_active or not homes.exists():
        raise PermissionDenied


def offices_without_principal(cohort):
    """Offices of the cohort's pairs that nobody has led or signed for, or accepted to: the cohort invites their first
    principal."""
    begun = Term.objects.filter(seat__role__in=SIGNING_ROLES, seat__office__isnull=False).values("seat__office")
    awaited = Invitation.objects.waiting().filter(office__isnull=False).values("office")
    return Office.objects.in_cohort(cohort).exclude(pk__in=begun).exclude(pk__in=awaited)


def first_principal_seat(office, cohort, besides=None, is_hand_over=False):
    """The principal's seat if the office has one, else None; ValidationError when the office adds its own people by now."""
    if not Enrolment.objects.current().of_office(office).filter(cohort=cohort).exists():
        raise ValidationError("This office is not in the cohort.")
    if is_hand_over or (besides and besides.is_hand_over):
        check_nobody_leads(office)
    elif Term.objects.filter(seat__office=office, seat__role__in=SIGNING_ROLES).exists():
        raise ValidationError(f"{office} has had its first principal. From then on only the office adds its people.")
    waiting = Invitation.objects.waiting().filter(office=office)
    if waiting.exclude(pk=besides and besides.pk).exists():
        raise ValidationError(f"Somebody accepted to lead {office} already, and waits for the confirmation.")
    return office.seats.filter(role=Role.PRINCIPAL).first()


def check_nobody_leads(office):
    """Raises ValidationError, saying who could hand over the office's seats themselves, or that it never had anybody."""
    leading = Term.objects.filter(seat__office=office, seat__role__in=SIGNING_ROLES).select_related("person", "seat__office")
    lasting = leading.lasting().order_by("begins_at")
    held = next((term for term in lasting if term.is_current), None)
    if held:
        raise ValidationError(f"{held.person}, {held.title}, holds a seat that hands over the others. It is theirs to do.")
    if coming := lasting.first():
        raise ValidationError(f"{coming.person}, {coming.title}, takes the seat on {coming.starts_on:%B %-d, %Y}.")
    if not leading.exists():
        raise ValidationError(f"Nobody has led {office} yet: invite its first principal from its cohort’s page.")


def confirms(office, invitation):
    """Whether the office's published contact is asked: never whoever invites or is invited, nor an address that the
    administrator who starts the hand-over gave themselves."""
    if office.contact_email in ("", invitation.email, invitation.invited_by.email):
        return False
    return not (invitation.is_hand_over and gave_contact(office, invitation.invited_by))


def gave_contact(office, person):
    """Whether `person` ever said, as an administrator, what the office's published contact is."""
    return AuditEntry.objects.filter(action="office.contact", subject_id=office.pk, actor=person).exists()


def vacant_seats(office):
    """Seats of the office that an office may invite into, that nobody holds today or by a term to come, and that are promised
    to nobody. A term begins with its day, so a seat is vacant from the day after its last holder's."""
    today = timezone.localtime(timezone=ZoneInfo(office.timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    ahead = Term.objects.filter(Q(ended_at=None) | Q(ended_at__gt=today))
    ahead = ahead.filter(Q(expires_at=None) | Q(expires_at__gt=today))
    promised = Invitation.objects.open().filter(seat__isnull=False).values("seat")
    seats = office.seats.filter(role__in=INVITED_BY_OFFICE)
    return seats.exclude(pk__in=ahead.values("seat")).exclude(pk__in=promised)


def check_vacant(seat, office):
    if office is None or seat.office_id != office.pk:
        raise ValidationError("This seat is not of your office.")
    if seat.role != Role.PRINCIPAL and not vacant_seats(office).filter(pk=seat.pk).exists():
        raise ValidationError(f"{seat} is held by somebody, or promised to somebody by an open invitation.")


def check_not_asked_already(email, office, cohort, convening=None):
    asked = Invitation.objects.filter(email=email, office=office, cohort=cohort, convening=convening)
    if (asked.open() | asked.waiting()).exists():
        raise ValidationError({"email": f"{email} has an open invitation already. Send that one again, or revoke it first."})
    home = {"seat__office": office} if office else {"seat__convening": convening} if convening else {"seat__cohort": cohort}
    if Term.objects.current().filter(person__email__iexact=email, **home).exists():
        raise ValidationError({"email": f"{email} {'is a guest' if convening else 'holds a seat'} there already."})


def check_could_take(invitation):
    """What would refuse the seat after the delay refuses it now."""
    trial = lock(invitation)
    trial.accepted_at, trial.accepted_by = invitation.accepted_at, invitation.accepted_by
    before = transaction.savepoint()
    take_seat(trial)
    transaction.savepoint_rollback(before)


def check_open(invitation):
    if invitation.state != Invitation.State.SENT:
        raise ValidationError(REASONS[invitation.state])


def check_waiting(invitation):
    if invitation.state != Invitation.State.WAITING:
        raise ValidationError("This was answered already, or it took effect by itself.")


def keep_contact(office, contact, cohort, others):
    """Remember the office's published contact; never the address of who invites, is invited, or runs the cohort."""
    contact = contact.strip().lower()
    check_contact(contact, cohort, "contact", others)
    if contact and contact != office.contact_email:
        office.contact_email = contact
        office.version += 1
        office.full_clean()
        office.save(update_fields=["contact_email", "version"])


REASONS = {
    Invitation.State.EXPIRED: "This invitation has expired. Ask for a new one.",
    Invitation.State.REVOKED: "This invitation was taken back. Ask who invited you.",
    Invitation.State.ACCEPTED: "This invitation was used already.",
    Invitation.State.WAITING: "This invitation was accepted already, and waits for the confirmation.",
}
