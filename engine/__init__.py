"""Hone's engine: cohorts of neural networks in NumPy, usable from a notebook alone."""

from .spec import Dense, Spec, Split
from .splits import Indices, split_indices

__all__ = ["Dense", "Indices", "Spec", "Split", "split_indices"]
