"""Drift: whether dev and test come from one distribution, and train from theirs."""

from webapp.datasets.drift.check import Check, Comparison, check
from webapp.datasets.drift.columns import Difference

__all__ = ["Check", "Comparison", "Difference", "check"]
