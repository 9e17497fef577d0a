"""What the database knows of sweeps: the sweep, its trials, and the cohorts in which these train."""

from webapp.datasets.models import LeaseLostError

from .cohort import Cohort, folder_of
from .notice import SweepNotice
from .sweep import Sweep
from .trial import Mark, Trial

__all__ = ["Cohort", "LeaseLostError", "Mark", "Sweep", "SweepNotice", "Trial", "folder_of"]
