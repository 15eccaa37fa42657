"""The platform with one fault built in, named by FAULT, or two broken ones that the checker must find out: an ASGI
application."""

import functools
import os
import random
import signal
import threading
import time

from mpi.asgi import application  # noqa: F401 (what the server is started with)

HOUR = 60 * 60


def around_posting(wrap):
    """Replace what stores a message and returns once it is committed."""
    from workspaces.api import messages  # noqa: PLC0415 (models exist only after the application is loaded)

    messages.post_message = functools.wraps(messages.post_message)(wrap(messages.post_message))


def killed_before_the_answer():
    """Every twentieth message is committed, and then the process is gone."""

    def wrap(post_message):
        posted = []

        def and_die(*args, **kwargs):
            told = post_message(*args, **kwargs)
            posted.append(told)
            if len(posted) == 20:
                os.kill(os.getpid(), signal.SIGKILL)
            return told

        return and_die

    around_posting(wrap)


def layer_overflows():
    """Two of three hints find the channel layer full."""
    from channels.exceptions import ChannelFull  # noqa: PLC0415
    from channels_redis.pubsub import RedisPubSubLoopLayer  # noqa: PLC0415

    group_send = RedisPubSubLoopLayer.group_send

    async def overflowing(layer, group, message):
        if random.random() < 2 / 3:
            raise ChannelFull
        await group_send(layer, group, message)

    RedisPubSubLoopLayer.group_send = overflowing


def clock_an_hour_ahead():
    from django.utils import timezone  # noqa: PLC0415

    of_day, now = time.time, timezone.now
    time.time = lambda: of_day() + HOUR
    timezone.now = lambda: now() + timezone.timedelta(seconds=HOUR)


def answers_before_the_commit():
    """Broken: it acknowledges what it is still about to commit."""
    from django.db import connection, transaction  # noqa: PLC0415

    def wrap(post_message):
        def early(*args, **kwargs):
            told, is_told = [], threading.Event()

            def late():
                try:
                    with transaction.atomic():
                        told.append(post_message(*args, **kwargs))
                        is_told.set()
                        time.sleep(0.3)
                finally:
                    is_told.set()
                    connection.close()

            threading.Thread(target=late).start()
            is_told.wait()
            return told[0]

        return early

    around_posting(wrap)


def never_catches_up():
    """Broken: who comes back is told nothing of what they missed, and a hint that is lost stays lost."""
    from workspaces.realtime import hub  # noqa: PLC0415

    join = hub.Hub.join

    async def without_a_past(self, socket, after):
        await join(self, socket, {})

    hub.Hub.join = without_a_past


if fault := os.environ.get("FAULT"):
    globals()[fault]()
