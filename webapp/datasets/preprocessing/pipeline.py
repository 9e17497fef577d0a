"""The way from a table to inputs, learnt from the training rows and kept for every row to come."""

from collections.abc import Sequence
from functools import cached_property
from typing import Annotated, Any

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

from webapp.datasets.columns.table import each_column
from webapp.datasets.preprocessing.categories import Hashed, OneHot, Ordinal
from webapp.datasets.preprocessing.inputs import Input
from webapp.datasets.preprocessing.moments import Moment
from webapp.datasets.preprocessing.numbers import Boolean, Number
from webapp.datasets.preprocessing.steps import Block, Step
from webapp.datasets.recipe import Kind
from webapp.datasets.refusal import Refusal

AnyStep = Annotated[Number | Boolean | OneHot | Ordinal | Hashed | Moment, Field(discriminator="kind")]
ENCODINGS: dict[str | None, type[Step]] = {"one_hot": OneHot, "ordinal": Ordinal, "hashing": Hashed}
STEPS: dict[Kind, type[Step]] = {
    Kind.NUMERIC: Number,
    Kind.INTEGER: Number,
    Kind.BOOLEAN: Boolean,
    Kind.DATE: Moment,
}
Table = pl.DataFrame | pl.LazyFrame
Mask = npt.NDArray[np.bool_]
BATCH_ROWS = 1 << 14


class Pipeline(BaseModel):
    """One step for each column that is used, in the order of the table. Images have no steps but a shape."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: tuple[AnyStep, ...] = ()
    image_shape: tuple[int, int, int] | None = None

    @classmethod
    def fit(cls, table: Table, inputs: Sequence[Input], train: Mask | None = None) -> "Pipeline":
        """The pipeline learnt from the rows of `table` where `train` (m,) is true, or from all.

        Columns are read a few at a time, so the table may be larger than memory.
        """
        names = [one.name for one in inputs]
        chosen = None if train is None else pl.Series(train)

        def learn(number: int, column: pl.Series) -> Step:
            rows = column if chosen is None else column.filter(chosen)
            return step_for(inputs[number]).fit(rows, inputs[number])

        return cls(steps=tuple(each_column(table.lazy(), names, learn)))  # type: ignore[arg-type]

    @cached_property
    def feature_names(self) -> list[str]:
        """The names of the inputs, in the order of the matrix: age, city=Bonn, city=other, city=missing."""
        if self.image_shape:
            height, width, channels = self.image_shape
            return [
                f"pixel {y},{x}" + (f",{c}" if channels > 1 else "")
                for y in range(height)
                for x in range(width)
                for c in range(channels)
            ]
        return [name for step in self.steps for name in step.names]

    @property
    def n_features(self) -> int:
        return len(self.feature_names)

    @property
    def columns(self) -> list[str]:
        """The columns that a table needs."""
        return [step.column for step in self.steps]

    @property
    def notes(self) -> list[str]:
        return [note for step in self.steps for note in step.notes]

    def transform(self, table: pl.DataFrame) -> Block:
        """The inputs of every row of `table`, float32 (m, n), without NaN.

        Columns it does not know are left alone. Raises Refusal naming the row and the column.
        """
        self.refuse_lacking(table.columns)
        out = np.zeros((len(table), self.n_features), np.float32)
        for start in range(0, len(table), BATCH_ROWS):
            self.fill(table.slice(start, BATCH_ROWS), out[start : start + BATCH_ROWS], start)
        return out

    def fill(self, table: pl.DataFrame, out: Block, first: int = 0) -> None:
        """Write the inputs of `table` (m rows) into `out` (m, n), which holds zeros."""
        left = 0
        for step in self.steps:
            width = len(step.names)
            step.fill(table[step.column], out[:, left : left + width], first)
            left += width

    def pixels(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
        """The inputs of images (m, height, width, channels): their pixels, uint8 (m, n)."""
        if images.shape[1:] != self.image_shape:
            raise Refusal(
                f"These images are {_shape(images.shape[1:])} pixels and channels.",
                f"Training saw images of {_shape(self.image_shape)}: give such ones.",
            )
        return images.reshape(len(images), -1)

    def refuse_lacking(self, names: Sequence[str]) -> None:
        """Raise Refusal when a column is not there."""
        lacking = [name for name in self.columns if name not in set(names)]
        if lacking:
            listed = ", ".join(f"“{name}”" for name in lacking[:5]) + ", …" * (len(lacking) > 5)
            needed = ", ".join(self.columns[:12]) + ", …" * (len(self.columns) > 12)
            columns, are = ("Column", "is") if len(lacking) == 1 else ("Columns", "are")
            raise Refusal(
                f"{columns} {listed} {are} missing.", f"The table needs {needed}.", column=lacking[0]
            )


def step_for(source: Input) -> type[Step]:
    """The kind of step for a column."""
    return STEPS.get(source.holds) or ENCODINGS[source.choice.encoding]


def _shape(shape: Any) -> str:
    return " × ".join(str(side) for side in shape)
