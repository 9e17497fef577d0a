"""What the database knows of datasets: the file that came in, its versions, uploads, and who did what."""

from webapp.datasets.models.audit import AuditEntry
from webapp.datasets.models.dataset import Dataset
from webapp.datasets.models.quota import Quota
from webapp.datasets.models.upload import Upload
from webapp.datasets.models.version import LEASE, MAX_ATTEMPTS, LeaseLostError, Version

__all__ = ["LEASE", "MAX_ATTEMPTS", "AuditEntry", "Dataset", "LeaseLostError", "Quota", "Upload", "Version"]
