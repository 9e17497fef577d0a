"""Snapshots: what a network looked like inside at one step, for the charts of the run page."""

from collections.abc import Iterable

import numpy as np
from django.db import models
from safetensors.numpy import load, save

from webapp.runs.models.history import Point, Stretch, line
from webapp.runs.models.run import Run

Arrays = dict[str, np.ndarray]


class SnapshotQuerySet(models.QuerySet["Snapshot"]):
    def newest_step(self) -> int | None:
        """The step of the newest one; None without any."""
        return self.order_by("-attempt", "-step").values_list("step", flat=True).first()


class Snapshot(models.Model):
    """Single numbers by name, which curves are made of, and arrays by name, which pictures are made of."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="snapshots")
    attempt = models.PositiveIntegerField()
    step = models.PositiveBigIntegerField()
    epoch = models.PositiveIntegerField(help_text="Epochs done.")
    numbers = models.JSONField(default=dict)
    content = models.BinaryField(default=bytes)

    objects = SnapshotQuerySet.as_manager()

    class Meta:
        ordering = ["step", "attempt"]
        constraints = [
            models.UniqueConstraint(fields=["run", "attempt", "step"], name="one_snapshot_a_step"),
        ]

    def __str__(self) -> str:
        return f"run {self.run_id}, attempt {self.attempt}, step {self.step}"

    @property
    def arrays(self) -> Arrays:
        """The arrays by name, such as `layers.0/weights/counts`."""
        return load(bytes(self.content)) if self.content else {}


def packed(arrays: Arrays) -> bytes:
    """The arrays as one safetensors block."""
    return save({name: np.ascontiguousarray(array) for name, array in arrays.items()})


def on_the_line(run: Run, found: Iterable[Snapshot]) -> list[Snapshot]:
    """Those of the run's snapshots that belong to what counts of their attempts."""
    return of_stretches(found, line(run.attempts.all()))


def of_stretches(found: Iterable[Snapshot], stretches: Iterable[Stretch]) -> list[Snapshot]:
    """Those of the snapshots that the stretches reach."""
    by_attempt = {stretch.attempt: stretch for stretch in stretches}
    return [
        snapshot
        for snapshot in found
        if (stretch := by_attempt.get(snapshot.attempt))
        and stretch.reaches(Point(snapshot.step, snapshot.epoch, stretch.first.command))
    ]
