"""Who signs for an office besides its principal: delegates by their role, unless their principal said otherwise, and seats of
the office that the principal named, for named kinds of sign-off, until a day."""

import uuid

from django.core.exceptions import ValidationError
from django.db import models
from django.utils import timezone

from cohorts.models import Person, Seat, Term, holdings_of
from cohorts.permissions import Role

DELEGABLE_TO = (Role.DELEGATE, Role.STAFF)
NOT_DELEGABLE = {
    "delegation": "Delegating cannot itself be delegated: who signs for the office is the principal’s word alone.",
    "hand_over": "Handing over the principal’s seat cannot be delegated: the principal does it in person.",
    "leaving": "Leaving the cohort cannot be delegated: only the principal signs the office out.",
}


class DelegationQuerySet(models.QuerySet):
    def visible_to(self, person):
        """Who signs for an office is that office's matter; every signature says for whom it was given."""
        return self.filter(seat__office__in=holdings_of(person).offices)

    def last_words(self, seats):
        """`{seat id: Delegation}`: what was said last of each seat, which replaces all that was said before."""
        return {each.seat_id: each for each in self.filter(seat__in=seats).select_related("by", "term").order_by("at")}


class Delegation(models.Model):
    """A principal's word on one seat of their office: the kinds of sign-off it may sign, until a day, both ends included."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    seat = models.ForeignKey(Seat, models.PROTECT, related_name="delegations")
    kinds = models.JSONField(default=list)
    until = models.DateField("until", null=True, blank=True)
    by = models.ForeignKey(Person, models.PROTECT, related_name="+")
    term = models.ForeignKey(Term, models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]

    def __str__(self):
        return f"{self.seat}, by {self.by}"

    def clean(self):
        if self.seat.role not in DELEGABLE_TO:
            raise ValidationError(
                {"seat": f"The seat of a {self.seat.get_role_display().lower()} does not sign for the office."}
            )
        if self.until is None and self.seat.role != Role.DELEGATE:
            raise ValidationError({"until": "Say until when. Only a delegate’s seat signs without a last day."})
        if self.until and self.until < self.seat.office.today:
            raise ValidationError({"until": "Choose today or a later day."})

    def is_in_force(self, today):
        """Beyond a delegate's seat, it lasts no longer than the term of the principal who gave it."""
        holds = self.withdrawn_at is None and (self.until is None or self.until >= today)
        return holds and (self.seat.role == Role.DELEGATE or self.term.is_current)


def kinds_signed(seat, word, today):
    """The kinds of sign-off that `seat` signs, after the last `word` on it (a Delegation or None). None: all of them."""
    if seat.role == Role.PRINCIPAL or (seat.role == Role.DELEGATE and word is None):
        return None
    if word is None:
        return frozenset()
    word.seat = seat
    return frozenset(word.kinds) if word.is_in_force(today) else frozenset()


def signing_terms(terms):
    """`[(term, kinds)]` of those `terms` that sign something for their office, principals first; `kinds` None: all of
    them. One query, and none for a principal alone."""
    asked = [term for term in terms if term.seat.office_id and term.seat.role in (Role.PRINCIPAL, *DELEGABLE_TO)]
    others = [term.seat_id for term in asked if term.seat.role != Role.PRINCIPAL]
    words = Delegation.objects.last_words(others) if others else {}
    told = [(term, kinds_signed(term.seat, words.get(term.seat_id), term.seat.office.today)) for term in asked]
    signing = [(term, kinds) for term, kinds in told if kinds is None or kinds]
    return sorted(signing, key=lambda each: list(Role).index(each[0].seat.role))
