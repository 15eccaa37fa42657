"""What one person holds in one workspace: their office, their role, the term they act in, and what they may do there."""

from dataclasses import dataclass

from django.core.exceptions import PermissionDenied

from cohorts.models import Cohort, Convening, Enrolment, Office, Person, Term, holdings_of
from cohorts.permissions import AUDIT_ROLES, OFFICE_RING_ROLES, SIGNING_ROLES, Role

from .delegations import signing_terms
from .workspaces import Workspace


class NotOpenYet(PermissionDenied):
    """Both offices have yet to sign the participation agreement of `workspace`; until then it is closed to everybody."""

    def __init__(self, workspace):
        super().__init__("This workspace opens once both offices have signed the participation agreement.")
        self.workspace = workspace


@dataclass(frozen=True)
class Standing:
    """Answers for buttons and verbs; which rows a person sees is told by the querysets."""

    person: Person
    workspace: Workspace
    terms: tuple[Term, ...]
    permissions: frozenset[str]
    is_pending: bool = False

    @classmethod
    def of(cls, person, workspace):
        """Raises NotOpenYet where the participation agreement is not signed: nothing else can be done there."""
        standing = cls.at_the_door(person, workspace)
        if standing.is_pending:
            raise NotOpenYet(workspace)
        return standing

    @classmethod
    def at_the_door(cls, person, workspace):
        """As `of`, before the workspace opens too: for its participation agreement alone."""
        holdings = holdings_of(person)
        pending = holdings.pending.get(workspace.enrolment_id, set())
        held = pending.union(*(holdings.grants[container].get(key, ()) for container, key in containers_of(workspace)))
        groups = {group for group, _ in held}
        terms = tuple(term for term in holdings.terms if term.seat.group_id in groups)
        return cls(person, workspace, terms, frozenset(codename for _, codename in held), bool(pending))

    @property
    def term(self):
        """The term `person` acts in here: an office's seat before a cohort's, the one that may sign first of all."""
        return min(self.terms, key=lambda term: list(Role).index(term.seat.role), default=None)

    @property
    def office(self) -> Office | None:
        """The office `person` speaks for here."""
        return next((term.seat.office for term in self.terms if term.seat.role in OFFICE_RING_ROLES), None)

    @property
    def office_kind(self):
        return self.office.kind if self.office else None

    @property
    def may_discuss(self):
        return bool({"discuss", "discuss_cohort", "view_convening"} & self.permissions)

    @property
    def may_edit(self):
        return "edit_city_work" in self.permissions

    @property
    def may_sign(self):
        return "sign" in self.permissions

    @property
    def may_facilitate(self):
        return bool({"facilitate", "facilitate_cohort"} & self.permissions)

    @property
    def may_research(self):
        return "research" in self.permissions

    def term_to_sign(self, kind):
        """The term in which they sign this kind of sign-off for their office, or None; a delegate's, or another's that the
        principal named, costs a query."""
        return next((term for term, kinds in signing_terms(self.terms) if kinds is None or kind in kinds), None)

    @property
    def may_read_audit(self):
        return bool(self.workspace.enrolment_id) and any(term.seat.role in AUDIT_ROLES for term in self.terms)

    @property
    def signing_term(self):
        return next((term for term in self.terms if term.seat.role in SIGNING_ROLES), None)

    def require(self, is_allowed):
        """Raises PermissionDenied (403) unless `is_allowed`: the thing is visible, the deed is not theirs."""
        if not is_allowed:
            raise PermissionDenied


def containers_of(workspace):
    """What tells who may do what in `workspace`: a convening is the cohort's, and its guests'."""
    if workspace.enrolment_id:
        return [(Enrolment, workspace.enrolment_id)]
    if workspace.cohort_id:
        return [(Cohort, workspace.cohort_id)]
    return [(Cohort, workspace.convening.cohort_id), (Convening, workspace.convening_id)]
