"""What every built-in dataset says of itself."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import polars as pl


@dataclass(frozen=True)
class Builtin:
    """`make` builds the table, its target in the column `target`; it may be slow and import much."""

    key: str
    title: str
    rows: int
    features: int
    task: str
    teaches: str
    target: str
    make: Callable[[], pl.DataFrame]

    def write(self, destination: Path) -> list[str]:
        """Write the table as an Arrow file, as a reader does; notes for people."""
        table = self.make()
        numbers = [name for name, kind in table.schema.items() if kind.is_numeric()]
        table.with_columns(pl.col(numbers).cast(pl.Float64)).write_ipc(destination)
        return [f"Built in: {self.teaches}"]
