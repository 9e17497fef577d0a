"""What is searched: distributions of values at paths of the spec."""

from .distributions import (
    AnyDistribution,
    Bounded,
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
from .places import Conditions, Places, is_within, places_of, values_at
from .space import Point, Space, Values

__all__ = [
    "AnyDistribution",
    "Bounded",
    "Conditions",
    "Distribution",
    "Integers",
    "Interval",
    "LogUniform",
    "OneMinusLog",
    "Options",
    "Places",
    "Point",
    "PowersOfTwo",
    "Space",
    "Uniform",
    "Value",
    "Values",
    "is_within",
    "places_of",
    "values_at",
]
