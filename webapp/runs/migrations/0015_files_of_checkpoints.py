import shutil
from pathlib import Path

from django.conf import settings
from django.db import migrations

NEIGHBOURS = 100


def together(apps, schema_editor):
    """From a folder for each run into one for a hundred, where each name begins with its run."""
    files = Path(settings.MEDIA_ROOT)
    for old in (files / "runs").glob("*/checkpoints/*.safetensors"):
        run = int(old.parts[-3])
        new = files / "checkpoints" / str(run // NEIGHBOURS) / f"{run}-{old.name}"
        new.parent.mkdir(parents=True, exist_ok=True)
        old.replace(new)
    shutil.rmtree(files / "runs", ignore_errors=True)


def apart(apps, schema_editor):
    """Back into a folder for each run."""
    files = Path(settings.MEDIA_ROOT)
    for new in (files / "checkpoints").glob("*/*.safetensors"):
        run, name = new.name.split("-", 1)
        old = files / "runs" / run / "checkpoints" / name
        old.parent.mkdir(parents=True, exist_ok=True)
        new.replace(old)


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0014_names_of_notices"),
    ]

    operations = [
        migrations.RunPython(together, apart),
    ]
