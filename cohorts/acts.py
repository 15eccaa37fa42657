"""What the audit trail tells, in words. Each app registers its acts, so that this one need not know what others do."""

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Act:
    """`words` is a sentence with {who}, {whom}, {what} and the entry's details by their names; `unnamed` is the sentence where
    nobody is known to have acted: a command at the server, or somebody who did not get in."""

    code: str
    kind: str
    words: str
    unnamed: str = ""


ACCESS = "Seats and access"
SIGNING_IN = "Signing in"
RULES = "Office’s rules"
TOKENS = "Tokens"
EXPORTS = "Exports"
ADMINISTRATION = "Administrators"

_acts: dict[str, Act] = {}


def register_act(act):
    _acts[act.code] = act


def act_of(code) -> Act:
    """Raises KeyError for an act that no app registered."""
    return _acts[code]


def kinds_of_act():
    """What the trail can be narrowed to, in words."""
    return sorted({act.kind for act in _acts.values()})


def codes_of(kind):
    return [act.code for act in _acts.values() if act.kind == kind]


def sentence(entry):
    """One plain sentence: who did what for whom. No query for an entry of `acts()`."""
    act = act_of(entry.action)
    told = {"city": "the city"} | {name: in_words(value) for name, value in entry.detail.items()}
    told |= {
        "who": entry.actor.name if entry.actor else "Somebody at the server",
        "whom": entry.for_whom.name if entry.for_whom else "nobody",
        "what": entry.subject_words,
    }
    words = act.words if entry.actor or not act.unnamed else act.unnamed
    way = f", by {told['way']}" if told.get("way") else ""
    because = f": {told['because']}" if told.get("because") else ""
    behalf = f", on behalf of {told['on_behalf_of']}" if told.get("on_behalf_of") else ""
    return f"{words.format_map(defaultdict(str, told))}{way}{because}{behalf}."


def in_words(value):
    """A detail as one reads it: a day by its month’s name."""
    try:
        day = dt.date.fromisoformat(value)
    except (TypeError, ValueError):
        return value
    return f"{day:%b} {day.day}, {day.year}"


