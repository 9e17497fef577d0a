"""Some points of a space: its two ends, and others at random, always the same. They stand for all trials."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from pydantic import ValidationError

from engine import Estimate, Spec
from webapp.datasets.models import Version
from webapp.datasets.preparation import estimate_for
from webapp.runs.forms.checks import problems_with
from webapp.sweeps.space import Space

SAMPLES = 24


class Sample(NamedTuple):
    """A trial as it might be, what it takes, and why it cannot be trained, if so."""

    spec: Spec
    estimate: Estimate
    problem: str


def sampled(version: Version, spec: Spec, space: Space) -> list[Sample]:
    """At most 26 trials; a point that the spec does not allow is left out, for its range says so."""
    dimensions = list(space.dimensions)
    ends = [np.zeros(len(dimensions)), np.full(len(dimensions), np.nextafter(1, 0))]
    drawn = np.random.default_rng(0).random((SAMPLES if dimensions else 0, len(dimensions)))
    base = spec.model_dump(mode="json")
    found: list[Sample] = []
    for places in [*ends, *drawn]:
        try:
            values = space.at(dict(zip(dimensions, map(float, places), strict=True)))
            found.append(_sample(version, space.point(base, values).spec))
        except ValidationError:
            continue
    return found


def _sample(version: Version, spec: Spec) -> Sample:
    refusals = problems_with(version, spec)
    return Sample(spec, estimate_for(version, spec), next(iter(refusals.values()), ""))
