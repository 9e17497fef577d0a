"""What the benchmarks share: their options, their table and their last line."""

import argparse
import json
from collections.abc import Mapping, Sequence
from typing import Any


def options(description: str) -> argparse.ArgumentParser:
    """A parser with `--quick`, to which a benchmark may add its own options."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--quick", action="store_true", help="fewer pairs, shorter runs")
    return parser


def table(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """Print rows under their headings, numbers to the right."""
    cells = [list(headings), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(headings))]
    for row in cells:
        first, *others = (
            text.ljust(width) if column == 0 else text.rjust(width)
            for column, (text, width) in enumerate(zip(row, widths, strict=True))
        )
        print("  ".join([first, *others]))
    print()


def last_line(result: Mapping[str, Any]) -> None:
    """Print the result as one JSON object, for machines."""
    print(json.dumps(result))


def _cell(value: Any) -> str:
    return f"{value:,.3g}" if isinstance(value, float) else str(value)
