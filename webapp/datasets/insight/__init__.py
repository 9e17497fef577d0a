"""Understanding a dataset before training on it: pure functions from tables and arrays to JSON and PNG."""

from webapp.datasets.insight.augmented import preview
from webapp.datasets.insight.gallery import contact_sheet, study_images
from webapp.datasets.insight.results import Finding, Gallery, Insight
from webapp.datasets.insight.study import study

__all__ = ["Finding", "Gallery", "Insight", "contact_sheet", "preview", "study", "study_images"]
