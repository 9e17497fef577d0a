"""Copying the snapshots of a run's line: a branch shows how its parent came to where it began."""

from webapp.runs.models import Checkpoint, Run, Snapshot, line
from webapp.runs.models.snapshot import of_stretches


def copy_snapshots(origin: Checkpoint, run: Run) -> None:
    """Give `run`, as of its attempt 0, the snapshots of the origin's line up to that checkpoint."""
    parent = origin.run
    counting = of_stretches(parent.snapshots.all(), line(parent.attempts.all(), until=origin))
    copies = {one.step: one for one in counting}  # where two stretches meet, both may have one
    for copy in copies.values():
        copy.pk, copy.run, copy.attempt = None, run, 0
    Snapshot.objects.bulk_create(copies.values(), batch_size=50)
