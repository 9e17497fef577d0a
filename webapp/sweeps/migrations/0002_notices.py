import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("runs", "0014_names_of_notices"),
        ("sweeps", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="SweepNotice",
            fields=[
                (
                    "notice_ptr",
                    models.OneToOneField(
                        auto_created=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        parent_link=True,
                        primary_key=True,
                        serialize=False,
                        to="runs.notice",
                    ),
                ),
                ("ended", models.DateTimeField(help_text="Which of its endings it was.")),
                (
                    "sweep",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="notices", to="sweeps.sweep"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("sweep", "ended"), name="one_notice_an_ending")
                ],
            },
            bases=("runs.notice",),
        ),
    ]
