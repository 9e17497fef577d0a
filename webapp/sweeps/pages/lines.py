"""A trial as a line of the table. From one look at the page to the next most lines stay as they are, so each
is written once: the template took most of the time of an answer."""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.parts import is_number
from webapp.sweeps.pages.presentation import score, word
from webapp.sweeps.results import Row
from webapp.sweeps.space import Value, Values
from webapp.sweeps.wording import ABSENT, in_words, title_of

KEPT = 2_000  # lines


class Line(NamedTuple):
    """All that stands in one. `run` is the key of a run that one can still look at."""

    sweep: int
    number: int
    state: str
    score: str
    epoch: int
    values: tuple[tuple[str, Value], ...]
    paths: tuple[str, ...]
    run: int | None
    reason: str
    repeats: int | None

    @classmethod
    def of(cls, sweep: Sweep, row: Row, paths: tuple[str, ...], run: int | None) -> Line:
        values = tuple(row.values.items())
        told = (row.number, word(sweep, row.state), score(sweep, row.score), row.epoch, values, paths)
        return cls(sweep.pk, *told, run, row.reason, row.repeats)

    @property
    def html(self) -> SafeString:
        return _html(self)

    @property
    def cells(self) -> list[dict[str, object]]:
        """The values in words, one for each path."""
        return _cells(self)


@lru_cache(maxsize=KEPT)
def _html(line: Line) -> SafeString:
    return render_to_string("sweeps/sweep/line.html", {"line": line})


@lru_cache(maxsize=KEPT)
def _cells(line: Line) -> list[dict[str, object]]:
    return cells_of(dict(line.values), line.paths)


def cells_of(values: Values, paths: tuple[str, ...]) -> list[dict[str, object]]:
    """The values of a trial in words; where a dimension did not matter it has none."""
    return [
        {
            "title": title_of(path),
            "text": in_words(path, values[path]) if path in values else ABSENT,
            "is_number": is_number(values.get(path, 0)),
        }
        for path in paths
    ]
