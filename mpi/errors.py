"""Refusals as pages and, under /api/, in the contract's form. They say the same for what is missing and for what is hidden."""

import sys

from django.core.exceptions import RequestDataTooBig
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string

from cohorts.api.errors import Unavailable
from cohorts.outages import AWAY
from workspaces.models import NotOpenYet


def refusal(request, status, code, detail, **context):
    if request.path.startswith("/api/"):
        kind = "server_error" if status >= 500 else "client_error"
        return JsonResponse({"type": kind, "errors": [{"code": code, "detail": detail, "attr": None}]}, status=status)
    return render(request, f"{status}.html", context, status=status)


def bad_request(request, exception):
    if isinstance(exception, RequestDataTooBig):
        return refusal(request, 413, "too_large", "This is too large.")
    return refusal(request, 400, "invalid", "The request cannot be understood.")


def forbidden(request, exception):
    if isinstance(exception, NotOpenYet) and request.method in ("GET", "HEAD"):
        return redirect("workspaces:agreement", exception.workspace.slug)
    reason = str(exception)
    return refusal(request, 403, "permission_denied", reason or "This is not yours to do.", reason=reason)


def not_found(request, exception):
    return refusal(request, 404, "not_found", "Not found.")


def server_error(request):
    if isinstance(sys.exception(), AWAY):
        return unavailable(request)
    return refusal(request, 500, "error", "Something went wrong on our side. Nothing was saved by half.")


def unavailable(request):
    """While the database is away. The page asks for nothing that stands there, not even who reads it."""
    if request.path.startswith("/api/"):
        response = refusal(request, 503, Unavailable.default_code, Unavailable.default_detail)
    else:
        response = HttpResponse(render_to_string("503.html"), status=503)
    response["Retry-After"] = str(Unavailable.wait)
    response["Cache-Control"] = "no-store"
    return response


def csrf_failure(request, reason=""):
    return refusal(request, 403, "csrf_failed", "This page was open too long. Load it again.")
