"""Evidence: what the trials so far say about the space. Functions of rows alone, the same each time."""

from .common import Common, Trait, common
from .grid_note import GridNote, grid_note
from .importance import Importance, Importances, importance
from .narrowing import Narrowed, Narrowing, narrowing

__all__ = [
    "Common",
    "GridNote",
    "Importance",
    "Importances",
    "Narrowed",
    "Narrowing",
    "Trait",
    "common",
    "grid_note",
    "importance",
    "narrowing",
]
