"""Hone's engine: cohorts of neural networks in NumPy, usable from a notebook alone."""

from .data import Data
from .events import Diverged, EpochMetrics, Event, Finished, Started, StepMetrics
from .layers import Dense
from .network import Network
from .spec import Spec, Split
from .splits import Indices, split_indices
from .training import Trainer, check_fits, train

__all__ = [
    "Data",
    "Dense",
    "Diverged",
    "EpochMetrics",
    "Event",
    "Finished",
    "Indices",
    "Network",
    "Spec",
    "Split",
    "Started",
    "StepMetrics",
    "Trainer",
    "check_fits",
    "split_indices",
    "train",
]
