from .addresses import is_taken
from .administrative_readings import AdministrativeReading, reason_field
from .agreements import AGREEMENT_LENGTH, Agreement
from .audit import AppendOnly, AuditChain, AuditEntry
from .canonical import canonical_json, content_sha256
from .cohorts import Cohort, CohortGrant, Enrolment, EnrolmentGrant
from .commitments import Acceptance, Commitment
from .convenings import Convening, ConveningGrant, Rsvp, Session, Speaker
from .departures import Departure
from .feeds import CalendarFeed
from .fields import LimitedTextField
from .hand_overs import HandOver
from .holdings import Holdings, granted, held_in, holdings_of, remembering
from .holdings_mark import HoldingsMark
from .invitations import Invitation
from .office_rules import OfficeRules, Rules, refusing, require_rule, rules_of
from .people import Administrator, Person, is_administrator
from .places import City, Office
from .seats import Seat, Term
from .sign_ons import SignOn, SignOnLink
from .tokens import ApiToken, IdempotencyKey, digest
from .tries import Try
from .versions import Conflict, Versioned

__all__ = [
    "AGREEMENT_LENGTH",
    "Acceptance",
    "AdministrativeReading",
    "Administrator",
    "Agreement",
    "ApiToken",
    "AppendOnly",
    "AuditChain",
    "AuditEntry",
    "CalendarFeed",
    "City",
    "Cohort",
    "CohortGrant",
    "Commitment",
    "Conflict",
    "Convening",
    "ConveningGrant",
    "Departure",
    "Enrolment",
    "EnrolmentGrant",
    "HandOver",
    "Holdings",
    "HoldingsMark",
    "IdempotencyKey",
    "Invitation",
    "LimitedTextField",
    "Office",
    "OfficeRules",
    "Person",
    "Rsvp",
    "Rules",
    "Seat",
    "Session",
    "SignOn",
    "SignOnLink",
    "Speaker",
    "Term",
    "Try",
    "Versioned",
    "canonical_json",
    "content_sha256",
    "digest",
    "granted",
    "held_in",
    "holdings_of",
    "is_administrator",
    "is_taken",
    "reason_field",
    "refusing",
    "remembering",
    "require_rule",
    "rules_of",
]
