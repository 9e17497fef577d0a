"""What is known about a version of a dataset, as one JSON object: a worker writes it, pages only read it."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Severity = Literal["high", "medium", "low"]


class _Result(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class Finding(_Result):
    """Something that will hurt training or its judgement: what it is, why it hurts and what mends it."""

    kind: str
    severity: Severity
    what: str
    why: str
    fix: str
    columns: list[str] = []


class Strength(_Result):
    """How much one column tells about the target by itself, 0 to 1; see association."""

    column: str
    role: str
    strength: float


class Correlations(_Result):
    """Pearson's and Spearman's coefficients of every pair, rows and columns in the order of `names`."""

    names: list[str]
    pearson: list[list[float | None]]
    spearman: list[list[float | None]]
    hidden: int


class Projection(_Result):
    """Training rows on their first two principal components; `values` are class numbers or the target.

    Of many labels it is the first that a row has, or their number when it has none.
    """

    x: list[float]
    y: list[float]
    values: list[float]
    shares: list[float]


class Missing(_Result):
    """Shares of empty cells, the emptiest columns first, and the patterns in which they are empty together.

    A pattern is the numbers of the `names` that are empty in a row, with the share of rows that have it.
    """

    names: list[str]
    shares: list[float]
    patterns: list[tuple[list[int], float]]
    hidden: int


class Distribution(_Result):
    """A numeric column: counts between `edges`, and Tukey's box: quartiles and fences; the points beyond.

    `by_class` are the counts of the same bins for the most frequent classes, by name. `beyond` is the share
    of values outside the fences and `far` a few of them, the most distant ones always included.
    """

    column: str
    edges: list[float]
    counts: list[int]
    by_class: dict[str, list[int]]
    quartiles: tuple[float, float, float]
    fences: tuple[float, float]
    beyond: float
    far: list[float]


class Levels(_Result):
    """A category: its most frequent values with their counts, and the rows of all others."""

    column: str
    names: list[str]
    counts: list[int]
    other: int
    other_levels: int


class Insight(_Result):
    """The whole of it. `sampled` rows of the table were looked at where all would take too long."""

    rows: int
    sampled: int
    task: str
    classes: list[str]
    balance: list[list[int]]
    strengths: list[Strength]
    strengths_hidden: int
    correlations: Correlations | None
    projection: Projection | None
    missing: Missing
    distributions: list[Distribution]
    levels: list[Levels]
    findings: list[Finding]


class Gallery(_Result):
    """Images to look at: rows of some training examples of each class, and each class's mean as a PNG.

    `mean_png` is base64; `names` are the classes shown, or one nameless group for a regression.
    """

    names: list[str]
    rows: list[list[int]]
    counts: list[int]
    mean_png: list[str]
    hidden: int
