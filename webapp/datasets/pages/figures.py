"""The figures of a version's Explore page, drawn from what the worker found out about it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from webapp.charts import ranking
from webapp.charts.class_balance import class_balance, class_balance_by_part
from webapp.charts.correlation_map import correlation_map
from webapp.charts.distribution import distribution, distribution_by_class
from webapp.charts.missing_patterns import missing_patterns
from webapp.charts.payload import payload
from webapp.charts.projection import projection_by_class, projection_by_value
from webapp.datasets.insight import Insight
from webapp.datasets.models import Version
from webapp.datasets.pages import presentation
from webapp.datasets.recipe import Task

RANKED = 25
MAX_BARS = 50


@dataclass(frozen=True)
class Drawn:
    """A figure with its heading and a line on how to read it."""

    key: str
    title: str
    note: str
    figure: dict[str, Any]
    tall: bool = False


def balance_of(version: Version) -> Drawn | None:
    """How many examples each class has; None for a target without classes."""
    classes, counts = presentation.balance(version)
    if not classes:
        return None
    hidden = len(classes) - MAX_BARS
    note = f"The {MAX_BARS} first classes; {hidden:,} more are not shown." if hidden > 0 else ""
    figure = class_balance(classes[:MAX_BARS], counts[:MAX_BARS])
    return Drawn("balance", "Class balance", note, payload(figure))


def of_version(insight: Insight) -> list[Drawn]:
    """All figures but the chosen column's, what helps most first."""
    return list(_all(insight))


def _all(insight: Insight) -> Iterator[Drawn]:
    if any(one.role == "feature" for one in insight.strengths):
        yield _strengths(insight)
    if insight.projection:
        yield _projection(insight)
    if any(insight.balance):
        yield _balance(insight)
    if insight.correlations and len(insight.correlations.names) > 1:
        yield _correlations(insight)
    yield from _missing(insight)


def _strengths(insight: Insight) -> Drawn:
    top = insight.strengths[:RANKED]
    return Drawn(
        "strengths",
        "What each column tells about the target",
        "By itself, on rows it was not fitted to: 0% is nothing, 100% is everything. A column close to "
        "100% while all others are far may give the answer away.",
        payload(
            ranking.strengths(
                [one.column for one in top],
                [one.strength for one in top],
                [one.role == "feature" for one in top],
            )
        ),
        tall=len(top) > 12,
    )


def _projection(insight: Insight) -> Drawn:
    found = insight.projection
    assert found is not None
    if insight.task == Task.REGRESSION:
        figure = projection_by_value(found.x, found.y, found.values, found.shares, "target")
    else:
        classes = [*insight.classes, "none"] if insight.task == Task.MULTILABEL else insight.classes
        figure = projection_by_class(found.x, found.y, found.values, classes, found.shares)
    return Drawn(
        "projection",
        "The examples on their two principal components",
        "Training rows, seen from where they spread most. Classes that lie apart here are easy; ones that "
        "overlap here may still come apart in more dimensions.",
        payload(figure),
    )


def _balance(insight: Insight) -> Drawn:
    return Drawn(
        "parts",
        "Classes in each part",
        "Bars of one class should be of one height: then train, dev and test ask the same question.",
        payload(class_balance_by_part(insight.classes, insight.balance)),
    )


def _correlations(insight: Insight) -> Drawn:
    found = insight.correlations
    assert found is not None
    hidden = (
        f" The {len(found.names)} strongest of {len(found.names) + found.hidden} columns."
        if found.hidden
        else ""
    )
    return Drawn(
        "correlations",
        "Correlation of the numeric columns",
        f"Dark squares off the diagonal are columns that say the same twice.{hidden}",
        payload(correlation_map(found.names, found.pearson)),
        tall=True,
    )


def _missing(insight: Insight) -> Iterator[Drawn]:
    found = insight.missing
    if not found.names:
        return
    yield Drawn(
        "missing",
        "Missing values",
        "The share of empty cells of the emptiest columns.",
        payload(ranking.missing_shares(found.names[:RANKED], found.shares[:RANKED])),
        tall=len(found.names) > 12,
    )
    if len(found.names) > 1:
        yield Drawn(
            "patterns",
            "Which values are missing together",
            "A line is a kind of row, the most frequent at the top: columns marked in it are empty at once.",
            payload(missing_patterns(found.names, found.patterns)),
        )


def columns_of(insight: Insight) -> list[str]:
    """The columns whose distribution can be drawn, by what they tell, the target last."""
    known = {one.column for one in (*insight.distributions, *insight.levels)}
    ranked = [one.column for one in insight.strengths if one.column in known]
    return [*ranked, *sorted(known - set(ranked))]


def of_column(insight: Insight, column: str) -> list[Drawn]:
    """How the values of one column are distributed, and for a number how they are in each class."""
    for one in insight.distributions:
        if one.column == column:
            whole = distribution(one.edges, one.counts, one.quartiles, one.fences, one.far, column)
            note = f"{one.beyond:.1%} of the values lie beyond the fences (1.5 interquartile ranges)."
            drawn = [Drawn("column", f"Distribution of {column}", note, payload(whole))]
            return drawn + _by_class(one.edges, one.by_class, column)
    for found in insight.levels:
        if found.column == column:
            figure = ranking.levels(found.names, found.counts, found.other, found.other_levels)
            return [Drawn("column", f"Values of {column}", "The most frequent first.", payload(figure))]
    return []


def _by_class(edges: Sequence[float], counts: dict[str, list[int]], column: str) -> list[Drawn]:
    if len(counts) < 2:
        return []
    return [
        Drawn(
            "by-class",
            f"{column} in each class",
            "Shares within each class, so that small classes are seen as well as large ones.",
            payload(distribution_by_class(edges, counts, column)),
        )
    ]
