"""The workspace’s and the tracker’s page, at 1 and 30 items, and a topic's at 50 and 10,000 messages, beside the same queries
and middleware with plain formatting."""

import datetime as dt
import uuid
from contextlib import contextmanager
from functools import partial
from unittest import mock

from django.conf import settings
from django.db import connection
from django.db.models import Model, QuerySet
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import include, path, reverse

from cohorts.models import holdings_of
from policies.models import Action, Tracker
from tests.cast import build_cast
from workspaces.actions.topics import open_topic, post_message
from workspaces.models import Message, Topic

from .timing import median_ms

replayed = []  # what the page asked of the database, for the baseline to ask again


def plain(request):
    """The same rows by the same querysets, each formatted by Python alone."""
    holdings_of(request.user)  # as every page does, in one query while nothing has changed
    rows = (vars(row) if isinstance(row, Model) else row for asked in replayed for row in asked())
    lines = "<li>".join(map(str, rows))
    return HttpResponse(f"<!doctype html><title>{request.user.name}</title><ul><li>{lines}</ul>")


@contextmanager
def recorded(kept):
    """Adds to `kept` how to ask again for whatever is asked inside; what a queryset itself prefetches belongs to it."""
    depth = 0

    def keeping(name, ask_again):
        answer = getattr(QuerySet, name)

        def keep(asked):
            nonlocal depth
            if asked._result_cache is None and depth == 0:
                kept.append(partial(ask_again, asked._chain()))
            depth += 1
            try:
                return answer(asked)
            finally:
                depth -= 1

        return mock.patch.object(QuerySet, name, keep)

    with (
        keeping("_fetch_all", lambda asked: asked._chain()),
        keeping("count", lambda asked: [asked.count()]),
        keeping("exists", lambda asked: [asked.exists()]),
    ):
        yield


urlpatterns = [path("plain/", plain), path("", include("mpi.urls"))]


def run():
    settings.ROOT_URLCONF = "bench.pages"
    cast = build_cast()
    client = Client()
    client.force_login(cast.ada)
    rows = []
    for items in (1, 30):
        fill(cast, items)
        tracker = Tracker.objects.get(title="Court-date reminders")
        rows.append(measure(client, "workspace", items, reverse("workspaces:detail", args=["alder-ny"])))
        rows.append(measure(client, "tracker", items, reverse("policies:tracker", args=["alder-ny", tracker.pk])))
    for items in (50, 10_000):
        topic = long_topic(cast, items)
        rows.append(measure(client, "topic", items, reverse("workspaces:topic", args=["alder-ny", topic.pk])))
    return rows


def long_topic(cast, items):
    """A topic of `items` messages; all but the first are rows as `post_message` leaves them, without their events."""
    standing = cast.standing("ben")
    topic = open_topic(standing, title=f"A topic of {items}")
    first, _ = post_message(topic, standing, body="Message 1")
    Message.objects.bulk_create(
        Message(
            topic=topic,
            stream=first.stream,
            seq=first.seq + number,
            position=1 + number,
            author=first.author,
            term=first.term,
            body=f"Message {1 + number}",
            client_id=uuid.uuid4(),
            created_at=first.created_at + dt.timedelta(seconds=number),
        )
        for number in range(1, items)
    )
    type(first.stream).objects.filter(pk=first.stream_id).update(last_seq=first.seq + items - 1)
    Topic.objects.filter(pk=topic.pk).update(message_count=items)
    return topic


def fill(cast, items):
    """`items` topics with a message each in Alder, and a tracker with `items` actions."""
    standing = cast.standing("ben")
    tracker, _ = Tracker.objects.get_or_create(
        workspace=cast.alder, title="Court-date reminders", defaults={"opened_by": cast.ada}
    )
    for number in range(tracker.actions.count(), items):
        topic = open_topic(standing, title=f"Topic {number}")
        post_message(topic, standing, body=f"Message {number}")
        Action.objects.create(
            tracker=tracker,
            title=f"Action {number}",
            position=number,
            created_by=cast.ada,
            due_on=dt.date(2026, 1, 1) + dt.timedelta(days=number),
        )


def measure(client, page, items, address):
    kept = []
    client.get(address)  # what somebody holds is read once
    queries, status = queries_of(client, address, kept)
    assert status == 200, (address, status)
    replayed[:] = kept[2:]  # the middleware reads session and person itself
    again, status = queries_of(client, "/plain/", [])
    assert (again, status) == (queries, 200), f"the baseline asks {again} queries, the page {queries}"
    ours, baseline = median_ms(lambda: client.get(address), lambda: client.get("/plain/"))
    return {
        "page": page,
        "items": items,
        "queries": queries,
        "ms": ours,
        "plain ms": baseline,
        "ratio": ours / baseline,
    }


def queries_of(client, address, kept):
    with CaptureQueriesContext(connection) as captured, recorded(kept):
        status = client.get(address).status_code
    return len(captured), status
