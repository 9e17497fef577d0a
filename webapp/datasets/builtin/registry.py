"""What every built-in dataset says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import polars as pl


@dataclass(frozen=True)
class Builtin:
    """`make` builds the table, its target in the column `target`; it may be slow and import much.

    Of images, `pixels` makes the array, uint8 (rows, height, width, channels); the table has their labels.
    """

    key: str
    title: str
    rows: int
    features: int
    task: str
    teaches: str
    target: str
    make: Callable[[], pl.DataFrame]
    pixels: Callable[[], npt.NDArray[np.uint8]] | None = None

    def write(self, folder: Path) -> list[str]:
        """Write table.arrow, and images.npy if these are images, as a reader does; notes for people."""
        if self.pixels is not None:
            np.save(folder / "images.npy", self.pixels())
        table = self.make()
        numbers = [name for name, kind in table.schema.items() if kind.is_numeric()]
        table.with_columns(pl.col(numbers).cast(pl.Float64)).write_ipc(folder / "table.arrow")
        return [f"Built in: {self.teaches}"]
