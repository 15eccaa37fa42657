"""Which address of ours is which try or rate, and what is said where there were too many."""

from allauth.account.internal.stagekit import unstash_login
from django.http import JsonResponse
from django.shortcuts import render
from django.urls import reverse

from .actions.audit import record_act, rings_of_person
from .devices import account_of, device_for, device_of
from .letters import guessing_letter, send
from .limits import (
    AGAIN,
    CODE,
    CODE_MAIL,
    COSTLY,
    DAY,
    HOUR,
    INVITATION,
    LINK,
    PASSKEY,
    PASSWORD,
    RESET_MAIL,
    SEARCHING,
    SECOND_STEP,
    SIGN_ON,
    TOKEN,
    WRITING,
    Limited,
    give_back,
    is_first,
    network_of,
    spend,
    take,
)
from .models import Person

TRIES = {
    "account_login": PASSWORD,
    "mfa_authenticate": SECOND_STEP,
    "mfa_login_webauthn": PASSKEY,
    "account_request_login_code": CODE_MAIL,
    "account_confirm_login_code": CODE,
    "account_reset_password": RESET_MAIL,
    "account_reauthenticate": AGAIN,
    "mfa_reauthenticate": AGAIN,
    "account_change_password": AGAIN,
    "cohorts:invitation-resend": INVITATION,
}
LINKS = {
    *("cohorts:invitation", "cohorts:confirmation", "workspaces:mail-stop"),
    *("policies:calendar-feed", "account_reset_password_from_key"),
}
RATES = {
    "workspaces:search": SEARCHING,
    "workspaces:search-everywhere": SEARCHING,
    "workspaces:audit-csv": COSTLY,
    "policies:brief-pdf": COSTLY,
    "policies:tracker-file": COSTLY,
    "policies:indicator-import": COSTLY,
    "policies:brief-new": COSTLY,
    "policies:brief-draw": COSTLY,
    "cohorts:cohort-invitations-file": COSTLY,
}
READ_FREELY = {"policies:indicator-import", "policies:brief-new", "cohorts:cohort-invitations-file"}  # only posting costs
LONGEST = 100_000  # characters that the page of a refusal carries back; a message has 10,000


def refusal_of(request, view, args, kwargs):
    """The answer where there were too many tries; None where the view may go on, with the try counted until it proves right."""
    name = request.resolver_match.view_name
    try:
        if name in TRIES and request.method == "POST":
            count_try(request, TRIES[name], kwargs)
        elif request.user.is_authenticated and not request.path.startswith("/api/"):
            count_request(request, name)
    except Limited as limited:
        return too_many(request, limited)


def count_try(request, what, kwargs):
    account = account_tried(request, what)
    if what == SECOND_STEP and "code" not in request.POST:
        what = PASSKEY  # the browser shows a passkey: nothing to guess
    if what == AGAIN:
        if account is None:
            return  # the page leads to the door
        places = {"SESSION": [request.session.session_key]}
    elif what == INVITATION:
        places = {"THING": [kwargs["pk"]]}
    elif account is None:
        device, _ = device_of(request)
        places = {"ADDRESS": [network_of(request)], "DEVICE": device and [device]}
    else:
        here, device = network_of(request), device_for(request, account)
        places = {"ADDRESS": [here], "HERE": [account, here], "ACCOUNT": [account], "DEVICE": device and [device, account]}
    try:
        request.tries = take(what, **places)
    except Limited as limited:
        tell_trail(request, limited, account)
        raise


def account_tried(request, what):
    """The address of the account that somebody wants to come in at, whether there is one or not."""
    if what == PASSWORD:
        return account_of(request.POST.get("login", ""))
    if what in (CODE_MAIL, RESET_MAIL):
        return account_of(request.POST.get("email", ""))
    if what == AGAIN and request.user.is_authenticated:
        return account_of(request.user.email)
    if what in (SECOND_STEP, CODE) and (login := unstash_login(request, peek=True)):
        return account_of(login.user.email if login.user else login.email or "")
    return None


