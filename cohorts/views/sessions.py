"""Where a person is signed in, and the end of it."""

from allauth.usersessions.models import UserSession
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.sessions.models import Session
from django.http import JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from ..actions.people import end_other_sessions, end_sessions
from ..sessions import IDLE_END

BROWSERS = [("Edg", "Edge"), ("OPR/", "Opera"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari")]
SYSTEMS = [
    *(("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("CrOS", "a Chromebook"), ("Mac OS", "a Mac"), ("Linux", "Linux")),
]


def sessions_of(person):
    """Those that have not ended, the last used first."""
    living = Session.objects.filter(expire_date__gt=timezone.now()).values("session_key")
    return UserSession.objects.filter(user=person, session_key__in=living).order_by("-last_seen_at")


@login_required
def index(request):
    """See them; a POST ends all but this one."""
    if request.method == "POST":
        end_other_sessions(request.user, request.session.session_key)
        messages.success(request, "Signed out everywhere else.")
        return redirect("cohorts:sessions")
    here = request.session.session_key
    sessions = [
        {"session": each, "device": device(each.user_agent), "is_here": each.session_key == here}
        for each in sessions_of(request.user)
    ]
    return render(request, "cohorts/settings/sessions.html", {"sessions": sessions})


@login_required
@require_POST
def end(request, pk):
    session = get_object_or_404(sessions_of(request.user), pk=pk)
    end_sessions(request.user, sessions_of(request.user).filter(pk=session.pk))
    messages.success(request, f"Signed out: {device(session.user_agent)}.")
    return redirect("cohorts:sessions")


def device(user_agent):
    """What a browser says of itself, as people say it: “Firefox on Windows”."""
    browser = next((name for mark, name in BROWSERS if mark in user_agent), "A program")
    system = next((name for mark, name in SYSTEMS if mark in user_agent), "")
    return f"{browser} on {system}" if system else browser


@never_cache
def stay(request):
    """How long this session lasts; a POST is use, and lengthens it."""
    if not request.user.is_authenticated:
        return JsonResponse({"ends_in": 0, "may_stay": False}, status=401)
    may_stay = request.session.last_moment is not None and timezone.now() + IDLE_END < request.session.last_moment
    return JsonResponse({"ends_in": request.session.ends_in, "may_stay": may_stay})
