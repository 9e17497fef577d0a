"""Datasets get versions; what was read before moves into them in 0003."""

import django.db.models.deletion
import django.db.models.functions.datetime
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("datasets", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="AuditEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("when", models.DateTimeField(auto_now_add=True)),
                ("what", models.CharField(max_length=40)),
                (
                    "dataset",
                    models.PositiveBigIntegerField(help_text="The dataset's number; it may be gone."),
                ),
                ("name", models.CharField(help_text="The dataset's name at the time.", max_length=200)),
                ("detail", models.CharField(blank=True, max_length=500)),
            ],
            options={
                "verbose_name_plural": "audit entries",
                "ordering": ["-when", "-pk"],
            },
        ),
        migrations.CreateModel(
            name="Quota",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("megabytes", models.PositiveBigIntegerField()),
            ],
        ),
        migrations.CreateModel(
            name="Version",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("number", models.PositiveIntegerField()),
                ("created", models.DateTimeField(auto_now_add=True)),
                ("recipe", models.JSONField(default=dict)),
                (
                    "state",
                    models.CharField(
                        choices=[("parsing", "Parsing"), ("ready", "Ready"), ("failed", "Failed")],
                        default="parsing",
                        max_length=10,
                    ),
                ),
                ("problem", models.JSONField(blank=True, default=dict)),
                ("percent", models.PositiveSmallIntegerField(default=0)),
                ("attempt", models.PositiveSmallIntegerField(default=0)),
                ("lease_until", models.DateTimeField(blank=True, null=True)),
                ("announced", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("task", models.CharField(blank=True, max_length=10)),
                ("targets", models.JSONField(blank=True, default=list)),
                ("classes", models.JSONField(blank=True, default=list)),
                ("columns", models.JSONField(blank=True, default=list)),
                ("notes", models.JSONField(blank=True, default=list)),
                (
                    "image_shape",
                    models.JSONField(blank=True, help_text="[height, width, channels] of images.", null=True),
                ),
                ("n_rows", models.PositiveBigIntegerField(default=0)),
                ("n_features", models.PositiveIntegerField(default=0)),
                ("n_outputs", models.PositiveIntegerField(default=0)),
                ("n_train", models.PositiveBigIntegerField(default=0)),
                ("n_dev", models.PositiveBigIntegerField(default=0)),
                ("n_test", models.PositiveBigIntegerField(default=0)),
            ],
            options={
                "ordering": ["-number"],
            },
        ),
        migrations.AddField(
            model_name="dataset",
            name="archived",
            field=models.BooleanField(
                default=False, help_text="Kept, but out of the way of lists and choices."
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="description",
            field=models.TextField(blank=True, max_length=5000),
        ),
        migrations.AddField(
            model_name="dataset",
            name="human_error",
            field=models.FloatField(
                blank=True,
                help_text="What people, or the best that can be, get wrong: a share, or an RMSE.",
                null=True,
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="human_error_source",
            field=models.CharField(blank=True, max_length=300),
        ),
        migrations.AddField(
            model_name="dataset",
            name="quarantine",
            field=models.CharField(
                blank=True, help_text="Why nothing may be trained on it; empty when it may.", max_length=200
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="sha256",
            field=models.CharField(blank=True, db_index=True, max_length=64, verbose_name="SHA-256"),
        ),
        migrations.AddField(
            model_name="dataset",
            name="tags",
            field=models.JSONField(blank=True, default=list),
        ),
        migrations.AddField(
            model_name="auditentry",
            name="who",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="quota",
            name="user",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.CASCADE, related_name="quota", to=settings.AUTH_USER_MODEL
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="author",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="version",
            name="dataset",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.CASCADE, related_name="versions", to="datasets.dataset"
            ),
        ),
        migrations.AddField(
            model_name="dataset",
            name="current",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="+",
                to="datasets.version",
                verbose_name="version in use",
            ),
        ),
        migrations.AddIndex(
            model_name="auditentry",
            index=models.Index(fields=["dataset", "-when"], name="datasets_au_dataset_b6f881_idx"),
        ),
        migrations.AddIndex(
            model_name="version",
            index=models.Index(
                condition=models.Q(("state", "parsing")), fields=["announced"], name="versions_waiting"
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.UniqueConstraint(fields=("dataset", "number"), name="one_version_a_number"),
        ),
    ]
