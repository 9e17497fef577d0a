"""The log of a run: what its workers, and those who look after them, have to say."""

from django.db import models
from django.db.models.functions import Now

from webapp.runs.models.run import Run

LONGEST = 20_000


class LogEntry(models.Model):
    """One event in plain words, a whole traceback included."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="log")
    attempt = models.PositiveIntegerField(default=0)
    when = models.DateTimeField(db_default=Now())
    text = models.TextField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"run {self.run_id}: {self.text[:80]}"


def log(run: Run, text: str) -> None:
    """Add to the log of a run; of a long text the end counts."""
    LogEntry.objects.create(run=run, attempt=run.attempt, text=text[-LONGEST:])
