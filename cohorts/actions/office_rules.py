"""An office's IT contact sets its rules. Each change is told in the office's own trail, in words."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from ..models import ApiToken, Conflict, OfficeRules, Person, Term, holdings_of
from ..permissions import Role
from .audit import record_act
from .people import renew_access

# What each rule is about, and what it says when it allows and when it does not.
IN_WORDS = {
    "allows_tokens": ("API tokens", "Allowed", "Not allowed"),
    "allows_uploads": ("Uploads", "Allowed", "Not allowed"),
    "allows_feeds": ("Calendar feeds", "Allowed", "Not allowed"),
    "allows_mail_text": ("Titles and words in mails", "Allowed", "Not allowed"),
    "allows_mail_replies": ("Answers by mail", "Allowed", "Not allowed"),
}


def who_sets_rules(person, office):
    """The term of the office's IT contact in which `person` sets its rules. Raises PermissionDenied."""
    held = (term for term in holdings_of(person).terms if term.seat.office_id == office.pk)
    term = next((term for term in held if term.seat.role == Role.IT_CONTACT), None)
    if term is None:
        raise PermissionDenied("An office’s rules are set by its IT contact.")
    return term


@transaction.atomic
def set_rules(office, person, *, version, **told):
    """Set the rules that `told` names, as {name: whether it is allowed}, of the rules as they were at `version`.

    Raises PermissionDenied unless `person` is the office's IT contact, Conflict when somebody set them since."""
    term = who_sets_rules(person, office)
    OfficeRules.objects.get_or_create(office=office)
    rules = OfficeRules.objects.select_for_update(no_key=True, of=("self",)).select_related("office").get(office=office)
    if rules.version != version:
        raise Conflict(rules)
    changed = [name for name in IN_WORDS if name in told and told[name] != getattr(rules, name)]
    if not changed:
        return rules
    for name in changed:
        setattr(rules, name, told[name])
    rules.changed_by, rules.term, rules.changed_at = person, term, timezone.now()
    rules.save_version(version)
    if "allows_tokens" in changed:
        close_what_tokens_opened(office)
    for name in changed:
        record_rule(rules, name, person, term)
    return rules


def close_what_tokens_opened(office):
    """Pages of programs are let in anew, or no longer."""
    here = Term.objects.current().filter(seat__office=office)
    holding = ApiToken.objects.filter(revoked_at=None, person__terms__in=here)
    for person in Person.objects.filter(pk__in=holding.values("person")):
        renew_access(person)


def record_rule(rules, name, person, term):
    words = {True: IN_WORDS[name][1], False: IN_WORDS[name][2]}
    now = getattr(rules, name)
    record_act(
        "rule.changed",
        rules.office,
        by=person,
        term=term,
        subject=("office", rules.office_id, IN_WORDS[name][0]),
        office=rules.office.name,
        was=words[not now],
        now=words[now],
    )
