"""Each office's own rules, set by its IT contact. An office that set none allows everything.

Whatever a rule speaks of asks here, and obeys the strictest of the offices in which a person holds a seat:
- about one person: `rules_of(person).allows_uploads`
- at a door, or in a verb: `require_rule(person, "allows_uploads")` raises PermissionDenied with the rule's own sentence
- in a query over many: `~Exists(refusing("allows_feeds").filter(person=OuterRef("person")))` leaves out people of offices that
  say no"""

from dataclasses import dataclass, fields

from django.core.exceptions import PermissionDenied
from django.db import models
from django.utils import timezone

from .people import Person
from .places import Office
from .seats import Term
from .versions import Versioned


@dataclass(frozen=True)
class Rules:
    """What the offices of a person come to together."""

    allows_tokens: bool = True
    allows_uploads: bool = True
    allows_feeds: bool = True
    allows_mail_text: bool = True  # titles and text; else a mail only says that there is something, and where
    allows_mail_replies: bool = True


# What a person is told where their office says no.
REFUSALS = {
    "allows_tokens": "Your office does not allow API tokens. Its IT contact sets this rule.",
    "allows_uploads": "Your office does not allow uploads here. Its IT contact sets this rule.",
    "allows_feeds": "Your office does not allow calendar feeds. Its IT contact sets this rule.",
    "allows_mail_replies": "Your office does not allow answers by mail. Its IT contact sets this rule.",
}


class OfficeRulesQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Those that bind `person`."""
        return self.filter(office__in=Office.objects.held_by(person))


class OfficeRules(Versioned):
    office = models.OneToOneField(Office, models.PROTECT, related_name="rules")
    allows_tokens = models.BooleanField(default=True)
    allows_uploads = models.BooleanField(default=True)
    allows_feeds = models.BooleanField(default=True)
    allows_mail_text = models.BooleanField(default=True)
    allows_mail_replies = models.BooleanField(default=True)
    changed_by = models.ForeignKey(Person, models.PROTECT, null=True, blank=True, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, null=True, blank=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = OfficeRulesQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "office rules"

    def __str__(self):
        return f"Rules of {self.office}"


def rules_of(person) -> Rules:
    """The strictest of the rules that bind `person`; one query."""
    rows = list(OfficeRules.objects.visible_to(person))
    return Rules(**{rule.name: all(getattr(row, rule.name) for row in rows) for rule in fields(Rules)})


def require_rule(person, name):
    """Raises PermissionDenied where an office of `person` says no."""
    if not getattr(rules_of(person), name):
        raise PermissionDenied(REFUSALS[name])


def refusing(name):
    """Terms held now in offices that say no; `.filter(person=…)` tells whether they bind somebody."""
    return Term.objects.current().filter(**{f"seat__office__rules__{name}": False})
