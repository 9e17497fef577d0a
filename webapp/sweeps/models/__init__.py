"""What the database knows of sweeps: the sweep, its trials, their cohorts, and runs that trials led to."""

from webapp.datasets.models import LeaseLostError

from .cohort import Cohort, folder_of
from .notice import SweepNotice
from .promotion import Promotion
from .sweep import Sweep
from .trial import Mark, Trial

__all__ = ["Cohort", "LeaseLostError", "Mark", "Promotion", "Sweep", "SweepNotice", "Trial", "folder_of"]
