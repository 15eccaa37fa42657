"""Signed-in sessions end after 30 minutes without use, and 12 hours after signing in.

The end stands in the session's row, where whoever reads the row meets it: pages, API, and the look that closes sockets. Use
moves it by an update of its own, at most once a minute, so it never writes over what another request keeps in the session."""

import datetime as dt

from django.contrib.sessions.backends import db
from django.utils import timezone

IDLE_END = dt.timedelta(minutes=30)
LAST_END = dt.timedelta(hours=12)
USE_TO_WITHIN = dt.timedelta(minutes=1)  # a page should not cost a write each time
SIGNED_IN_AT = "signed_in_at"


class SessionStore(db.SessionStore):
    ends_at = None  # as its row said when it was read

    def _get_session_from_db(self):
        row = super()._get_session_from_db()
        self.ends_at = row and row.expire_date
        return row

    def get_expiry_date(self, **kwargs):
        if self.last_moment is None:
            return super().get_expiry_date(**kwargs)
        return min(timezone.now() + IDLE_END, self.last_moment)

    @property
    def last_moment(self):
        """The end that no use moves; None before signing in."""
        began = self.get(SIGNED_IN_AT)
        return began and dt.datetime.fromtimestamp(began, dt.UTC) + LAST_END

    @property
    def ends_in(self):
        """Whole seconds left, or None."""
        return self.ends_at and max(0, int((self.ends_at - timezone.now()).total_seconds()))

    def start(self):
        """Somebody has signed in with it."""
        self[SIGNED_IN_AT] = int(timezone.now().timestamp())

    def use(self):
        """The person did something. Returns whether that was worth noting."""
        ends_at = self.get_expiry_date()
        if self.ends_at is None or ends_at - self.ends_at < USE_TO_WITHIN:
            return False
        self.model.objects.filter(pk=self.session_key).update(expire_date=ends_at)
        self.ends_at = ends_at
        return True
