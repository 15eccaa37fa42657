"""Why an answer by mail is not posted, in plain words. They tell nothing of what the topic is."""

from ..models import MESSAGE_LENGTH

REASONS = {
    "unknown": "The address you wrote to is not one of ours, or not any more. Open the topic to write there.",
    "expired": "The address you wrote to works for 30 days, and they are over. Open the topic to write there.",
    "foreign": "You wrote from another address than the one you are known by here. Write from that one, or open the topic.",
    "unproven": "Your mail server could not show that the mail came from you. Open the topic to write there.",
    "closed": "You cannot write in this topic any more.",
    "rule": "Your office does not allow answers by mail. Its IT contact sets this rule. Open the topic to write there.",
    "resolved": "The topic is resolved. Reopen it to write in it.",
    "guard": (
        "Something in it looks like a docket number, a date of birth, a phone number or the like. Open cases and personal data "
        "do not belong here. Open the topic to look at it again, and to post it if it does belong."
    ),
    "empty": "We found no words of yours above what you quoted. Write above it, or open the topic.",
    "long": f"Your answer is longer than {MESSAGE_LENGTH:,} characters. Shorten it, or open the topic.",
}
