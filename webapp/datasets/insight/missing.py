"""Where cells are empty, and which columns are empty together."""

import polars as pl

from webapp.datasets.insight.results import Missing
from webapp.datasets.insight.sample import tidy

SHOWN = 30
TOGETHER = 12
PATTERNS = 12


def missing(table: pl.LazyFrame, sample: pl.DataFrame, names: list[str], n_rows: int) -> Missing:
    """Of the columns `names`: shares counted in all `n_rows` rows of `table`, patterns in the `sample`."""
    empty = table.select(pl.col(names).null_count()).collect(engine="streaming") if names else pl.DataFrame()
    shares = {name: empty[name][0] / max(1, n_rows) for name in names}
    incomplete = sorted((name for name in names if shares[name]), key=lambda name: -shares[name])
    shown = incomplete[:SHOWN]
    return Missing(
        names=shown,
        shares=tidy([shares[name] for name in shown]),
        patterns=_patterns(sample, shown[:TOGETHER]),
        hidden=len(incomplete) - len(shown),
    )


def _patterns(sample: pl.DataFrame, names: list[str]) -> list[tuple[list[int], float]]:
    """The most frequent sets of empty columns, as numbers of `names`, with their shares of the rows."""
    if not names or not len(sample):
        return []
    gaps = sample.select(pl.concat_list(pl.col(name).is_null() for name in names).alias("gaps"))
    counts = gaps["gaps"].value_counts(sort=True).head(PATTERNS)
    return [
        ([i for i, is_empty in enumerate(pattern) if is_empty], tidy(count / len(sample)))
        for pattern, count in counts.rows()
    ]
