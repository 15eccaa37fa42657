from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('cohorts', '0009_sign_on'),
    ]

    operations = [
        migrations.CreateModel(
            name='Try',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('key', models.CharField(help_text='Of what, and from where: HMAC-SHA-256.', max_length=64)),
                ('at', models.DateTimeField()),
                ('expires_at', models.DateTimeField(db_index=True)),
            ],
            options={
                'verbose_name_plural': 'tries',
                'indexes': [models.Index(fields=['key', 'at'], name='cohorts_try_key_c80dfc_idx')],
            },
        ),
    ]
