"""What every step is: one column in, one or a few inputs out."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import polars as pl
from pydantic import BaseModel, ConfigDict

from webapp.datasets.columns import values
from webapp.datasets.preprocessing.inputs import Input

Block = npt.NDArray[np.float32]


class Step(BaseModel):
    """One column's way to inputs. `required`: rows without a value were left out, so new ones are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    column: str
    required: bool = False

    @classmethod
    @abstractmethod
    def fit(cls, column: pl.Series, source: Input) -> Self:
        """The step, learnt from the values of the training rows."""

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """The names of its inputs."""

    @abstractmethod
    def fill(self, column: pl.Series, out: Block, first: int = 0) -> None:
        """Write the inputs of every value of `column` (m,) into `out` (m, width), which holds zeros.

        `first` is the number of the first row, for messages. Raises Refusal at a value it cannot take.
        """

    @property
    def notes(self) -> Sequence[str]:
        """What people should know of it."""
        return ()

    def refuse_missing(self, column: pl.Series, missing: Any, first: int) -> None:
        """Raise Refusal at the first missing value where one is required."""
        if self.required:
            values.refuse_missing(column, pl.Series(missing), first)
