"""The audit trail is append-only in the database too, where the database can keep it so."""

from django.db import migrations


def refuse_changes(apps, schema_editor):
    """On PostgreSQL the rows refuse a change whoever asks. SQLite's tests empty their tables row by row, so there the model does."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            """
            CREATE FUNCTION audit_entry_refuses() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                RAISE EXCEPTION 'The audit trail is only ever added to.' USING ERRCODE = 'integrity_constraint_violation';
            END
            $$
            """
        )
        schema_editor.execute(
            "CREATE TRIGGER audit_entry_append_only BEFORE UPDATE OR DELETE ON cohorts_auditentry "
            "FOR EACH ROW EXECUTE FUNCTION audit_entry_refuses()"
        )


def allow_changes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER audit_entry_append_only ON cohorts_auditentry")
        schema_editor.execute("DROP FUNCTION audit_entry_refuses()")


class Migration(migrations.Migration):
    dependencies = [("cohorts", "0001_initial")]
    operations = [migrations.RunPython(refuse_changes, allow_changes)]
