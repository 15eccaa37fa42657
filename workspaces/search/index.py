"""Keeps the index in step with the things, within the transaction that changes them."""

from functools import partial

from django.db import transaction
from django.db.models.signals import post_delete, post_save

from ..models import SearchEntry
from .kinds import keep, searchable, searchables
from .words import stems

MOST = 200_000  # characters of stems in an entry: PostgreSQL refuses a megabyte
AT_ONCE = 200


def register_searchable(kind):
    """From now on every `save()` and `delete()` of a row of this kind is followed. A verb that changes rows in another way, or
    words that stand in other rows, says so by `index`."""
    keep(kind)
    for signal, follow in ((post_save, follow_save), (post_delete, follow_delete)):
        signal.connect(partial(follow, kind), sender=kind.model, weak=False, dispatch_uid=f"search {kind.key}")


def follow_save(kind, instance, update_fields, **kwargs):
    if update_fields is None or not update_fields.isdisjoint(kind.fields):
        index(kind.key, instance.pk)


def follow_delete(kind, instance, **kwargs):
    forget(kind.key, instance.pk)


def index(key, *pks):
    """Make the entries of these things of kind `key` say what the things say now. What has nothing to find loses its entry."""
    kind = searchable(key)
    write(kind, kind.reading(kind.model._default_manager.filter(pk__in=pks)), pks)


def forget(key, *pks):
    SearchEntry.objects.filter(kind=key, object_id__in=pks).delete()


def write(kind, rows, pks):
    """Entries of `rows`; those of `pks` that are not there go, as of rows with nothing to find. Returns the keys of `rows`."""
    rows = list(rows)
    read = {row.pk for row in rows}
    entries = [entry for row in rows if (entry := entry_of(kind, row))]
    if gone := {*pks, *read} - {entry.object_id for entry in entries}:
        forget(kind.key, *gone)
    SearchEntry.objects.bulk_create(
        entries,
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=["at", "author", "name_stems", "stems"],
    )
    return read


def entry_of(kind, row):
    words = kind.words(row)
    if words is None:
        return None
    name = " ".join(stems(kind.name(row)))
    return SearchEntry(
        kind=kind.key,
        object_id=row.pk,
        at=kind.at_of(row),
        author_id=row.serializable_value(kind.author) if kind.author else None,
        name_stems=name,
        stems=f"{name} {' '.join(stems(words))}"[:MOST],
    )


def rebuild():
    """Index everything anew; `{kind: number of entries}`. People may go on working, and it may run twice at once."""
    SearchEntry.objects.exclude(kind__in=[kind.key for kind in searchables()]).delete()
    return {kind.key: rebuild_kind(kind) for kind in searchables()}


def rebuild_kind(kind):
    """A row is locked while it is read and written, so that nothing older overwrites what its editor says. Rows that somebody
    has in hand are passed over at first and then waited for one by one: who holds one row waits for no other."""
    every = kind.model._default_manager
    keys = list(every.order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(keys), AT_ONCE):
        part = keys[start : start + AT_ONCE]
        with transaction.atomic():
            done = write(kind, locked(kind, part, skip_locked=True), [])
        for key in part:
            if key not in done:
                with transaction.atomic():
                    write(kind, locked(kind, [key]), [key])
    entries = SearchEntry.objects.filter(kind=kind.key)
    entries.exclude(object_id__in=every.values("pk")).delete()
    return entries.count()


def locked(kind, keys, **options):
    rows = kind.reading(kind.model._default_manager.filter(pk__in=keys))
    return rows.select_for_update(no_key=True, of=("self",), **options)