def was_right(request):
    """What was tried proved right, so it counts no more."""
    give_back(getattr(request, "tries", None) or [])
    request.tries = []


def count_request(request, name):
    if name in RATES and not (request.method == "GET" and name in READ_FREELY):
        spend(RATES[name], request.user.pk)
    if request.method not in ("GET", "HEAD", "OPTIONS"):
        spend(WRITING, request.user.pk)


def answer_to(request, response):
    """`response`, unless it says for too many times that a link or a token is none: the right ones open all the same."""
    match = request.resolver_match
    is_link = match and match.view_name in LINKS
    is_wrong_link = is_link and (
        response.status_code == 404 or (getattr(response, "context_data", None) or {}).get("token_fail")
    )
    is_wrong_token = request.path.startswith("/api/") and response.status_code == 401
    if not (is_wrong_link or is_wrong_token):
        return response
    try:
        take(LINK if is_wrong_link else TOKEN, ADDRESS=[network_of(request)])
    except Limited as limited:
        return too_many(request, limited)
    return response


def tell_trail(request, limited, account):
    """Once an hour for each address and account, lest a flood of tries become one of entries. Whoever guesses at a second step
    has passed the first: its holder is told by mail, once a day."""
    person = Person.objects.filter(email__iexact=account).first() if account else None
    if person is None:
        return
    if is_first("told", limited.what, account, network_of(request), seconds=HOUR):
        record_act("sign_in.limited", *rings_of_person(person), for_whom=person, of=limited.what, per=limited.per)
    if limited.what == SECOND_STEP and is_first("mailed", account, seconds=DAY):
        send([(guessing_letter(person), None)])


def too_many(request, limited):
    """429, with the time to wait: in the contract's form under /api/, else as a page that says what else one can do."""
    if request.path.startswith("/api/"):
        detail = f"Too many requests. Try again in {in_words(limited.wait)}."
        errors = [{"code": "throttled", "detail": detail, "attr": None}]
        response = JsonResponse({"type": "client_error", "errors": errors}, status=429)
    else:
        context = {"wait": in_words(limited.wait), "ways": ways_of(limited, request), "typed": typed_in(request)}
        context |= {"had_file": bool(request.FILES), "is_at_the_door": not request.user.is_authenticated}
        response = render(request, "429.html", context, status=429)
    response["Retry-After"] = str(limited.wait)
    response["Cache-Control"] = "no-store"
    return response


def in_words(seconds):
    """“40 seconds”, “5 minutes”, “3 hours”: never less than it takes."""
    for unit, words in ((HOUR, "hour"), (60, "minute"), (1, "second")):
        if seconds >= unit or unit == 1:
            number = -(-seconds // unit)
            return f"{number} {words}{'' if number == 1 else 's'}"
    raise AssertionError


def ways_of(limited, request):
    """`[{label, url}]`: how else to come in meanwhile."""
    login = reverse("account_login")
    passkey = {"label": "Sign in with your passkey", "url": login}
    password = {"label": "Sign in with your password", "url": login}
    mail = {"label": "Have a code sent to you by e-mail", "url": reverse("account_request_login_code")}
    if limited.what == PASSWORD:
        return [passkey, mail]
    if limited.what == SECOND_STEP:
        return [{"label": "Use your passkey", "url": reverse("mfa_authenticate")}]
    if limited.what in (CODE_MAIL, CODE, RESET_MAIL):
        return [passkey, password]
    if limited.what in (PASSKEY, SIGN_ON):
        return [password, mail]
    return []


def typed_in(request):
    """`[(name, value)]` of what was posted, to be posted again: of pages that write, not of the door, where it is a secret."""
    if request.method != "POST" or not request.user.is_authenticated or request.path.startswith("/accounts/"):
        return []
    typed = [(name, value) for name, values in request.POST.lists() for value in values if name != "csrfmiddlewaretoken"]
    return typed if sum(len(value) for _, value in typed) <= LONGEST else []
