"""Hone's engine: cohorts of neural networks in NumPy, usable from a notebook alone."""

from .data import Data
from .estimate import Estimate, estimate, measure_seconds_per_epoch
from .events import Diverged, EpochMetrics, Event, Finished, Started, StepMetrics
from .gradient_check import GradientCheck, gradient_check
from .heads import balanced_weights
from .layers import Dense
from .network import Network
from .problems import Problem, problems
from .schedules import planned
from .spec import Spec, Split
from .splits import Indices, split_indices
from .training import Trainer, check_fits, train
from .warnings import Warning, warnings_for

__all__ = [
    "Data",
    "Dense",
    "Diverged",
    "EpochMetrics",
    "Estimate",
    "Event",
    "Finished",
    "GradientCheck",
    "Indices",
    "Network",
    "Problem",
    "Spec",
    "Split",
    "Started",
    "StepMetrics",
    "Trainer",
    "Warning",
    "balanced_weights",
    "check_fits",
    "estimate",
    "gradient_check",
    "measure_seconds_per_epoch",
    "planned",
    "problems",
    "split_indices",
    "train",
    "warnings_for",
]
