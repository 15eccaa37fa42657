"""How much may be tried, and how often something may be asked.

A *try* can be wrong: a password, a code, a mail to a mailbox. It counts for where it comes from. A browser in which the account
was fully signed in before has tries of its own; everyone else shares those of their network address. A secret that nobody can
guess (a link's, a token's) is refused only when it is wrong. So whoever comes by the thousand uses up their own tries, and the
account's holder still comes in.

A *rate* is how often a person, or an address that nobody signed in at, may ask for something that costs us.

Tries are rows, because they must count in every process and after a restart. Rates are counts in the cache that processes
share; where it cannot be reached, everything is let through rather than nothing."""

import datetime as dt
import ipaddress
import math
from dataclasses import dataclass
from enum import StrEnum

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from django.utils.crypto import salted_hmac

from .actions.audit import address_of
from .models import Try

MINUTE, HOUR, DAY = 60, 60 * 60, 24 * 60 * 60


class Per(StrEnum):
    """What a limit counts for. The first three are of browsers that the account does not know."""

    ADDRESS = "network address"
    HERE = "account and network address"
    ACCOUNT = "account, from everywhere"
    DEVICE = "known browser and account"
    SESSION = "session"
    THING = "invitation"


@dataclass(frozen=True)
class Limit:
    what: str
    per: Per
    amount: int
    seconds: int

    def key(self, *parts):
        told = "\0".join([self.what, self.per, str(self.seconds), *map(str, parts)])
        return salted_hmac("cohorts.limits", told, algorithm="sha256").hexdigest()


PASSWORD, SECOND_STEP, PASSKEY, CODE = "password", "second step", "passkey", "code from a mail"
CODE_MAIL, RESET_MAIL, SIGN_ON = "mail with a code", "mail to set a password", "office’s sign-on"
AGAIN, LINK, TOKEN, INVITATION = "asked again", "link that leads nowhere", "API token that is none", "invitation sent again"

LIMITS = [
    Limit(PASSWORD, Per.ADDRESS, 60, 10 * MINUTE),
    Limit(PASSWORD, Per.HERE, 5, 5 * MINUTE),
    Limit(PASSWORD, Per.DEVICE, 10, 15 * MINUTE),
    Limit(SECOND_STEP, Per.ADDRESS, 60, 10 * MINUTE),
    Limit(SECOND_STEP, Per.HERE, 5, 5 * MINUTE),
    Limit(SECOND_STEP, Per.ACCOUNT, 30, DAY),  # of a million codes three are right: one in ten thousand a day
    Limit(SECOND_STEP, Per.DEVICE, 10, 15 * MINUTE),
    Limit(SECOND_STEP, Per.DEVICE, 30, DAY),
    Limit(PASSKEY, Per.ADDRESS, 120, MINUTE),  # nothing can be guessed; it only costs us
    Limit(PASSKEY, Per.DEVICE, 30, MINUTE),
    Limit(SIGN_ON, Per.ADDRESS, 60, MINUTE),
    Limit(SIGN_ON, Per.DEVICE, 30, MINUTE),
    Limit(CODE, Per.ADDRESS, 60, 10 * MINUTE),
    Limit(CODE, Per.HERE, 10, 15 * MINUTE),
    Limit(CODE, Per.DEVICE, 10, 15 * MINUTE),
    Limit(CODE_MAIL, Per.ADDRESS, 20, 10 * MINUTE),
    Limit(CODE_MAIL, Per.HERE, 3, 10 * MINUTE),
    Limit(CODE_MAIL, Per.ACCOUNT, 6, HOUR),
    Limit(CODE_MAIL, Per.DEVICE, 5, 15 * MINUTE),
    Limit(RESET_MAIL, Per.ADDRESS, 20, 10 * MINUTE),
    Limit(RESET_MAIL, Per.HERE, 3, 10 * MINUTE),
    Limit(RESET_MAIL, Per.ACCOUNT, 6, HOUR),
    Limit(RESET_MAIL, Per.DEVICE, 5, 15 * MINUTE),
    Limit(AGAIN, Per.SESSION, 10, 15 * MINUTE),
    Limit(LINK, Per.ADDRESS, 30, 10 * MINUTE),
    Limit(TOKEN, Per.ADDRESS, 120, MINUTE),
    Limit(INVITATION, Per.THING, 5, HOUR),
]


