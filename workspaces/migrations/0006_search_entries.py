"""The search index, and over it the database's own index of words. A later migration that alters the table makes SQLite build it
anew, and then has to make the triggers again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

POSTGRESQL = """
CREATE INDEX workspaces_searchentry_stems ON workspaces_searchentry
USING gin (to_tsvector('simple'::regconfig, stems))
"""
SQLITE = [
    """
    CREATE VIRTUAL TABLE workspaces_searchentry_stems USING fts5(
        name_stems, stems, content='workspaces_searchentry', content_rowid='id', tokenize='ascii'
    )
    """,
    """
    CREATE TRIGGER workspaces_searchentry_added AFTER INSERT ON workspaces_searchentry BEGIN
        INSERT INTO workspaces_searchentry_stems(rowid, name_stems, stems) VALUES (new.id, new.name_stems, new.stems);
    END
    """,
    """
    CREATE TRIGGER workspaces_searchentry_removed AFTER DELETE ON workspaces_searchentry BEGIN
        INSERT INTO workspaces_searchentry_stems(workspaces_searchentry_stems, rowid, name_stems, stems)
        VALUES ('delete', old.id, old.name_stems, old.stems);
    END
    """,
    """
    CREATE TRIGGER workspaces_searchentry_changed AFTER UPDATE ON workspaces_searchentry BEGIN
        INSERT INTO workspaces_searchentry_stems(workspaces_searchentry_stems, rowid, name_stems, stems)
        VALUES ('delete', old.id, old.name_stems, old.stems);
        INSERT INTO workspaces_searchentry_stems(rowid, name_stems, stems) VALUES (new.id, new.name_stems, new.stems);
    END
    """,
]


def index_words(apps, schema_editor):
    vendor = schema_editor.connection.vendor
    for statement in SQLITE if vendor == "sqlite" else [POSTGRESQL]:
        schema_editor.execute(statement, params=None)


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "sqlite":
        for event in ("added", "removed", "changed"):
            schema_editor.execute(f"DROP TRIGGER workspaces_searchentry_{event}")
        schema_editor.execute("DROP TABLE workspaces_searchentry_stems")
    else:
        schema_editor.execute("DROP INDEX workspaces_searchentry_stems")


class Migration(migrations.Migration):

    dependencies = [
        ('workspaces', '0005_pins'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='SearchEntry',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(max_length=20)),
                ('object_id', models.UUIDField()),
                ('at', models.DateTimeField()),
                ('name_stems', models.TextField(blank=True)),
                ('stems', models.TextField(help_text='Of the name and of everything else it says.')),
                ('author', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name_plural': 'search entries',
                'indexes': [models.Index(fields=['-at', '-id'], name='workspaces__at_f05d48_idx')],
                'constraints': [models.UniqueConstraint(fields=('kind', 'object_id'), name='search_entry_once')],
            },
        ),
        migrations.RunPython(index_words, drop_index),
    ]
