"""What is searched: distributions of values at paths of the spec."""

from .distributions import (
    AnyDistribution,
    Distribution,
    Integers,
    Interval,
    LogUniform,
    OneMinusLog,
    Options,
    PowersOfTwo,
    Uniform,
    Value,
)
from .space import Point, Space, Values

__all__ = [
    "AnyDistribution",
    "Distribution",
    "Integers",
    "Interval",
    "LogUniform",
    "OneMinusLog",
    "Options",
    "Point",
    "PowersOfTwo",
    "Space",
    "Uniform",
    "Value",
    "Values",
]
