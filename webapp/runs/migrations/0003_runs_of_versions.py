"""Runs move from datasets to their first versions, which say now how the rows are split."""

from django.db import migrations


def move(apps, _editor):
    """The split leaves the spec: it is the version's."""
    for run in apps.get_model("runs", "Run").objects.select_related("dataset"):
        run.spec.pop("split", None)
        run.version = run.dataset.current
        run.save(update_fields=["spec", "version"])


class Migration(migrations.Migration):
    dependencies = [("runs", "0002_versions")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
