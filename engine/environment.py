"""Environment: what the last bits of a result depend on besides spec, seed and data."""

from __future__ import annotations

import os
from functools import lru_cache
from typing import Literal, TypedDict

import numpy as np
from threadpoolctl import ThreadpoolController  # type: ignore[import-untyped]

from .arithmetic import FLUSHES_DENORMALS


class Environment(TypedDict):
    """Threads and kernels of the matrix products, the NumPy they came with, and what denormals count as."""

    n_threads: int
    kernels: str
    numpy: str
    denormals: Literal["zero", "kept"]


#: Assumed where the system does not say.
_USUAL_CACHE_BYTES = 1 << 20


def cache_bytes() -> int:
    """The size of a core's second-level cache: what lies in it is many times nearer than memory."""
    name = "SC_LEVEL2_CACHE_SIZE"
    known = os.sysconf(name) if name in os.sysconf_names else 0
    return known if known > 0 else _USUAL_CACHE_BYTES


@lru_cache(maxsize=1)
def _libraries() -> ThreadpoolController:
    """The libraries NumPy has loaded; looking for them takes milliseconds, asking them for threads none."""
    return ThreadpoolController()


def environment() -> Environment:
    """The environment of this process, as it is now."""
    pools = [pool for pool in _libraries().info() if pool["user_api"] == "blas"]
    kernels = {f"{pool['internal_api']} {pool['version']} {pool.get('architecture')}" for pool in pools}
    n_threads = max((pool["num_threads"] for pool in pools), default=1)
    return Environment(
        n_threads=n_threads,
        kernels=", ".join(sorted(kernels)),
        numpy=np.__version__,
        denormals="zero" if FLUSHES_DENORMALS else "kept",
    )


def difference(before: Environment, now: Environment) -> str:
    """What is not as it was before, in words; empty when all is."""
    words = {
        "n_threads": "BLAS threads",
        "kernels": "BLAS kernels",
        "numpy": "NumPy",
        "denormals": "denormals",
    }
    was = {"denormals": "kept", **before}  # as it always was before it was noted
    return "; ".join(
        f"{word} were {was.get(key)}, now {now.get(key)}"
        for key, word in words.items()
        if was.get(key) != now.get(key)
    )
