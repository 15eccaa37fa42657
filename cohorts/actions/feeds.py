"""Personal calendar feeds: made and taken back, and so told in the trail."""

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from ..models import CalendarFeed, holdings_of, require_rule
from .audit import record_act, rings_of_person


@transaction.atomic
def make_feed(person, *, name=""):
    """A new feed: the row, and the token of its address to be shown this once.

    Raises PermissionDenied for who holds no seat, or whose office allows no feeds."""
    if not holdings_of(person).terms:
        raise PermissionDenied("A calendar address belongs to a seat.")
    require_rule(person, "allows_feeds")
    feed, token = CalendarFeed.objects.issue(person, name.strip())
    record_feed("feed.made", feed)
    return feed, token


@transaction.atomic
def revoke_feed(feed):
    """From now on its address leads nowhere. Revoking it again changes nothing."""
    feed = CalendarFeed.objects.select_for_update(no_key=True, of=("self",)).select_related("person").get(pk=feed.pk)
    if feed.revoked_at is None:
        feed.revoked_at = timezone.now()
        feed.save(update_fields=["revoked_at"])
        record_feed("feed.revoked", feed)
    return feed


def record_feed(action, feed):
    """What a person calls it is their own: whoever reads the office's trail is told only that there is one."""
    record_act(action, *rings_of_person(feed.person), for_whom=feed.person, subject=("feed", feed.pk, "Calendar address"))
