"""Evidence: what the trials so far say about the space. Functions of rows alone, the same each time."""

from .common import Common, Trait, common
from .importance import Importance, Importances, importance
from .narrowing import Narrowed, Narrowing, narrowing

__all__ = [
    "Common",
    "Importance",
    "Importances",
    "Narrowed",
    "Narrowing",
    "Trait",
    "common",
    "importance",
    "narrowing",
]
