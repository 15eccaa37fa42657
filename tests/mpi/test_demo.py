"""The demonstration's past."""

import datetime as dt

from django.utils import timezone

from mpi.demo.clock import EASTERN, days_ago
from workspaces.actions.topics import open_topic


def test_days_ago_are_the_days_of_who_reads_them(cast, monkeypatch):
    """At night in UTC it is still the day before where the demonstration's people live."""
    night = (timezone.now() - dt.timedelta(days=1)).replace(hour=2, minute=40)
    monkeypatch.setattr(timezone, "now", lambda: night)
    with days_ago(24):
        opened = open_topic(cast.standing("ada"), title="Call-in date")
    opened.refresh_from_db()
    assert (timezone.localdate(timezone=EASTERN) - timezone.localdate(opened.created_at, EASTERN)).days == 24
