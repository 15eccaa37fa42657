from cohorts.models import canonical_json, content_sha256

from .attachments import Attachment, AttachmentPage
from .audiences import Audience, AudienceQuerySet, ForAudience, audience_in_words, terms_reading
from .decisions import Confirmation, Decision
from .delegations import DELEGABLE_TO, NOT_DELEGABLE, Delegation, kinds_signed, signing_terms
from .mails import Mail, MailAddress, MailChoice, MailChoices, MailedUpTo
from .mentions import Mention
from .pins import Pin
from .reactions import Emoji, Reaction
from .search import SearchEntry
from .sign_offs import AGREEMENT, Signature, SignedCopy, SignOff
from .standings import NotOpenYet, Standing
from .streams import Event, Stream
from .topics import MESSAGE_LENGTH, Message, MessageRevision, ReadPosition, Topic
from .workspaces import Workspace

__all__ = [
    "AGREEMENT",
    "DELEGABLE_TO",
    "MESSAGE_LENGTH",
    "NOT_DELEGABLE",
    "Attachment",
    "AttachmentPage",
    "Audience",
    "AudienceQuerySet",
    "Confirmation",
    "Decision",
    "Delegation",
    "Emoji",
    "Event",
    "ForAudience",
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
    "Reaction",
    "ReadPosition",
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
    "kinds_signed",
    "signing_terms",
    "terms_reading",
]
