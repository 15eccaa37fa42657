"""What holds around a whole request: pages speak the time of the person who reads them (the API speaks UTC), who holds what is
asked once, use keeps a session, whoever holds a seat or a role has shown more than a password and, where their office demands
it, its sign-on, whoever acts in it, and from where, is known to the audit trail, and too many tries are refused."""

from zoneinfo import ZoneInfo

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.shortcuts import redirect
from django.utils import timezone

from .actions.audit import acting_in
from .authentication import lacks_factor, missing_sign_ons
from .devices import tell_browser
from .limiting import answer_to, refusal_of
from .models import remembering

BACKGROUND = "X-Background"  # a page asked by itself, as news came: nobody's use
WITHOUT_FACTOR = ("/accounts/", "/api/")  # where one is set up; the API refuses by itself
FIRST_STEP = "/people/welcome/"  # who one is comes before what guards the account


class PersonTimeZoneMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        if request.path.startswith("/api/") or not request.user.is_authenticated:
            return self.get_response(request)
        with timezone.override(ZoneInfo(request.user.timezone)):
            return self.get_response(request)


def trail_middleware(get_response):
    def middleware(request):
        with acting_in(request):
            return get_response(request)

    return middleware


def holdings_middleware(get_response):
    return remembering()(get_response)


def use_middleware(get_response):
    def note_use(request):
        if request.user.is_authenticated and BACKGROUND not in request.headers and request.session.use():
            UserSession.objects.filter(session_key=request.session.session_key).update(last_seen_at=timezone.now())
        return get_response(request)

    return note_use


def factor_middleware(get_response):
    def demand_factor(request):
        is_open = request.path.startswith(WITHOUT_FACTOR) or request.path == FIRST_STEP
        if is_open or not request.user.is_authenticated or not lacks_factor(request.user, request.session):
            return get_response(request)
        if request.method == "GET":
            request.session["wanted"] = request.get_full_path()  # where the recovery codes' page leads on to
        messages.warning(request, "One step is left before you can go on: add a passkey or an authenticator app.")
        return redirect("mfa_index")

    return demand_factor


def sign_on_middleware(get_response):
    def demand_sign_on(request):
        is_open = request.path.startswith(WITHOUT_FACTOR)
        if is_open or not request.user.is_authenticated or not missing_sign_ons(request.user, request.session):
            return get_response(request)
        if request.method == "GET":
            request.session["wanted"] = request.get_full_path()
        return redirect("cohorts:sign-on-needed")

    return demand_sign_on


def limits_middleware(get_response):
    def limit(request):
        response = answer_to(request, get_response(request))
        tell_browser(request, response)
        return response

    limit.process_view = refusal_of  # only by then is it known which page is asked for
    return limit
