"""Asked again who one is, within five minutes, before a change of who may see what, a signature, or an export."""

from functools import wraps
from urllib.parse import urlsplit

from allauth.account.decorators import reauthentication_required
from allauth.core.exceptions import ReauthenticationRequired
from django.shortcuts import render
from django.urls import reverse

EXPORT = "export"  # in the session: what somebody wanted to download when they were asked


def asked_again(view):
    """Reading the page asks nothing; a POST waits until the person has shown that it is they, then goes on with what they
    had typed."""
    return reauthentication_required(view, allow_get=True)


def asked_before_export(view):
    """A file comes once the person has shown that it is they. A browser stays where it is when a file arrives, so whoever was
    asked is first led to a page that says so, starts the download and knows the way back."""

    @wraps(view)
    def give(request, *args, **kwargs):
        wanted = request.session.pop(EXPORT, {})
        if wanted.get("address") == request.get_full_path():
            return render(request, "cohorts/export.html", wanted)
        return view(request, *args, **kwargs)

    asking = reauthentication_required(give)

    @wraps(view)
    def ask(request, *args, **kwargs):
        try:
            return asking(request, *args, **kwargs)
        except ReauthenticationRequired:
            request.session[EXPORT] = {"address": request.get_full_path(), "back": came_from(request)}
            raise

    return ask


def came_from(request):
    """The page of ours that had the link, else home."""
    page = urlsplit(request.headers.get("Referer", ""))
    if page.netloc != request.get_host():
        return reverse("home")
    return f"{page.path}?{page.query}" if page.query else page.path
