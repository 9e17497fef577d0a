"""Naming, noting, tagging and starring a run, each with a form of its own in the panel."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods

from webapp.runs.labels.forms import FORMS
from webapp.runs.models import Run


@require_http_methods(["GET", "POST"])
def label(request: HttpRequest, pk: int, kind: str) -> HttpResponse:
    """Change one label; the answer is the panel, or the star alone where `from` is the list.

    GET shows the panel as a page, for a browser without JavaScript.
    """
    run = get_object_or_404(Run.objects.visible_to(request.user).with_dataset(), pk=pk)
    if kind not in FORMS:
        raise Http404
    if request.method == "GET":
        return panel(request, run)
    form = FORMS[kind](request.POST)
    if not form.is_valid():
        problem = " ".join(error for errors in form.errors.values() for error in errors)
        written = {kind: request.POST.get(kind, ""), f"{kind}_problem": problem}
        return panel(request, run, status=422, **written)
    form.save(run)
    if not request.htmx:
        return redirect(run)
    if request.POST.get("from") == "list":
        return render(request, "runs/labels/star.html", {"run": run, "from": "list"})
    answer = panel(request, run)
    answer["HX-Trigger"] = json.dumps({"run-labelled": {"name": run.name}})
    return answer


def panel(request: HttpRequest, run: Run, status: int = 200, **written: str) -> HttpResponse:
    """The panel, with what was written where that was refused."""
    template = "runs/labels/panel.html" if request.htmx else "runs/labels/page.html"
    # htmx puts nothing that is an error into the page
    return render(request, template, {"run": run, "written": written}, status=200 if request.htmx else status)
