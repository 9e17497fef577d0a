"""Reading a run's history for those who watch: live and replay are this one path.

The history is exact and complete; it is thinned on reading only, and so that the smallest, the largest and
the last value of every bucket of steps stay in view.
"""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from webapp.runs.history.columns import EMPTY, Columns, columns_in, join
from webapp.runs.history.fetching import ALL, Wanted, fetch
from webapp.runs.history.thinning import FINE, Plain, extremes_in, is_thinned, plain, shown, table_width
from webapp.runs.models import Point, Run, Stretch, line

Tables = dict[str, Plain]


class Cursor(NamedTuple):
    """What a viewer has: all of `attempt` up to chunk `sequence`."""

    attempt: int = 0
    sequence: int = 0


class News(NamedTuple):
    """What lies beyond a viewer's cursor; `after` is that cursor, or the start of a newer attempt."""

    run: Run
    after: Cursor
    cursor: Cursor
    series: Tables

    @property
    def thinned(self) -> bool:
        """Whether the run has so many steps by now that its series is thinned."""
        return is_thinned(widths_of(self.run)["steps"], len(extremes_in("steps", columns_in("steps"))))


def news(pk: int, seen: Cursor, until: Cursor | None = None) -> News:
    """All of run `pk` beyond what was seen, up to chunk `until`. Raises Run.DoesNotExist.

    It is thinned to what a chart of the whole run so far can show. Who has seen another attempt gets all of
    the line, since part of what was seen may be superseded; so does who stands among chunks that are merged.
    """
    run = Run.objects.with_dataset().get(pk=pk)
    stretches = line(run.attempts.all())
    newest = stretches[-1] if stretches else Stretch(0, Point(0, 0, 0))
    after = seen if seen.attempt == newest.attempt else Cursor(newest.attempt)
    widths = widths_of(run)
    wanted = ALL._replace(coarse=coarse(widths))
    beyond = wanted._replace(after=after.sequence)
    if until is not None and until.attempt == newest.attempt:
        beyond = beyond._replace(until=until.sequence)
    found = fetch(run, newest, beyond)
    if after.sequence and (found.merged or not (found.sequence or is_known(run, after))):
        return news(pk, Cursor(), until)
    before = [] if after.sequence else stretches[:-1]
    earlier = [fetch(run, stretch, wanted).columns for stretch in before]
    cursor = Cursor(newest.attempt, max(found.sequence, after.sequence))
    return News(run, after, cursor, as_series(join([*earlier, found.columns]), widths))


def is_known(run: Run, cursor: Cursor) -> bool:
    """Whether the cursor stands where a chunk or a block of the run's history ends."""
    return any(rows.filter(**cursor._asdict()).exists() for rows in (run.chunks, run.blocks))


def columns_of(run: Run, stretches: Iterable[Stretch], wanted: Wanted = ALL) -> Columns:
    """All that is wanted and counts of the stretches."""
    return join([fetch(run, stretch, wanted).columns for stretch in stretches] or [EMPTY])


def as_series(columns: Columns, widths: Mapping[str, int]) -> Tables:
    """Columns as the page takes them: plain lists, thinned, gaps as null."""
    return {
        table: plain(rows, shown(table, rows, widths[table])) for table, rows in columns._asdict().items()
    }


def widths_of(run: Run) -> dict[str, int]:
    """How wide the buckets of each table are in a chart of the whole run so far."""
    counts = {"steps": run.step, "epochs": run.epoch, "pulse": run.step}
    return {table: table_width(table, columns_in(table), count) for table, count in counts.items()}


def coarse(widths: Mapping[str, int]) -> tuple[str, ...]:
    """The tables whose buckets are made up of those of overviews."""
    return tuple(table for table, width in widths.items() if width >= FINE)
