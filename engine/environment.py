"""Environment: what the last bits of a result depend on besides spec, seed and data."""

from __future__ import annotations

from functools import lru_cache
from typing import TypedDict

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]


class Environment(TypedDict):
    """Threads and kernels of the matrix products, and the NumPy they came with."""

    n_threads: int
    kernels: str
    numpy: str


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries NumPy has loaded; looking for them takes milliseconds, asking them for threads none."""
    return ThreadpoolController()


def environment() -> Environment:
    """The environment of this process, as it is now."""
    pools = [pool for pool in _libraries().info() if pool["user_api"] == "blas"]
    kernels = {f"{pool['internal_api']} {pool['version']} {pool.get('architecture')}" for pool in pools}
    n_threads = max((pool["num_threads"] for pool in pools), default=1)
    return Environment(n_threads=n_threads, kernels=", ".join(sorted(kernels)), numpy=np.__version__)


def difference(before: Environment, now: Environment) -> str:
    """What is not as it was before, in words; empty when all is."""
    words = {"n_threads": "BLAS threads", "kernels": "BLAS kernels", "numpy": "NumPy"}
    return "; ".join(
        f"{word} were {before.get(key)}, now {now.get(key)}"
        for key, word in words.items()
        if before.get(key) != now.get(key)
    )
