"""The page that compares runs; all of its state is in the address."""

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_GET

from webapp.runs.compare import figures
from webapp.runs.compare.curves import Curves, curves_of
from webapp.runs.compare.differences import Difference, differences
from webapp.runs.compare.metrics import HEADINGS, groups_by, of_run
from webapp.runs.compare.selection import AXES, MOST, Selection
from webapp.runs.pages.standing import word


@require_GET
def compare(request: HttpRequest) -> HttpResponse:
    """Curves, results and differences; htmx asks for all below the heading when a choice changes."""
    selection = Selection.of(request.user, request.GET)
    context: dict[str, Any] = {"selection": selection, "most": MOST, "axes": AXES}
    if selection.runs:
        context |= comparison(selection)
    template = "runs/compare/comparison.html" if request.htmx else "runs/compare/page.html"
    return render(request, template, context)


def comparison(selection: Selection) -> dict[str, Any]:
    """What the page shows of its runs."""
    differing = differences(selection.runs)
    curves = curves_of(selection.runs)
    grouped = next((one for one in differing if one.path == selection.group), None)
    groups = groups_by(grouped, selection.runs) if grouped else []
    return {
        "differences": differing,
        "grouped": grouped,
        "groups": groups,
        "headings": HEADINGS,
        "rows": rows(selection, curves),
        "table": table(selection, differing),
        "cost_figure": figures.cost(selection, curves, groups),
        "error_figure": figures.errors(selection, curves, groups),
        "parallel_figure": figures.coordinates(selection, differing) if differing else None,
    }


def rows(selection: Selection, curves: dict[int, Curves]) -> list[dict[str, Any]]:
    """The results, one row a run."""
    return [
        {
            "run": run,
            "state": word(run),
            "is_baseline": run == selection.baseline,
            "cells": of_run(run, curves[run.pk], selection.baseline),
            "pin": address(selection, baseline="" if run == selection.baseline else str(run.pk)),
            "without": address(selection, runs=",".join(str(o.pk) for o in selection.runs if o != run)),
        }
        for run in selection.runs
    ]


def table(selection: Selection, differing: list[Difference]) -> list[dict[str, Any]]:
    """What differs, one row a path: the words of each run, marked where they differ from the baseline's."""
    base = selection.runs.index(selection.baseline) if selection.baseline else None
    return [
        {
            "title": one.title,
            "cells": [(text, one.differs(index, base)) for index, text in enumerate(one.words)],
        }
        for one in differing
    ]


def address(selection: Selection, **changes: str) -> str:
    """This page with changes."""
    asked = {
        "runs": selection.keys,
        "x": selection.x,
        "baseline": str(selection.baseline.pk) if selection.baseline else "",
        "group": selection.group,
        **changes,
    }
    kept = {name: value for name, value in asked.items() if value}
    return f"{reverse('runs:compare')}?{urlencode(kept, safe=',')}"
