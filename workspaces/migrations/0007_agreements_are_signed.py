import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cohorts', '0005_participation_agreement'),
        ('workspaces', '0006_search_entries'),
    ]

    operations = [
        migrations.AlterField(
            model_name='signoff',
            name='proposal',
            field=models.JSONField(blank=True, default=dict, help_text='What is proposed for the subject, such as the stage to move to.'),
        ),
        migrations.AlterField(
            model_name='signoff',
            name='term',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='cohorts.term'),
        ),
    ]
