"""The home page: where to begin, or where one was."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from webapp.datasets.models import Dataset
from webapp.runs.models import Run
from webapp.runs.pages.presentation import error
from webapp.runs.pages.standing import word

RECENT = 8


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The way in for whoever has no run yet; the latest runs and datasets for everyone else."""
    runs = Run.objects.visible_to(request.user).filter(is_trial=False).with_dataset()[:RECENT]
    datasets = Dataset.objects.visible_to(request.user).with_version()[:RECENT]
    context = {
        "runs": [
            {"run": run, "state": word(run), "best_dev_error": error(run, run.best_dev_error)} for run in runs
        ],
        "datasets": datasets,
    }
    return render(request, "home.html" if runs else "welcome.html", context)
