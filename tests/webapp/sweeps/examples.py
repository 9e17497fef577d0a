"""A space with a bit of everything, a score over it, and trials as results and as rows."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from engine import Spec
from webapp.sweeps.results import Row
from webapp.sweeps.space import Conditions, Space
from webapp.sweeps.strategies import Random, Result, Strategy

BASE = Spec(layers=[{"units": 8}], head="sigmoid").model_dump(mode="json")
MIXED = Space(
    dimensions={
        "learning_rate": {"kind": "log", "low": 1e-5, "high": 1},
        "l2": {"kind": "log", "low": 1e-4, "high": 10},
        "batch_size": {"kind": "powers_of_two", "low": 16, "high": 512},
        "layers.units": {"kind": "integers", "low": 4, "high": 256, "log": True},
        "optimizer.kind": {"kind": "options", "options": ["adam", "momentum"]},
        "optimizer.beta2": {"kind": "one_minus_log", "low": 0.9, "high": 0.9999},
    }
)
NUMBERS = Space(dimensions={path: MIXED.dimensions[path] for path in ("learning_rate", "l2")})


def place(path: str, values: Mapping[str, Any], space: Space = MIXED) -> float:
    return space.dimensions[path].place(values[path])


def bowl(values: Mapping[str, Any]) -> float:
    """Smallest where the learning rate is about 0.0007 and L2 about 0.1; other things matter little."""
    score = 4 * (place("learning_rate", values) - 0.37) ** 2 + (place("l2", values) - 0.6) ** 2
    return score + (0.1 if values.get("optimizer.kind") == "momentum" else 0)


def tried(
    strategy: Strategy,
    n: int,
    space: Space = MIXED,
    score: Callable[[Mapping[str, Any]], float] = bowl,
    batch: int = 4,
) -> list[Result]:
    """The results of so many trials, a few at a time."""
    results: list[Result] = []
    conditions = Conditions(space, BASE)
    while len(results) < n:
        for values in strategy.suggest(space, BASE, len(results) + 1, batch, results):
            kept = conditions.kept(values)
            results.append(Result(len(results) + 1, kept, score(kept)))
    return results[:n]


def rows(
    n: int,
    score: Callable[[Mapping[str, Any]], float] = bowl,
    space: Space = MIXED,
    seed: int = 0,
    noise: float = 0.01,
) -> list[Row]:
    """So many finished trials at random."""
    rng = np.random.default_rng(seed)
    return [
        a_row(each.number, each.values, score=each.score + noise * rng.standard_normal())
        for each in tried(Random(seed=seed), n, space, score, batch=n)
    ]


def a_row(number: int, values: Mapping[str, Any], **fields: Any) -> Row:
    usual = {"state": "finished", "score": 0.5, "epoch": 10, "run": None, "reason": "", "repeats": None}
    return Row(**{"number": number, "values": dict(values), "revision": 0, **usual, **fields})
