"""How a dataset's table becomes arrays: everything a person may decide about it, as one JSON object.

What is left unset follows from the data. A recipe never changes: another one makes another version.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from webapp.datasets.readers.options import Options


class Kind(StrEnum):
    """What a column holds."""

    NUMERIC = "numeric"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    CATEGORY = "category"
    DATE = "date"
    TEXT = "text"
    IDENTIFIER = "identifier"
    CONSTANT = "constant"
    EMPTY = "empty"


class Task(StrEnum):
    """What is to be predicted."""

    BINARY = "binary"
    MULTICLASS = "multiclass"
    MULTILABEL = "multilabel"
    REGRESSION = "regression"


Missing = Literal["mean", "median", "mode", "drop"]
Encoding = Literal["one_hot", "ordinal", "hashing"]
Share = Annotated[float, Field(ge=0, le=0.9)]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ColumnRecipe(_Frozen):
    """Decisions about one column."""

    kind: Kind | None = Field(None, description="Unset: as detected.")
    use: bool | None = Field(None, description="Whether it is an input; unset, unless it teaches nothing.")
    missing: Missing | None = Field(None, description="Unset: as for all columns.")
    indicator: bool | None = Field(None, description="Unset: as for all columns.")
    encoding: Encoding | None = Field(None, description="Unset: as for all columns.")


class SplitRecipe(_Frozen):
    """Which rows train, which tune (dev) and which judge (test)."""

    kind: Literal["random", "group", "time", "column"] = Field(
        "random", description="At random; whole groups at random; the latest rows last; or as a column says."
    )
    column: str = Field("", description="The column of groups, of times, or of the parts' names.")
    dev: Share | None = Field(None, description="Share of the rows; unset, as the number of rows recommends.")
    test: Share | None = Field(
        None, description="Share of the rows; unset, as the number of rows recommends."
    )
    keep_parts: bool = Field(True, description="Keep the parts that the file itself names, where it does.")
    stratify: bool = Field(True, description="Classes keep their proportions in every part.")
    seed: Annotated[int, Field(ge=0, lt=2**32)] = 0


class Recipe(_Frozen):
    """The whole of it."""

    reading: Options = Options()
    targets: tuple[str, ...] = Field((), description="Columns to predict; several make a multi-label task.")
    task: Task | None = Field(None, description="Unset: as the target's values suggest.")
    columns: dict[str, ColumnRecipe] = {}
    missing: Missing = Field(
        "mean", description="What stands in for a missing number; drop leaves its row out."
    )
    indicator: bool = Field(
        False, description="One more input for each column that lacks values: 1 where it does."
    )
    encoding: Encoding = Field("one_hot", description="How a category becomes inputs.")
    rare: Annotated[int, Field(ge=1, le=1000)] = Field(
        2, description="Levels met in fewer training rows than this are merged into “other”."
    )
    buckets: Annotated[int, Field(ge=2, le=1024)] = Field(32, description="Inputs of a hashed category.")
    split: SplitRecipe = SplitRecipe()

    def column(self, name: str) -> ColumnRecipe:
        """The decisions about the column `name`, those for all columns filled in."""
        own = self.columns.get(name, ColumnRecipe())
        return ColumnRecipe(
            kind=own.kind,
            use=own.use,
            missing=own.missing or self.missing,
            indicator=self.indicator if own.indicator is None else own.indicator,
            encoding=own.encoding or self.encoding,
        )
