"""What leaves as a file: downloaded under its name, taken for nothing else, kept by nobody on the way."""

from django.http import HttpResponse
from django.utils.http import content_disposition_header


def as_file(content, name, content_type, *, is_inline=False):
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not is_inline, name)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
