"""Which points of a space can be trained at all on a dataset, and which together."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cached_property
from typing import Any, NamedTuple

from django.conf import settings
from pydantic import ValidationError

from engine import Spec, check_fits, cohort_key, cohort_size, estimate, problems
from engine.environment import cache_bytes
from webapp.datasets.models import Version
from webapp.datasets.preparation import is_mapped, outputs_for
from webapp.runs.models import Run
from webapp.sweeps.plan import Plan
from webapp.sweeps.pruning import NoPruning
from webapp.sweeps.space import Point, Values

#: Networks together in proportion to what the cache holds. Their parts are used one after the other, so this
#: many train as fast as fewer, and share what a cohort costs beside its training.
CROWD = 8
#: With pruning most of a cohort is dropped soon: it may begin as much larger.
CROWD_TO_PRUNE = 16
#: Of networks that fill the cache by themselves: more push each other out of it.
PAIR = 2
LARGEST = 256


class Entry(NamedTuple):
    """A point to try: the values that matter, the group that it trains with, or why it cannot be trained."""

    values: Values
    group: str
    reason: str = ""


class Admission:
    """Looks at points of a sweep on a version of a dataset."""

    def __init__(self, version: Version, base: Mapping[str, Any], plan: Plan) -> None:
        self.version, self.base, self.plan = version, base, plan

    def entry(self, values: Values) -> Entry:
        """What becomes of the values of a trial."""
        try:
            found = self.point(values)
            self._check(found.spec)
        except ValidationError as error:
            return Entry(values, "", " ".join(each.message for each in problems(error)))
        except ValueError as error:
            return Entry(values, "", str(error))
        return Entry(found.values, hashlib.md5(cohort_key(found.spec).encode()).hexdigest())

    def point(self, values: Values) -> Point:
        """The spec at these values."""
        return self.plan.space.point(self.base, values)

    def _check(self, spec: Spec) -> None:
        """Raise ValueError when a network cannot be trained by itself."""
        check_fits(spec, self.version.n_train)
        needed, limit = self._memory(spec, 1), settings.HONE_RUN_MEMORY_BYTES
        if needed > limit:
            raise ValueError(
                f"It would need about {needed / 2**20:,.0f} MB of memory and may have "
                f"{limit / 2**20:,.0f} MB: lower the upper end of the units or of the batch size."
            )

    def most_together(self, spec: Spec) -> int:
        """How many networks like this one to train at once: as many as gain by it and memory allows."""
        together = min(LARGEST, self._crowd(spec))
        while together > 1 and self._memory(spec, together) > settings.HONE_RUN_MEMORY_BYTES:
            together //= 2
        return together

    def _crowd(self, spec: Spec) -> int:
        version, outputs = self.version, outputs_for(self.version, spec.head.kind)

        def fit(caches: int) -> int:
            shape = version.n_features, outputs, version.n_train
            return cohort_size(spec, *shape, cache=caches * cache_bytes())

        if not isinstance(self.plan.pruning, NoPruning):
            return fit(CROWD_TO_PRUNE)
        return min(PAIR, fit(CROWD)) if fit(2) < 2 else fit(CROWD)

    def _memory(self, spec: Spec, members: int) -> int:
        version = self.version
        outputs = outputs_for(version, spec.head.kind)
        found = estimate(spec, version.n_features, outputs, version.n_train, version.n_dev, members)
        return found.memory_bytes - (found.input_bytes if is_mapped(version, spec) else 0)

    @cached_property
    def quarantine(self) -> str:
        """Why nothing may be trained on the dataset; empty when it may."""
        return self.version.dataset.quarantine


def run_of(trial_number: int, name: str, owner: int, version: Version, spec: Spec) -> Run:
    """The run that a trial becomes, not saved."""
    return Run(
        owner_id=owner,
        version=version,
        name=f"{name[:180]}, trial {trial_number}",
        spec=spec.model_dump(mode="json"),
        is_trial=True,
        state=Run.State.STARTING,
    )
