from django.db import migrations
from django.db.models import CharField, OuterRef, Subquery, Value
from django.db.models.functions import Cast, Concat


def name(apps, schema_editor):
    """Give the notices of before the name and the address of their run."""
    runs = apps.get_model("runs", "Run").objects.filter(pk=OuterRef("run"))
    apps.get_model("runs", "Notice").objects.update(
        name=Subquery(runs.values("name")[:1]),
        address=Concat(Value("/runs/"), Cast("run_id", CharField()), Value("/"), output_field=CharField()),
    )


def forget(apps, schema_editor):
    """Before, there were notices of runs alone."""
    apps.get_model("runs", "Notice").objects.filter(run=None).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0013_notices"),
    ]

    operations = [
        migrations.RunPython(name, forget),
    ]
