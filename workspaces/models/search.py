"""The search index: one row for each thing that can be found, with the stems of its words."""

from django.db import models
from django.db.models import Exists, F, Func, OuterRef, Q, Value

from cohorts.models import Person

from ..search.kinds import searchables

TABLE = "workspaces_searchentry"
STEMS = "workspaces_searchentry_stems"  # the words of TABLE, on SQLite


class Holds(Func):
    """Whether an entry's stems hold all of `phrases`, each a list of stems that stand next to each other; with `is_any`, any of
    them. `column` is `stems`, or `name_stems` for the name alone. Stems are ASCII letters and digits: nothing to escape."""

    output_field = models.BooleanField()

    def __init__(self, phrases, column="stems", is_any=False):
        self.phrases, self.column, self.is_any = phrases, column, is_any
        super().__init__(F("pk"), F(column))

    def as_sqlite(self, compiler, connection, **context):
        key, _ = compiler.compile(self.source_expressions[0])
        asked = (" OR " if self.is_any else " AND ").join(f'"{" ".join(phrase)}"' for phrase in self.phrases)
        return f"{key} IN (SELECT rowid FROM {STEMS} WHERE {STEMS} MATCH %s)", [f"{self.column} : ({asked})"]

    def as_postgresql(self, compiler, connection, **context):
        column, _ = compiler.compile(self.source_expressions[1])
        asked = (" | " if self.is_any else " & ").join(f"({' <-> '.join(phrase)})" for phrase in self.phrases)
        return f"to_tsvector('simple'::regconfig, {column}) @@ to_tsquery('simple'::regconfig, %s)", [asked]


class SearchEntryQuerySet(models.QuerySet):
    def among(self, rows):
        """Entries of things that are in `rows`: {kind: queryset}."""
        found = Q(pk__in=[])
        for key, things in rows.items():
            # the kind first: PostgreSQL asks in this order, and reads no kind that is not among what was found
            found |= Q(("kind", key), Exists(things.filter(pk=OuterRef("object_id"))))
        return self.filter(found)

    def visible_to(self, person):
        return self.among({kind.key: kind.visible_to(person) for kind in searchables()})

    def named(self, phrases):
        """Adds `is_named`: whether the thing's own name holds all of `phrases`."""
        return self.annotate(is_named=Holds(phrases, "name_stems") if phrases else Value(False))


class SearchEntry(models.Model):
    """What the index keeps of one thing. It copies no text and no audience: both are read from the thing.

    The words are indexed by the database itself (see the migration), so an entry and its words change in one transaction."""

    kind = models.CharField(max_length=20)
    object_id = models.UUIDField()
    at = models.DateTimeField()
    author = models.ForeignKey(Person, models.PROTECT, null=True, related_name="+")
    name_stems = models.TextField(blank=True)
    stems = models.TextField(help_text="Of the name and of everything else it says.")

    objects = SearchEntryQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "object_id"], name="search_entry_once")]
        indexes = [models.Index(fields=["-at", "-id"])]
        verbose_name_plural = "search entries"

    def __str__(self):
        return f"{self.kind} {self.object_id}"
