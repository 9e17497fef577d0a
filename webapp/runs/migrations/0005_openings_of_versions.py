"""An opening belongs to the version whose test part was looked at, and stays when the run is deleted."""

import django.db.models.deletion
from django.db import migrations, models


def move(apps, _editor):
    """Each opening gets the version of its run."""
    for opening in apps.get_model("runs", "Opening").objects.select_related("run"):
        opening.version_id = opening.run.version_id
        opening.save(update_fields=["version"])


class Migration(migrations.Migration):
    # PostgreSQL changes no table that has changes of rows pending
    atomic = False

    dependencies = [
        ("datasets", "0004_only_versions"),
        ("runs", "0004_only_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="opening",
            name="version",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="datasets.version",
            ),
        ),
        migrations.RunPython(move, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="opening",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="+", to="datasets.version"
            ),
        ),
        migrations.AlterField(
            model_name="opening",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="openings",
                to="runs.run",
            ),
        ),
    ]
