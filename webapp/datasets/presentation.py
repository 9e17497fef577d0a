"""A version of a dataset in words and small drawings, as its page shows it."""

from typing import Any

import polars as pl

from webapp.datasets.models import Version

PREVIEW_ROWS = 20
PREVIEW_COLUMNS = 100
STATISTICS = 100
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


def statistics(version: Version, everything: bool) -> dict[str, Any]:
    """One line per column, the target first."""
    columns = sorted(version.columns, key=lambda column: column["role"] != "target")
    shown = columns if everything else columns[:STATISTICS]
    return {"lines": [_line(column) for column in shown], "hidden": len(columns) - len(shown)}


def _line(column: dict[str, Any]) -> dict[str, Any]:
    figures = [number(column.get(name)) for name in ("min", "mean", "max", "std")]
    if column["kind"] == "category":
        figures = [None] * 4
    levels = column["levels"][:4] if column["kind"] == "category" or column["role"] == "target" else []
    return {
        "column": column,
        "kind": "number" if column["kind"] == "numeric" else column["kind"],
        "figures": figures,
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
    assert isinstance(value, int | float)
    if float(value).is_integer() and abs(value) < 1e15:
        return f"{int(value)}"
    return f"{value:.6g}"


def balance(version: Version) -> tuple[list[str], list[int]]:
    """The classes and how many rows each has."""
    target = next((column for column in version.columns if column["role"] == "target"), None)
    levels = target["levels"] if target and version.classes else []
    return [str(name) for name, _ in levels], [int(count) for _, count in levels]
