from django.db import migrations, models


class Migration(migrations.Migration):
    """Notices hold what they tell, and may tell of something else than a run."""

    dependencies = [
        ("runs", "0012_trials"),
    ]

    operations = [
        migrations.AlterField(
            model_name="notice",
            name="run",
            field=models.ForeignKey(
                null=True,
                on_delete=models.deletion.CASCADE,
                related_name="notices",
                to="runs.run",
            ),
        ),
        migrations.AlterField(
            model_name="notice",
            name="attempt",
            field=models.PositiveIntegerField(null=True),
        ),
        migrations.AddField(
            model_name="notice",
            name="kind",
            field=models.CharField(default="run", help_text="What ended, in a word.", max_length=10),
        ),
        migrations.AddField(
            model_name="notice",
            name="name",
            field=models.CharField(default="", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="notice",
            name="outcome",
            field=models.CharField(blank=True, help_text="What came of it, in a few words.", max_length=200),
        ),
        migrations.AddField(
            model_name="notice",
            name="address",
            field=models.CharField(default="", help_text="The path of its page.", max_length=200),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="notice",
            name="figures",
            field=models.JSONField(default=list, help_text="Pairs of a label and a text, for people."),
        ),
        migrations.AddField(
            model_name="notice",
            name="facts",
            field=models.JSONField(default=dict, help_text="The same and more by name, for programs."),
        ),
    ]