@dataclass(frozen=True)
class Rate:
    what: str
    per: str
    amount: int
    seconds: int = MINUTE


WRITING = Rate("pages that change something", "person", 240)
SEARCHING = Rate("searches", "person", 60)
COSTLY = Rate("imports, downloads and briefs", "person", 30)
CONNECTING = Rate("connections to the socket", "person", 240)
KNOCKING = Rate("connections to the socket, not signed in", "network address", 120)
RATES = [WRITING, SEARCHING, COSTLY, CONNECTING, KNOCKING]


class Limited(Exception):
    """Too many. `wait`: seconds until there is room again; `what` and `per` say of what and for whom."""

    def __init__(self, what, per, wait):
        super().__init__(f"{what}, per {per}")
        self.what, self.per, self.wait = what, per, max(1, math.ceil(wait))


def now():
    return timezone.now()


def network_of(request):
    """From where somebody asks: the address, or of IPv6 the network that one customer has whole."""
    return network(address_of(request) or "")


def network(text):
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unknown"
    if address.version == 6:
        return str(address.ipv4_mapped or ipaddress.ip_network((address, 64), strict=False).network_address)
    return str(address)


def keys_of(what, **from_where):
    """`[(limit, key)]` of what limits one try. `from_where` says by the name of a `Per` where it comes from; a known browser
    (DEVICE) counts for itself alone."""
    names = ["DEVICE"] if from_where.get("DEVICE") else [name for name in from_where if name != "DEVICE"]
    told = {Per[name]: from_where[name] for name in names}
    return [(limit, limit.key(*told[limit.per])) for limit in LIMITS if limit.what == what and limit.per in told]


def take(what, **from_where):
    """Count one try, and give the rows to `give_back` if it was a right one. Raises Limited, and counts nothing, where one of
    its limits is reached."""
    return take_all(keys_of(what, **from_where))


def take_all(asked):
    """First each is kept and then they are counted: of tries at the same instant, in whichever process, never more pass."""
    at = now()
    rows = Try.objects.bulk_create(
        Try(key=key, at=at, expires_at=at + dt.timedelta(seconds=limit.seconds)) for limit, key in asked
    )
    for limit, key in asked:
        since = at - dt.timedelta(seconds=limit.seconds)
        amount = limit.amount * settings.LIMITS_TIMES
        newest = Try.objects.filter(key=key, at__gt=since).order_by("-at").values_list("at", flat=True)[: amount + 1]
        if len(newest) > amount:
            give_back([row.pk for row in rows])
            raise Limited(limit.what, limit.per, (newest[amount] - since).total_seconds())
    return [row.pk for row in rows]


def remove_old_tries():
    """They count no more; a job removes them, so that nobody at the door waits for it."""
    Try.objects.filter(expires_at__lte=now()).delete()


def give_back(rows):
    Try.objects.filter(pk__in=rows).delete()


def is_first(what, *parts, seconds):
    """Whether this is the first of its kind within `seconds`."""
    limit = Limit(f"first {what}", Per.HERE, 1, seconds)
    try:
        return bool(take_all([(limit, limit.key(*parts))]))
    except Limited:
        return False


def spend(rate, who):
    """Count one request of `who`. Raises Limited when there were as many as the rate allows."""
    second = now().timestamp()
    window = int(second // rate.seconds)
    key = f"rate:{salted_hmac('cohorts.limits', f'{rate.what} {who}', algorithm='sha256').hexdigest()}:{window}"
    cache.add(key, 0, rate.seconds + MINUTE)
    try:
        count = cache.incr(key)
    except ValueError:  # it was emptied that moment
        return
    if count > rate.amount * settings.LIMITS_TIMES:
        raise Limited(rate.what, rate.per, (window + 1) * rate.seconds - second)
