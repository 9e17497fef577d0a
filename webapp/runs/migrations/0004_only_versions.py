"""The dataset of a run is its version's."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("runs", "0003_runs_of_versions")]

    operations = [
        migrations.RemoveField(model_name="run", name="dataset"),
        migrations.AlterField(
            model_name="run",
            name="version",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.RESTRICT, related_name="runs", to="datasets.version"
            ),
        ),
    ]
