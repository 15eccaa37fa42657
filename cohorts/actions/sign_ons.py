"""What people do with a sign-on: set it, demand it, link their account to it. Each change of it is told in the trail, without
the client secret."""

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from .. import letters
from ..authentication import has_shown
from ..models import Cohort, Conflict, Office, Person, SignOn, SignOnLink, Term, holdings_of
from ..permissions import Role
from ..sessions import SessionStore
from .administrators import require_administrator, told_reason
from .audit import PLATFORM, record_act, rings_of_person
from .office_rules import who_sets_rules
from .people import end_sessions, renew_access

# What of it is told by its new value, and by what name.
TOLD = {
    "name": "name",
    "issuer": "issuer",
    "client_id": "client ID",
    "domains": "mail domains",
    "proof": "when the second step is asked",
    "acr_values": "values of “acr”",
}
LEADS = ("issuer", "client_id")  # where it leads, and as whom


def who_sets(person, home):
    """The term in which `person` sets the sign-on of `home`, an office or a cohort. Raises PermissionDenied.

    A cohort's is set by its facilitators: it is their organisation's, and only who can sign in by it can try it."""
    if isinstance(home, Office):
        return who_sets_rules(person, home)
    if not Cohort.objects.facilitated_by(person).contains(home):
        raise PermissionDenied("A cohort’s sign-on is set by its facilitators.")
    held = holdings_of(person).terms
    return next(term for term in held if term.seat.cohort_id == home.pk and term.seat.role == Role.FACILITATOR)


def sign_on_of(home):
    """The sign-on of an office or a cohort; one that is not stored where it has none."""
    field = "office" if isinstance(home, Office) else "cohort"
    found = SignOn.objects.select_related("office", "cohort", "changed_by").filter(pk=home.pk).first()
    return found or SignOn(pk=home.pk, **{field: home})


def lock(home):
    return SignOn.objects.select_for_update(no_key=True, of=("self",)).select_related("office", "cohort").get(pk=home.pk)


@transaction.atomic
def set_sign_on(home, person, *, version, secret=None, forget_secret=False, **told):
    """Set what `told` names. `secret`: a new client secret, or None for the one it has.

    A provider that changed has yet to be tried, so nobody is held to it: a demand ends with the change."""
    term = who_sets(person, home)
    type(home).objects.select_for_update(no_key=True).get(pk=home.pk)
    is_new = not SignOn.objects.filter(pk=home.pk).exists()
    if is_new:
        sign_on = sign_on_of(home)
    else:
        sign_on = lock(home)
        if sign_on.version != version:
            raise Conflict(sign_on)
    changed = [name for name in TOLD if name in told and told[name] != getattr(sign_on, name)]
    is_other_secret = bool(secret) or (forget_secret and sign_on.has_secret)
    if not changed and not is_other_secret:
        return sign_on
    for name in changed:
        setattr(sign_on, name, told[name])
    if is_other_secret:
        sign_on.keep_secret(secret)
    leads_elsewhere = not is_new and (is_other_secret or any(name in LEADS for name in changed))
    was_demanded = sign_on.is_demanded
    if leads_elsewhere:
        sign_on.edition += 1
        sign_on.is_demanded = False
    note(sign_on, person, term)
    if is_new:
        sign_on.full_clean()
        sign_on.save(force_insert=True)
    else:
        sign_on.save_version(version)
    changes = [f"{TOLD[name]} {in_words(sign_on, name)}" for name in changed]
    if is_other_secret:
        changes.append("a new client secret" if secret else "no client secret")
    record("sign_on.set", sign_on, person, term, changes="; ".join(changes))
    if was_demanded and leads_elsewhere:
        let_in_anew(sign_on)
        record("sign_on.allowed", sign_on, person, term)
    return sign_on


def in_words(sign_on, name):
    if name == "proof":
        return f"“{sign_on.get_proof_display()}”"
    return f"“{str(getattr(sign_on, name)).strip()}”"


def note(sign_on, person, term):
    sign_on.changed_by, sign_on.term, sign_on.changed_at = person, term, timezone.now()


@transaction.atomic
def demand(office, person, session):
    """From now on the people of `office` come in by its sign-on alone; sessions that began otherwise end.

    Raises ValidationError unless `person`, its IT contact, came in by it in this `session`: so nobody locks the office out."""
    term = who_sets(person, office)
    sign_on = lock(office)
    if not has_shown(sign_on, person, session):
        raise ValidationError(f"Sign in by {sign_on} yourself first, as it is set now. That shows that it works.")
    if sign_on.is_demanded:
        return sign_on
    sign_on.is_demanded = True
    note(sign_on, person, term)
    sign_on.save_version(sign_on.version)
    for each in people_of(sign_on):
        end_sessions(each, sessions_without(sign_on, each))
    record("sign_on.demanded", sign_on, person, term)
    return sign_on


@transaction.atomic
def allow_other_ways(office, person):
    """The office demands its sign-on no longer."""
    term = who_sets(person, office)
    sign_on = lock(office)
    if sign_on.is_demanded:
        lift(sign_on)
        note(sign_on, person, term)
        sign_on.save(update_fields=["changed_by", "term", "changed_at"])
        record("sign_on.allowed", sign_on, person, term)
    return sign_on


