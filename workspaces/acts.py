"""What this app tells the audit trail."""

from cohorts.acts import Act, register_act

SIGN_OFFS = "Sign-offs"

DECISIONS = "Decisions"
DELEGATION = "Who signs"
GUARD = "Case information"

for act in (
    Act("delegation.given", DELEGATION, "{who} said what the seat signs for the office: {what}"),
    Act("delegation.ended", DELEGATION, "{who} said that the seat signs nothing for the office: {what}"),
    Act("decision.confirmed", DECISIONS, "{who} confirmed for {office}: {what}"),
    Act("guard.passed", GUARD, "{who} was asked whether this belongs here, and posted it anyway: {what}"),
    Act("sign_off.proposed", SIGN_OFFS, "{who} proposed: {what}"),
    Act("sign_off.signed", SIGN_OFFS, "{who} signed for {office}: {what}"),
    Act("sign_off.declined", SIGN_OFFS, "{who} declined for {office}: {what}"),
    Act("sign_off.withdrawn", SIGN_OFFS, "{who} withdrew the proposal: {what}"),
    Act("sign_off.approved", SIGN_OFFS, "Every office that decides has signed, so it took effect: {what}"),
    Act("sign_off.overtaken", SIGN_OFFS, "A change overtook the proposal, so nobody can sign it any more: {what}"),
):
    register_act(act)
