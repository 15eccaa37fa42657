"""What this app tells the audit trail."""

from cohorts.acts import Act, register_act

SIGN_OFFS = "Sign-offs"

DECISIONS = "Decisions"
DELEGATION = "Who signs"
GUARD = "Case information"

MOVES = "Moved topics"
SEALED = "What should not be here"
HOLDS = "Legal holds"

for act in (
    Act("item.taken_out", SEALED, "{who} marked as something that should not be here, and took out: {what}"),
    Act("item.read", SEALED, "{who} read what was taken out: {what}"),
    Act("item.restored", SEALED, "{who} put back what was taken out: {what}"),
    Act("item.redacted", SEALED, "{who} put back, without what did not belong: {what}"),
    Act("item.destruction_asked", SEALED, "{who} asked for the destruction of what was taken out: {what}"),
    Act("item.kept", SEALED, "{who} said that it is not to be destroyed: {what}"),
    Act("item.destroyed", SEALED, "{who} said the second yes, and it was destroyed: {what}"),
    Act("hold.placed", HOLDS, "{who} placed a legal hold"),
    Act("hold.lifted", HOLDS, "{who} lifted a legal hold"),
    Act("delegation.given", DELEGATION, "{who} said what the seat signs for the office: {what}"),
    Act("delegation.ended", DELEGATION, "{who} said that the seat signs nothing for the office: {what}"),
    Act("decision.confirmed", DECISIONS, "{who} confirmed for {office}: {what}"),
    Act("message.moved", MOVES, "{who} moved {what} to another topic"),
    Act("topic.moved", MOVES, "{who} moved the topic {what}"),
    Act("guard.passed", GUARD, "{who} was asked whether this belongs here, and posted it anyway: {what}"),
    Act("sign_off.proposed", SIGN_OFFS, "{who} proposed: {what}"),
    Act("sign_off.signed", SIGN_OFFS, "{who} signed for {office}: {what}"),
    Act("sign_off.declined", SIGN_OFFS, "{who} declined for {office}: {what}"),
    Act("sign_off.withdrawn", SIGN_OFFS, "{who} withdrew the proposal: {what}"),
    Act("sign_off.approved", SIGN_OFFS, "Every office that decides has signed, so it took effect: {what}"),
    Act("sign_off.overtaken", SIGN_OFFS, "A change overtook the proposal, so nobody can sign it any more: {what}"),
):
    register_act(act)
