"""Writes that queue up behind one row are committed together: the first does its own and those of all who wait by then, in one
transaction, and nobody waits for a timer. Each still fails alone, and none is answered before the commit."""

import threading
import weakref
from collections import deque
from contextvars import Context, copy_context
from dataclasses import dataclass, field
from typing import Any

from django.db import connection, transaction

from cohorts.outages import AWAY

AT_ONCE = 50  # writes in one transaction, so that the last of a flood does not hold up the first

_queues = weakref.WeakValueDictionary()
_queues_lock = threading.Lock()


@dataclass(eq=False)
class Write:
    work: Any
    context: Context = field(default_factory=copy_context)
    value: Any = None
    error: Exception | None = None
    is_done: bool = False


class Queue:
    def __init__(self):
        self.waiting = deque()
        self.at_work = threading.Lock()


def commit_together(key, work):
    """What `work()` returns, once it is committed; raises what it raises, or the commit.

    Writes of one `key` must all lock the same rows first, in the same order: several of them are one transaction. Inside of a
    caller's own transaction it is part of that."""
    if connection.in_atomic_block:
        with transaction.atomic():
            return work()
    with _queues_lock:
        queue = _queues.setdefault(key, Queue())
    write = Write(work)
    queue.waiting.append(write)
    with queue.at_work:
        if not write.is_done:
            commit(taken(queue, write))
    if write.error:
        raise write.error
    return write.value


def taken(queue, write):
    """`write` and who else waits, in the order in which they came. In a flood a turn may come before its place in the queue:
    what is done by then is passed over."""
    writes = []
    while queue.waiting and len(writes) < AT_ONCE:
        if not (waiting := queue.waiting.popleft()).is_done:
            writes.append(waiting)
    return writes if write in writes else [*writes, write]


def commit(writes):
    try:
        with transaction.atomic():
            for write in writes:
                do(write)
    except Exception as error:
        for write in writes:
            write.error = write.error or error
    for write in writes:
        write.is_done = True


def do(write):
    """In a savepoint of its own, and in the context of whoever asked for it: what they hold was looked up there. Where the
    database goes away, it does so for all."""
    try:
        with transaction.atomic():
            write.value = write.context.run(write.work)
    except AWAY:
        raise
    except Exception as error:
        write.error = error
