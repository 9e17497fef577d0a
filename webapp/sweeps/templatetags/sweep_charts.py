"""The charts of a sweep for templates."""

from typing import Any

from django import template

from webapp.charts.payload import themes
from webapp.sweeps.models import Sweep
from webapp.sweeps.pages.charts import charts_of

register = template.Library()


@register.simple_tag
def board_of(sweep: Sweep) -> dict[str, Any]:
    """Its charts in order, the small ones apart, and the themes that all of them are drawn in."""
    charts = list(charts_of(sweep))
    return {
        "charts": [chart for chart in charts if not chart.kind.small],
        "slices": [chart for chart in charts if chart.kind.small],
        "themes": themes(),
    }
