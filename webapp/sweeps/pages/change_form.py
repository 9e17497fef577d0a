"""The form that changes a sweep while it runs: its budgets, and the ranges of trials that have not begun."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.http import QueryDict
from pydantic import ValidationError

from webapp.runs.forms import numbers
from webapp.runs.forms.schema import Number
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.reading import TRIALS, read_number
from webapp.sweeps.space import Distribution, Integers, Options, PowersOfTwo, Space, Value
from webapp.sweeps.wording import in_words, range_in_words, title_of, written

BUDGETS = {
    "trials": TRIALS,
    "minutes": Number("Minutes", "", 60.0, optional=True, above=0, most=100_000),
    "epochs": Number("Epochs in all", "", 1000, whole=True, optional=True, least=1, most=10**9),
}


@dataclass
class BudgetForm:
    """Trials, minutes and epochs as texts; `values` are those that somebody changed."""

    sweep: Sweep
    posted: QueryDict | None = None
    problems: dict[str, str] = field(default_factory=dict)

    @property
    def fields(self) -> list[dict[str, str]]:
        return [
            {
                "name": name,
                "title": known.title,
                "text": self.text(name),
                "problem": self.problems.get(name, ""),
            }
            for name, known in BUDGETS.items()
        ]

    def present(self, name: str) -> str:
        value = self.sweep.plan.get(name)
        return "" if value is None else numbers.write(value)

    def text(self, name: str) -> str:
        return self.present(name) if self.posted is None else self.posted.get(name, "").strip()

    @cached_property
    def values(self) -> dict[str, Any]:
        """What is to change. Raises nothing: what cannot be read is in `problems`."""
        found: dict[str, Any] = {}
        for name, known in BUDGETS.items():
            text = self.text(name)
            if text == self.present(name):
                continue
            try:
                is_unlimited = known.optional and not text
                found[name] = None if is_unlimited else read_number({name: text}, name, known)
            except ValueError as error:
                self.problems[name] = str(error)
        return found


@dataclass(frozen=True)
class RangeField:
    """A dimension with its ends, or its options, as somebody wrote them."""

    path: str
    known: Distribution
    posted: QueryDict | None
    problem: str = ""

    @property
    def title(self) -> str:
        return title_of(self.path)

    @property
    def present(self) -> str:
        return range_in_words(self.path, self.known)

    @property
    def ends(self) -> list[dict[str, str]]:
        """From and to; none for a choice."""
        if isinstance(self.known, Options):
            return []
        return [{"name": f"{end}.{self.path}", "title": title, "text": self._end(end)} for end, title in ENDS]

    def _end(self, end: str) -> str:
        name = f"{end}.{self.path}"
        if self.posted is not None and name in self.posted:
            return self.posted[name].strip()
        return numbers.write(getattr(self.known, end))

    @property
    def options(self) -> list[dict[str, object]]:
        if not isinstance(self.known, Options):
            return []
        kept = self.kept
        return [
            {"value": written(one), "title": in_words(self.path, one), "kept": one in kept}
            for one in self.known.options
        ]

    @property
    def kept(self) -> list[Value]:
        """The options that are ticked."""
        assert isinstance(self.known, Options)
        if self.posted is None:
            return list(self.known.options)
        ticked = self.posted.getlist(f"option.{self.path}")
        return [one for one in self.known.options if written(one) in ticked]

    def read(self) -> Distribution:
        """The narrower distribution. Raises ValueError with a sentence."""
        if isinstance(self.known, Options):
            if len(self.kept) < 2:
                raise ValueError("Keep two at least. To hold one of them, begin a next round with it alone.")
            return self.known.model_copy(update={"options": tuple(self.kept)})
        whole = isinstance(self.known, Integers | PowersOfTwo)
        ends = {
            end: numbers.parse(self._end(end), Number(title, "", getattr(self.known, end), whole=whole))
            for end, title in ENDS
        }
        if ends["low"] < self.known.low or ends["high"] > self.known.high:  # type: ignore[attr-defined]
            raise ValueError(f"Only less than before can be searched: {self.present}.")
        try:
            return type(self.known).model_validate({**self.known.model_dump(), **ends})
        except ValidationError as error:
            raise ValueError(error.errors()[0]["msg"].removeprefix("Value error, ")) from None


ENDS = (("low", "From"), ("high", "To"))


@dataclass
class NarrowingForm:
    """All ranges of a space; `space` is the narrower one, None when something cannot be read."""

    before: Space
    posted: QueryDict | None = None

    @cached_property
    def _read(self) -> tuple[dict[str, Distribution], dict[str, str]]:
        found, problems = {}, {}
        for path, known in self.before.dimensions.items():
            try:
                found[path] = RangeField(path, known, self.posted).read()
            except ValueError as error:
                problems[path] = str(error)
        return found, problems

    @property
    def fields(self) -> list[RangeField]:
        problems = {} if self.posted is None else self._read[1]
        return [
            RangeField(path, known, self.posted, problems.get(path, ""))
            for path, known in self.before.dimensions.items()
        ]

    @property
    def space(self) -> Space | None:
        found, problems = self._read
        return None if problems else self.before.model_copy(update={"dimensions": found})