for act in (
    Act("sign_in.done", SIGNING_IN, "{who} signed in"),
    Act(
        "sign_in.failed",
        SIGNING_IN,
        "{who} tried to sign in as {whom}",
        "Somebody tried to sign in as {whom} and did not get in",
    ),
    Act("sign_on.failed", SIGNING_IN, "{who} was not let in", "Somebody tried to sign in and did not get in"),
    Act("sign_on.linked", SIGNING_IN, "{who} linked their account of {what}"),
    Act("sign_on.unlinked", SIGNING_IN, "{who} unlinked the account of {whom} at {what}"),
    Act("sign_on.set", RULES, "{who} set the sign-on of {home}, {what}: {changes}"),
    Act("sign_on.removed", RULES, "{who} removed the sign-on of {home}, {what}"),
    Act("sign_on.demanded", RULES, "{who} set that the people of {home} sign in by {what} alone"),
    Act("sign_on.allowed", RULES, "{who} set that the people of {home} sign in by other ways than {what}, too"),
    Act(
        "sign_on.released",
        ADMINISTRATION,
        "{who}, an administrator, ended the demand that the people of {home} sign in by {what}: “{reason}”",
    ),
    Act(
        "sign_in.halfway",
        SIGNING_IN,
        "{who} failed at the second step as {whom}",
        "Somebody gave the first step of {whom} and failed at the second",
    ),
    Act("sign_in.unconfirmed", SIGNING_IN, "{who} was asked again who they are, and did not show it"),
    Act(
        "sign_in.limited",
        SIGNING_IN,
        "{who} tried too often as {whom} ({of}), and was refused for a while",
        "Somebody tried too often as {whom} ({of}), and was refused for a while",
    ),
    Act("sign_out.done", SIGNING_IN, "{who} signed out"),
    Act("password.changed", SIGNING_IN, "{who} changed their password", "The password of {whom} was changed"),
    Act("factor.added", SIGNING_IN, "{who} added a way to sign in: {what}"),
    Act(
        "factor.removed", SIGNING_IN, "{who} removed a way to sign in: {what}", "A way to sign in as {whom} was removed: {what}"
    ),
    Act("account.closed", ACCESS, "{who} closed the account of {whom}", "The account of {whom} was closed"),
    Act("account.reopened", ACCESS, "{who} opened the account of {whom} again", "The account of {whom} was opened again"),
    Act("factor.lost", SIGNING_IN, "{who} removed every passkey and second step of {whom}: “{reason}”"),
    Act("sessions.ended", SIGNING_IN, "{who} signed {whom} out everywhere"),
    Act("password.link", SIGNING_IN, "{who} sent {whom} a link to set a password"),
    Act("administrator.appointed", ADMINISTRATION, "{who} made {whom} an administrator", "{whom} was made an administrator"),
    Act("administrator.dismissed", ADMINISTRATION, "{who} dismissed {whom} as administrator"),
    Act(
        "administrator.read",
        ADMINISTRATION,
        "{who}, an administrator, opened the workspace of {what} until {until}: “{reason}”",
    ),
    Act(
        "administrator.left",
        ADMINISTRATION,
        "{who}, an administrator, closed the workspace of {what} again before the hour was over",
    ),
    Act("office.changed", ADMINISTRATION, "{who} changed what is known of {what}: {changes}"),
    Act("office.contact", ADMINISTRATION, "{who} changed the published contact of {what} from {before} to {after}"),
    Act("hand_over.started", ADMINISTRATION, "{who} started the hand-over of {what}, which nobody led: “{reason}”"),
    Act("cohort.opened", ADMINISTRATION, "{who} opened the cohort {what}", "The cohort {what} was opened"),
    Act("cohort.changed", ADMINISTRATION, "{who} changed the cohort {what}: {changes}"),
    Act("term.started", ACCESS, "{who} gave {whom} a seat: {what}", "{whom} was given a seat: {what}"),
    Act("term.ended", ACCESS, "{who} ended the term of {whom}: {what}", "The term of {whom} was ended: {what}"),
    Act("invitation.made", ACCESS, "{who} invited {what}"),
    Act("invitation.revoked", ACCESS, "{who} took back the invitation of {what}"),
    Act("researcher.assigned", ACCESS, "{who} assigned {what} to {city}", "{what} was assigned to {city}"),
    Act("researcher.released", ACCESS, "{who} released {what} from {city}", "{what} was released from {city}"),
    Act("city.enrolled", ACCESS, "{who} enrolled {what}", "{what}: enrolled"),
    Act("city.activated", ACCESS, "Both offices have signed, so the workspace opened to its people: {what}"),
    Act("agreement.written", ACCESS, "{who} wrote: {what}"),
    Act("city.left", ACCESS, "{who} ended the enrolment of {what}", "{what}: the enrolment was ended"),
    Act("rule.changed", RULES, "{who} changed a rule of {office}: {what}, from “{was}” to “{now}”"),
    Act("election.set", ACCESS, "{who} set the day of the next election: {what}, {on}"),
    Act("election.cleared", ACCESS, "{who} took back the day of the next election: {what}"),
    Act("city.closed", ACCESS, "{who}, an administrator, ended the enrolment of {what}: “{reason}”"),
    Act("token.issued", TOKENS, "{who} made an API token for {whom} ({scope})", "An API token was made for {whom} ({scope})"),
    Act("token.revoked", TOKENS, "{who} revoked an API token of {whom}", "An API token of {whom} was revoked"),
    Act("feed.made", TOKENS, "{who} made a calendar address for {whom}"),
    Act("feed.revoked", TOKENS, "{who} revoked a calendar address of {whom}", "A calendar address of {whom} was revoked"),
    Act("trail.downloaded", EXPORTS, "{who} downloaded the audit trail of {what}"),
):
    register_act(act)
