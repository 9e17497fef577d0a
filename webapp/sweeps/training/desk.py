"""What a worker has on its desk: the arrays of the cohort that it trains, and mostly of the next one."""

from __future__ import annotations

from typing import Any

from engine import Data, Spec
from webapp.datasets.models import Version
from webapp.datasets.preparation import TestPart, prepare, prepare_test


class Desk:
    """Keeps the parts of one version as prepared last; no more, for memory may not hold two."""

    def __init__(self) -> None:
        self._of: tuple[Any, ...] = ()
        self._data: Data | None = None
        self._test: TestPart | None = None

    def data(self, version: Version, spec: Spec) -> Data:
        """The training and dev parts, as `prepare` makes them."""
        self._clear_for(version, spec)
        self._data = self._data or prepare(version, spec)
        return self._data

    def test(self, version: Version, spec: Spec) -> TestPart:
        """The test part, as `prepare_test` makes it."""
        self._clear_for(version, spec)
        self._test = self._test or prepare_test(version, spec)
        return self._test

    def _clear_for(self, version: Version, spec: Spec) -> None:
        wanted = (version.pk, spec.head.kind, spec.normalise, spec.precision)
        if wanted != self._of:
            self._of, self._data, self._test = wanted, None, None
