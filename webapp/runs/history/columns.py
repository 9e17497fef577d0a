"""The columns of a run's history: what is recorded, and how a chunk of it is packed.

There are three tables. `steps` has one row per mini-batch step. `epochs` has one row per epoch that ended.
`pulse` has one row per chunk: how training fared as it was written. Another series is one line here, and a
value for it in the recorder; where older history lacks it, it reads as no number.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from math import isfinite
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray
from safetensors.numpy import load, save


class Column(NamedTuple):
    """How a series is stored, and whether its smallest and largest values stay in view when it is thinned."""

    dtype: np.dtype[np.generic]
    extremes: bool = False


F4, F8, I8 = np.dtype("f4"), np.dtype("f8"), np.dtype("i8")

STEPS = {
    "cost": Column(F4, extremes=True),
    "seconds": Column(F4),  # trained, in all attempts of the line
    "learning_rate": Column(F4, extremes=True),
}
EPOCHS = {
    "epoch": Column(I8),
    "step": Column(I8),
    "train_cost": Column(F8),
    "train_error": Column(F8, extremes=True),
    "dev_cost": Column(F8),
    "dev_error": Column(F8, extremes=True),
}
PULSE = {
    "step": Column(I8),
    "seconds": Column(F4),
    "memory_mb": Column(F4, extremes=True),  # resident, of the worker's process
    "steps_per_second": Column(F4, extremes=True),
}

Array = NDArray[Any]
Table = dict[str, NDArray[np.generic]]


class Columns(NamedTuple):
    """The tables, name -> values, a row at the same place in each column."""

    steps: Table
    epochs: Table
    pulse: Table


def columns_in(table: str) -> dict[str, Column]:
    """All columns of a table by name; those of the steps have consecutive numbers, which are not stored."""
    return {"steps": {"step": Column(I8), **STEPS}, "epochs": EPOCHS, "pulse": PULSE}[table]


def pack(
    steps: Mapping[str, ArrayLike],
    epochs: Mapping[str, ArrayLike],
    pulse: Mapping[str, ArrayLike] | None = None,
) -> bytes:
    """The tables as one safetensors block; `steps` without its step numbers, which are consecutive."""
    pulse = pulse or dict.fromkeys(PULSE, ())
    named = {f"steps.{name}": _packable(steps[name], STEPS[name]) for name in STEPS if name in steps}
    named |= {f"epochs.{name}": _packable(epochs[name], column) for name, column in EPOCHS.items()}
    named |= {f"pulse.{name}": _packable(pulse[name], column) for name, column in PULSE.items()}
    return save(named)


def pack_each(
    steps: Mapping[str, Array], epochs: Mapping[str, Array], pulse: Mapping[str, ArrayLike]
) -> list[bytes]:
    """`pack` for K runs at once, each with a row in every series: `steps` (K, T), `epochs` (K, E); the pulse
    is that of all. Blocks of the same shapes have the same header, so it is made once."""
    first = pack(*({name: rows[0] for name, rows in table.items()} for table in (steps, epochs)), pulse)
    header, end = split(first)
    placed = json.loads(header)
    series = {"steps": steps, "epochs": epochs, "pulse": {name: [pulse[name]] for name in PULSE}}
    k = len(next(iter(steps.values())))
    parts = []
    for key in sorted(placed, key=lambda key: placed[key]["data_offsets"]):
        table, _, name = key.partition(".")
        values = _packable(series[table][name], columns_in(table)[name])
        parts.append(np.broadcast_to(values.view(np.uint8), (k, values.shape[1] * values.itemsize)))
    return [first[:end] + row.tobytes() for row in np.concatenate(parts, axis=1)]


def split(block: bytes) -> tuple[bytes, int]:
    """The header of a block, which tells in JSON where each column lies, and where they begin."""
    end = 8 + int.from_bytes(block[:8], "little")
    return block[8:end], end


def _packable(values: ArrayLike, column: Column) -> NDArray[Any]:
    """A copy as it is stored: what is not finite becomes NaN here, once, for it is a gap in a curve."""
    packable = np.array(values, column.dtype)
    if column.dtype.kind == "f":
        packable[~np.isfinite(packable)] = np.nan
    return packable


def unpack(first_step: int, block: bytes) -> Columns:
    """The tables that `pack` packed, `steps` with its step numbers from `first_step` on."""
    named = load(bytes(block))
    named["steps.step"] = np.arange(first_step, first_step + len(named["steps.seconds"]))
    return from_named(named)


def from_named(named: Mapping[str, NDArray[np.generic]], series: Sequence[str] | None = None) -> Columns:
    """Tables from arrays by `table.name`, of the steps only some series, if they are given.

    Series that were not recorded are filled with no numbers.
    """
    steps = columns_in("steps") if series is None else ("step", *series)
    return Columns(
        _table(named, "steps", steps), _table(named, "epochs", EPOCHS), _table(named, "pulse", PULSE)
    )


def to_named(tables: Mapping[str, Table]) -> dict[str, NDArray[np.generic]]:
    """The tables as arrays by `table.name`, each a block of memory of its own."""
    return {
        f"{table}.{name}": np.ascontiguousarray(values)
        for table, rows in tables.items()
        for name, values in rows.items()
    }


def table_of(key: str) -> str:
    """The table of `table.name`."""
    return key.partition(".")[0]


def join(parts: Sequence[Columns]) -> Columns:
    """The parts one below the other; no parts make empty tables."""
    steps, epochs, pulse = zip(*(parts or [EMPTY]), strict=True)
    return Columns(stack(steps), stack(epochs), stack(pulse))


def stack(tables: Sequence[Table]) -> Table:
    """Tables of the same columns one below the other."""
    return {name: np.concatenate([table[name] for table in tables]) for name in tables[0]}


def finite(value: float) -> float | None:
    """The value, or None where it is no number: for places that hold a single one."""
    return value if isfinite(value) else None


def _table(named: Mapping[str, NDArray[np.generic]], table: str, names: Iterable[str]) -> Table:
    known = {name: named.get(f"{table}.{name}") for name in names}
    n = len(next((values for values in known.values() if values is not None), ()))
    return {
        name: missing(n, columns_in(table)[name]) if values is None else values
        for name, values in known.items()
    }


def missing(n: int, column: Column) -> NDArray[np.generic]:
    """What stands in a table for a series that was not recorded."""
    return np.full(n, np.nan if column.dtype.kind == "f" else 0, column.dtype)


EMPTY = unpack(1, pack({name: [] for name in STEPS}, {name: [] for name in EPOCHS}))
