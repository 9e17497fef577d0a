"""Hone's engine: cohorts of neural networks in NumPy, usable from a notebook alone."""

from . import checkpoint
from .cohort import check_fits, cohort_size
from .data import Data
from .estimate import Estimate, estimate
from .events import (
    BestRestored,
    Changed,
    Diverged,
    Dropped,
    EarlyStopped,
    EpochMetrics,
    Event,
    Finished,
    LayerStatistics,
    Resumed,
    Started,
    StepMetrics,
)
from .gradient_check import GradientCheck, gradient_check
from .heads import balanced_weights
from .layers import Dense
from .network import Network
from .problems import Problem, problems
from .schedules import planned, planned_at
from .spec import Spec
from .splits import Indices, Split, split_indices
from .timeline import Segment, Timeline, timeline_of
from .timing import measure_seconds_per_epoch
from .training import Trainer, train
from .warnings import Warning, warnings_for

__all__ = [
    "BestRestored",
    "Changed",
    "Data",
    "Dense",
    "Diverged",
    "Dropped",
    "EarlyStopped",
    "EpochMetrics",
    "Estimate",
    "Event",
    "Finished",
    "GradientCheck",
    "Indices",
    "LayerStatistics",
    "Network",
    "Problem",
    "Resumed",
    "Segment",
    "Spec",
    "Split",
    "Started",
    "StepMetrics",
    "Timeline",
    "Trainer",
    "Warning",
    "balanced_weights",
    "check_fits",
    "checkpoint",
    "cohort_size",
    "estimate",
    "gradient_check",
    "measure_seconds_per_epoch",
    "planned",
    "planned_at",
    "problems",
    "split_indices",
    "timeline_of",
    "train",
    "warnings_for",
]
