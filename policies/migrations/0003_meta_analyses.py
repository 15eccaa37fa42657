"""Which of the library's studies are meta-analyses: those that say so, to which the scale for single studies does not apply."""

from django.db import migrations


def mark(apps, schema_editor):
    apps.get_model("policies", "Study").objects.filter(design__icontains="meta-analysis").update(is_meta_analysis=True)


class Migration(migrations.Migration):
    dependencies = [("policies", "0002_evidence_reviews")]
    operations = [migrations.RunPython(mark, migrations.RunPython.noop, elidable=True)]
