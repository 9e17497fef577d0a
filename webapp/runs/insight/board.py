"""What the run page's template needs for its charts."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from django.contrib.auth.models import AbstractBaseUser

from webapp.charts.payload import themes
from webapp.runs.insight.arrangement import arrangement_for
from webapp.runs.insight.registry import Chart, charts_of
from webapp.runs.models import Run


def board(run: Run, user: AbstractBaseUser, asked: Mapping[str, str]) -> dict[str, Any]:
    """Which charts there are and how they are arranged, for `user` and the address `asked` for."""
    charts = sorted(charts_of(run), key=lambda chart: GROUPS.index(chart.kind.group))
    found = arrangement_for(run, user, asked)
    return {
        "chart_groups": [(group, list(own)) for group, own in groupby(charts, lambda one: one.kind.group)],
        "chart_kinds": [facts(chart) for chart in charts],
        "chart_places": [{"name": placed.name, "wide": placed.wide} for placed in found.charts],
        "chart_view": found.view.model_dump(),
        "chart_themes": themes(),
        "complaints": found.complaints,
    }


GROUPS = ("Progress", "Answers", "Layers", "Distributions", "Machine")


def facts(chart: Chart) -> dict[str, Any]:
    """What the page has to know of a chart before it asks for it; see hone/grid.js."""
    kind = chart.kind
    return {
        "name": chart.name,
        "title": chart.title,
        "help": kind.help,
        "source": kind.source,
        "table": kind.table,
        "columns": kind.columns,
        "ahead": kind.ahead,
        "tall": kind.tall,
    }
