"""Pages of datasets: the list, and the overview of one."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from webapp.datasets.models import Dataset
from webapp.datasets.pages import presentation
from webapp.datasets.pages.figures import balance_of
from webapp.datasets.pages.listing import DatasetListing
from webapp.datasets.pages.openings import Openings
from webapp.datasets.pages.page import Page
from webapp.datasets.pages.views_parts import gallery


@require_GET
def datasets(request: HttpRequest) -> HttpResponse:
    """The user's datasets and the built-in ones; htmx asks for the table alone."""
    listing = DatasetListing(Dataset.objects.visible_to(request.user), request.GET)
    template = "datasets/list/table.html" if request.htmx else "datasets/list.html"
    return render(request, template, {"listing": listing})


@require_GET
def detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The overview of a dataset. While a version is made, htmx asks every second for the progress alone."""
    page = Page(request, pk, "detail")
    if request.htmx and request.htmx.target == "progress":
        response = page.render("detail/progress.html", newest=page.newest)
        if not page.newest.is_parsing:
            response["HX-Refresh"] = "true"
        return response
    return page.render("detail.html", **(overview(page) if page.version.is_ready else {}))


def overview(page: Page) -> dict[str, Any]:
    """What is only there once a version is made."""
    version = page.version
    return {
        "preview": presentation.preview(version),
        "parts": presentation.parts(version),
        "openings": Openings(version, page.request.user),
        "findings": presentation.told(version, "insight.json").get("findings", []),
        "balance": balance_of(version),
        **gallery(page),
    }
