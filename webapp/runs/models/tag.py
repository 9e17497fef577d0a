"""Tags: words that people put on runs to find them again."""

from django.db import models

from webapp.runs.models.run import Run

LONGEST = 40


class Tag(models.Model):
    """One tag of one run."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="tags")
    name = models.CharField(max_length=LONGEST)

    class Meta:
        ordering = ["name"]
        constraints = [models.UniqueConstraint(fields=["run", "name"], name="one_tag_a_name")]
        indexes = [models.Index(fields=["name"])]

    def __str__(self) -> str:
        return self.name
