from cohorts.models import canonical_json, content_sha256

from .acknowledgements import Acknowledgement
from .attachments import STORED_IN, Attachment, AttachmentPage
from .audiences import Audience, AudienceQuerySet, ForAudience, audience_in_words, terms_reading
from .decisions import Confirmation, Decision
from .delegations import DELEGABLE_TO, NOT_DELEGABLE, Delegation, kinds_signed, signing_terms
from .drafts import Draft
from .legal_holds import LegalHold
from .mails import Mail, MailAddress, MailChoice, MailChoices, MailedUpTo
from .mentions import Mention
from .pins import Pin
from .presence import PresenceChoice
from .reactions import Emoji, Reaction
from .reminders import Reminder
from .sealed_items import DECIDING_ROLES, SealedItem, deciders_of
from .search import SearchEntry
from .sign_offs import AGREEMENT, Signature, SignedCopy, SignOff
from .standings import NotOpenYet, Standing
from .streams import Event, Stream
from .topics import MESSAGE_LENGTH, Message, MessageRevision, ReadPosition, Topic
from .workspaces import Workspace

__all__ = [
    "AGREEMENT",
    "DECIDING_ROLES",
    "DELEGABLE_TO",
    "STORED_IN",
    "MESSAGE_LENGTH",
    "NOT_DELEGABLE",
    "Acknowledgement",
    "Attachment",
    "AttachmentPage",
    "Audience",
    "AudienceQuerySet",
    "Confirmation",
    "Decision",
    "Delegation",
    "Draft",
    "Emoji",
    "Event",
    "ForAudience",
    "LegalHold",
    "Mail",
    "MailAddress",
    "MailChoice",
    "MailChoices",
    "MailedUpTo",
    "Mention",
    "Message",
    "MessageRevision",
    "NotOpenYet",
    "Pin",
    "PresenceChoice",
    "Reaction",
    "ReadPosition",
    "Reminder",
    "SealedItem",
    "SearchEntry",
    "SignOff",
    "Signature",
    "SignedCopy",
    "Standing",
    "Stream",
    "Topic",
    "Workspace",
    "audience_in_words",
    "canonical_json",
    "content_sha256",
    "deciders_of",
    "kinds_signed",
    "signing_terms",
    "terms_reading",
]
