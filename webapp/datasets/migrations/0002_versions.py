"""Datasets get versions. What was read before is read again into the new layout of files."""

from django.conf import settings
from django.db import migrations


def move(apps, _editor):
    """Each dataset's facts become those of its first version, which is made anew from the source."""
    Dataset, Version = (apps.get_model("datasets", name) for name in ("Dataset", "Version"))
    for dataset in Dataset.objects.all():
        failed = dataset.state == "failed"
        dataset.current = Version.objects.create(
            dataset=dataset,
            number=1,
            author=dataset.owner,
            recipe={"targets": [dataset.target] if dataset.target else []},
            state="failed" if failed else "parsing",
            problem=dataset.problem,
        )
        dataset.save(update_fields=["current"])


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = []
