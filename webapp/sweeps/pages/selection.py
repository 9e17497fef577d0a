"""The trials that an address chooses: `?range.learning_rate=0.001..0.01&state=finished|pruned&q=12`.

What cannot be read is told and left out; the other parts of the address count all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property

from django.http import QueryDict

from webapp.sweeps.models import Sweep, Trial
from webapp.sweeps.pages.parts import Part, is_number, narrowed, read_part, short
from webapp.sweeps.results import Row, rows_of
from webapp.sweeps.space import Options, Space, Value, Values
from webapp.sweeps.wording import title_of

RANGE = "range."
OF_ROW = {"score": "Score", "epoch": "Epochs", "number": "Trial"}
MOST_NUMBERS = 1_000  # trials in `q`


@dataclass(frozen=True)
class Selection:
    """What an address chooses of a sweep's trials. `ranges` are by path, or by `score`, `epoch`, `number`."""

    space: Space
    all_rows: list[Row]
    ranges: dict[str, Part] = field(default_factory=dict)
    states: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()
    problems: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, sweep: Sweep, query: QueryDict) -> Selection:
        """What `query` says of the trials of `sweep`."""
        rows, space = rows_of(sweep), sweep.planned.space
        problems: list[str] = []
        ranges: dict[str, Part] = {}
        for path in [*_paths(space, rows), *OF_ROW]:
            text = query.get(f"{RANGE}{path}", "").strip()
            try:
                if text:
                    ranges[path] = read_part(path, text, _options(path, space, rows))
            except ValueError as error:
                problems.append(f"{name_of(path)}: {error}")
        problems += _unknown(query, {*_paths(space, rows), *OF_ROW})
        states = _states(query.get("state", ""), problems)
        numbers = _numbers(query.get("q", ""), problems)
        return cls(space, rows, ranges, states, numbers, problems)

    @cached_property
    def rows(self) -> list[Row]:
        """The trials that are chosen, by their numbers."""
        return [row for row in self.all_rows if self.takes(row)]

    def takes(self, row: Row) -> bool:
        """Whether a trial is chosen. One in which a dimension does not matter lies in no range of it."""
        if self.states and row.state not in self.states:
            return False
        if self.numbers and row.number not in self.numbers:
            return False
        return all(part.takes(value_of(row, path)) for path, part in self.ranges.items())

    @property
    def is_filtered(self) -> bool:
        return bool(self.ranges or self.states or self.numbers)

    @cached_property
    def query(self) -> str:
        """The same selection as an address says it, always in the same order."""
        return self._said().urlencode()

    def without(self, name: str) -> str:
        """The address of this selection without one of its parts."""
        said = self._said()
        said.pop(name, None)
        return said.urlencode()

    def _said(self) -> QueryDict:
        said = QueryDict(mutable=True)
        for path, part in self.ranges.items():
            said[f"{RANGE}{path}"] = str(part)
        if self.states:
            said["state"] = "|".join(self.states)
        if self.numbers:
            said["q"] = self.q
        return said

    @property
    def q(self) -> str:
        """The numbers of trials that are looked for, as one writes them."""
        return ",".join(map(str, self.numbers))

    @property
    def parts(self) -> list[dict[str, str]]:
        """One entry for each range: its name and value in the address, and both in words."""
        return [
            {
                "name": f"{RANGE}{path}",
                "title": name_of(path),
                "words": part.in_words(path),
                "value": str(part),
                "without": self.without(f"{RANGE}{path}"),
            }
            for path, part in self.ranges.items()
        ]

    def with_state(self, state: str) -> str:
        """The states that are chosen when one is added, or taken away again."""
        return "|".join(one for one in Trial.State.values if (one in self.states) != (one == state))

    @cached_property
    def fixed(self) -> Values:
        """The dimensions of which one value alone is left: no ranges any more, but values."""
        narrow = {path: narrowed(self.space.dimensions[path], part) for path, part in self._chosen()}
        return {path: left[0] for path, left in narrow.items() if isinstance(left, list)}

    def box(self) -> Space:
        """The space of the sweep, narrowed to the ranges; without what is `fixed` by them."""
        dimensions = dict(self.space.dimensions)
        for path, part in self._chosen():
            left = narrowed(dimensions[path], part)
            if isinstance(left, list):
                del dimensions[path]
            else:
                dimensions[path] = left
        return self.space.model_copy(update={"dimensions": dimensions})

    def _chosen(self) -> list[tuple[str, Part]]:
        return [(path, part) for path, part in self.ranges.items() if path in self.space.dimensions]


def name_of(path: str) -> str:
    """A dimension or a column of the rows in words."""
    return OF_ROW.get(path) or title_of(path)


def value_of(row: Row, path: str) -> Value:
    """What a trial has at `path`; None where it has nothing."""
    return getattr(row, path) if path in OF_ROW else row.values.get(path)


def _paths(space: Space, rows: list[Row]) -> list[str]:
    """The dimensions of now, then those that trials had before."""
    return list(dict.fromkeys([*space.dimensions, *(path for row in rows for path in row.values)]))


def _options(path: str, space: Space, rows: list[Row]) -> list[Value] | None:
    """What there is to choose from, where it is not numbers alone."""
    known = space.dimensions.get(path)
    if path in OF_ROW or (known is not None and not isinstance(known, Options)):
        return None
    tried = [row.values[path] for row in rows if path in row.values]
    options = list(dict.fromkeys([*(known.options if known else ()), *tried]))  # type: ignore[attr-defined]
    return options if known or not all(map(is_number, options)) else None


def _states(text: str, problems: list[str]) -> tuple[str, ...]:
    asked = [state.strip() for state in text.split("|") if state.strip()]
    if strange := [state for state in asked if state not in Trial.State.values]:
        known = ", ".join(Trial.State.values)
        problems.append(f"State: there is no {short(strange[0])}. There are: {known}.")
    return tuple(state for state in Trial.State.values if state in asked)


def _numbers(text: str, problems: list[str]) -> tuple[int, ...]:
    words = re.split(r"[\s,]+", text.strip()) if text.strip() else []
    good = [word for word in words if word.isascii() and word.isdigit() and len(word) < 10]
    if strange := [word for word in words if word and word not in good]:
        problems.append(f"Trial: {short(strange[0])} is no number of a trial. Write numbers, as 3, 12.")
    return tuple(dict.fromkeys(int(word) for word in good[:MOST_NUMBERS]))


def _unknown(query: QueryDict, known: set[str]) -> list[str]:
    strange = [name for name in query if name.startswith(RANGE) and name.removeprefix(RANGE) not in known]
    return [f"{short(name.removeprefix(RANGE))}: this sweep has no such range." for name in strange[:3]]
