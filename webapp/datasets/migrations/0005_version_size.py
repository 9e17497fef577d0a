"""Versions count against the quotas."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0004_only_versions"),
    ]

    operations = [
        migrations.AddField(
            model_name="version",
            name="size",
            field=models.PositiveBigIntegerField(default=0, help_text="Bytes of its arrays."),
        ),
    ]
