"""A version of a dataset in words and small drawings, as its page shows it."""

import json
from typing import Any

import polars as pl

from webapp.datasets.models import Version
from webapp.datasets.splitting import recommended

PREVIEW_ROWS = 20
PREVIEW_COLUMNS = 100
LEVELS = 4
SPARK_WIDTH, SPARK_HEIGHT = 96, 20


def preview(version: Version) -> dict[str, Any]:
    """The first rows as text, missing cells as None; wide tables are cut, the target always shown."""
    table = pl.scan_ipc(version.table / "table.arrow")
    names = table.collect_schema().names()
    targets = set(version.targets)
    shown = [name for name in names if name not in targets][: PREVIEW_COLUMNS - len(targets)]
    shown = [name for name in names if name in {*shown, *targets}]
    rows = table.select(shown).head(PREVIEW_ROWS).collect()
    kinds = [kind.is_numeric() for kind in rows.schema.values()]
    heads = [
        {"name": name, "number": number, "is_target": name in targets}
        for name, number in zip(shown, kinds, strict=True)
    ]
    cells = [[{"text": number(value), "number": kind} for value, kind in zip(row, kinds, strict=True)]
             for row in rows.rows()]  # fmt: skip
    return {"heads": heads, "rows": cells, "hidden": len(names) - len(shown)}


def line(column: dict[str, Any]) -> dict[str, Any]:
    """One column in a line: its figures where it is a number or a date, else its most frequent levels."""
    low, middle, high = column.get("quartiles") or (None, None, None)
    figures = [column.get("min"), low, middle, high, column.get("max"), column.get("mean"), column.get("std")]
    levels = column["levels"][:LEVELS] if column.get("min") is None or column["role"] == "target" else []
    n_rows = column["present"] + column["missing"]
    return {
        "column": column,
        "kind": "number" if column["kind"] == "numeric" else column["kind"],
        "figures": [number(figure) for figure in figures],
        "missing_share": column["missing"] / n_rows if n_rows else 0,
        "levels": levels,
        "more_levels": max(0, column["distinct"] - len(levels)) if levels else 0,
        "spark": spark(column.get("histogram", [])),
    }


def spark(counts: list[int]) -> str:
    """A histogram's outline as the points of an SVG polyline, `SPARK_WIDTH` by `SPARK_HEIGHT`."""
    if not counts:
        return ""
    width, top = SPARK_WIDTH / len(counts), max(counts)
    heights = [SPARK_HEIGHT - 1 - (SPARK_HEIGHT - 2) * count / top for count in counts]
    corners = [f"{x * width:.1f},{y:.1f}" for i, y in enumerate(heights) for x in (i, i + 1)]
    return " ".join([f"0,{SPARK_HEIGHT}", *corners, f"{SPARK_WIDTH},{SPARK_HEIGHT}"])


def number(value: object) -> str | None:
    """A value for people: six significant digits, whole numbers without a point."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, int | float):
        return str(value)  # a date
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value)}"
    return f"{value:.6g}"


def balance(version: Version) -> tuple[list[str], list[int]]:
    """The classes and how many rows each has."""
    targets = [column for column in version.columns if column.get("role") == "target"]
    if len(targets) > 1:  # a class is a whole column, and counts where it says yes
        by_part = told(version, "insight.json").get("balance", [])
        return (version.classes, [sum(rows) for rows in zip(*by_part, strict=True)]) if by_part else ([], [])
    levels = targets[0]["levels"] if targets and version.classes else []
    return [str(name) for name, _ in levels], [int(count) for _, count in levels]


def parts(version: Version) -> list[dict[str, Any]]:
    """Train, dev and test: how many rows each has, and which share of all."""
    n_rows = version.n_rows or 1
    sizes = {"train": version.n_train, "dev": version.n_dev, "test": version.n_test}
    return [{"name": name, "rows": rows, "share": 100 * rows / n_rows} for name, rows in sizes.items()]


def told(version: Version, name: str) -> dict[str, Any]:
    """What the worker wrote about a version in the file `name`; empty where it wrote nothing."""
    path = version.folder / name
    return json.loads(path.read_text()) if path.exists() else {}


def recommendation(n_rows: int) -> dict[str, str]:
    """The shares of dev and test that suit so many rows, as percentages, and why."""
    dev, test, reason = recommended(n_rows)
    return {"dev": f"{100 * dev:.2g}%", "test": f"{100 * test:.2g}%", "reason": reason}
