"""Known browsers: a signed cookie of an earlier full sign-in. It opens nothing; it only gives its browser tries of its own, so
that a stranger, and a colleague behind the same network address, use up theirs and nobody else's."""

import secrets

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "cohorts.devices"
LASTS = 180 * 24 * 60 * 60  # seconds since the last full sign-in there
MOST_PEOPLE = 20  # who share a browser; whoever was there longest ago is forgotten


def device_of(request):
    """`(id, [marks of accounts])` of a known browser, else `(None, [])`."""
    try:
        told = signing.loads(request.COOKIES.get(settings.DEVICE_COOKIE_NAME, ""), salt=SALT, max_age=LASTS)
        return told["id"], told["accounts"]
    except (signing.BadSignature, KeyError, TypeError):
        return None, []


def device_for(request, account):
    """The id of the browser, if `account` (an e-mail address) was fully signed in there before."""
    device, accounts = device_of(request)
    return device if mark_of(account) in accounts else None


def mark_of(account):
    return salted_hmac(SALT, account, algorithm="sha256").hexdigest()[:20]


def become_known(request, person):
    """From the answer to this request on, the browser is one of `person`'s."""
    request.became_known = person


def tell_browser(request, response):
    if (person := getattr(request, "became_known", None)) is None:
        return
    device, accounts = device_of(request)
    mark = mark_of(account_of(person.email))
    told = {
        "id": device or secrets.token_hex(16),
        "accounts": [mark, *(each for each in accounts if each != mark)][:MOST_PEOPLE],
    }
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        signing.dumps(told, salt=SALT),
        max_age=LASTS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def account_of(email):
    """An address as one key, however it was typed."""
    return email.strip().casefold()
