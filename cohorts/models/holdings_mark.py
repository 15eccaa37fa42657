"""A mark that is another one as soon as what anybody holds may have changed. What was read under a mark may be kept while it
lasts.

The database sets it, by triggers, whoever writes and however. Each mark is random: one of a transaction that was rolled back
never comes again. On PostgreSQL the row is written only as a transaction ends, so that verbs do not wait for each other; until
then a value of the transaction's own stands beside it."""

from django.db import connection, models

TABLES = {  # from which `Holdings` are read; a column where one alone counts
    "cohorts_administrativereading": None,
    "cohorts_administrator": None,
    "cohorts_cohort": None,
    "cohorts_cohortgrant": None,
    "cohorts_convening": None,
    "cohorts_conveninggrant": None,
    "cohorts_enrolment": None,
    "cohorts_enrolmentgrant": None,
    "cohorts_office": None,
    "cohorts_person": "is_active",
    "cohorts_seat": None,
    "cohorts_term": None,
}
READ = {
    "postgresql": "SELECT mark || coalesce(current_setting('mpi.holdings', true), '') FROM cohorts_holdingsmark",
    "sqlite": "SELECT mark FROM cohorts_holdingsmark",
}


class HoldingsMark(models.Model):
    """One row."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    mark = models.CharField(max_length=36)

    @staticmethod
    def now():
        """The mark as the running transaction sees it; None when there is none."""
        with connection.cursor() as cursor:  # asked at every request: what the ORM takes to build it is most of its cost
            cursor.execute(READ[connection.vendor])
            row = cursor.fetchone()
        return row[0] if row else None


def watcher(tables):
    """A receiver of `post_migrate`: puts the triggers on `tables` (as TABLES) where they are missing. SQLite makes a table anew
    to change it, and drops what hung on the old one."""

    def watch(**kwargs):
        here = set(connection.introspection.table_names())
        if here.issuperset([HoldingsMark._meta.db_table, *tables]):  # else not migrated to the end
            with connection.cursor() as cursor:
                for statement in {"postgresql": on_postgresql, "sqlite": on_sqlite}[connection.vendor](cursor, tables):
                    cursor.execute(statement)

    return watch


def on_sqlite(cursor, tables):
    yield "INSERT INTO cohorts_holdingsmark SELECT 1, '' WHERE NOT EXISTS (SELECT * FROM cohorts_holdingsmark)"
    yield "UPDATE cohorts_holdingsmark SET mark = lower(hex(randomblob(16))) WHERE mark = ''"
    for table, column in tables.items():
        for name in ("insert", "delete", "update"):
            event = f"UPDATE OF {column}" if column and name == "update" else name
            yield (
                f"CREATE TRIGGER IF NOT EXISTS {table}_holdings_{name} AFTER {event} ON {table} "
                "BEGIN UPDATE cohorts_holdingsmark SET mark = lower(hex(randomblob(16))); END"
            )


HERE = """
    CREATE OR REPLACE FUNCTION cohorts_holdings_change_here() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        PERFORM set_config('mpi.holdings', gen_random_uuid()::text, true);
        RETURN NULL;
    END
    $$
"""
AT_THE_END = """
    CREATE OR REPLACE FUNCTION cohorts_holdings_changed() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF coalesce(current_setting('mpi.holdings_marked', true), '') = '' THEN
            UPDATE cohorts_holdingsmark SET mark = gen_random_uuid()::text;
            PERFORM set_config('mpi.holdings_marked', 'yes', true);
        END IF;
        RETURN NULL;
    END
    $$
"""


WATCHED = """
    SELECT relname FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
    WHERE tgname IN ('holdings_change_here', 'holdings_changed') GROUP BY relname HAVING count(*) = 2
"""


def on_postgresql(cursor, tables):
    yield "INSERT INTO cohorts_holdingsmark VALUES (1, gen_random_uuid()::text) ON CONFLICT DO NOTHING"
    cursor.execute(WATCHED)
    watched = {name for (name,) in cursor.fetchall()}
    if missing := tables.keys() - watched:
        yield HERE
        yield AT_THE_END
    for table in sorted(missing):
        update = f"UPDATE OF {tables[table]}" if tables[table] else "UPDATE"
        events = f"AFTER INSERT OR DELETE OR {update} ON {table}"
        yield f"DROP TRIGGER IF EXISTS holdings_change_here ON {table}"
        yield f"DROP TRIGGER IF EXISTS holdings_changed ON {table}"
        yield f"CREATE TRIGGER holdings_change_here {events} EXECUTE FUNCTION cohorts_holdings_change_here()"
        yield (
            f"CREATE CONSTRAINT TRIGGER holdings_changed {events} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION cohorts_holdings_changed()"
        )
