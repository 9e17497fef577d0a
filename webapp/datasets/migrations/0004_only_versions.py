"""What the versions hold now, the datasets need no longer."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("datasets", "0003_first_versions")]

    operations = [
        migrations.RemoveIndex(
            model_name="dataset",
            name="datasets_waiting",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="announced",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="attempt",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="classes",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="columns",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="lease_until",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="n_features",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="n_outputs",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="n_rows",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="notes",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="percent",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="problem",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="state",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="target",
        ),
        migrations.RemoveField(
            model_name="dataset",
            name="task",
        ),
    ]
