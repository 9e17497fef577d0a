"""How columns become inputs: steps fitted on the training rows and kept as JSON beside the arrays."""

from webapp.datasets.preprocessing.inputs import Input
from webapp.datasets.preprocessing.pipeline import Pipeline

__all__ = ["Input", "Pipeline"]
