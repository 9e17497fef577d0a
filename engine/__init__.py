"""Hone's engine: cohorts of neural networks in NumPy, usable from a notebook alone."""

from . import checkpoint
from .cohort import check_fits, cohort_key, cohort_size
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
from .landscape import DecisionGrid, LossSurface, decision_grid, loss_surface
from .layers import Dense
from .network import Network
from .probes import Overfit, RangePoint, Suggestion, overfit_batch, range_test, suggest
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
    "DecisionGrid",
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
    "LossSurface",
    "Network",
    "Overfit",
    "Problem",
    "RangePoint",
    "Resumed",
    "Segment",
    "Spec",
    "Split",
    "Started",
    "StepMetrics",
    "Suggestion",
    "Timeline",
    "Trainer",
    "Warning",
    "balanced_weights",
    "check_fits",
    "checkpoint",
    "cohort_key",
    "cohort_size",
    "decision_grid",
    "estimate",
    "gradient_check",
    "loss_surface",
    "measure_seconds_per_epoch",
    "overfit_batch",
    "planned",
    "planned_at",
    "problems",
    "range_test",
    "split_indices",
    "suggest",
    "timeline_of",
    "train",
    "warnings_for",
]
