"""A personal calendar feed. Whoever has its address reads it, so who may still see what is asked again at each fetch."""

import datetime as dt
import hashlib
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse
from django.utils import timezone
from django.utils.cache import get_conditional_response, patch_cache_control
from django.views.decorators.http import require_safe

from cohorts.authentication import may_sign_in
from cohorts.models import CalendarFeed

from ..calendars import feed_of

LAST_USE_TO_WITHIN = dt.timedelta(minutes=1)  # a fetch should not cost a write each time


@require_safe
def detail(request, token):
    feed = CalendarFeed.objects.valid().of_token(token).select_related("person").first()
    if feed is None or not may_sign_in(feed.person):
        raise Http404
    note_use(feed)
    with timezone.override(ZoneInfo(feed.person.timezone)):
        body = feed_of(feed.person)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    response = HttpResponse(body, headers={"Content-Type": "text/calendar; charset=utf-8", "ETag": etag})
    patch_cache_control(response, private=True, no_cache=True)  # kept by nobody between, and asked for anew each time
    return get_conditional_response(request, etag=etag, response=response)


def note_use(feed):
    now = timezone.now()
    if feed.last_used_at is None or now - feed.last_used_at > LAST_USE_TO_WITHIN:
        CalendarFeed.objects.filter(pk=feed.pk).update(last_used_at=now)
