"""Strategies: where in the space the next trials are."""

from typing import Annotated

from pydantic import Field

from engine.choices import BARE_STRING, registry

from .cma_es import CmaEs
from .gp import GaussianProcess
from .grid import Grid
from .random import Random
from .sobol import Sobol
from .strategy import Result, Strategy
from .tpe import TPE

AnyStrategy = Annotated[
    Random | Sobol | Grid | TPE | GaussianProcess | CmaEs, Field(discriminator="kind"), BARE_STRING
]

STRATEGIES = registry(AnyStrategy)

__all__ = [
    "STRATEGIES",
    "TPE",
    "AnyStrategy",
    "CmaEs",
    "GaussianProcess",
    "Grid",
    "Random",
    "Result",
    "Sobol",
    "Strategy",
]