@transaction.atomic
def release(sign_on, by, *, reason):
    """The way out of a lock-out: an administrator ends the demand, for a written reason that the office reads."""
    require_administrator(by)
    reason = told_reason(reason)
    sign_on = lock(sign_on.home)
    if not sign_on.is_demanded:
        raise ValidationError(f"{sign_on.home} does not demand its sign-on.")
    lift(sign_on)
    what = {"subject": subject_of(sign_on), "home": str(sign_on.home), "reason": reason}
    record_act("sign_on.released", sign_on.home, PLATFORM, by=by, **what)


def lift(sign_on):
    sign_on.is_demanded = False
    sign_on.save_version(sign_on.version)
    let_in_anew(sign_on)


@transaction.atomic
def remove(home, person):
    """The sign-on goes, and every link to it. Its people come in by the other ways."""
    term = who_sets(person, home)
    sign_on = lock(home)
    people = list(people_of(sign_on))
    record("sign_on.removed", sign_on, person, term)
    sign_on.links.all().delete()
    SignOn.objects.filter(pk=sign_on.pk).delete()
    for each in people:
        renew_access(each)


def people_of(sign_on):
    """Everyone who holds a seat of its office or cohort now."""
    held = Term.objects.current()
    held = held.filter(seat__office=sign_on.office) if sign_on.office_id else held.filter(seat__cohort=sign_on.cohort)
    return Person.objects.filter(pk__in=held.values("person")).order_by("name")


def let_in_anew(sign_on):
    for each in people_of(sign_on):
        renew_access(each)


def sessions_without(sign_on, person):
    """Those of `person` that began without `sign_on`."""
    rows = UserSession.objects.filter(user=person)
    living = Session.objects.filter(pk__in=rows.values("session_key"), expire_date__gt=timezone.now())
    shown = [row.pk for row in living if has_shown(sign_on, person, SessionStore(row.pk).decode(row.session_data))]
    return rows.exclude(session_key__in=shown)


# --- a person's own account at the provider


@transaction.atomic
def link(sign_on, person, subject, *, is_joining=False):
    """The account `subject` of the provider is `person`'s from now on. Raises ValidationError where it is somebody else's, or
    where `person` has another one."""
    if not is_joining and not sign_on.is_open_to(person):
        raise ValidationError(f"You hold no seat in {sign_on.home}.")
    lock(sign_on.home)
    held = SignOnLink.objects.filter(sign_on=sign_on)
    if held.filter(issuer=sign_on.issuer, subject=subject).exclude(person=person).exists():
        raise ValidationError(f"This account of {sign_on} is linked to somebody else here. Sign out there, and use your own.")
    mine = held.filter(person=person).first()
    if mine and mine.issuer == sign_on.issuer and mine.subject != subject:
        raise ValidationError(f"Another account of {sign_on} is linked to yours. Unlink that one first, under Settings.")
    if mine and (mine.issuer, mine.subject) == (sign_on.issuer, subject):
        return mine
    mine = mine or SignOnLink(sign_on=sign_on, person=person)
    mine.issuer, mine.subject, mine.linked_at = sign_on.issuer, subject, timezone.now()
    mine.save()
    letters.send([(letters.linked_letter(sign_on, person), None)])
    record_act("sign_on.linked", *rings_of_link(sign_on, person), by=person, for_whom=person, subject=subject_of(sign_on))
    return mine


@transaction.atomic
def unlink(link, by):
    """Its person's to do, unless their office demands it; and its IT contact's, for somebody whose account there is another by
    now. They link anew when they come in."""
    link = SignOnLink.objects.select_related("sign_on__office", "sign_on__cohort", "person").get(pk=link.pk)
    sign_on, person = link.sign_on, link.person
    if by == person:
        if sign_on.is_demanded and sign_on.is_open_to(person):
            raise ValidationError(f"{sign_on.home} demands its sign-on, so it cannot be unlinked.")
    else:
        who_sets(by, sign_on.home)
    link.delete()
    if by != person:
        end_sessions(person, UserSession.objects.all())
    letters.send([(letters.unlinked_letter(sign_on, person, by), None)])
    record_act("sign_on.unlinked", *rings_of_link(sign_on, person), by=by, for_whom=person, subject=subject_of(sign_on))


def rings_of_link(sign_on, person):
    """Whoever reads of the person's sign-ins, and of the office or cohort that the sign-on is of."""
    rings = [ring for ring in rings_of_person(person) if ring is not PLATFORM]
    return list(dict.fromkeys([*rings, sign_on.home]))


def person_of(sign_on, subject):
    """Whose account it is, or None."""
    found = SignOnLink.objects.valid().select_related("person").filter(sign_on=sign_on, subject=subject).first()
    return found and found.person


def note_use(sign_on, person):
    SignOnLink.objects.filter(sign_on=sign_on, person=person).update(last_used_at=timezone.now())


def record(action, sign_on, person, term, **detail):
    record_act(action, sign_on.home, by=person, term=term, subject=subject_of(sign_on), home=str(sign_on.home), **detail)


def record_failure(sign_on, reason, person=None):
    """Somebody did not get in by it."""
    rings = rings_of_link(sign_on, person) if person else [sign_on.home]
    action = "sign_in.failed" if person else "sign_on.failed"
    record_act(action, *rings, for_whom=person, subject=subject_of(sign_on), way=str(sign_on), because=reason)


def subject_of(sign_on):
    return "sign_on", sign_on.pk, str(sign_on)
