"""A cohort’s participation agreement. Pairs that were here before there was one have been active since they came."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.conf import settings
from django.db import migrations, models

import cohorts.models.fields


def keep_active(apps, schema_editor):
    apps.get_model("cohorts", "Enrolment").objects.update(activated_at=models.F("started_at"))


class Migration(migrations.Migration):

    dependencies = [
        ('cohorts', '0004_guests_by_invitation'),
    ]

    operations = [
        migrations.AddField(
            model_name='enrolment',
            name='activated_at',
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.CreateModel(
            name='Agreement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('edition', models.PositiveSmallIntegerField()),
                ('text', cohorts.models.fields.LimitedTextField(help_text='Markdown.', max_length=20000)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('cohort', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='agreements', to='cohorts.cohort')),
                ('term', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cohorts.term')),
                ('written_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-edition'],
                'constraints': [models.UniqueConstraint(fields=('cohort', 'edition'), name='agreement_edition_once')],
            },
        ),
        migrations.RunPython(keep_active, migrations.RunPython.noop),
    ]
