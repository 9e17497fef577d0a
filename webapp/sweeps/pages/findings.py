"""What a sweep tells: which dimensions matter, what the best have in common, and where to look closer.

A forest takes a good part of a second, so what it found is kept in the process until more trials have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from math import log
from urllib.parse import urlencode

from django.urls import reverse

from webapp.sweeps.evidence import Common, Importances, Narrowed, Narrowing, common, importance, narrowing
from webapp.sweeps.models import Sweep
from webapp.sweeps.results import Marks, Row, marks_of
from webapp.sweeps.space import Space
from webapp.sweeps.wording import in_words, range_in_words, title_of

KEPT = 64  # sweeps whose importances stay in memory


@dataclass(frozen=True)
class _Known:
    """The trials that tell something, told apart by a sign that changes with about every twentieth of them
    while there are more to come: what matters does not change with each."""

    sign: tuple[float, ...]
    rows: tuple[Row, ...] = field(compare=False)
    marks: Marks = field(compare=False)

    @classmethod
    def of(cls, rows: Sequence[Row], marks: Marks, is_over: bool) -> _Known:
        known = tuple(row for row in rows if row.score is not None and row.repeats is None)
        n = sum(row.is_over or row.number in marks.last for row in known)
        whole = (n, sum(row.score or 0.0 for row in known))
        return cls(whole if is_over else (int(20 * log(n + 1)),), known, marks)


@lru_cache(maxsize=KEPT)
def _importances(_pk: int, space: str, known: _Known) -> Importances:
    return importance(Space.model_validate_json(space), known.rows, known.marks)


def importances_of(sweep: Sweep, rows: Sequence[Row], marks: Marks | None = None) -> Importances:
    """Which dimensions matter, by the trials that tell something; repetitions of finalists left out."""
    known = _Known.of(rows, marks or marks_of(sweep), sweep.has_ended)
    return _importances(sweep.pk, sweep.planned.space.model_dump_json(), known)


@dataclass(frozen=True)
class Suggested:
    """One dimension of the box that is suggested, in words."""

    step: Narrowed

    @property
    def title(self) -> str:
        return title_of(self.step.path)

    @property
    def text(self) -> str:
        step = self.step
        if step.after is None:
            return f"{in_words(step.path, step.value)} only" if step.action == "fixed" else "–"
        return range_in_words(step.path, step.after)

    @property
    def beyond(self) -> str:
        return range_in_words(self.step.path, self.step.beyond) if self.step.beyond else ""

    @property
    def is_narrower(self) -> bool:
        return self.step.action != "kept"


class Findings:
    """All of it for one sweep and the trials that it has now."""

    def __init__(self, sweep: Sweep, rows: Sequence[Row]) -> None:
        self.sweep = sweep
        self.rows = [row for row in rows if row.repeats is None]
        self.marks = marks_of(sweep)
        self.space = sweep.planned.space

    @cached_property
    def common(self) -> Common:
        return common(self.space, self.rows, self.marks)

    @property
    def traits(self) -> list[tuple[str, str, bool]]:
        """A title, a sentence and whether it stands out, for each dimension."""
        return [(title_of(trait.path), trait.text, trait.clear) for trait in self.common.traits]

    @cached_property
    def narrowing(self) -> Narrowing:
        """The suggested box. Few trials make no forest worth its time."""
        known = None if self.common.too_few else importances_of(self.sweep, self.rows, self.marks)
        return narrowing(self.space, self.sweep.spec, self.rows, self.marks, known)

    @property
    def suggested(self) -> list[Suggested]:
        return [Suggested(step) for step in self.narrowing.dimensions]

    @property
    def reaches_beyond(self) -> bool:
        return self.narrowing.beyond != self.narrowing.space

    @property
    def is_narrower(self) -> bool:
        return not self.narrowing.too_few and self.narrowing.space != self.space

    def box(self, beyond: bool) -> Space:
        """The space of the next round."""
        return self.narrowing.beyond if beyond else self.narrowing.space

    @property
    def edit_address(self) -> str:
        """The form of a new sweep, filled with the suggestion."""
        space = self.narrowing.space.model_dump_json()
        return f"{reverse('sweeps:new')}?{urlencode({'round': self.sweep.pk, 'space': space})}"
