"""Copying a run's line: a branch holds the curves of its parent, whatever becomes of it."""

from django.db import connection
from django.db.models import F, Max

from webapp.runs.history.blocks import write
from webapp.runs.history.fetching import Wanted, fetch
from webapp.runs.models import Block, Checkpoint, Run, Stretch, line

TABLE = Block._meta.db_table
COPY = (
    f"INSERT INTO {TABLE} (run_id, attempt, sequence, first_step, n_steps, name, content) "
    f"SELECT %s, 0, sequence + %s, first_step, n_steps, name, content FROM {TABLE} "
    "WHERE run_id = %s AND attempt = %s AND sequence <= %s"
)


def copy_line(origin: Checkpoint, run: Run) -> None:
    """Give `run`, as its attempt 0, all that counts of the origin's run up to that checkpoint."""
    sequence = 0
    for stretch in line(origin.run.attempts.all(), until=origin):
        copied = _copy_blocks(origin.run, stretch, run, sequence)
        rest = fetch(origin.run, stretch, Wanted(after=copied))
        if rest.sequence:
            write(run, 0, [(sequence + rest.sequence, rest.columns)])
        sequence += max(copied, rest.sequence)


def _copy_blocks(parent: Run, stretch: Stretch, run: Run, sequence: int) -> int:
    """Copy the blocks that count as they are, within the database; up to which chunk they reach."""
    mine = parent.blocks.filter(attempt=stretch.attempt).alias(end=F("first_step") + F("n_steps"))
    last = mine.filter(end__lte=stretch.last.step).aggregate(last=Max("sequence"))["last"] or 0
    with connection.cursor() as cursor:
        cursor.execute(COPY, [run.pk, sequence, parent.pk, stretch.attempt, last])
    return last
