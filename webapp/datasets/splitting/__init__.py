"""Splitting: which rows train, which tune (dev) and which judge (test)."""

from webapp.datasets.splitting.duplicates import all_differ, duplicate_codes
from webapp.datasets.splitting.parts import Parts, split
from webapp.datasets.splitting.shares import Recommendation, recommended

__all__ = ["Parts", "Recommendation", "all_differ", "duplicate_codes", "recommended", "split"]
