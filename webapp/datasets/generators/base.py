"""What every generator offers: knobs with limits, points drawn from a seed, a CSV file and a name for it."""

from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np
import polars as pl
from pydantic import BaseModel, ConfigDict, Field

DIGITS = 6  # after the point, in the file

Rows = Annotated[int, Field(ge=10, le=1_000_000, title="Rows")]
Noise = Annotated[float, Field(ge=0, le=10, title="Noise")]
Classes = Annotated[int, Field(ge=2, le=10, title="Classes")]
Seed = Annotated[int, Field(ge=0, lt=2**32, title="Seed")]


class Generator(BaseModel):
    """The knobs of one generator, set; a subclass adds its own and says how its points are drawn."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: ClassVar[str]
    title: ClassVar[str]
    teaches: ClassVar[str]
    answer: ClassVar[str] = "label"

    n: Rows = 1000
    seed: Seed = 0

    def points(self, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """`n` inputs, float (n, d), and their answers: class numbers, int (n,), or values, float (n,)."""
        raise NotImplementedError

    def draw(self) -> tuple[np.ndarray, np.ndarray]:
        """The points of this seed, in random order: the same knobs give the same points."""
        rng = np.random.default_rng(self.seed)
        inputs, answers = self.points(rng)
        order = rng.permutation(self.n)
        return inputs[order], answers[order]

    def table(self) -> pl.DataFrame:
        """A column for each input (x, or x1, x2, ...) and one for the answer; classes are called A, B, ..."""
        inputs, answers = self.draw()
        names = ["x"] if inputs.shape[1] == 1 else [f"x{i + 1}" for i in range(inputs.shape[1])]
        if answers.dtype.kind == "i":
            letters = pl.Series([chr(ord("A") + code) for code in range(answers.max() + 1)])
            answers = letters.gather(answers)
        return pl.DataFrame(dict(zip(names, inputs.T, strict=True)) | {self.answer: answers})

    def write(self, path: Path) -> None:
        """Write the table as a CSV file, six digits after the point."""
        self.table().write_csv(path, float_precision=DIGITS)

    @property
    def knobs(self) -> dict[str, int | float]:
        """The settings by name, in the order people see them: n first, the seed last."""
        values = self.model_dump()
        return {name: values[name] for name in knob_names(type(self))}

    @property
    def file_name(self) -> str:
        """Such as moons-n1000-noise0.1-seed0.csv."""
        return "-".join([self.kind, *(f"{name}{value:g}" if isinstance(value, float) else f"{name}{value}"
                                      for name, value in self.knobs.items())]) + ".csv"  # fmt: skip

    @property
    def description(self) -> str:
        """How the table was made, for people."""
        knobs = ", ".join(f"{name} {value:,}" if name == "n" else f"{name} {value}"
                          for name, value in self.knobs.items())  # fmt: skip
        return f"Generated: {self.title.lower()} with {knobs}. {self.teaches}"


def knob_names(generator: type[Generator]) -> list[str]:
    """The names of the knobs, n first and the seed last."""
    own = [name for name in generator.model_fields if name not in ("n", "seed")]
    return ["n", *own, "seed"]
