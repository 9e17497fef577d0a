"""Every dataset that was read before gets a first version, made anew from its source by a worker."""

from pathlib import Path

from django.conf import settings
from django.db import migrations

FORMER = ("table.arrow", "features.npy", "labels.npy")


def move(apps, _editor):
    """The target stays; state and problem stay where reading failed."""
    datasets, versions = (apps.get_model("datasets", name).objects for name in ("Dataset", "Version"))
    for dataset in datasets.all():
        failed = dataset.state == "failed"
        dataset.current = versions.create(
            dataset=dataset,
            number=1,
            author=dataset.owner,
            recipe={"targets": [dataset.target] if dataset.target else []},
            state="failed" if failed else "parsing",
            problem=dataset.problem,
        )
        dataset.save(update_fields=["current"])
        for name in FORMER:
            (Path(settings.HONE_HOME) / "datasets" / str(dataset.pk) / name).unlink(missing_ok=True)


class Migration(migrations.Migration):
    dependencies = [("datasets", "0002_versions")]

    operations = [migrations.RunPython(move, migrations.RunPython.noop)]
