"""The charts of a sweep: another one is a function from a scene to a figure, and a line of `KINDS`."""

from .registry import KINDS, Chart, UnknownChartError, chart, charts_of
from .scene import Asked, Scene

__all__ = ["KINDS", "Asked", "Chart", "Scene", "UnknownChartError", "chart", "charts_of"]
